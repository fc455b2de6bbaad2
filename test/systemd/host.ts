/** Programs of the host, run to their end, and waiting for what they show. It must not know what for. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Between two looks, ms. */
const LOOK_MS = 200;

/** What it printed. Rejects with its words when it fails. */
export async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** Its exit status and all that it printed. */
export async function attempt(
  program: string,
  ...args: readonly string[]
): Promise<{ readonly status: number; readonly output: string }> {
  try {
    const { stdout, stderr } = await execute(program, args);
    return { status: 0, output: stdout + stderr };
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error && 'code' in error)) throw error;
    return { status: Number(error.code), output: `${error.stdout}${error.stderr}` };
  }
}

/** Names of the programs that are not there. */
export async function missing(...programs: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    programs.map(async (name) => (await attempt('sh', '-c', 'command -v "$0"', name)).status === 0),
  );
  return programs.filter((_, at) => !found[at]);
}

/** Looks until `look` gives something, at most `limitMs`. Error: one that says what did not come. */
export async function until<T>(
  what: string,
  limitMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  for (const end = performance.now() + limitMs; performance.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`${what} did not come within ${limitMs / 1000} s`);
}
