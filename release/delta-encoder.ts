/**
 * From a base and a chunk to a delta frame: the work of one thread. Base and table are shared memory, so any
 * number of encoders work on them at a time.
 * Must not know threads, messages or files.
 */
import { encodeDeltaFrame } from '../format/index.ts';
import { type BaseIndexShape, fillTable } from './base-index.ts';
import { Matcher } from './matcher.ts';
import { withoutPoorReads } from './poor-reads.ts';
import type { Tuning } from './tuning.ts';

/** What an encoder works with; it is sent to other threads as it is. */
export interface DeltaWork {
  readonly base: Uint8Array<SharedArrayBuffer>;
  /** Zeros at first; filled by the encoders together. */
  readonly table: Int32Array<SharedArrayBuffer>;
  readonly shape: BaseIndexShape;
  readonly tuning: Tuning;
}

export class DeltaEncoder {
  readonly #work: DeltaWork;
  readonly #matcher: Matcher;

  constructor(work: DeltaWork) {
    this.#work = work;
    this.#matcher = new Matcher(work.base, work.table, work.shape);
  }

  /** Enters one of `parts` shares of the base in the table. All shares come before the first chunk. */
  enter(part: number, parts: number): void {
    fillTable(this.#work.table, this.#work.base, this.#work.shape, part, parts);
  }

  /** The frame at brotli's `quality` 0..11 of a chunk at `place` of the image; undefined: it has to be sent whole. */
  async encode(chunk: Uint8Array, place: number, quality: number): Promise<Uint8Array | undefined> {
    const found = this.#matcher.match(chunk, place);
    const operations = withoutPoorReads(found, chunk, this.#work.tuning.leastOfRead);
    return (await encodeDeltaFrame(operations, quality))?.bytes;
  }
}
