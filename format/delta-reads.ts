/**
 * Which bytes of the base a delta frame needs, as few and large reads: neighbours are merged, since each read
 * costs a device more than some kilobytes that nobody asked for. The sum is bounded, whatever a frame says.
 * Must not know operations, frames or files.
 */

/** Bytes of the base from `offset`, which may exceed 2^32. */
export interface BaseRead {
  readonly offset: number;
  readonly length: number;
}

/** All reads of a chunk are together at most this many times as long as the chunk. */
export const MAX_READ_SHARE = 2;
/**
 * Extents with at most this gap become one read, bytes: an eMMC reads 32 KiB in about the time of one more
 * command. It is halved until the sum of the reads keeps its bound.
 */
const WIDEST_GAP = 32 * 1024;

/** Reads that cover all extents: sorted by offset, not overlapping, at most twice `chunkLength` together. */
export class BaseReads {
  readonly reads: readonly BaseRead[];
  /** Sum of the reads' lengths. */
  readonly total: number;
  readonly #offsets: Float64Array;
  /** Where each read begins in all of them, one after the other. */
  readonly #places: Float64Array;

  constructor(reads: readonly BaseRead[]) {
    this.reads = reads;
    this.#offsets = Float64Array.from(reads, ({ offset }) => offset);
    this.#places = new Float64Array(reads.length);
    let total = 0;
    for (const [at, { length }] of reads.entries()) {
      this.#places[at] = total;
      total += length;
    }
    this.total = total;
  }

  /** `sources[i]`, `lengths[i]`: extents in any order, overlapping or not, together at most `chunkLength` long. */
  static covering(sources: readonly number[], lengths: readonly number[], chunkLength: number): BaseReads {
    // Begins and ends are sorted apart: after the i-th end a union of extents is over exactly when the next
    // begin lies behind it. Numbers alone sort many times faster than pairs with a comparison of ours.
    const begins = Float64Array.from(sources).sort();
    const ends = Float64Array.from(sources, (source, at) => source + (lengths[at] ?? 0)).sort();
    for (let gap = WIDEST_GAP; ; gap = Math.floor(gap / 2)) {
      const reads = new BaseReads(unions(begins, ends, gap));
      // Without gaps the reads are no longer than the extents, so this ends.
      if (reads.total <= MAX_READ_SHARE * chunkLength || gap === 0) return reads;
    }
  }

  /** Where the byte of the base at `source` lies in all reads, one after the other. */
  placeOf(source: number): number {
    const read = this.indexOf(source);
    return (this.#places[read] ?? 0) + source - (this.#offsets[read] ?? 0);
  }

  /** Which of the reads has the byte of the base at `source`. */
  indexOf(source: number): number {
    let low = 0;
    let high = this.#offsets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#offsets[middle] ?? 0) <= source) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function unions(begins: Float64Array, ends: Float64Array, gap: number): BaseRead[] {
  const reads: BaseRead[] = [];
  let offset = begins[0] ?? 0;
  for (let at = 0; at < ends.length; at += 1) {
    const end = ends[at] ?? 0;
    const next = begins[at + 1];
    if (next !== undefined && next <= end + gap) continue;
    reads.push({ offset, length: end - offset });
    offset = next ?? end;
  }
  return reads;
}
