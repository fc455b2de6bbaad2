/** Timers that fly: a test of minutes on the line takes milliseconds, and takes them in the same order each time. */
import { afterEach, beforeEach, vi } from 'vitest';

/** Call once in a file; all of its tests run on timers that `soon` moves. */
export function letTimeFly(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** Lets time fly until `promise` has settled. */
export async function soon<Value>(promise: Promise<Value>): Promise<Value> {
  const clock = { running: true };
  const stop = (): void => {
    clock.running = false;
  };
  promise.then(stop, stop);
  while (clock.running) await vi.advanceTimersToNextTimerAsync();
  return promise;
}

/** Lets so many milliseconds pass. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}
