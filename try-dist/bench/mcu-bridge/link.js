/**
 * The link as callers hold it: typed questions to the MCU over any `BytePort`. Carries out the effects of
 * `link-machine.ts` with real timers; decides nothing itself. Must not know serial ports or the agent.
 */
import { randomInt } from 'node:crypto';
import { EVENT_FIRST } from './commands.js';
import { Deframer, FRAME_GAP_MS } from './deframer.js';
import { LinkError } from './error.js';
import { encodeFrame, FRAME_FORMAT } from './frame.js';
import { startLink, stepLink, } from './link-machine.js';
import { MAY_FLASH, MAY_REBOOT, PING, PREPARE_REBOOT, STATUS, VERSION } from './messages.js';
import { RequestStream } from './stream.js';
import { ABORT, ACCEPT, ACTIVATE, DISCARD_OLD, QUERY, shortDigest, } from './transfer-messages.js';
/**
 * 500 ms: the largest frame there and back takes 510 ms at 9600 baud, the largest core set reply 50 ms.
 * 3 tries: at one frame in ten lost, one request in a thousand fails. 16 waiting: nobody needs more than 3.
 */
export const LINK_DEFAULTS = {
    timeoutMs: 500,
    tries: 3,
    numbered: true,
    format: FRAME_FORMAT,
    gapMs: FRAME_GAP_MS,
    longestQueue: 16,
};
/** Seconds within which the board is back after a reboot, as told to the MCU. */
export const EXPECTED_REBOOT_SECONDS = 120;
/**
 * Seconds that a firmware has on trial until it must be accepted: the new firmware's start and the handshake take
 * a few, and a board that is interrupted meanwhile starts again within two minutes.
 */
export const TRIAL_SECONDS = 300;
/**
 * Requests are answered in the order in which they were asked, one on the line at a time.
 * Errors: LinkError; or, when a caller's signal aborts, the signal's own reason.
 */
