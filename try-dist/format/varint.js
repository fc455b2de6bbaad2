/**
 * Whole numbers as varints: seven bits a byte, lowest first, the top bit set on all bytes but the last. Made by
 * multiplication, since offsets exceed 2^31, where the bitwise operators end. One spelling for each number.
 * Must not know what the numbers mean.
 */
import { FormatError } from './error.js';
/** 2^49 - 1: offsets of bases end at 2^42, their changes need one bit more and zigzag another one. */
const MAX_BYTES = 7;
const BASE = 128;
/** Appends varints; grows as it must. */
export class VarintWriter {
    #bytes = new Uint8Array(1024);
    #length = 0;
    /** `value`: 0 to 2^49-1. */
    write(value) {
        if (!Number.isSafeInteger(value) || value < 0 || value >= BASE ** MAX_BYTES) {
            throw new RangeError(`${value} is no number for a varint of ${MAX_BYTES} bytes`);
        }
        if (this.#length + MAX_BYTES > this.#bytes.length)
            this.#grow();
        let rest = value;
        while (rest >= BASE) {
            this.#bytes[this.#length] = BASE + (rest % BASE);
            this.#length += 1;
            rest = Math.floor(rest / BASE);
        }
        this.#bytes[this.#length] = rest;
        this.#length += 1;
    }
    /** A number with a sign: 0, -1, 1, -2 become 0, 1, 2, 3. */
    writeSigned(value) {
        this.write(value < 0 ? -2 * value - 1 : 2 * value);
    }
    finish() {
        return this.#bytes.subarray(0, this.#length);
    }
    #grow() {
        const larger = new Uint8Array(2 * this.#bytes.length);
        larger.set(this.#bytes);
        this.#bytes = larger;
    }
}
/** Reads varints of a run of bytes, from its begin to its end and never beyond. Error: FRAME_MALFORMED. */
export class VarintReader {
    #bytes;
    #at = 0;
    constructor(bytes) {
        this.#bytes = bytes;
    }
    /** Bytes read so far. */
    get position() {
        return this.#at;
    }
    get atEnd() {
        return this.#at === this.#bytes.length;
    }
    read() {
        let value = 0;
        let scale = 1;
        for (let count = 1; count <= MAX_BYTES; count += 1) {
            const byte = this.#bytes[this.#at];
            if (byte === undefined)
                throw malformed('a number is cut short');
            this.#at += 1;
            if (byte < BASE) {
                if (byte === 0 && count > 1)
                    throw malformed('a number has another spelling than its shortest');
                return value + byte * scale;
            }
            value += (byte - BASE) * scale;
            scale *= BASE;
        }
        throw malformed(`a number has more than ${MAX_BYTES} bytes`);
    }
    readSigned() {
        const value = this.read();
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
}
function malformed(what) {
    return new FormatError('FRAME_MALFORMED', `a delta frame is malformed: ${what}`);
}
