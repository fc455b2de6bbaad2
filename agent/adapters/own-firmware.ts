/** The booted image's own copy of the MCU firmware: a file beside release-info, never trusted unread (rule 9). */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { McuFirmware } from '../../format/index.ts';
import { AgentError } from '../errors.ts';
import type { OwnFirmware } from '../ports.ts';

export class FirmwareFile implements OwnFirmware {
  readonly version: string;
  readonly size: number;
  readonly sha256: string;
  readonly protocol: McuFirmware['protocol'];
  readonly #path: string;

  constructor(path: string, named: McuFirmware) {
    this.#path = path;
    this.version = named.version;
    this.size = named.size;
    this.sha256 = named.sha256;
    this.protocol = named.protocol;
  }

  async check(): Promise<void> {
    await this.#orDamaged(async () => {
      const { size } = await stat(this.#path);
      if (size !== this.size) throw this.#damaged(`it has ${size} bytes instead of ${this.size}`);
      const hash = createHash('sha256');
      await pipeline(createReadStream(this.#path), hash);
      const digest = hash.digest('hex');
      if (digest !== this.sha256) throw this.#damaged(`its digest is ${digest} instead of ${this.sha256}`);
    });
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#orDamaged(async () => {
      const file = await open(this.#path, 'r');
      try {
        const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, offset);
        if (bytesRead !== length) throw this.#damaged(`it ends at ${offset + bytesRead}`);
        return buffer;
      } finally {
        await file.close();
      }
    });
  }

  async #orDamaged<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AgentError || !(error instanceof Error && 'code' in error)) throw error;
      throw this.#damaged(error.message, error);
    }
  }

  #damaged(what: string, cause?: Error): AgentError {
    return new AgentError(
      'MCU_FIRMWARE_DAMAGED',
      `The MCU firmware ${this.version} of the booted image (${this.#path}) cannot be used: ${what}.`,
      { facts: { path: this.#path }, ...(cause === undefined ? {} : { cause }) },
    );
  }
}
