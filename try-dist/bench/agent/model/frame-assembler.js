/**
 * Cuts a stream of pieces into frames of known lengths. Pure: pieces in, whole frames out; what is missing is
 * kept in one buffer that is as long as the longest frame and is reused.
 */
const NOTHING = new Uint8Array(0);
export class FrameAssembler {
    #lengthOf;
    #last;
    #buffer;
    #chunk;
    #filled = 0;
    #piece = NOTHING;
    /** @param longest length of the longest frame in the run, bytes */
    constructor(run, lengthOf, longest) {
        this.#chunk = run.firstChunk;
        this.#last = run.lastChunk;
        this.#lengthOf = lengthOf;
        this.#buffer = new Uint8Array(longest);
    }
    /** Gives the next piece; the one before must have been taken out by `take` until it gave undefined. */
    push(piece) {
        this.#piece = piece;
    }
    /** The next whole frame, or undefined: more bytes are needed, or the run is complete. */
    take() {
        if (this.#chunk > this.#last)
            return undefined;
        const length = this.#lengthOf(this.#chunk);
        const part = this.#piece.subarray(0, length - this.#filled);
        if (this.#filled === 0 && part.length === length) {
            this.#piece = this.#piece.subarray(length);
            return this.#complete(part);
        }
        this.#buffer.set(part, this.#filled);
        this.#filled += part.length;
        this.#piece = this.#piece.subarray(part.length);
        return this.#filled === length ? this.#complete(this.#buffer.subarray(0, length)) : undefined;
    }
    #complete(bytes) {
        const frame = { chunk: this.#chunk, bytes };
        this.#chunk += 1;
        this.#filled = 0;
        return frame;
    }
}
