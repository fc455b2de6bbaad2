/**
 * A progress bar on a terminal, plain lines elsewhere (one for each tenth), for every verb that takes long.
 * Draws only when the whole per cent or the note changes, so it needs no clock and floods nothing.
 * Must not know what progresses.
 */
const BAR_CELLS = 24;
const PLAIN_STEP_PERCENT = 10;
/** Terminals that do not tell their width are at least this wide. */
const DEFAULT_COLUMNS = 80;
const RETURN_AND_CLEAR = '\r\x1b[2K';
/** Choose the stream that is not the verb's output: stderr when the result goes to stdout. */
export function progressBar(stream, label) {
    return stream.isTTY === true ? new TerminalBar(stream, label) : new PlainLines(stream, label);
}
class TerminalBar {
    #stream;
    #label;
    #drawn = '';
    constructor(stream, label) {
        this.#stream = stream;
        this.#label = label;
    }
    update(done, total, note = '') {
        const percent = percentOf(done, total);
        const filled = Math.floor((percent * BAR_CELLS) / 100);
        const bar = '#'.repeat(filled) + '-'.repeat(BAR_CELLS - filled);
        const line = `${this.#label} [${bar}] ${String(percent).padStart(3)} % ${note}`.trimEnd();
        // A line that wraps could not be drawn over.
        const fitting = line.slice(0, (this.#stream.columns ?? DEFAULT_COLUMNS) - 1);
        if (fitting === this.#drawn)
            return;
        this.#drawn = fitting;
        this.#stream.write(RETURN_AND_CLEAR + fitting);
    }
    end() {
        if (this.#drawn === '')
            return;
        this.#drawn = '';
        this.#stream.write('\n');
    }
}
class PlainLines {
    #stream;
    #label;
    #step = -1;
    #note;
    constructor(stream, label) {
        this.#stream = stream;
        this.#label = label;
    }
    update(done, total, note = '') {
        const percent = percentOf(done, total);
        const step = Math.floor(percent / PLAIN_STEP_PERCENT);
        if (step === this.#step && note === this.#note)
            return;
        this.#step = step;
        this.#note = note;
        this.#stream.write(`${this.#label} ${percent} % ${note}`.trimEnd().concat('\n'));
    }
    end() {
        this.#step = -1;
        this.#note = undefined;
    }
}
/** Whole per cent, 0..100; 100 only when all is done. */
function percentOf(done, total) {
    if (total <= 0 || done >= total)
        return 100;
    return Math.max(0, Math.floor((done / total) * 100));
}
