/** Node with the agent's settings and nothing to do: what no program in it can go below. Measures only its start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { NODE, UNIT } from '../unit.ts';

/** The longest a timer waits: it keeps the process there. */
const FOR_EVER = 'setInterval(() => undefined, 2 ** 31 - 1)';

/** From spawn to the end of a program that is empty, s. */
export async function bareStart(): Promise<number> {
  const started = performance.now();
  await once(bare('0'), 'exit');
  return (performance.now() - started) / 1000;
}

/** One that waits. */
export async function bareIdle(): Promise<{ readonly pid: number; stop(): Promise<void> }> {
  const child = bare(FOR_EVER);
  await once(child, 'spawn');
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function bare(program: string) {
  const [node = '', ...options] = NODE;
  return spawn(node, [...options, '-e', program], { stdio: 'ignore', env: { ...process.env, ...UNIT } });
}
