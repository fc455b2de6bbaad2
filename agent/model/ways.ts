/**
 * How each chunk of one image comes into the slot, one byte for each: 2^20 chunks are no million objects. The
 * plan fills it, the walk keeps it up to date; what is left to do is read off here after any interruption.
 */

/**
 * Cheapest first. `in-slot`: there already, or written since. `zero`: zeros, nothing is read. `copy`: the booted
 * slot has the same bytes at the same place. `delta`: a frame of the delta pack. `full`: a frame of the full one.
 */
export const WAYS = ['in-slot', 'zero', 'copy', 'delta', 'full'] as const;
export type Way = (typeof WAYS)[number];

/** The packs that frames come from have the names of the ways that use them. */
export type PackName = 'delta' | 'full';

const NUMBERS: Readonly<Record<Way, number>> = { 'in-slot': 0, zero: 1, copy: 2, delta: 3, full: 4 };

/** Undefined for a way that needs no byte from the source. */
export function packOf(way: Way): PackName | undefined {
  return way === 'delta' || way === 'full' ? way : undefined;
}

export class ChunkWays {
  readonly #ways: Uint8Array;
  #firstMissing = 1;

  /** All chunks by their full frames. */
  constructor(count: number) {
    this.#ways = new Uint8Array(count).fill(NUMBERS.full);
  }

  get count(): number {
    return this.#ways.length;
  }

  /** RangeError for a chunk that is none. */
  of(chunk: number): Way {
    const way = WAYS[this.#ways[chunk] ?? WAYS.length];
    if (way === undefined) throw new RangeError(`chunk ${chunk} of ${this.count} does not exist`);
    return way;
  }

  /** A chunk that is in the slot stays there; chunk 0 is never said to be. */
  set(chunk: number, way: Way): void {
    this.#ways[chunk] = NUMBERS[way];
  }

  /** The first chunk from 1 on that is not in the slot; `count` when all are. */
  get firstMissing(): number {
    while (this.#ways[this.#firstMissing] === NUMBERS['in-slot']) this.#firstMissing += 1;
    return Math.min(this.#firstMissing, this.count);
  }
}
