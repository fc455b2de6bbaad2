/**
 * From a base and a chunk to a delta frame: the work of one thread. Base and table are shared memory, so any
 * number of encoders work on them at a time.
 * Must not know threads, messages or files.
 */
import { encodeDeltaFrame } from '../format/index.js';
import { fillTable } from './base-index.js';
import { Matcher } from './matcher.js';
export class DeltaEncoder {
    #work;
    #matcher;
    constructor(work) {
        this.#work = work;
        this.#matcher = new Matcher(work.base, work.table, work.shape);
    }
    /** Enters one of `parts` shares of the base in the table. All shares come before the first chunk. */
    enter(part, parts) {
        fillTable(this.#work.table, this.#work.base, this.#work.shape, part, parts);
    }
    /** The frame of a chunk at `place` of the image, or undefined when it has to be sent whole. */
    encode(chunk, place) {
        return encodeDeltaFrame(this.#matcher.match(chunk, place), this.#work.quality)?.bytes;
    }
}
