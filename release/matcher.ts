/**
 * From a chunk and a base to operations: which bytes of the base, moved and slightly changed, make this chunk.
 * The scan is that of bsdiff (Colin Percival, "Naive differences of executable code", 2003) with a table of
 * hashed windows in place of the suffix array: it goes on with the current displacement, and takes another one
 * only where that matches clearly more bytes. Deterministic: the same base, table and chunk give the same operations.
 * Must not know frames, files or threads.
 */
import type { DeltaOperation } from '../format/index.ts';
import { type BaseIndexShape, hashOf, isFlat, WAYS } from './base-index.ts';
import { RecentDisplacements } from './displacements.ts';
import { OperationWriter } from './operation-writer.ts';

/** A run of the current displacement of at least this length is gone along without a look at the table, bytes. */
const KEEP_RUN = 32;
/** Another displacement has to match this many bytes more. Measured: bsdiff's 8 make a delta 0.7 % longer, 2 make it 3 %. */
const BETTER_BY = 4;
/** A shorter match on a recent displacement is chance, bytes. */
const LEAST_RECALLED = 5;
/** Places whose buckets are loaded together. */
const LOADED_AHEAD = 16;
/** A candidate this long is taken without looking at the bucket's others, bytes. */
const LONG_ENOUGH = 1024;

/** Finds operations, chunk after chunk; keeps its buffers. */
export class Matcher {
  readonly #base: Uint8Array;
  readonly #table: Int32Array;
  readonly #shape: BaseIndexShape;
  readonly #hasLongWindows: boolean;
  /** Taken out of the shape once: a power of two for each place would cost more than the search. */
  readonly #bucketShift: number;
  readonly #tagMask: number;
  #words = new Int32Array(0);
  #work = 0;
  readonly #touched = new Int32Array(LOADED_AHEAD);
  /** The buckets of the places before this one are loaded. */
  #loaded = 0;
  /** The best candidate of the last search. */
  #length = 0;
  #source = 0;
  readonly #recent = new RecentDisplacements();

  constructor(base: Uint8Array, table: Int32Array, shape: BaseIndexShape) {
    this.#base = base;
    this.#table = table;
    this.#shape = shape;
    this.#hasLongWindows = shape.window === 12;
    this.#bucketShift = 32 - shape.bucketBits;
    this.#tagMask = 2 ** shape.tagBits - 1;
  }

  /** Bytes of candidates that were compared since the beginning: what a hostile base could make long. */
  get work(): number {
    return this.#work;
  }

