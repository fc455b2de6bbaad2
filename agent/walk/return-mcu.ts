/**
 * The MCU's part of a rollback (rule 9): in the failed Linux, after mark bad, what can be done at once; in the old
 * one, before the rollback counts as complete, the rest.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { judgeFlash } from '../model/interlock.ts';
import { bringMcu } from './bring-mcu.ts';
import { lookAtMcu } from './interlock.ts';
import { unsettled } from './tend-mcu.ts';

/**
 * In the Linux that is left: a firmware on trial goes back to the one before it, if the MCU lets it now. Never waits,
 * never fails: the old Linux looks again, with the firmware that belongs to it. Error: the signal's reason, Stopped.
 */
export async function endMcuTrial(device: Device, signal: AbortSignal): Promise<void> {
  const { clock, firmware, mcu, reporter } = device;
  if (mcu === undefined || firmware === undefined) return;
  try {
    if ((await mcu.transferState(signal)).state !== 'on-trial') return;
    if (!judgeFlash(await lookAtMcu(device, 'flash', clock.monotonic(), signal)).go) return;
    await mcu.abort(signal);
    reporter.happened('mcu-trial-ended', 'The MCU goes back to the firmware before this one.');
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AgentError)) throw error;
    reporter.happened('mcu-trial-not-ended', error.message, { code: error.code });
  }
}

/**
 * In the Linux that is back: waits for a cooker at work, for a silent MCU 15 min. Without success the rollback is
 * complete all the same, in condition `mcu-mismatch`. Error: the signal's reason, Stopped.
 */
export async function returnMcu(device: Device, signal: AbortSignal): Promise<void> {
  const { firmware, mcu, reporter } = device;
  if (mcu === undefined || firmware === undefined) return;
  reporter.progress('rolling-back', { reason: 'the MCU is brought back' });
  try {
    await bringMcu(device, mcu, firmware, async () => undefined, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AgentError)) throw error;
    unsettled(device, error);
  }
}
