/**
 * The file by which the trial-deadline unit knows that somebody is at home: one line, seconds since boot and
 * the phase, or waiting-mcu. It is the agent's only say in that unit's decision (rule 7).
 */
import type { Device } from '../device.ts';
import { RunFile } from './run-file.ts';

/** The one word by which the unit leaves a late trial alone (rule 7). */
export const WAITING_MCU = 'waiting-mcu';
export const HEARTBEAT_FILE = 'heartbeat';
/** The unit takes a heartbeat older than 60 s for dead: three may be missed. */
export const HEARTBEAT_MS = 20_000;

/** The part of a device whose heart beats. */
type Beating = Pick<Device, 'clock' | 'deadline' | 'reporter'> & {
  readonly policy: { readonly confirmDeadlineMs: number };
};

/** Starts beating; the returned function ends it. Beats come from the event loop: a hung agent misses them. */
export function startHeartbeat(
  runFolder: string,
  { clock, deadline, policy, reporter }: Beating,
): () => void {
  const file = new RunFile(runFolder, HEARTBEAT_FILE, reporter);
  const word = (): string =>
    deadline.isExtended(policy.confirmDeadlineMs) ? WAITING_MCU : reporter.last.phase;
  const beat = (): void => file.write(`${Math.floor(clock.uptime() / 1000)} ${word()}\n`);
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS);
  return () => clearInterval(timer);
}
