/** Memory that is used in turn: as many buffers as can be in use at a time, as large as they were ever needed. */

/** Buffers grow in these steps, bytes, so that lengths that differ by little do not each cost a new one. */
const STEP_BYTES = 64 * 1024;

export class GrowingBuffer {
  #bytes: Uint8Array;

  /** @param bytes what is used as long as nothing larger is asked for */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#bytes = bytes;
  }

  /** `length` bytes with whatever was written there last; the one before is the same memory. */
  take(length: number): Uint8Array {
    if (this.#bytes.length < length) {
      this.#bytes = new Uint8Array(Math.ceil(length / STEP_BYTES) * STEP_BYTES);
    }
    return this.#bytes.subarray(0, length);
  }
}

export class BufferRing {
  readonly #buffers: readonly GrowingBuffer[];
  #next = 0;

  /**
   * The buffer that `next` gave is given again after `places` more calls.
   *
   * @param memory split between the places
   */
  constructor(places: number, memory: Uint8Array = new Uint8Array(0)) {
    const share = Math.floor(memory.length / places);
    this.#buffers = Array.from(
      { length: places },
      (_, place) => new GrowingBuffer(memory.subarray(place * share, (place + 1) * share)),
    );
  }

  next(): GrowingBuffer {
    const buffer = this.#buffers[this.#next];
    if (buffer === undefined) throw new RangeError('a ring needs at least one place');
    this.#next = (this.#next + 1) % this.#buffers.length;
    return buffer;
  }
}
