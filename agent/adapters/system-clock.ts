/** The clock of a Linux board: wall time, whether it can be trusted, monotonic time, time since the kernel booted. */
import { existsSync, readFileSync } from 'node:fs';
import type { Clock } from '../ports.ts';

/** Longest delay that a Node timer holds (2^31 - 1 ms); longer sleeps take several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface ClockPaths {
  /** `/proc/uptime`: first word, seconds since boot. */
  readonly uptime: string;
  /** Exists once the wall clock was set by the network. */
  readonly synchronised: string;
}

export class SystemClock implements Clock {
  readonly #paths: ClockPaths;

  constructor(paths: ClockPaths) {
    this.#paths = paths;
  }

  now(): number {
    return Date.now();
  }

  synchronised(): boolean {
    return existsSync(this.#paths.synchronised);
  }

  monotonic(): number {
    return performance.now();
  }

  uptime(): number {
    const seconds = Number.parseFloat(readFileSync(this.#paths.uptime, 'utf8'));
    if (!Number.isFinite(seconds)) throw new Error(`${this.#paths.uptime} holds no number`);
    return seconds * 1000;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const end = performance.now() + ms;
    for (let left = ms; left > 0 && !signal.aborted; left = end - performance.now()) {
      await oneTimer(Math.min(left, LONGEST_TIMER_MS), signal);
    }
  }
}

function oneTimer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}
