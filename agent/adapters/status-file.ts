/** The last progress event as a file in the run folder, for `donabe status`. Lost at each boot, on purpose. */
import type { ProgressEvent, Reporter } from '../events.ts';
import { RunFile } from './run-file.ts';

export const STATUS_FILE = 'status.json';
/** A person looks a few times a second at most. */
const QUIET_MS = 250;

/** Follows the reporter; a new phase is written at once, movement within one at most four times a second. */
export function keepStatusFile(runFolder: string, reporter: Reporter, monotonic: () => number): void {
  const file = new RunFile(runFolder, STATUS_FILE, reporter);
  let lastPhase = '';
  let lastWrite = Number.NEGATIVE_INFINITY;
  reporter.on('progressed', (event: ProgressEvent) => {
    const key = [event.phase, event.status, event.reason, ...(event.conditions ?? [])].join(' ');
    if (key === lastPhase && monotonic() - lastWrite < QUIET_MS) return;
    lastPhase = key;
    lastWrite = monotonic();
    file.write(`${JSON.stringify(event)}\n`);
  });
}
