/**
 * Bytes as they come -> frames and discarded bytes. A pure push machine: time is an input, nothing is read and
 * nothing waits. It never throws, whatever the bytes are.
 *
 * SOH is not escaped and may stand inside a payload, so a frame that fails costs one byte only: its SOH is
 * discarded and the rest is looked at again. A good frame that follows garbage, or hides inside what looked
 * like a longer frame, is therefore never lost. What comes out does not depend on how the bytes were chunked.
 * Memory: one frame that is not complete yet, and one run of discarded bytes.
 */
import { checkFormat, decodeFrame, FRAME_FORMAT, MAX_FRAME, NEED_MORE, } from './frame.js';
/** Milliseconds of silence inside a frame that end it: 48 byte times at 9600 baud, above USB-serial latency. */
export const FRAME_GAP_MS = 50;
/** Bytes after which a run of discarded bytes is reported even if it goes on. */
const LONGEST_RUN = 256;
export class Deframer {
    #gapMs;
    #format;
    #buffer = new Uint8Array(MAX_FRAME);
    #held = 0;
    #lastByteAt = 0;
    #run = new Uint8Array(LONGEST_RUN);
    #runLength = 0;
    #runReason = 'no-start';
    /** Error: LINK_MISUSED for a format that there is not. */
    constructor(gapMs = FRAME_GAP_MS, format = FRAME_FORMAT) {
        checkFormat(format);
        this.#gapMs = gapMs;
        this.#format = format;
    }
    /** A frame has begun or discarded bytes are not reported yet: `tick` is wanted `gapMs` after the last byte. */
    get pending() {
        return this.#held > 0 || this.#runLength > 0;
    }
    /** Takes all of `bytes`, which came at `atMs` (any clock that never goes back). */
    push(bytes, atMs) {
        const out = this.tick(atMs);
        this.#lastByteAt = atMs;
        let taken = 0;
        while (taken < bytes.length) {
            // After a scan the buffer holds less than one frame, so there is always room for at least one byte.
            const part = bytes.subarray(taken, taken + MAX_FRAME - this.#held);
            this.#buffer.set(part, this.#held);
            this.#held += part.length;
            taken += part.length;
            this.#scan(out, false);
        }
        return out;
    }
    /** Time goes by. Once the line was silent for longer than the gap, what is held can no longer become a frame. */
    tick(atMs) {
        const out = [];
        if (this.pending && atMs - this.#lastByteAt > this.#gapMs) {
            this.#scan(out, true);
            this.#endRun(out);
        }
        return out;
    }
    #scan(out, silent) {
        let start = 0;
        while (start < this.#held) {
            const decoded = decodeFrame(this.#buffer.subarray(start, this.#held), this.#format);
            if (decoded === NEED_MORE) {
                if (!silent)
                    break;
                this.#discard(start, 'gap', out);
                start += 1;
            }
            else if (decoded.kind === 'fault') {
                this.#discard(start, decoded.reason, out);
                start += 1;
            }
            else {
                this.#endRun(out);
                out.push({ kind: 'frame', frame: decoded.frame });
                start += decoded.length;
            }
        }
        this.#buffer.copyWithin(0, start, this.#held);
        this.#held -= start;
    }
    #discard(index, reason, out) {
        if (reason !== this.#runReason || this.#runLength === LONGEST_RUN)
            this.#endRun(out);
        this.#runReason = reason;
        this.#run.set(this.#buffer.subarray(index, index + 1), this.#runLength);
        this.#runLength += 1;
    }
    #endRun(out) {
        if (this.#runLength === 0)
            return;
        out.push({ kind: 'discarded', bytes: this.#run.slice(0, this.#runLength), reason: this.#runReason });
        this.#runLength = 0;
    }
}
