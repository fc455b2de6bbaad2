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
/** Differences that are looked at at once, bytes: the numbers of a Uint32Array. */
const WORD_BYTES = 4;

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
  const { moves, insertions, literals } = plan.steps;
  for (let step = 0; step < moves.length; step += MOVE) {
    copy(base, numberAt(moves, step + 1), chunk, numberAt(moves, step), numberAt(moves, step + 2));
  }
  let taken = 0;
  for (let step = 0; step < insertions.length; step += STRETCH) {
    const length = numberAt(insertions, step + 1);
    copy(literals, taken, chunk, numberAt(insertions, step), length);
    taken += length;
  }
  addDifferences(plan.steps, chunk);
  return chunk;
}

/** To the bytes of the chunk, modulo 256. Nine of ten differences are 0, so four at a time are looked at first. */
function addDifferences({ additions, differences }: DeltaSteps, chunk: Uint8Array): void {
  const { buffer, byteOffset, length } = differences;
  // Memory is looked at in words only from a multiple of their size on.
  const lead = (WORD_BYTES - (byteOffset % WORD_BYTES)) % WORD_BYTES;
  const count = Math.max(0, Math.floor((length - lead) / WORD_BYTES));
  const words = count === 0 ? new Uint32Array(0) : new Uint32Array(buffer, byteOffset + lead, count);
  let begin = 0;
  for (let step = 0; step < additions.length; step += STRETCH) {
    const shift = numberAt(additions, step) - begin;
    const end = begin + numberAt(additions, step + 1);
    const firstWord = Math.ceil((begin - lead) / WORD_BYTES);
    const lastWord = Math.max(firstWord, Math.floor((end - lead) / WORD_BYTES));
    addBytes(differences, begin, Math.min(lead + firstWord * WORD_BYTES, end), chunk, shift);
    for (let word = firstWord; word < lastWord; word += 1) {
      if (words[word] === 0) continue;
      const at = lead + word * WORD_BYTES;
      addBytes(differences, at, at + WORD_BYTES, chunk, shift);
    }
    addBytes(differences, lead + lastWord * WORD_BYTES, end, chunk, shift);
    begin = end;
  }
}

/** Those from `begin` to `end`, to bytes that lie `shift` further on in the chunk than they do in their run. */
function addBytes(
  differences: Uint8Array,
  begin: number,
  end: number,
  chunk: Uint8Array,
  shift: number,
): void {
  for (let at = begin; at < end; at += 1) {
    chunk[at + shift] = (chunk[at + shift] ?? 0) + (differences[at] ?? 0);
  }
}

function copy(from: Uint8Array, source: number, to: Uint8Array, target: number, length: number): void {
  if (length > SHORT_COPY) {
    to.set(from.subarray(source, source + length), target);
    return;
  }
  for (let at = 0; at < length; at += 1) to[target + at] = from[source + at] ?? 0;
}

function numberAt(list: Uint32Array, at: number): number {
  return list[at] ?? 0;
}
