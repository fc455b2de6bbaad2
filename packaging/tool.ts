/** Runs a program of the host to its end. It must not know what for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The end of what a failed program said, characters. */
const MAX_COMPLAINT = 3000;

/** What it wrote to stdout. A status other than 0 is an error that shows the end of what it said. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    complaint = (complaint + text).slice(-MAX_COMPLAINT);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT);
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (status !== 0)
    throw new Error(`${[program, ...args].join(' ')} ended with ${status ?? signal}:\n${complaint}`);
  return output;
}

/** False when no such program is in PATH. */
export async function isInstalled(program: string): Promise<boolean> {
  return await run('sh', ['-c', 'command -v "$0"', program]).then(
    () => true,
    () => false,
  );
}
