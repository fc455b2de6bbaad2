/**
 * The MCU over its serial link. The port is opened at the first question and again after each failure: a link
 * that was reset is the cure for most silences (rule 8, "15 min of link resets").
 */
import {
  LinkError,
  McuLink,
  type McuStatus,
  type McuVersion,
  openSerialPort,
} from '../../mcu-bridge/index.ts';
import { AgentError, type AgentErrorCode } from '../errors.ts';
import type { Mcu } from '../ports.ts';

/** What is not named here is MCU_FAILED. */
const CODES: Readonly<Record<string, AgentErrorCode>> = {
  MCU_SILENT: 'MCU_SILENT',
  MCU_REFUSED: 'MCU_REFUSED',
};

export class SerialMcu implements Mcu {
  readonly #path: string;
  readonly #baudRate: number;
  #link: McuLink | undefined;

  constructor(path: string, baudRate: number) {
    this.#path = path;
    this.#baudRate = baudRate;
  }

  handshake(signal: AbortSignal): Promise<{ readonly version: McuVersion; readonly status: McuStatus }> {
    return this.#ask(async (link) => {
      await link.ping(signal);
      const version = await link.version(signal);
      return { version, status: await link.status(signal) };
    });
  }

  status(signal: AbortSignal): Promise<McuStatus> {
    return this.#ask((link) => link.status(signal));
  }

  mayReboot(signal: AbortSignal): Promise<{ readonly allowed: boolean; readonly reason: string }> {
    return this.#ask(async (link) => {
      const { allowed, reason } = await link.mayReboot(signal);
      return { allowed, reason };
    });
  }

  prepareReboot(signal: AbortSignal): Promise<void> {
    return this.#ask((link) => link.prepareReboot(signal));
  }

  async close(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.close();
  }

  async #ask<T>(question: (link: McuLink) => Promise<T>): Promise<T> {
    try {
      this.#link ??= new McuLink(await openSerialPort(this.#path, { baudRate: this.#baudRate }));
      return await question(this.#link);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      if (error.code !== 'MCU_REFUSED') await this.close();
      throw new AgentError(CODES[error.code] ?? 'MCU_FAILED', error.message, {
        cause: error,
        facts: { linkCode: error.code, port: this.#path },
      });
    }
  }
}
