/**
 * Cuts a stream of pieces into frames of known lengths. Pure: pieces in, whole frames out, in memory that is used
 * in turn. Every byte is copied, so that the memory of a piece is free when the next one is asked for.
 */
import type { BufferRing } from './buffer-ring.ts';

/** One whole frame. `bytes` is a view of the memory in turn; empty for one that is not needed. */
export interface WholeFrame {
  readonly chunk: number;
  readonly bytes: Uint8Array;
}

/** What the assembler has to know of the frames that will come. */
export interface FrameFacts {
  /** Bytes. */
  lengthOf(chunk: number): number;
  /** False: its bytes are passed over. */
  isNeeded(chunk: number): boolean;
}

const NOTHING = new Uint8Array(0);

export class FrameAssembler {
  readonly #facts: FrameFacts;
  readonly #last: number;
  readonly #memory: BufferRing;
  #chunk: number;
  #buffer: Uint8Array = NOTHING;
  #filled = 0;
  #piece: Uint8Array = NOTHING;

  /** @param memory one place for each frame that is in use at a time, and one for the frame that is not whole */
  constructor(
    run: { readonly firstChunk: number; readonly lastChunk: number },
    facts: FrameFacts,
    memory: BufferRing,
  ) {
    this.#chunk = run.firstChunk;
    this.#last = run.lastChunk;
    this.#facts = facts;
    this.#memory = memory;
  }

  /** Gives the next piece; the one before must have been taken out by `take` until it gave undefined. */
  push(piece: Uint8Array): void {
    this.#piece = piece;
  }

  /** The next whole frame, or undefined: more bytes are needed, or the run is complete. */
  take(): WholeFrame | undefined {
    if (this.#chunk > this.#last) return undefined;
    const length = this.#facts.lengthOf(this.#chunk);
    const part = this.#piece.subarray(0, length - this.#filled);
    if (part.length === 0 && length > 0) return undefined;
    const isNeeded = this.#facts.isNeeded(this.#chunk);
    if (this.#filled === 0) this.#buffer = isNeeded ? this.#memory.next().take(length) : NOTHING;
    if (isNeeded) this.#buffer.set(part, this.#filled);
    this.#filled += part.length;
    this.#piece = this.#piece.subarray(part.length);
    return this.#filled === length ? this.#complete() : undefined;
  }

  #complete(): WholeFrame {
    const chunk = this.#chunk;
    this.#chunk += 1;
    this.#filled = 0;
    return { chunk, bytes: this.#buffer };
  }
}
