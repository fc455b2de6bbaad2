/** The last progress event as a file in the run folder, for `donabe status`. Lost at each boot, on purpose. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgressEvent, Reporter } from '../events.ts';

export const STATUS_FILE = 'status.json';
/** A person looks a few times a second at most. */
const QUIET_MS = 250;

/** Follows the reporter; a new phase is written at once, movement within one at most four times a second. */
export function keepStatusFile(runFolder: string, reporter: Reporter, monotonic: () => number): void {
  const path = join(runFolder, STATUS_FILE);
  let lastPhase = '';
  let lastWrite = Number.NEGATIVE_INFINITY;
  reporter.on('progressed', (event: ProgressEvent) => {
    const key = `${event.phase} ${event.status} ${event.reason ?? ''}`;
    if (key === lastPhase && monotonic() - lastWrite < QUIET_MS) return;
    lastPhase = key;
    lastWrite = monotonic();
    // By rename, so that nobody reads half an event. No fsync: the folder is memory.
    writeFileSync(`${path}.new`, `${JSON.stringify(event)}\n`);
    renameSync(`${path}.new`, path);
  });
}
