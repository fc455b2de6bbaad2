/**
 * Brings a firmware into the MCU and lets it verify every byte: carries out the effects of
 * `transfer-machine.ts` over a link, with real timers. Starts nothing: activate, accept and discard-old are the
 * caller's, as is the question whether the MCU may be flashed. Must not know files, slots or the agent.
 */
import { SERIAL_DEFAULTS } from './adapters/serial-port.js';
import { LinkError } from './error.js';
import { MAX_FRAME } from './frame.js';
import { stepTransfer, } from './transfer-machine.js';
import { ABORT, BEGIN, DATA, DATA_OFFSET_BYTES, MOST_DATA, QUERY, shortDigest, VERIFY, } from './transfer-messages.js';
/** Data under way at most, ms of line time: about one timeout of a question that has to wait behind it. */
const LONGEST_BURST_MS = 600;
/** A byte on the line: start bit, 8 data bits, stop bit. */
const BITS_PER_BYTE = 10;
/** Bounds what a mistaken MCU can make the host send ahead; frame numbers allow for 255. */
const MOST_WINDOW = 32;
/**
 * Begin, data, verify. Resolves when the MCU holds the firmware, verified; it was not started.
 * Errors: LinkError MCU_REFUSED (`facts.reason`: tooLarge, backwards, wrongDigest, previousKept, onTrial,
 * notAllowed, failed), MCU_BUSY, MCU_SILENT, MCU_PORT, MCU_REPLY_MALFORMED, LINK_CLOSED; what `read` throws; the
 * signal's reason. After each of them it may be called again, over a new link too, and goes on where the MCU is.
 */
export function transferFirmware(link, firmware, options = {}) {
    return new Transfer(link, firmware, options).run();
}
class Transfer {
    #link;
    #firmware;
    #options;
    #rules;
    #ended = new AbortController();
    #state = { kind: 'idle' };
    #timer;
    #stream;
    /** Reads and sends happen one after the other, in the machine's order. */
    #sending = Promise.resolve();
    #startedAt;
    #sentBytes = 0;
    #settle;
    constructor(link, firmware, options) {
        this.#link = link;
        this.#firmware = firmware;
        this.#options = options;
        this.#rules = rulesFor(link, firmware, options);
    }
    async run() {
        const { signal } = this.#options;
        signal?.throwIfAborted();
        const started = performance.now();
        const abort = () => this.#input({ kind: 'broken', error: signal?.reason });
        signal?.addEventListener('abort', abort, { once: true });
        try {
            await new Promise((resolve, reject) => {
                this.#settle = { resolve, reject };
                this.#stream = this.#link.openStream(DATA, (answer) => {
                    if (answer.kind === 'ended')
                        this.#input({ kind: 'broken', error: answer.error });
                    else if (answer.kind === 'refused')
                        this.#input({ kind: 'data-refused', error: answer.error });
                    else
                        this.#take(answer.number, answer.fields);
                });
                this.#input({ kind: 'start' });
            });
        }
        finally {
            signal?.removeEventListener('abort', abort);
            clearTimeout(this.#timer);
            this.#stream?.close();
            this.#ended.abort();
        }
        const startedAt = this.#startedAt ?? 0;
        return { startedAt, sentBytes: this.#sentBytes, milliseconds: performance.now() - started };
    }
    #take(number, fields) {
        try {
            this.#input({ kind: 'taken', number, offset: DATA.decodeReply(fields) });
        }
        catch (error) {
            this.#input({ kind: 'broken', error });
        }
    }
    #input(input) {
        const step = stepTransfer(this.#state, input, this.#rules);
        this.#state = step.state;
        for (const effect of step.effects)
            this.#run(effect);
    }
    #run(effect) {
        switch (effect.kind) {
            case 'ask':
                this.#ask(effect.question)
                    .catch((error) => failed(error))
                    .then((input) => this.#input(input))
                    .catch((error) => this.#input({ kind: 'broken', error }));
                break;
            case 'send':
                this.#sending = this.#sending
                    .then(() => this.#send(effect.number, effect.offset, effect.length))
                    .catch((error) => this.#input({ kind: 'broken', error }));
                break;
            case 'start-timer':
                clearTimeout(this.#timer);
                this.#timer = setTimeout(() => this.#input({ kind: 'timeout' }), effect.ms);
                break;
            case 'stop-timer':
                clearTimeout(this.#timer);
                break;
            case 'progress':
                this.#startedAt ??= effect.offset;
                this.#options.onProgress?.(effect.offset);
                break;
            case 'finish':
                this.#settle?.resolve();
                break;
            case 'fail':
                this.#settle?.reject(effect.error);
                break;
        }
    }
    async #ask(question) {
        const { signal } = this.#ended;
        const { size, version, digest } = this.#firmware;
        switch (question) {
            case 'begin': {
                const restore = this.#options.restore ?? false;
                const terms = await this.#link.ask(BEGIN, { size, version, restore, digest }, signal);
                return { kind: 'begun', terms };
            }
            case 'query':
                return { kind: 'located', transfer: await this.#link.ask(QUERY, undefined, signal) };
            case 'verify':
                await this.#link.ask(VERIFY, undefined, signal);
                return { kind: 'done' };
            case 'abort':
                await this.#link.ask(ABORT, undefined, signal);
                return { kind: 'done' };
        }
    }
    async #send(number, offset, length) {
        if (this.#state.kind === 'ended')
            return;
        const bytes = await this.#firmware.read(offset, length);
        if (bytes.length !== length) {
            throw new LinkError('LINK_MISUSED', 'The firmware gave another number of bytes than it was asked for', {
                facts: { offset, length, given: bytes.length },
            });
        }
        this.#sentBytes += length;
        this.#stream?.stream.send(number, DATA.encodeRequest({ offset, bytes }));
    }
}
function failed(error) {
    return error instanceof LinkError ? { kind: 'refused', error } : { kind: 'broken', error };
}
function rulesFor(link, firmware, options) {
    const mostBytes = Math.min(MOST_DATA, link.mostFields - DATA_OFFSET_BYTES);
    const baudRate = options.baudRate ?? SERIAL_DEFAULTS.baudRate;
    const frameMs = (1000 * BITS_PER_BYTE * MAX_FRAME) / baudRate;
    const inTime = Math.floor(LONGEST_BURST_MS / frameMs);
    // Without frame numbers a reply cannot be told from an older one: then one frame at a time.
    const mostWindow = link.numbered ? Math.min(options.mostWindow ?? MOST_WINDOW, MOST_WINDOW, inTime) : 1;
    const digest = shortDigest(firmware.digest);
    return { size: firmware.size, digest, mostBytes, mostWindow: Math.max(1, mostWindow), frameMs };
}
