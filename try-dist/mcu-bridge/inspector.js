/**
 * A line under observation: bytes with direction and time -> a trace of frames and discarded bytes, and figures
 * at the end. Pure: what was heard, and when, is an input. It sends nothing, so it can look at a line that others
 * use, or at a recorded one.
 *
 * Memory: one unanswered request per frame number, and the last 10000 answer times.
 */
import { Deframer, FRAME_GAP_MS } from './deframer.js';
import { FRAME_FORMAT } from './frame.js';
import { explainFrame } from './trace.js';
/** 9600 8N1. */
export const INSPECTOR_DEFAULTS = {
    format: FRAME_FORMAT,
    numbered: true,
    gapMs: FRAME_GAP_MS,
    baudRate: 9600,
    bitsPerByte: 10,
};
/** Where there are no frame numbers, there is one request at a time. */
const UNNUMBERED = -1;
const MOST_ANSWER_TIMES = 10_000;
export class Inspector {
    #options;
    #wires;
    #asked = new Map();
    #answerTimes = [];
    #frames = { board: 0, mcu: 0 };
    #discarded = { 'no-start': 0, 'bad-length': 0, 'bad-crc': 0, gap: 0 };
    #counts = { repeated: 0, lost: 0, refused: 0, stale: 0, malformed: 0, resyncs: 0 };
    #answers = 0;
    #lastNumber = UNNUMBERED;
    #firstAt;
    #lastAt = 0;
    constructor(options = {}) {
        this.#options = { ...INSPECTOR_DEFAULTS, ...options };
        const wire = () => ({
            deframer: new Deframer(this.#options.gapMs, this.#options.format),
            bytes: 0,
            inSync: true,
        });
        this.#wires = { board: wire(), mcu: wire(), line: wire() };
    }
    /** Takes what was heard on one wire at `atMs` (a clock that never goes back). */
    hear(on, bytes, atMs) {
        this.#firstAt ??= atMs;
        this.#lastAt = atMs;
        const wire = this.#wires[on];
        wire.bytes += bytes.length;
        return this.#trace(on, wire.deframer.push(bytes, atMs), atMs);
    }
    /** Time goes by: frames that were begun and not completed are given up. */
    tick(atMs) {
        return ['board', 'mcu', 'line'].flatMap((on) => this.#trace(on, this.#wires[on].deframer.tick(atMs), atMs));
    }
    /** Nothing more will come: what was begun is given up now. */
    end() {
        return this.tick(this.#lastAt + this.#options.gapMs + 1);
    }
    get statistics() {
        const ms = this.#lastAt - (this.#firstAt ?? 0);
        const bytes = { board: 0, mcu: 0, line: 0 };
        const utilisation = { board: 0, mcu: 0, line: 0 };
        for (const on of ['board', 'mcu', 'line']) {
            bytes[on] = this.#wires[on].bytes;
            const bits = bytes[on] * this.#options.bitsPerByte;
            utilisation[on] = ms > 0 ? (bits * 1000) / (ms * this.#options.baudRate) : 0;
        }
        const open = [...this.#asked.values()].filter((asked) => !asked.answered).length;
        const { lost, ...counts } = this.#counts;
        return {
            seconds: ms / 1000,
            frames: { ...this.#frames },
            bytes,
            utilisation,
            ...counts,
            unanswered: lost + open,
            discardedBytes: { ...this.#discarded },
            answers: this.#percentiles(),
        };
    }
    #trace(on, results, atMs) {
        const wire = this.#wires[on];
        return results.map((result) => {
            if (result.kind === 'frame') {
                wire.inSync = true;
                return this.#frame(on, result.frame, atMs);
            }
            if (wire.inSync)
                this.#counts.resyncs += 1;
            wire.inSync = false;
            this.#discarded[result.reason] += result.bytes.length;
            return { ...result, atMs, from: on };
        });
    }
    #frame(on, frame, atMs) {
        const meaning = explainFrame(frame, this.#options.numbered);
        const from = on === 'line' ? meaning.from : on;
        this.#frames[from] += 1;
        if (meaning.problem !== undefined)
            this.#counts.malformed += 1;
        const traced = { kind: 'frame', atMs, frame, ...meaning, from };
        if (meaning.role === 'request') {
            return { ...traced, repeated: this.#ask(meaning, frame, atMs), answerMs: undefined, stale: false };
        }
        if (meaning.role !== 'reply' && meaning.role !== 'refusal') {
            return { ...traced, repeated: false, answerMs: undefined, stale: false };
        }
        if (meaning.role === 'refusal')
            this.#counts.refused += 1;
        const answerMs = this.#answer(meaning, atMs);
        return { ...traced, repeated: false, answerMs, stale: answerMs === undefined };
    }
    /** True when this very request has been asked before. */
    #ask(meaning, frame, atMs) {
        const number = meaning.number ?? UNNUMBERED;
        const payload = Buffer.from(frame.payload).toString('hex');
        const before = this.#asked.get(number);
        const same = before?.command === meaning.command && before.payload === payload;
        // 256 requests later a number comes again: then only one that waits for its answer is meant.
        const latest = number !== UNNUMBERED && number === this.#lastNumber;
        const repeated = same && (latest || !before.answered);
        if (repeated)
            this.#counts.repeated += 1;
        else if (before?.answered === false)
            this.#counts.lost += 1;
        this.#lastNumber = number;
        this.#asked.set(number, { command: meaning.command, payload, atMs, answered: false });
        return repeated;
    }
    #answer(meaning, atMs) {
        const number = meaning.number ?? UNNUMBERED;
        const asked = this.#asked.get(number);
        if (asked === undefined || asked.answered || asked.command !== meaning.command) {
            this.#counts.stale += 1;
            return undefined;
        }
        this.#asked.set(number, { ...asked, answered: true });
        // Microseconds: more digits are the arithmetic's.
        const ms = Math.round((atMs - asked.atMs) * 1000) / 1000;
        this.#answerTimes[this.#answers % MOST_ANSWER_TIMES] = ms;
        this.#answers += 1;
        return ms;
    }
    #percentiles() {
        const sorted = this.#answerTimes.toSorted((one, other) => one - other);
        /** Nearest rank. */
        const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
        if (sorted.length === 0)
            return undefined;
        return { count: this.#answers, p50: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) };
    }
}
