/**
 * Brings a firmware into the MCU and lets it verify every byte: carries out the effects of
 * `transfer-machine.ts` over a link, with real timers. Starts nothing: activate, accept and discard-old are the
 * caller's, as is the question whether the MCU may be flashed. Must not know files, slots or the agent.
 */
import { SERIAL_DEFAULTS } from './adapters/serial-port.ts';
import { LinkError } from './error.ts';
import { MAX_FRAME } from './frame.ts';
import type { McuLink } from './link.ts';
import {
  stepTransfer,
  type TransferEffect,
  type TransferInput,
  type TransferMachineState,
  type TransferRules,
} from './transfer-machine.ts';
import {
  ABORT,
  BEGIN,
  DATA,
  DATA_OFFSET_BYTES,
  MOST_DATA,
  QUERY,
  shortDigest,
  VERIFY,
} from './transfer-messages.ts';

/** A firmware to be sent. `read` gives exactly `length` bytes, as often and wherever it is asked. */
export interface Firmware {
  /** Bytes. */
  readonly size: number;
  /** `major.minor.patch`. */
  readonly version: string;
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface TransferOptions {
  /** Ends the transfer with the signal's reason; the MCU keeps what it has, for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes that the MCU has taken; may go back when the MCU was reset. */
  readonly onProgress?: ((offset: number) => void) | undefined;
  /** It belongs to the booted slot and may be older than what the MCU runs. */
  readonly restore?: boolean | undefined;
  /** Of the line: how much is under way is bounded in time, so that a question in between is answered in time. */
  readonly baudRate?: number | undefined;
  /** Data frames under way at most; 1 is stop-and-wait. The MCU's own limit counts too. */
  readonly mostWindow?: number | undefined;
}

/** What the line was used for. */
export interface TransferReport {
  /** Where the MCU wanted the first byte. */
  readonly startedAt: number;
  /** Bytes of the firmware that were sent, those that were sent again included. */
  readonly sentBytes: number;
  readonly milliseconds: number;
}

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
export function transferFirmware(
  link: McuLink,
  firmware: Firmware,
  options: TransferOptions = {},
): Promise<TransferReport> {
  return new Transfer(link, firmware, options).run();
}

class Transfer {
  readonly #link: McuLink;
  readonly #firmware: Firmware;
  readonly #options: TransferOptions;
  readonly #rules: TransferRules;
  readonly #ended = new AbortController();
  #state: TransferMachineState = { kind: 'idle' };
  #timer: NodeJS.Timeout | undefined;
  #stream: ReturnType<McuLink['openStream']> | undefined;
  /** Reads and sends happen one after the other, in the machine's order. */
  #sending: Promise<void> = Promise.resolve();
  #startedAt: number | undefined;
  #sentBytes = 0;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(link: McuLink, firmware: Firmware, options: TransferOptions) {
    this.#link = link;
    this.#firmware = firmware;
    this.#options = options;
    this.#rules = rulesFor(link, firmware, options);
  }

  async run(): Promise<TransferReport> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const started = performance.now();
    const abort = (): void => this.#input({ kind: 'broken', error: signal?.reason });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = { resolve, reject };
        this.#stream = this.#link.openStream(DATA, (answer) => {
          if (answer.kind === 'ended') this.#input({ kind: 'broken', error: answer.error });
          else if (answer.kind === 'refused') this.#input({ kind: 'data-refused', error: answer.error });
          else this.#take(answer.number, answer.fields);
        });
        this.#input({ kind: 'start' });
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      clearTimeout(this.#timer);
      this.#stream?.close();
      this.#ended.abort();
    }
    const startedAt = this.#startedAt ?? 0;
    return { startedAt, sentBytes: this.#sentBytes, milliseconds: performance.now() - started };
  }

  #take(number: number | undefined, fields: Uint8Array): void {
    try {
      this.#input({ kind: 'taken', number, offset: DATA.decodeReply(fields) });
    } catch (error) {
      this.#input({ kind: 'broken', error });
    }
  }

  #input(input: TransferInput): void {
    const step = stepTransfer(this.#state, input, this.#rules);
    this.#state = step.state;
    for (const effect of step.effects) this.#run(effect);
  }

  #run(effect: TransferEffect): void {
    switch (effect.kind) {
      case 'ask':
        this.#ask(effect.question)
          .catch((error: unknown) => failed(error))
          .then((input) => this.#input(input))
          .catch((error: unknown) => this.#input({ kind: 'broken', error }));
        break;
      case 'send':
        this.#sending = this.#sending
          .then(() => this.#send(effect.number, effect.offset, effect.length))
          .catch((error: unknown) => this.#input({ kind: 'broken', error }));
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

  async #ask(question: Extract<TransferEffect, { kind: 'ask' }>['question']): Promise<TransferInput> {
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

  async #send(number: number, offset: number, length: number): Promise<void> {
    if (this.#state.kind === 'ended') return;
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

function failed(error: unknown): TransferInput {
  return error instanceof LinkError ? { kind: 'refused', error } : { kind: 'broken', error };
}

function rulesFor(link: McuLink, firmware: Firmware, options: TransferOptions): TransferRules {
  const mostBytes = Math.min(MOST_DATA, link.mostFields - DATA_OFFSET_BYTES);
  const baudRate = options.baudRate ?? SERIAL_DEFAULTS.baudRate;
  const frameMs = (1000 * BITS_PER_BYTE * MAX_FRAME) / baudRate;
  const inTime = Math.floor(LONGEST_BURST_MS / frameMs);
  // Without frame numbers a reply cannot be told from an older one: then one frame at a time.
  const mostWindow = link.numbered ? Math.min(options.mostWindow ?? MOST_WINDOW, MOST_WINDOW, inTime) : 1;
  const digest = shortDigest(firmware.digest);
  return { size: firmware.size, digest, mostBytes, mostWindow: Math.max(1, mostWindow), frameMs };
}
