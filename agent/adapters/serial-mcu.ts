/**
 * The MCU over its serial link: what the walk wants to know of it, as questions on a line. It must not know how the
 * line is opened and kept; `mcu-line.ts` does.
 */
import {
  type McuStatus,
  type McuTransfer,
  type McuVersion,
  openSerialPort,
  transferFirmware,
} from '../../mcu-bridge/index.ts';
import type { Mcu, McuAnswer, McuHand, OwnFirmware } from '../ports.ts';
import { LineRing } from './line-ring.ts';
import { KeptLine, type McuLine } from './mcu-line.ts';

/** What the MCU said last in this process, for whoever looks at the device without asking the MCU itself. */
export interface HeardOfMcu {
  readonly version: McuVersion | undefined;
  readonly status: McuStatus | undefined;
  /** `performance.now()` of its last status, ms; undefined while it has not been heard. */
  readonly heardAt: number | undefined;
}

export class SerialMcu implements Mcu {
  readonly #line: KeptLine;
  readonly #baudRate: number;
  readonly #trace: LineRing;
  #heard: HeardOfMcu = { version: undefined, status: undefined, heardAt: undefined };

  constructor(line: McuLine) {
    this.#baudRate = line.baudRate;
    this.#trace = new LineRing(line);
    this.#line = new KeptLine(line, async (path, settings) =>
      this.#trace.listenTo(await openSerialPort(path, settings)),
    );
  }

  /** What was said on the line last, as a recording. */
  get trace(): string {
    return this.#trace.text();
  }

  get heard(): HeardOfMcu {
    return this.#heard;
  }

  async handshake(signal: AbortSignal): Promise<McuHand> {
    const hand = await this.#line.use(async (link) => {
      await link.ping(signal);
      const version = await link.version(signal);
      return { version, status: await link.status(signal) };
    }, signal);
    this.#heard = { ...hand, heardAt: performance.now() };
    return hand;
  }

  async status(signal: AbortSignal): Promise<McuStatus> {
    const status = await this.#line.use((link) => link.status(signal), signal);
    this.#heard = { ...this.#heard, status, heardAt: performance.now() };
    return status;
  }

  mayReboot(signal: AbortSignal): Promise<McuAnswer> {
    return this.#line.use(async (link) => {
      const { allowed, reason } = await link.mayReboot(signal);
      return { allowed, reason };
    }, signal);
  }

  mayFlash(signal: AbortSignal): Promise<McuAnswer> {
    return this.#line.use(async (link) => {
      const { allowed, reason } = await link.mayFlash(signal);
      return { allowed, reason };
    }, signal);
  }

  prepareReboot(signal: AbortSignal): Promise<void> {
    return this.#line.use((link) => link.prepareReboot(signal), signal);
  }

  transferState(signal: AbortSignal): Promise<McuTransfer> {
    return this.#line.use((link) => link.queryTransfer(signal), signal);
  }

  transfer(firmware: OwnFirmware, onProgress: (bytes: number) => void, signal: AbortSignal): Promise<void> {
    const { size, version, sha256: digest } = firmware;
    const read = (offset: number, length: number): Promise<Uint8Array> => firmware.read(offset, length);
    return this.#line.use(async (link) => {
      // It belongs to the booted slot, so it may be older than what runs, and replaces what was kept (rule 9).
      const options = { signal, onProgress, restore: true, baudRate: this.#baudRate };
      await transferFirmware(link, { size, version, digest, read }, options);
    }, signal);
  }

  activate(sha256: string, signal: AbortSignal): Promise<void> {
    return this.#line.use((link) => link.activateFirmware(sha256, signal), signal);
  }

  accept(sha256: string, signal: AbortSignal): Promise<void> {
    return this.#line.use((link) => link.acceptFirmware(sha256, signal), signal);
  }

  discardOld(signal: AbortSignal): Promise<void> {
    return this.#line.use((link) => link.discardOldFirmware(signal), signal);
  }

  abort(signal: AbortSignal): Promise<void> {
    return this.#line.use((link) => link.abortTransfer(signal), signal);
  }

  askConsent(code: number, seconds: number, signal: AbortSignal): Promise<'yes' | 'no' | 'timed-out'> {
    return this.#line.use((link) => link.askConsent(code, seconds, signal), signal);
  }

  close(): Promise<void> {
    return this.#line.close();
  }
}
