/**
 * The rate limit of one source: every received byte is paid for before the next piece is pulled. While it pauses
 * nobody reads the socket, its buffers fill up, and TCP slows the server down: nothing is buffered here.
 */
import { TokenBucket } from '../model/rate.ts';
import type { Clock } from '../ports.ts';

export class Throttle {
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly #bucket: TokenBucket;

  /** `bytesPerSecond` is more than 0. */
  constructor(bytesPerSecond: number, clock: Pick<Clock, 'monotonic' | 'sleep'>) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(bytesPerSecond, clock.monotonic());
  }

  /** Resolves when the line may bring more; early when the signal aborts. */
  async received(bytes: number, signal: AbortSignal): Promise<void> {
    const pause = this.#bucket.take(bytes, this.#clock.monotonic());
    if (pause > 0) await this.#clock.sleep(pause, signal);
  }
}
