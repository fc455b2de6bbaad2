/**
 * The file by which the trial-deadline unit knows that somebody is at home: one line, seconds since boot and
 * the phase. It is the agent's only say in that unit's decision (rule 7).
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter } from '../events.ts';
import type { Clock } from '../ports.ts';

export const HEARTBEAT_FILE = 'heartbeat';
/** The unit takes a heartbeat older than 60 s for dead: three may be missed. */
export const HEARTBEAT_MS = 20_000;

/** Starts beating; the returned function ends it. Beats come from the event loop: a hung agent misses them. */
export function startHeartbeat(runFolder: string, reporter: Reporter, clock: Clock): () => void {
  const path = join(runFolder, HEARTBEAT_FILE);
  const beat = (): void => {
    writeFileSync(`${path}.new`, `${Math.floor(clock.uptime() / 1000)} ${reporter.last.phase}\n`);
    renameSync(`${path}.new`, path);
  };
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS);
  return () => clearInterval(timer);
}
