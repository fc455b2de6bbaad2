/** A set of chunk numbers as a bitmap: 128 KiB for the largest image. Pure. */
export class ChunkSet {
  readonly #bits: Uint8Array;

  /** Holds chunks 0..count-1. */
  constructor(count: number) {
    this.#bits = new Uint8Array(Math.ceil(count / 8));
  }

  get isEmpty(): boolean {
    return this.#bits.every((byte) => byte === 0);
  }

  add(chunk: number): void {
    const at = Math.floor(chunk / 8);
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (chunk % 8));
  }

  has(chunk: number): boolean {
    return ((this.#bits[Math.floor(chunk / 8)] ?? 0) & (1 << (chunk % 8))) !== 0;
  }
}
