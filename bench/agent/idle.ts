/**
 * What processes cost that do nothing: memory now, processor time over a while. It must not know which they are.
 * The time is that of all threads, by the scheduler in nanoseconds, and of children that ended, in ticks of 10 ms.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { childSeconds, memoryOf } from '../measured.ts';

/** How often the memory is looked at, ms: rarely, a look costs the process about one. */
const LOOK_MS = 10_000;

export interface Idle {
  /** Largest of all looks, bytes. */
  readonly rss: number;
  readonly pss: number;
  /** Over the whole while, s. */
  readonly cpuS: number;
  /** The children's part of it. */
  readonly childrenS: number;
}

/** Watches all at once, so that they share what else the machine does. */
export async function watchIdle(pids: readonly number[], whileMs: number): Promise<Idle[]> {
  const before = pids.map(timesOf);
  const memory = pids.map(memoryOf);
  const end = performance.now() + whileMs;
  for (let left = whileMs; left > 0; left = end - performance.now()) {
    await pause(Math.min(LOOK_MS, left));
    for (const [at, pid] of pids.entries()) {
      const [now, most] = [memoryOf(pid), memory[at] ?? memoryOf(pid)];
      const rssNow = Math.max(now.rssNow, most.rssNow);
      memory[at] = { rss: now.rss, rssNow, pss: Math.max(now.pss, most.pss) };
    }
  }
  return pids.map((pid, at) => {
    const now = timesOf(pid);
    const then = before[at] ?? now;
    const childrenS = now.childrenS - then.childrenS;
    const cpuS = now.ownS - then.ownS + childrenS;
    return { rss: memory[at]?.rssNow ?? 0, pss: memory[at]?.pss ?? 0, cpuS, childrenS };
  });
}

function timesOf(pid: number): { readonly ownS: number; readonly childrenS: number } {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return { ownS: nanoseconds.reduce((sum, time) => sum + time, 0) / 1e9, childrenS: childSeconds(pid) };
}
