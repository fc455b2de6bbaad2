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

/** Far more timers than any test here needs: one that waits for nothing fails instead of spinning. */
const MOST_STEPS = 20_000;

/** Lets time fly until `promise` has settled. */
export async function soon<Value>(promise: Promise<Value>): Promise<Value> {
  const clock = { running: true };
  const stop = (): void => {
    clock.running = false;
  };
  promise.then(stop, stop);
  for (let step = 0; clock.running; step++) {
    if (step === MOST_STEPS) throw new Error('nothing that happens settles the promise');
    await vi.advanceTimersToNextTimerAsync();
  }
  return promise;
}

/** Lets so many milliseconds pass. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}
