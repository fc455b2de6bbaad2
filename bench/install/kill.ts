/** SIGKILL at half of the image, then the same command again: how much is fetched twice. */
import { bytesWritten } from '../measured.ts';
import type { Web } from '../web.ts';
import type { Way } from './method.ts';

export interface Killed {
  /** Bytes that the server sent before the kill, after it, and more than once. */
  readonly first: number;
  readonly second: number;
  readonly again: number;
}

/** `once`: bytes of an undisturbed run. What the kernel had in its buffers at the kill counts as fetched. */
export async function killedAtHalf(way: Way, web: Web, once: number): Promise<Killed> {
  await way.reset();
  await web.sent();
  const killed = await way.run({
    mayFail: true,
    watch: (processes) => {
      if (processes.every((pid) => bytesWritten(pid) < way.writes / 2)) return;
      for (const pid of processes) kill(pid);
    },
  });
  if (killed.status === 0) throw new Error(`${way.name} ended before it could be killed`);
  const first = await settled(web);
  await way.run();
  const second = await settled(web);
  return { first, second, again: first + second - once };
}

/** A connection that was cut is logged when nginx finds out; it writes to it until then. */
async function settled(web: Web): Promise<number> {
  await web.idle();
  return (await web.sent()).bytes;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself, or with the one before it.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
