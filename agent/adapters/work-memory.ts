/**
 * The one piece of memory in which the bytes of a partition are made, written and read back: O_DIRECT wants it aligned,
 * and a board that has little wants it once. It knows neither files nor what the bytes are.
 */

/** O_DIRECT wants offset, length and memory in blocks; 4 KiB is the largest logical block in use. */
export const DIRECT_BLOCK_BYTES = 4_096;

/** Zeroed memory that starts on a page; undefined where there is none. */
export type AlignedMemory = (bytes: number) => Uint8Array | undefined;

export class WorkMemory {
  readonly #alignedMemory: AlignedMemory;
  #region: Uint8Array = new Uint8Array(0);

  constructor(alignedMemory: AlignedMemory) {
    this.#alignedMemory = alignedMemory;
  }

  /** The same memory each time, with whatever was written there last, until more is asked for. */
  take(bytes: number): Uint8Array | undefined {
    if (this.#region.length < bytes) {
      const larger = this.#alignedMemory(bytes);
      if (larger === undefined) return undefined;
      this.#region = larger;
    }
    return this.#region.subarray(0, bytes);
  }

  /** One of two halves of the same memory, each of `bytes` and more. */
  half(which: 0 | 1, bytes: number): Uint8Array | undefined {
    if (this.take(2 * bytes) === undefined) return undefined;
    const middle = Math.floor(this.#region.length / 2 / DIRECT_BLOCK_BYTES) * DIRECT_BLOCK_BYTES;
    return which === 0 ? this.#region.subarray(0, middle) : this.#region.subarray(middle);
  }

  /** Whether `data` lies in it and begins at a block. */
  isAligned(data: Uint8Array): boolean {
    const offset = data.byteOffset - this.#region.byteOffset;
    return data.buffer === this.#region.buffer && offset % DIRECT_BLOCK_BYTES === 0;
  }
}