export class McuLink {
    #port;
    #options;
    #deframer;
    #counters = {
        framesReceived: 0,
        repeated: 0,
        stale: 0,
        unexpected: 0,
        discardedBytes: { 'no-start': 0, 'bad-length': 0, 'bad-crc': 0, gap: 0 },
    };
    #listeners = new Set();
    #state;
    #current;
    #waiting = [];
    #requestTimer;
    #gapTimer;
    #stream;
    constructor(port, options = {}) {
        this.#port = port;
        this.#options = { ...LINK_DEFAULTS, firstNumber: randomInt(256), ...options };
        this.#deframer = new Deframer(this.#options.gapMs, this.#options.format);
        this.#state = startLink(this.#options.firstNumber);
        port.onData((bytes) => this.#receive(bytes));
        port.onClose((cause) => this.#closeWith(portLost(cause)));
    }
    get counters() {
        return { ...this.#counters, discardedBytes: { ...this.#counters.discardedBytes } };
    }
    /** The port went away, or `close` was called: nothing will be answered any more. */
    get ended() {
        return this.#state.kind === 'closed';
    }
    /** Is anybody there? Resolves with the milliseconds that the answer took. */
    async ping(signal) {
        const token = randomInt(2 ** 32);
        const asked = performance.now();
        const answer = await this.ask(PING, token, signal);
        if (answer !== token) {
            throw new LinkError('MCU_REPLY_MALFORMED', 'Ping came back with another token; something else answers, or an earlier ping', {
                facts: { token, answer },
            });
        }
        return performance.now() - asked;
    }
    version(signal) {
        return this.ask(VERSION, undefined, signal);
    }
    status(signal) {
        return this.ask(STATUS, undefined, signal);
    }
    mayReboot(signal) {
        return this.ask(MAY_REBOOT, undefined, signal);
    }
    mayFlash(signal) {
        return this.ask(MAY_FLASH, undefined, signal);
    }
    /** Tells the MCU that the board resets now. MCU_REFUSED: it will not have it; do not reboot. */
    prepareReboot(signal, seconds = EXPECTED_REBOOT_SECONDS) {
        return this.ask(PREPARE_REBOOT, seconds, signal);
    }
    /** How far a firmware transfer is, whether one is on trial and whether a previous firmware is kept. */
    queryTransfer(signal) {
        return this.ask(QUERY, undefined, signal);
    }
    /**
     * Starts the verified firmware of this SHA-256 (64 or 16 hex digits) on trial: the MCU resets right after its
     * answer and falls back by itself unless accepted in time. Done at once when it is on trial already.
     */
    activateFirmware(digest, signal, trialSeconds = TRIAL_SECONDS) {
        return this.ask(ACTIVATE, { digest: shortDigest(digest), trialSeconds }, signal);
    }
    /** Ends the trial of this firmware well. MCU_REFUSED: it is not the one that runs; it fell back. */
    acceptFirmware(digest, signal) {
        return this.ask(ACCEPT, shortDigest(digest), signal);
    }
    /** The previous firmware is wanted no more; only after Linux was marked good. */
    discardOldFirmware(signal) {
        return this.ask(DISCARD_OLD, undefined, signal);
    }
    /** Drops what came so far; on trial, the MCU goes back to its previous firmware (by a reset). */
    abortTransfer(signal) {
        return this.ask(ABORT, undefined, signal);
    }
    /** Bytes of fields that fit into one request. */
    get mostFields() {
        return this.#options.format.maxPayload - (this.#options.numbered ? 1 : 0);
    }
    get numbered() {
        return this.#options.numbered;
    }
    /**
     * Opens a stream of requests of one command; `hear` gets every answer to them until the returned function is
     * called, and `ended` when the link closes. Questions go on beside it. Error: LINK_MISUSED for a second one.
     */
    openStream(command, hear) {
        if (this.#stream !== undefined) {
            throw new LinkError('LINK_MISUSED', 'A stream of requests is open already; one transfer at a time');
        }
        const write = (frame) => this.#run({ kind: 'send', bytes: encodeFrame(frame, this.#options.format) });
        const stream = new RequestStream(command, this.#options, write, hear);
        this.#stream = stream;
        if (this.#state.kind === 'closed')
            stream.end(this.#state.error);
        const close = () => {
            if (this.#stream === stream)
                this.#stream = undefined;
        };
        return { stream, close };
    }
    /** Any command, also a product's own. Error: LINK_QUEUE_FULL, and what the class says. */
    async ask(command, request, signal) {
        const { id, name, changesNothing } = command;
        const fields = command.encodeRequest(request);
        if (fields.length > this.mostFields || id < 1 || id >= EVENT_FIRST) {
            throw new LinkError('LINK_MISUSED', `The request ${name} does not fit into a frame of this protocol`, {
                facts: { command: id, length: fields.length, limit: this.mostFields },
            });
        }
        return command.decodeReply(await this.#enqueue({ command: id, name, fields, changesNothing }, signal));
    }
    /** Hears what the MCU sends unasked, until the returned function is called. */
    onEvent(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }
    /** Ends every request with LINK_CLOSED, then closes the port. May be called twice. */
    async close() {
        this.#closeWith(new LinkError('LINK_CLOSED', 'The link to the MCU was closed by its owner'));
        await this.#port.close();
    }
    async #enqueue(request, signal) {
        signal?.throwIfAborted();
        if (this.#waiting.length >= this.#options.longestQueue) {
            throw new LinkError('LINK_QUEUE_FULL', 'Too many requests wait for the MCU; ask again when one is done', {
                facts: { command: request.name, limit: this.#options.longestQueue },
            });
        }
        const { promise, resolve, reject } = withResolvers();
        const job = { request, signal, resolve, reject };
        const abort = () => this.#abandon(job, signal?.reason);
        signal?.addEventListener('abort', abort, { once: true });
        this.#waiting.push(job);
        this.#startNext();
        try {
            return await promise;
        }
        finally {
            signal?.removeEventListener('abort', abort);
        }
    }
    #startNext() {
        if (this.#current !== undefined)
            return;
        // One whose signal has just aborted is not sent any more; its own listener tells its caller.
        this.#waiting = this.#waiting.filter((job) => job.signal?.aborted !== true);
        this.#current = this.#waiting.shift();
        if (this.#current !== undefined)
            this.#input({ kind: 'request', request: this.#current.request });
    }
    #abandon(job, reason) {
        if (job === this.#current) {
            this.#input({ kind: 'cancel' });
            this.#finish()?.reject(reason);
            this.#startNext();
        }
        else {
            this.#waiting = this.#waiting.filter((other) => other !== job);
            job.reject(reason);
        }
    }
    #finish() {
        const job = this.#current;
        this.#current = undefined;
        return job;
    }
    #closeWith(error) {
        clearTimeout(this.#gapTimer);
        this.#input({ kind: 'close', error });
        const stream = this.#stream;
        this.#stream = undefined;
        stream?.end(error);
    }
    #receive(bytes) {
        this.#take(this.#deframer.push(bytes, performance.now()));
    }
    #take(results) {
        for (const result of results) {
            if (result.kind === 'frame') {
                this.#counters.framesReceived += 1;
                if (this.#stream?.take(result.frame) !== true)
                    this.#input({ kind: 'frame', frame: result.frame });
            }
            else {
                this.#counters.discardedBytes[result.reason] += result.bytes.length;
            }
        }
        clearTimeout(this.#gapTimer);
        if (!this.#deframer.pending || this.#state.kind === 'closed')
            return;
        // Bytes that already wait in the system are delivered before the immediate: a busy process is no gap.
        const judge = () => this.#take(this.#deframer.tick(performance.now()));
        this.#gapTimer = setTimeout(() => setImmediate(judge), this.#options.gapMs + 1);
    }
    #input(input) {
        const step = stepLink(this.#state, input, this.#options);
        this.#state = step.state;
        for (const effect of step.effects)
            this.#run(effect);
    }
    #run(effect) {
        switch (effect.kind) {
            case 'send':
                this.#port.write(effect.bytes).catch((cause) => this.#closeWith(portLost(cause)));
                break;
            case 'start-timer':
                clearTimeout(this.#requestTimer);
                this.#requestTimer = setTimeout(() => this.#input({ kind: 'timeout' }), effect.ms);
                break;
            case 'stop-timer':
                clearTimeout(this.#requestTimer);
                break;
            case 'reply':
                this.#finish()?.resolve(effect.fields);
                this.#startNext();
                break;
            case 'fail':
                this.#finish()?.reject(effect.error);
                this.#startNext();
                break;
            case 'event':
                for (const listener of this.#listeners)
                    listener(effect.event);
                break;
            case 'count':
                this.#counters[effect.what] += 1;
                break;
        }
    }
}
function portLost(cause) {
    if (cause instanceof LinkError)
        return cause;
    return new LinkError('MCU_PORT', 'The serial port to the MCU ended; open it again', { cause });
}
/** A promise with its two ends (Promise.withResolvers, which Node 20 does not have). */
function withResolvers() {
    let resolve = () => undefined;
    let reject = () => undefined;
    const promise = new Promise((yes, no) => {
        resolve = yes;
        reject = no;
    });
    return { promise, resolve, reject };
}
