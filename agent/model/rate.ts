/**
 * A token bucket: bytes that have come are paid for with time. Pure: the time is handed in, and what comes back is
 * how long to pause. Knows neither sockets nor timers.
 */

/**
 * How much may come at once after a pause: half a second's worth. Less would turn every flush of the slot and every
 * late timer into a slower line (measured with a tenth: 4 to 5 % lost on a busy machine), more would be felt by
 * whoever shares it.
 */
export const BURST_S = 0.5;

export class TokenBucket {
  readonly #bytesPerSecond: number;
  /** Bytes that may come now; negative after a piece that was larger. */
  #level = 0;
  #at: number;

  /** Empty at `now` (monotonic, ms); `bytesPerSecond` is more than 0. */
  constructor(bytesPerSecond: number, now: number) {
    this.#bytesPerSecond = bytesPerSecond;
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
