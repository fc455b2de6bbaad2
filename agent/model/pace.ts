/**
 * Does a body move fast enough to be worth waiting for? Counts bytes against time spent waiting for them, so that a
 * slow slot, a rate limit and a pause are not held against the server. Pure: times are handed in.
 */

export class Pace {
  readonly #windowMs: number;
  readonly #leastBytes: number;
  #waitedMs = 0;
  #bytes = 0;

  /** Judges each `windowMs` of waiting anew: one good hour is no credit for a bad one. */
  constructor(windowMs: number, leastBytesPerSecond: number) {
    this.#windowMs = windowMs;
    this.#leastBytes = (leastBytesPerSecond * windowMs) / 1000;
  }

  /** `bytes` came after `waitedMs` more of waiting. True: a whole window brought too little. */
  tooSlow(waitedMs: number, bytes: number): boolean {
    this.#waitedMs += waitedMs;
    this.#bytes += bytes;
    if (this.#waitedMs < this.#windowMs) return false;
    const slow = this.#bytes * this.#windowMs < this.#leastBytes * this.#waitedMs;
    this.#waitedMs = 0;
    this.#bytes = 0;
    return slow;
  }
}
