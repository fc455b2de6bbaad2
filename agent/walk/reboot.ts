/** Step 9, reboot: only when the interlock lets it, and by the system's own means. */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { RebootPurpose } from '../model/interlock.ts';
import { awaitInterlock } from './interlock.ts';
import { Stopped } from './stopped.ts';

/** A system that has accepted a reboot stops this process well within this time. */
const REBOOT_PATIENCE_MS = 5 * 60_000;

/** Does not return: ends by Stopped when the system stops the agent, or by REBOOT_FAILED, VAULT_WRITE_FAILED. */
export async function reboot(
  device: Device,
  purpose: RebootPurpose,
  reason: string,
  signal: AbortSignal,
): Promise<never> {
  let mcu = await awaitInterlock(device, purpose, signal);
  while (!(await tellMcu(device, signal))) {
    // Somebody pressed start between the question and the announcement: back to waiting.
    await device.clock.sleep(device.policy.interlockPollMs, signal);
    mcu = await awaitInterlock(device, purpose, signal);
  }
  if (mcu === 'silent' && purpose === 'update') await rememberSilence(device);
  device.reporter.progress(purpose === 'update' ? 'rebooting' : 'rolling-back', { reason });
  device.reporter.happened('reboot-requested', `Rebooting: ${reason}.`, { purpose });
  await device.rebooter.reboot(reason);
  await device.clock.sleep(REBOOT_PATIENCE_MS, signal);
  if (signal.aborted) throw new Stopped(signal.reason);
  throw new AgentError('REBOOT_FAILED', 'The system accepted the reboot five minutes ago and still runs.');
}

/** Rule 8: a day of silence let the update pass, so its confirm does not hold the silence against the release. */
async function rememberSilence({ vault }: Device): Promise<void> {
  const { record } = await vault.read();
  if (record.trial === undefined) return;
  await vault.write({ ...record, trial: { ...record.trial, mcuSilent: true } });
}

/** The MCU notes the reset and keeps its heat. False: it refuses. A silent one was judged by the interlock already. */
async function tellMcu(device: Device, signal: AbortSignal): Promise<boolean> {
  try {
    await device.mcu?.prepareReboot(signal);
    return true;
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened('mcu-not-told', `The MCU was not told of the reboot: ${error.message}`, {
      code: error.code,
    });
    return error.code !== 'MCU_REFUSED';
  }
}
