/**
 * The file by which the vendor's services know whether they may heat by remote control: one line, `allowed`, or
 * `refused` and why. Whoever does not find it, as in the first seconds of a boot, must not heat.
 */
import type { Reporter } from '../events.ts';
import type { RemoteHeating } from '../ports.ts';
import { RunFile } from './run-file.ts';

export const REMOTE_HEATING_FILE = 'remote-heating';

export class RemoteHeatingFile implements RemoteHeating {
  readonly #file: RunFile;

  constructor(runFolder: string, reporter: Reporter) {
    this.#file = new RunFile(runFolder, REMOTE_HEATING_FILE, reporter);
  }

  allow(): void {
    this.#file.write('allowed\n');
  }

  refuse(reason: string): void {
    this.#file.write(`refused ${reason.replaceAll('\n', ' ')}\n`);
  }
}
