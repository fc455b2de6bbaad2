import { RunFile } from './run-file.js';
export const STATUS_FILE = 'status.json';
/** A person looks a few times a second at most. */
const QUIET_MS = 250;
/** Follows the reporter; a new phase is written at once, movement within one at most four times a second. */
export function keepStatusFile(runFolder, reporter, monotonic) {
    const file = new RunFile(runFolder, STATUS_FILE, reporter);
    let lastPhase = '';
    let lastWrite = Number.NEGATIVE_INFINITY;
    reporter.on('progressed', (event) => {
        const key = `${event.phase} ${event.status} ${event.reason ?? ''}`;
        if (key === lastPhase && monotonic() - lastWrite < QUIET_MS)
            return;
        lastPhase = key;
        lastWrite = monotonic();
        file.write(`${JSON.stringify(event)}\n`);
    });
}
