/** Step 9, reboot: only when the interlock lets it, and by the system's own means. */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { RebootPurpose } from '../model/interlock.ts';
import { awaitInterlock } from './interlock.ts';
import { Stopped } from './stopped.ts';

/** A system that has accepted a reboot stops this process well within this time. */
const REBOOT_PATIENCE_MS = 5 * 60_000;
/** An MCU that lets the board reboot each time and hears no announcement does not know that command. */
const MOST_UNHEARD = 3;

/** `lastHeard`: when the MCU was, by an interlock just before. Does not return: ends by Stopped when the system stops the agent, or by REBOOT_FAILED, VAULT_WRITE_FAILED. */
export async function reboot(
  device: Device,
  purpose: RebootPurpose,
  reason: string,
  signal: AbortSignal,
  lastHeard?: number,
): Promise<never> {
  await untilMcuLets(device, purpose, signal, lastHeard);
  device.reporter.progress(purpose === 'rollback' ? 'rolling-back' : 'rebooting', { reason });
  device.reporter.happened('reboot-requested', `Rebooting: ${reason}.`, { purpose });
  await device.rebooter.reboot(reason);
  await device.clock.sleep(REBOOT_PATIENCE_MS, signal);
  if (signal.aborted) throw new Stopped(signal.reason);
  throw new AgentError('REBOOT_FAILED', 'The system accepted the reboot five minutes ago and still runs.');
}

/**
 * The interlock, and the announcement to the MCU. When that is refused, or not heard by an MCU that answered a
 * moment ago, somebody may have pressed start in between: back to waiting.
 */
async function untilMcuLets(
  device: Device,
  purpose: RebootPurpose,
  signal: AbortSignal,
  heardBefore: number | undefined,
): Promise<void> {
  let lastHeard = heardBefore;
  for (let unheard = 0; unheard < MOST_UNHEARD; ) {
    const { mcu } = await awaitInterlock(device, purpose, signal, lastHeard);
    const told = await tellMcu(device, signal);
    if (told !== 'refused' && mcu === 'silent') {
      await rememberSilence(device);
      return;
    }
    if (told === 'yes') return;
    lastHeard = undefined;
    if (told === 'silent') unheard += 1;
    await device.clock.sleep(device.policy.interlockPollMs, signal);
    if (signal.aborted) throw new Stopped(signal.reason);
  }
}

/**
 * Rule 8: silence let the board reboot into the other slot, so that slot's confirm does not hold it against the
 * release; else a way back would lead to where it came from. A trial that is given up has nothing to forgive.
 */
async function rememberSilence({ booted, vault }: Device): Promise<void> {
  const { record } = await vault.read();
  if (record.trial === undefined || record.trial.slot === booted) return;
  await vault.write({ ...record, trial: { ...record.trial, mcuSilent: true } });
}

/** The MCU notes the reset and keeps its heat. One that answers with an error was told. */
async function tellMcu(device: Device, signal: AbortSignal): Promise<'yes' | 'refused' | 'silent'> {
  try {
    await device.mcu?.prepareReboot(signal);
    return 'yes';
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened('mcu-not-told', `The MCU was not told of the reboot: ${error.message}`, {
      code: error.code,
    });
    if (error.code === 'MCU_REFUSED') return 'refused';
    return error.code === 'MCU_SILENT' || error.code === 'MCU_PORT' ? 'silent' : 'yes';
  }
}
