/**
 * The link as callers hold it: typed questions to the MCU over any `BytePort`. Carries out the effects of
 * `link-machine.ts` with real timers; decides nothing itself. Must not know serial ports or the agent.
 */
import { randomInt } from 'node:crypto';
import { askConsent, type ConsentAnswer } from './ask-consent.ts';
import { EVENT_FIRST } from './commands.ts';
import { CONSENT, type ConsentOrder, HIDE_CONSENT, type McuConsent, SHOW_CONSENT } from './consent.ts';
import { Deframer } from './deframer.ts';
import { LinkError } from './error.ts';
import { decodeEvent, type McuEvent } from './events.ts';
import { encodeFrame, type Frame } from './frame.ts';
import {
  type EventFrame,
  type LinkEffect,
  type LinkInput,
  type LinkRequest,
  type LinkState,
  startLink,
  stepLink,
} from './link-machine.ts';
import {
  EXPECTED_REBOOT_SECONDS,
  LINK_DEFAULTS,
  type LinkCounters,
  type LinkOptions,
  TRIAL_SECONDS,
} from './link-options.ts';
import { type Command, MAY_FLASH, MAY_REBOOT, PING, PREPARE_REBOOT, STATUS, VERSION } from './messages.ts';
import type { McuPermission } from './permission.ts';
import type { BytePort } from './port.ts';
import type { McuStatus } from './status.ts';
import { RequestStream, type StreamAnswer } from './stream.ts';
import {
  ABORT,
  ACCEPT,
  ACTIVATE,
  DISCARD_OLD,
  type McuTransfer,
  QUERY,
  shortDigest,
} from './transfer-messages.ts';
import type { McuVersion } from './version.ts';

