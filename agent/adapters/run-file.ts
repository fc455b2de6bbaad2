/**
 * Small files in the run folder that others read while the agent writes them: whole or absent, by rename. No fsync:
 * the folder is memory. They only tell; a run folder that is full must not end an agent that walks.
 */
import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter } from '../events.ts';

/** Everybody reads: the services that ask whether they may heat are other users, and the agent's own mask is strict. */
const MODE = 0o644;

export class RunFile {
  readonly #path: string;
  readonly #reporter: Reporter;
  #failed = false;

  constructor(runFolder: string, name: string, reporter: Reporter) {
    this.#path = join(runFolder, name);
    this.#reporter = reporter;
  }

  /** A failure is said once, until a write succeeds again. */
  write(text: string): void {
    try {
      writeFileSync(`${this.#path}.new`, text);
      chmodSync(`${this.#path}.new`, MODE);
      renameSync(`${this.#path}.new`, this.#path);
      this.#failed = false;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      if (!this.#failed)
        this.#reporter.happened('run-file-unwritable', error.message, { code: String(error.code) });
      this.#failed = true;
    }
  }
}
