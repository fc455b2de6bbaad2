/**
 * Small files in the run folder that others read while the agent writes them: whole or absent, by rename. No fsync:
 * the folder is memory. They only tell; a run folder that is full must not end an agent that walks.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
export class RunFile {
    #path;
    #reporter;
    #failed = false;
    constructor(runFolder, name, reporter) {
        this.#path = join(runFolder, name);
        this.#reporter = reporter;
    }
    /** A failure is said once, until a write succeeds again. */
    write(text) {
        try {
            writeFileSync(`${this.#path}.new`, text);
            renameSync(`${this.#path}.new`, this.#path);
            this.#failed = false;
        }
        catch (error) {
            if (!(error instanceof Error && 'code' in error))
                throw error;
            if (!this.#failed)
                this.#reporter.happened('run-file-unwritable', error.message, { code: error.code });
            this.#failed = true;
        }
    }
}