  /** Operations that make `chunk`. `place` is its offset in the image: the displacement that is tried first. */
  match(chunk: Uint8Array, place: number): DeltaOperation[] {
    this.#readWords(chunk);
    this.#loaded = 0;
    this.#recent.clear();
    const writer = new OperationWriter(chunk, this.#base);
    let displacement = place;
    let scan = 0;
    while (scan < chunk.length) {
      scan = this.#nextTurn(chunk, scan, displacement);
      if (scan === chunk.length) break;
      const next = this.#source - scan;
      writer.turn(scan, displacement, next);
      displacement = next;
      this.#recent.use(next);
      scan += this.#length;
    }
    writer.close(displacement);
    return writer.operations;
  }

  /**
   * The next place where another displacement is clearly better, the candidate in #length and #source; the
   * chunk's end when there is none.
   */
  #nextTurn(chunk: Uint8Array, from: number, displacement: number): number {
    let scan = from;
    // Bytes from `scan` to `scored` that the current displacement explains.
    let score = 0;
    let scored = scan;
    while (scan < chunk.length) {
      const run = this.#runAt(chunk, scan, scan + displacement);
      if (run >= KEEP_RUN) {
        scan += run;
        scored = scan;
        score = 0;
        continue;
      }
      this.#search(chunk, scan);
      this.#recall(chunk, scan, displacement);
      const until = scan + this.#length;
      if (scored < until) {
        score += this.#equalBytes(chunk, scored, until, displacement);
        scored = until;
      }
      if (this.#length > score + BETTER_BY) return scan;
      if (scored > scan && run > 0) score -= 1;
      scan += 1;
      if (scored < scan) scored = scan;
    }
    return scan;
  }

  /** The best candidate for the window at `scan`: into #length (0: none) and #source. */
  #search(chunk: Uint8Array, scan: number): void {
    this.#length = 0;
    const { window } = this.#shape;
    if (scan + window > chunk.length) return;
    if (scan >= this.#loaded || scan + LOADED_AHEAD < this.#loaded) this.#loadAhead(scan);
    const words = this.#words;
    const a = words[scan] ?? 0;
    const b = words[scan + 4] ?? 0;
    const c = this.#hasLongWindows ? (words[scan + 8] ?? 0) : b;
    if (isFlat(a, b, c)) return;
    const hash = hashOf(a, b, c);
    const from = (hash >>> this.#bucketShift) * WAYS;
    for (let slot = from; slot < from + WAYS; slot += 1) {
      const entry = this.#table[slot] ?? 0;
      if (entry === 0) return;
      if (((entry ^ hash) & this.#tagMask) !== 0) continue;
      const source = (entry >>> this.#shape.tagBits) * this.#shape.stride;
      const length = this.#runAt(chunk, scan, source);
      this.#work += length + 1;
      if (length < window || length <= this.#length) continue;
      this.#length = length;
      this.#source = source;
      if (length >= LONG_ENOUGH) return;
    }
  }

  /** Takes a recent displacement instead where that matches more: runs that are no window of the table, too. */
  #recall(chunk: Uint8Array, scan: number, current: number): void {
    if (this.#length >= LONG_ENOUGH) return;
    const byte = chunk[scan];
    for (const displacement of this.#recent.kept) {
      const source = scan + displacement;
      if (displacement === current || this.#base[source] !== byte) continue;
      const length = this.#runAt(chunk, scan, source);
      this.#work += length;
      if (length < LEAST_RECALLED || length <= this.#length) continue;
      this.#length = length;
      this.#source = source;
    }
  }

  /**
   * Loads the buckets of the next places, all at a time: memory is waited for once and not at each place. What
   * they hold is not looked at here.
   */
  #loadAhead(scan: number): void {
    const words = this.#words;
    const table = this.#table;
    const shift = this.#bucketShift;
    const third = this.#hasLongWindows ? 8 : 4;
    const end = Math.min(scan + LOADED_AHEAD, words.length - this.#shape.window);
    for (let at = scan; at < end; at += 1) {
      const hash = hashOf(words[at] ?? 0, words[at + 4] ?? 0, words[at + third] ?? 0);
      this.#touched[at - scan] = table[(hash >>> shift) * WAYS] ?? 0;
    }
    this.#loaded = scan + LOADED_AHEAD;
  }

  /** How many bytes from `at` to `until` the displacement explains. */
  #equalBytes(chunk: Uint8Array, at: number, until: number, displacement: number): number {
    const base = this.#base;
    const begin = Math.max(at, -displacement);
    const end = Math.min(until, base.length - displacement);
    let count = 0;
    for (let place = begin; place < end; place += 1) {
      if (base[place + displacement] === chunk[place]) count += 1;
    }
    return count;
  }

  /** Bytes from `at` on that are those of the base from `source` on. */
  #runAt(chunk: Uint8Array, at: number, source: number): number {
    const base = this.#base;
    if (source < 0 || source >= base.length) return 0;
    const most = Math.min(chunk.length - at, base.length - source);
    let run = 0;
    while (run < most && base[source + run] === chunk[at + run]) run += 1;
    return run;
  }

  /** The little-endian word at each byte of the chunk. */
  #readWords(chunk: Uint8Array): void {
    if (this.#words.length < chunk.length) this.#words = new Int32Array(chunk.length);
    let word = 0;
    for (let at = chunk.length - 1; at >= 0; at -= 1) {
      word = (word << 8) | (chunk[at] ?? 0);
      this.#words[at] = word;
    }
  }
}