interface Job {
  readonly request: LinkRequest;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (fields: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Requests are answered in the order in which they were asked, one on the line at a time.
 * Errors: LinkError; or, when a caller's signal aborts, the signal's own reason.
 */
export class McuLink {
  readonly #port: BytePort;
  readonly #options: LinkOptions;
  readonly #deframer: Deframer;
  readonly #counters = {
    framesReceived: 0,
    repeated: 0,
    stale: 0,
    unexpected: 0,
    discardedBytes: { 'no-start': 0, 'bad-length': 0, 'bad-crc': 0, gap: 0 },
  };
  readonly #listeners = new Set<(event: McuEvent) => void>();
  #state: LinkState;
  #current: Job | undefined;
  #waiting: Job[] = [];
  #requestTimer: NodeJS.Timeout | undefined;
  #gapTimer: NodeJS.Timeout | undefined;
  #stream: RequestStream | undefined;

  constructor(port: BytePort, options: Partial<LinkOptions> = {}) {
    this.#port = port;
    this.#options = { ...LINK_DEFAULTS, firstNumber: randomInt(256), ...options };
    this.#deframer = new Deframer(this.#options.gapMs, this.#options.format);
    this.#state = startLink(this.#options.firstNumber);
    port.onData((bytes) => this.#receive(bytes));
    port.onClose((cause) => this.#closeWith(portLost(cause)));
  }

  get counters(): LinkCounters {
    return { ...this.#counters, discardedBytes: { ...this.#counters.discardedBytes } };
  }

  /** The port went away, or `close` was called: nothing will be answered any more. */
  get ended(): boolean {
    return this.#state.kind === 'closed';
  }

  /** Is anybody there? Resolves with the milliseconds that the answer took. */
  async ping(signal?: AbortSignal): Promise<number> {
    const token = randomInt(2 ** 32);
    const asked = performance.now();
    const answer = await this.ask(PING, token, signal);
    if (answer !== token) {
      throw new LinkError(
        'MCU_REPLY_MALFORMED',
        'Ping came back with another token; something else answers, or an earlier ping',
        {
          facts: { token, answer },
        },
      );
    }
    return performance.now() - asked;
  }

  version(signal?: AbortSignal): Promise<McuVersion> {
    return this.ask(VERSION, undefined, signal);
  }

  status(signal?: AbortSignal): Promise<McuStatus> {
    return this.ask(STATUS, undefined, signal);
  }

  mayReboot(signal?: AbortSignal): Promise<McuPermission> {
    return this.ask(MAY_REBOOT, undefined, signal);
  }

  mayFlash(signal?: AbortSignal): Promise<McuPermission> {
    return this.ask(MAY_FLASH, undefined, signal);
  }

  /** Tells the MCU that the board resets now. MCU_REFUSED: it will not have it; do not reboot. */
  prepareReboot(signal?: AbortSignal, seconds: number = EXPECTED_REBOOT_SECONDS): Promise<void> {
    return this.ask(PREPARE_REBOOT, seconds, signal);
  }

  /** How far a firmware transfer is, whether one is on trial and whether a previous firmware is kept. */
  queryTransfer(signal?: AbortSignal): Promise<McuTransfer> {
    return this.ask(QUERY, undefined, signal);
  }

  /**
   * Starts the verified firmware of this SHA-256 (64 or 16 hex digits) on trial: the MCU resets right after its
   * answer and falls back by itself unless accepted in time. Done at once when it is on trial already.
   */
  activateFirmware(digest: string, signal?: AbortSignal, trialSeconds = TRIAL_SECONDS): Promise<void> {
    return this.ask(ACTIVATE, { digest: shortDigest(digest), trialSeconds }, signal);
  }

  /** Ends the trial of this firmware well. MCU_REFUSED: it is not the one that runs; it fell back. */
  acceptFirmware(digest: string, signal?: AbortSignal): Promise<void> {
    return this.ask(ACCEPT, shortDigest(digest), signal);
  }

  /** The previous firmware is wanted no more; only after Linux was marked good. */
  discardOldFirmware(signal?: AbortSignal): Promise<void> {
    return this.ask(DISCARD_OLD, undefined, signal);
  }

  /** Drops what came so far; on trial, the MCU goes back to its previous firmware (by a reset). */
  abortTransfer(signal?: AbortSignal): Promise<void> {
    return this.ask(ABORT, undefined, signal);
  }

  /** Shows a code on the MCU's display, which hides it by itself; a code that is shown already begins its time anew. */
  showConsent(order: ConsentOrder, signal?: AbortSignal): Promise<void> {
    return this.ask(SHOW_CONSENT, order, signal);
  }

  /** What became of the code that was shown last. */
  consent(signal?: AbortSignal): Promise<McuConsent> {
    return this.ask(CONSENT, undefined, signal);
  }

  hideConsent(signal?: AbortSignal): Promise<void> {
    return this.ask(HIDE_CONSENT, undefined, signal);
  }

  /** Shows `code` (1..9999) and waits for the key that answers it: `ask-consent.ts` says how, and which errors. */
  askConsent(code: number, seconds: number, signal?: AbortSignal): Promise<ConsentAnswer> {
    return askConsent(this, { code, seconds }, signal);
  }

  /** Bytes of fields that fit into one request. */
  get mostFields(): number {
    return this.#options.format.maxPayload - (this.#options.numbered ? 1 : 0);
  }

  get numbered(): boolean {
    return this.#options.numbered;
  }

  /**
   * Opens a stream of requests of one command; `hear` gets every answer to them until the returned function is
   * called, and `ended` when the link closes. Questions go on beside it. Error: LINK_MISUSED for a second one.
   */
  openStream(
    command: { readonly id: number; readonly name: string },
    hear: (answer: StreamAnswer) => void,
  ): { readonly stream: RequestStream; readonly close: () => void } {
    if (this.#stream !== undefined) {
      throw new LinkError('LINK_MISUSED', 'A stream of requests is open already; one transfer at a time');
    }
    const write = (frame: Frame): void =>
      this.#run({ kind: 'send', bytes: encodeFrame(frame, this.#options.format) });
    const stream = new RequestStream(command, this.#options, write, hear);
    this.#stream = stream;
    if (this.#state.kind === 'closed') stream.end(this.#state.error);
    const close = (): void => {
      if (this.#stream === stream) this.#stream = undefined;
    };
    return { stream, close };
  }

  /** Any command, also a product's own. Error: LINK_QUEUE_FULL, and what the class says. */
  async ask<Request, Reply>(
    command: Command<Request, Reply>,
    request: Request,
    signal?: AbortSignal,
  ): Promise<Reply> {
    const { id, name, changesNothing } = command;
    const fields = command.encodeRequest(request);
    if (fields.length > this.mostFields || id < 1 || id >= EVENT_FIRST) {
      throw new LinkError('LINK_MISUSED', `The request ${name} does not fit into a frame of this protocol`, {
        facts: { command: id, length: fields.length, limit: this.mostFields },
      });
    }
    return command.decodeReply(await this.#enqueue({ command: id, name, fields, changesNothing }, signal));
  }

  /** Hears what the MCU sends unasked, until the returned function is called. Nonsense is counted, not told. */
  onEvent(listener: (event: McuEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends every request with LINK_CLOSED, then closes the port. May be called twice. */
  async close(): Promise<void> {
    this.#closeWith(new LinkError('LINK_CLOSED', 'The link to the MCU was closed by its owner'));
    await this.#port.close();
  }

  async #enqueue(request: LinkRequest, signal: AbortSignal | undefined): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (this.#waiting.length >= this.#options.longestQueue) {
      throw new LinkError(
        'LINK_QUEUE_FULL',
        'Too many requests wait for the MCU; ask again when one is done',
        {
          facts: { command: request.name, limit: this.#options.longestQueue },
        },
      );
    }
    const { promise, resolve, reject } = withResolvers<Uint8Array>();
    const job: Job = { request, signal, resolve, reject };
    const abort = (): void => this.#abandon(job, signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#waiting.push(job);
    this.#startNext();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  #startNext(): void {
    if (this.#current !== undefined) return;
    // One whose signal has just aborted is not sent any more; its own listener tells its caller.
    this.#waiting = this.#waiting.filter((job) => job.signal?.aborted !== true);
    this.#current = this.#waiting.shift();
    if (this.#current !== undefined) this.#input({ kind: 'request', request: this.#current.request });
  }

  #abandon(job: Job, reason: unknown): void {
    if (job === this.#current) {
      this.#input({ kind: 'cancel' });
      this.#finish()?.reject(reason);
      this.#startNext();
    } else {
      this.#waiting = this.#waiting.filter((other) => other !== job);
      job.reject(reason);
    }
  }

  #finish(): Job | undefined {
    const job = this.#current;
    this.#current = undefined;
    return job;
  }

  #closeWith(error: LinkError): void {
    clearTimeout(this.#gapTimer);
    this.#input({ kind: 'close', error });
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.end(error);
  }

  #receive(bytes: Uint8Array): void {
    this.#take(this.#deframer.push(bytes, performance.now()));
  }

  #take(results: ReturnType<Deframer['push']>): void {
    for (const result of results) {
      if (result.kind === 'frame') {
        this.#counters.framesReceived += 1;
        if (this.#stream?.take(result.frame) !== true) this.#input({ kind: 'frame', frame: result.frame });
      } else {
        this.#counters.discardedBytes[result.reason] += result.bytes.length;
      }
    }
    clearTimeout(this.#gapTimer);
    if (!this.#deframer.pending || this.#state.kind === 'closed') return;
    // Bytes that already wait in the system are delivered before the immediate: a busy process is no gap.
    const judge = (): void => this.#take(this.#deframer.tick(performance.now()));
    this.#gapTimer = setTimeout(() => setImmediate(judge), this.#options.gapMs + 1);
  }

  #input(input: LinkInput): void {
    const step = stepLink(this.#state, input, this.#options);
    this.#state = step.state;
    for (const effect of step.effects) this.#run(effect);
  }

  #tell({ command, number, fields }: EventFrame): void {
    let event: McuEvent;
    try {
      event = { ...decodeEvent(command, fields), number };
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.#counters.unexpected += 1;
      return;
    }
    for (const listener of this.#listeners) listener(event);
  }

  #run(effect: LinkEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#port.write(effect.bytes).catch((cause: unknown) => this.#closeWith(portLost(cause)));
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
        this.#tell(effect.event);
        break;
      case 'count':
        this.#counters[effect.what] += 1;
        break;
    }
  }
}

function portLost(cause: unknown): LinkError {
  if (cause instanceof LinkError) return cause;
  return new LinkError('MCU_PORT', 'The serial port to the MCU ended; open it again', { cause });
}

/** A promise with its two ends (Promise.withResolvers, which Node 20 does not have). */
function withResolvers<Value>(): {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
