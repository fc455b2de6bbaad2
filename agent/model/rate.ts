/**
 * A token bucket: bytes that have come are paid for with time. Pure: the time is handed in, and what comes back is
 * how long to pause. Knows neither sockets nor timers.
 */

/**
 * How much may come at once after a pause: a tenth of a second's worth. Less would make every timer's lateness
 * slow the line down, more would be felt by whoever shares it.
 */
const BURST_S = 0.1;

export class TokenBucket {
  readonly #bytesPerSecond: number;
  /** Bytes that may come now; negative after a piece that was larger. */
  #level: number;
  #at: number;

  /** Full at `now` (monotonic, ms); `bytesPerSecond` is more than 0. */
  constructor(bytesPerSecond: number, now: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#level = bytesPerSecond * BURST_S;
    this.#at = now;
  }

  /** `bytes` have come at `now`; returns how long nothing more may be taken, ms. */
  take(bytes: number, now: number): number {
    const refilled = this.#level + ((now - this.#at) / 1000) * this.#bytesPerSecond;
    this.#level = Math.min(refilled, this.#bytesPerSecond * BURST_S) - bytes;
    this.#at = now;
    return this.#level >= 0 ? 0 : (-this.#level / this.#bytesPerSecond) * 1000;
  }
}
