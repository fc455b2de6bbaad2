/**
 * A delta frame after decoding: what to read from the base, and what to make of it. Everything in a plan is
 * checked, so applying it is copying and adding, and cannot fail on any content of the base.
 * Must not know how a frame's bytes look, nor where the base comes from.
 */
import type { BaseReads } from './delta-reads.ts';

/** Below this many bytes a loop is quicker than a call of the runtime's copy. */
const SHORT_COPY = 64;

/** Numbers per extent in a list. */
const MOVE = 3;
const STRETCH = 2;

/** A decoded, checked delta frame; made by `decodeDeltaFrame` only. */
export interface DeltaPlan {
  /** Bytes that the plan makes. */
  readonly chunkLength: number;
  /** Reads of the base: sorted, not overlapping, together at most twice the chunk; empty when it needs none. */
  readonly reads: BaseReads['reads'];
  /** Sum of the reads' lengths, bytes. */
  readonly baseLength: number;
  readonly steps: DeltaSteps;
}

/** What applying does, as plain numbers: a frame may have a hundred thousand of them. */
export interface DeltaSteps {
  /** Triples: place in the chunk, place in the reads one after the other, length. */
  readonly moves: Uint32Array;
  /** Pairs: place in the chunk, length; they take `differences` one after the other. */
  readonly additions: Uint32Array;
  /** Pairs: place in the chunk, length; they take `literals` one after the other. */
  readonly insertions: Uint32Array;
  readonly differences: Uint8Array;
  readonly literals: Uint8Array;
}

/**
 * The chunk. `base` holds the bytes of all `plan.reads`, one after the other; RangeError when it has another
 * length. `chunk` may be a buffer of `plan.chunkLength` bytes to write into; every byte of it is written.
 */
export function applyDelta(
  plan: DeltaPlan,
  base: Uint8Array,
  chunk: Uint8Array = new Uint8Array(plan.chunkLength),
): Uint8Array {
  if (base.length !== plan.baseLength || chunk.length !== plan.chunkLength) {
    throw new RangeError(
      `the plan reads ${plan.baseLength} bytes and makes ${plan.chunkLength}, ` +
        `not ${base.length} and ${chunk.length}`,
    );
  }
  const { moves, additions, insertions, differences, literals } = plan.steps;
  for (let step = 0; step < moves.length; step += MOVE) {
    copy(base, numberAt(moves, step + 1), chunk, numberAt(moves, step), numberAt(moves, step + 2));
  }
  let taken = 0;
  for (let step = 0; step < insertions.length; step += STRETCH) {
    const length = numberAt(insertions, step + 1);
    copy(literals, taken, chunk, numberAt(insertions, step), length);
    taken += length;
  }
  taken = 0;
  for (let step = 0; step < additions.length; step += STRETCH) {
    const length = numberAt(additions, step + 1);
    add(differences, taken, chunk, numberAt(additions, step), length);
    taken += length;
  }
  return chunk;
}

function copy(from: Uint8Array, source: number, to: Uint8Array, target: number, length: number): void {
  if (length > SHORT_COPY) {
    to.set(from.subarray(source, source + length), target);
    return;
  }
  for (let at = 0; at < length; at += 1) to[target + at] = from[source + at] ?? 0;
}

/** Sums of bytes, modulo 256. */
function add(from: Uint8Array, source: number, to: Uint8Array, target: number, length: number): void {
  for (let at = 0; at < length; at += 1) to[target + at] = (to[target + at] ?? 0) + (from[source + at] ?? 0);
}

function numberAt(list: Uint32Array, at: number): number {
  return list[at] ?? 0;
}
