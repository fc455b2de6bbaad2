/** How fast something moves, and how long it will take: over the last seconds, so that it follows the line. Pure. */

/** Long enough to smooth the bursts of a checkpoint, short enough to follow a line that changes, ms. */
const WINDOW_MS = 15_000;
/** Below this nothing is said: two events of one burst make any rate, ms. */
const LEAST_MS = 1_000;

interface Sample {
  readonly at: number;
  readonly bytes: number;
  readonly percent: number;
}

export interface PaceNow {
  /** Undefined while too little is known. */
  readonly bytesPerSecond: number | undefined;
  /** Undefined while nothing moves. */
  readonly secondsLeft: number | undefined;
}

export class Pace {
  #samples: readonly Sample[] = [];

  /** `at`: monotonic, ms. What goes back, as another deployment does, begins anew. */
  push(at: number, bytes: number, percent: number): PaceNow {
    const last = this.#samples.at(-1);
    const goesOn = last !== undefined && bytes >= last.bytes && percent >= last.percent;
    const kept = goesOn ? this.#samples.filter((sample) => at - sample.at <= WINDOW_MS) : [];
    this.#samples = [...kept, { at, bytes, percent }];
    const [first] = this.#samples;
    const ms = at - (first?.at ?? at);
    if (first === undefined || ms < LEAST_MS) return { bytesPerSecond: undefined, secondsLeft: undefined };
    const percentPerMs = (percent - first.percent) / ms;
    return {
      bytesPerSecond: ((bytes - first.bytes) / ms) * 1000,
      secondsLeft: percentPerMs > 0 ? (100 - percent) / percentPerMs / 1000 : undefined,
    };
  }
}
