/** How many requests may come: some at once, and then so many in a second. Pure: the time is handed in. */

export interface AllowanceLimits {
  readonly atOnce: number;
  readonly perSecond: number;
}

export class Allowance {
  readonly #limits: AllowanceLimits;
  #left: number;
  #at: number;

  /** Full at `now` (monotonic, ms). */
  constructor(limits: AllowanceLimits, now: number) {
    this.#limits = limits;
    this.#left = limits.atOnce;
    this.#at = now;
  }

  /** True: one has come, and may be served. A refused one costs nothing. */
  take(now: number): boolean {
    const { atOnce, perSecond } = this.#limits;
    this.#left = Math.min(atOnce, this.#left + (Math.max(now - this.#at, 0) / 1000) * perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
