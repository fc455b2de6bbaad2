/**
 * The MCU over its serial link: what the walk wants to know of it, as questions on a line. It must not know how the
 * line is opened and kept; `mcu-line.ts` does.
 */
import type { McuStatus, McuVersion } from '../../mcu-bridge/index.ts';
import type { Mcu } from '../ports.ts';
import { KeptLine, type McuLine } from './mcu-line.ts';

export class SerialMcu implements Mcu {
  readonly #line: KeptLine;

  constructor(line: McuLine) {
    this.#line = new KeptLine(line);
  }

  handshake(signal: AbortSignal): Promise<{ readonly version: McuVersion; readonly status: McuStatus }> {
    return this.#line.use(async (link) => {
      await link.ping(signal);
      const version = await link.version(signal);
      return { version, status: await link.status(signal) };
    }, signal);
  }

  status(signal: AbortSignal): Promise<McuStatus> {
    return this.#line.use((link) => link.status(signal), signal);
  }

  mayReboot(signal: AbortSignal): Promise<{ readonly allowed: boolean; readonly reason: string }> {
    return this.#line.use(async (link) => {
      const { allowed, reason } = await link.mayReboot(signal);
      return { allowed, reason };
    }, signal);
  }

  prepareReboot(signal: AbortSignal): Promise<void> {
    return this.#line.use((link) => link.prepareReboot(signal), signal);
  }

  close(): Promise<void> {
    return this.#line.close();
  }
}
