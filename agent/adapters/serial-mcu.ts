/**
 * The MCU over its serial link. The port is opened at the first question and again after each failure: a link
 * that was reset is the cure for most silences (rule 8, "15 min of link resets").
 */
import {
  type FrameFormat,
  type LineParity,
  LinkError,
  McuLink,
  type McuStatus,
  type McuVersion,
  openSerialPort,
} from '../../mcu-bridge/index.ts';
import type { ConfigValues } from '../config-table.ts';
import { AgentError, type AgentErrorCode } from '../errors.ts';
import type { Mcu } from '../ports.ts';

/** What is not named here is MCU_FAILED. */
const CODES: Readonly<Record<string, AgentErrorCode>> = {
  MCU_SILENT: 'MCU_SILENT',
  MCU_REFUSED: 'MCU_REFUSED',
};

/** A port and what is spoken on it. */
export interface McuLine {
  readonly path: string;
  readonly baudRate: number;
  readonly parity: LineParity;
  readonly format: FrameFormat;
}

/** The configured line; undefined for a product without an MCU. */
export function configuredMcuLine(values: ConfigValues): McuLine | undefined {
  if (values['mcu.port'] === '') return undefined;
  return {
    path: values['mcu.port'],
    baudRate: values['mcu.baud-rate'],
    parity: values['mcu.parity'],
    format: {
      crc: values['mcu.crc'],
      byteOrder: values['mcu.byte-order'],
      maxPayload: values['mcu.max-payload'],
    },
  };
}

export class SerialMcu implements Mcu {
  readonly #line: McuLine;
  #link: McuLink | undefined;

  constructor(line: McuLine) {
    this.#line = line;
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
      const { path, baudRate, parity, format } = this.#line;
      this.#link ??= new McuLink(await openSerialPort(path, { baudRate, parity }), { format });
      return await question(this.#link);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      if (error.code !== 'MCU_REFUSED') await this.close();
      throw new AgentError(CODES[error.code] ?? 'MCU_FAILED', error.message, {
        cause: error,
        facts: { linkCode: error.code, port: this.#line.path },
      });
    }
  }
}
