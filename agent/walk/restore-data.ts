/**
 * The vendor's part of a rollback (rule 15): what the failed release may have changed is brought back, before anybody
 * hears that the agent is up. Also the end of a snapshot that nobody wants any more.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { readableRow } from './readable-row.ts';

/**
 * In the slot that is back. Never fails: a device that runs with its data as they are is better than one that does
 * not run. Only a snapshot that was brought back is forgotten at once, since services write from then on.
 * Error: the signal's reason.
 */
export async function restoreData(device: Device, signal: AbortSignal): Promise<void> {
  const { data, reporter, vault } = device;
  const { record } = await vault.read();
  const identity = (record.trial ?? readableRow(device))?.identity;
  if (identity === undefined) return;
  reporter.progress('rolling-back', { reason: "the vendor's data are brought back" });
  try {
    const end = await data.restore(identity, signal);
    if (end.kind !== 'restored') return;
    await data.discard();
    reporter.happened('data-restored', `The vendor's data are as before: ${end.bytes} bytes.`, { ...end });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AgentError)) throw error;
    reporter.happened('data-not-restored', error.message, { code: error.code, ...error.facts });
  }
}

/** After mark good, and after an activation that was taken back. A snapshot that stays is replaced by the next one. */
export async function discardData({ data, reporter }: Pick<Device, 'data' | 'reporter'>): Promise<void> {
  try {
    await data.discard();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    reporter.happened('data-not-discarded', error.message, { code: error.code });
  }
}
