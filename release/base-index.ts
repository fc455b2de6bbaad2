/**
 * Where the windows of a base lie, by hash: a table in shared memory that several threads fill and read.
 * Every window at a multiple of the stride is entered once; a full bucket drops what comes later, and
 * flat windows (one byte value) are left out, so that neither can make a search long.
 * The table's content depends on the base alone: each thread fills a range of buckets of its own, in base order.
 * Must not know chunks, frames or how a match is weighed.
 */
import type { Tuning } from './tuning.ts';

/** Slots of a bucket: one cache line holds four buckets. */
export const WAYS = 4;
/** Slots that the table has at most; a base above 1 GiB at stride 8 is entered at a wider stride: 512 MiB. */
const MOST_SLOTS = 2 ** 27;

/** Entries of a batch: enough to keep memory busy, few enough for the nearest cache. */
const BATCH = 64;

/** Sizes of a base's table; a plain value that goes to other threads. */
export interface BaseIndexShape {
  /** Bytes of a window. */
  readonly window: Tuning['window'];
  /** Windows begin at multiples of it, bytes; a power of two from 4. */
  readonly stride: number;
  /** The table has 2^bucketBits buckets. */
  readonly bucketBits: number;
  /** Low bits of an entry that repeat bits of the hash: most wrong candidates are seen without a look at the base. */
  readonly tagBits: number;
}

/** The shape for a base of `size` bytes, its stride `finest` if the table may be that large. */
export function shapeOf(size: number, finest: number, window: Tuning['window']): BaseIndexShape {
  let stride = finest;
  while (size / stride > MOST_SLOTS) stride *= 2;
  const positionBits = Math.max(1, Math.ceil(Math.log2(Math.max(size / stride, 2))));
  const bucketBits = Math.max(1, positionBits - Math.log2(WAYS));
  // Bucket and tag together take no more bits than the hash has.
  const tagBits = Math.min(32 - positionBits, 32 - bucketBits);
  return { window, stride, bucketBits, tagBits };
}

/** Bytes of the table. */
export function tableBytes({ bucketBits }: BaseIndexShape): number {
  return 2 ** bucketBits * WAYS * Int32Array.BYTES_PER_ELEMENT;
}

/** Hash of a window by its three little-endian words; a window of two words has its second one twice. */
export function hashOf(first: number, second: number, third: number): number {
  // Odd constants; the shifts bring the high bits, which depend on all words, down to the tag.
  let hash = (Math.imul(first, 0x9e3779b1) + Math.imul(second, 0x85ebca77)) | 0;
  hash = (hash + Math.imul(third, 0xc2b2ae3d)) | 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

/** Enters the windows of one of `parts` ranges of buckets. The base's buffer is a multiple of 4 bytes long. */
export function fillTable(
  table: Int32Array,
  base: Uint8Array,
  shape: BaseIndexShape,
  part: number,
  parts: number,
): void {
  const words = new Int32Array(base.buffer, base.byteOffset, Math.floor(base.length / 4));
  const bucketShift = 32 - shape.bucketBits;
  const begin = Math.floor((2 ** shape.bucketBits * part) / parts);
  const end = Math.floor((2 ** shape.bucketBits * (part + 1)) / parts);
  const step = shape.stride / 4;
  const last = words.length - shape.window / 4;
  const isLong = shape.window === 12;
  const batch = new EntryBatch(table, shape);
  for (let word = 0, position = 0; word <= last; word += step, position += 1) {
    const a = words[word] ?? 0;
    const b = words[word + 1] ?? 0;
    const c = isLong ? (words[word + 2] ?? 0) : b;
    if (isFlat(a, b, c)) continue;
    const hash = hashOf(a, b, c);
    const bucket = hash >>> bucketShift;
    if (bucket >= begin && bucket < end) batch.add(hash, position);
  }
  batch.enter();
}

/** Entries that are entered together: their buckets are loaded first, all at a time, and memory is waited for once. */
class EntryBatch {
  readonly #table: Int32Array;
  readonly #shape: BaseIndexShape;
  readonly #hashes = new Int32Array(BATCH);
  readonly #positions = new Int32Array(BATCH);
  readonly #touched = new Int32Array(BATCH);
  #count = 0;

  constructor(table: Int32Array, shape: BaseIndexShape) {
    this.#table = table;
    this.#shape = shape;
  }

  add(hash: number, position: number): void {
    this.#hashes[this.#count] = hash;
    this.#positions[this.#count] = position;
    this.#count += 1;
    if (this.#count === BATCH) this.enter();
  }

  enter(): void {
    const { bucketBits, tagBits } = this.#shape;
    const table = this.#table;
    const hashes = this.#hashes;
    const count = this.#count;
    const tagMask = 2 ** tagBits - 1;
    for (let at = 0; at < count; at += 1) {
      this.#touched[at] = table[((hashes[at] ?? 0) >>> (32 - bucketBits)) * WAYS] ?? 0;
    }
    for (let at = 0; at < count; at += 1) {
      const hash = hashes[at] ?? 0;
      const from = (hash >>> (32 - bucketBits)) * WAYS;
      for (let slot = from; slot < from + WAYS; slot += 1) {
        // Zero means empty: position 0 with tag 0 cannot be entered, which loses one window of a base.
        if (table[slot] !== 0) continue;
        table[slot] = ((this.#positions[at] ?? 0) << tagBits) | (hash & tagMask);
        break;
      }
    }
    this.#count = 0;
  }
}

/** One byte value all over. */
export function isFlat(a: number, b: number, c: number): boolean {
  return a === b && a === c && (a & 0xff) === ((a >>> 8) & 0xff) && a >>> 16 === (a & 0xffff);
}
