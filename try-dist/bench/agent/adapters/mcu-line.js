/**
 * The line to the MCU: opens it, keeps it, opens it again after it went away (a USB adapter that was unplugged)
 * or fell silent: a link that was reset is the cure for most silences (rule 8, "15 min of link resets"). It must
 * not know what is asked on it.
 */
import { LinkError, McuLink, openSerialPort, } from '../../mcu-bridge/index.js';
import { AgentError } from '../errors.js';
/** The configured line; undefined for a product without an MCU. */
export function configuredMcuLine(values) {
    if (values['mcu.port'] === '')
        return undefined;
    return {
        path: values['mcu.port'],
        baudRate: values['mcu.baud-rate'],
        parity: values['mcu.parity'],
        format: {
            crc: values['mcu.crc'],
            byteOrder: values['mcu.byte-order'],
            maxPayload: values['mcu.max-payload'],
        },
        numbered: values['mcu.numbered'],
    };
}
/** What is not named here is MCU_FAILED: an answer was heard, and it made no sense. */
const CODES = {
    MCU_SILENT: 'MCU_SILENT',
    MCU_REFUSED: 'MCU_REFUSED',
    MCU_BUSY: 'MCU_REFUSED',
    MCU_PORT: 'MCU_PORT',
    LINK_CLOSED: 'MCU_PORT',
};
/** After these a link is of no more use, or may be the cause; a refusal is an answer like any other. */
const ENDS_LINK = new Set(['MCU_PORT', 'MCU_SILENT', 'MCU_REPLY_MALFORMED']);
/** A port that failed twice running is opened after this long, ms; doubled with each further failure. */
const FIRST_PAUSE_MS = 250;
/** The most of it, ms: shorter than the time in which somebody who plugs it in again expects to be heard. */
const LONGEST_PAUSE_MS = 4000;
/** An opening that takes longer has failed, ms: a healthy port takes a few, a driver that is stuck never comes back. */
const LONGEST_OPENING_MS = 10_000;
/**
 * One link at a time, made at the first question. Questions may be asked side by side. Every wait in here is
 * bounded, and ends at once by the caller's signal or by `close`.
 */
export class KeptLine {
    #line;
    #openPort;
    #closed = new AbortController();
    #opened;
    /** The same once it is open. */
    #link;
    /** Never two openings at once: each that is stuck holds a thread of the process. */
    #opening;
    #closing = Promise.resolve();
    #users = 0;
    /** Failures of the port since an MCU last answered at an opening, and the time before which it is left alone. */
    #failures = 0;
    #notBefore = 0;
    constructor(line, openPort = openSerialPort) {
        this.#line = line;
        this.#openPort = openPort;
    }
    /**
     * Asks over the open link; a link that was closed is opened first, after a pause where the port keeps failing.
     * A question that fails is not asked again: the caller knows whether it may be. Errors: AgentError MCU_PORT,
     * MCU_SILENT, MCU_REFUSED, MCU_FAILED; the signal's reason; what the question itself throws.
     */
    async use(question, signal) {
        signal?.throwIfAborted();
        this.#users += 1;
        try {
            const link = await orAborted(this.#linked(), signal);
            return await question(link).catch((error) => this.#judge(error, link));
        }
        catch (error) {
            if (!(error instanceof LinkError))
                throw error;
            throw new AgentError(CODES[error.code] ?? 'MCU_FAILED', error.message, {
                cause: error,
                facts: { linkCode: error.code, port: this.#line.path },
            });
        }
        finally {
            this.#users -= 1;
        }
    }
    /** Ends every question with MCU_PORT; nothing is opened any more. May be called twice. */
    async close() {
        this.#closed.abort(new LinkError('LINK_CLOSED', 'The line to the MCU was closed by its owner'));
        const [opened, opening] = [this.#opened, this.#opening];
        this.#opened = undefined;
        this.#opening = undefined;
        // Nobody uses what opens after the end; what fails after it has nothing to close.
        opening?.then((port) => port.close()).catch(() => undefined);
        const link = await opened?.catch(() => undefined);
        await link?.close();
    }
    async #judge(error, link) {
        if (!(error instanceof LinkError) || !ENDS_LINK.has(error.code))
            throw error;
        // Others who still use an open link hear for themselves whether it is any good.
        if (link.ended || this.#users === 1)
            await this.#forget(link);
        throw error;
    }
    /** Resolves when the link is closed; the next question opens another one. */
    #forget(link) {
        if (this.#link === link) {
            if (link.ended)
                this.#countFailure();
            this.#opened = undefined;
            this.#link = undefined;
            this.#closing = link.close();
        }
        return this.#closing;
    }
    async #linked() {
        // The port went away while nobody asked anything.
        if (this.#link?.ended)
            await this.#forget(this.#link);
        if (this.#opened !== undefined)
            return this.#opened;
        const opened = this.#open();
        this.#opened = opened;
        try {
            const link = await opened;
            if (this.#opened === opened)
                this.#link = link;
            return link;
        }
        catch (error) {
            if (this.#opened === opened)
                this.#opened = undefined;
            throw error;
        }
    }
    async #open() {
        const closed = this.#closed.signal;
        const closing = this.#closing;
        this.#closing = Promise.resolve();
        await closing;
        await pause(this.#notBefore - performance.now(), closed);
        const port = await this.#portInTime().catch((error) => {
            this.#countFailure();
            throw error;
        });
        const { format, numbered } = this.#line;
        const link = new McuLink(port, { format, numbered });
        try {
            // Makes the MCU forget what was asked over an earlier link: PROTOCOL.md, "Frame numbers".
            await link.ping(closed);
            this.#failures = 0;
            return link;
        }
        catch (error) {
            if (error instanceof LinkError && error.code === 'MCU_PORT')
                this.#countFailure();
            await link.close();
            throw error;
        }
    }
    /** Error: LinkError MCU_PORT. An opening that takes too long is waited for again the next time, not begun again. */
    async #portInTime() {
        const { path, baudRate, parity } = this.#line;
        const closed = this.#closed.signal;
        closed.throwIfAborted();
        const opening = this.#opening ?? this.#openPort(path, { baudRate, parity });
        this.#opening = opening;
        const limit = new AbortController();
        const late = new LinkError('MCU_PORT', `The serial port ${path} does not open; look at its driver`, {
            facts: { path, step: 'open' },
        });
        const timer = setTimeout(() => limit.abort(late), LONGEST_OPENING_MS);
        try {
            return await orAborted(opening, AbortSignal.any([closed, limit.signal]));
        }
        finally {
            clearTimeout(timer);
            if (!limit.signal.aborted)
                this.#opening = undefined;
        }
    }
    #countFailure() {
        this.#failures += 1;
        const doubled = FIRST_PAUSE_MS * 2 ** (this.#failures - 2);
        const ms = this.#failures === 1 ? 0 : Math.min(doubled, LONGEST_PAUSE_MS);
        this.#notBefore = performance.now() + ms;
    }
}
function pause(ms, signal) {
    if (ms <= 0)
        return Promise.resolve();
    let timer;
    const over = new Promise((resolve) => {
        timer = setTimeout(resolve, ms);
    });
    return orAborted(over, signal).finally(() => clearTimeout(timer));
}
/** What `promise` settles with, or before it the reason for which `signal` aborts. */
function orAborted(promise, signal) {
    if (signal === undefined)
        return promise;
    return new Promise((resolve, reject) => {
        const abort = () => reject(signal.reason);
        if (signal.aborted)
            abort();
        signal.addEventListener('abort', abort, { once: true });
        promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
}
