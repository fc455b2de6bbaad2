/**
 * On a good slot: the MCU runs the firmware that belongs to the booted image, and has forgotten the one before it;
 * else the condition `mcu-mismatch` is shown, remote heating is refused, and it is tried again (rule 9). Updates go
 * on all the while: they are the repair.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { isGood } from '../model/entry-table.ts';
import { judgeFlash } from '../model/interlock.ts';
import { belongs, described } from '../model/mcu-pair.ts';
import type { Mcu, OwnFirmware } from '../ports.ts';
import { inBootControl } from './boot-control-step.ts';
import { awaitHand, bringMcu, RESET_PATIENCE_MS } from './bring-mcu.ts';
import { lookAtMcu } from './interlock.ts';
import { fromStore } from './readable-row.ts';
import { MCU_PROTOCOL } from './verify.ts';

/**
 * One look, and a series of attempts when the MCU lets itself be flashed now: never waits for a cooker, nor longer for a
 * silent MCU than it takes one to start. Errors: the signal's reason and Stopped; nothing that the MCU does ends a walk.
 */
export async function tendMcu(device: Device, signal: AbortSignal): Promise<void> {
  const { mcu, pair, remoteHeating } = device;
  if (mcu === undefined) return;
  if (!(await bootedIsGood(device))) return remoteHeating.refuse('the booted slot is on trial');
  pair.settled = false;
  try {
    pair.settled = await fits(device, mcu, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AgentError)) throw error;
    unsettled(device, error);
  }
}

/** True when the MCU runs what belongs to the booted image, now or after one series of attempts. */
async function fits(device: Device, mcu: Mcu, signal: AbortSignal): Promise<boolean> {
  const { firmware, remoteHeating } = device;
  const { version } = await awaitHand(device, mcu, RESET_PATIENCE_MS, signal);
  rememberProtocol(device, version.protocol.highest);
  if (firmware === undefined) {
    remoteHeating.allow();
    return true;
  }
  if (!belongs(firmware, version)) {
    showMismatch(device, `the MCU runs ${described(version)} instead of ${firmware.version}`);
    if (!(await mayBring(device, signal))) return false;
    await bringMcu(device, mcu, firmware, atWork, signal);
  }
  await settle(device, mcu, firmware, signal);
  return true;
}

/** Somebody pressed start while the MCU was being brought: an update must not wait for their rice. */
async function atWork(): Promise<void> {
  throw new AgentError('MCU_AT_WORK', 'The cooker is at work; its MCU is looked at again later.');
}

/** The series failed, or nobody answers: said, shown, and nothing else. Also the end of a rollback without its MCU. */
export function unsettled(device: Device, error: AgentError): void {
  device.reporter.happened('mcu-unsettled', error.message, { code: error.code, ...error.facts });
  if (error.code === 'MCU_FIRMWARE_FAILED' || error.code === 'MCU_FIRMWARE_DAMAGED') {
    device.pair.seriesFailed(device.clock.monotonic());
  }
  if (error.code === 'MCU_SILENT' || error.code === 'MCU_PORT' || error.code === 'MCU_FAILED') {
    device.remoteHeating.refuse('the MCU does not answer');
    return;
  }
  showMismatch(device, error.message);
}

/** The pair fits: a trial that a cut left open is ended well, the firmware before it is forgotten, heating is open. */
async function settle(device: Device, mcu: Mcu, own: OwnFirmware, signal: AbortSignal): Promise<void> {
  const { state, previousKept } = await mcu.transferState(signal);
  if (state === 'on-trial') await mcu.accept(own.sha256, signal);
  // Forgetting writes the MCU's flash: not while it cooks. The next look is soon enough.
  if (previousKept && judgeFlash(await lookAtMcu(device, 'flash', device.clock.monotonic(), signal)).go) {
    await mcu.discardOld(signal);
    device.reporter.happened('mcu-discarded-old', 'The MCU has forgotten the firmware before this one.');
  }
  device.reporter.condition('mcu-mismatch', false);
  device.remoteHeating.allow();
}

/** A release may require one; the store is told when it changes. */
function rememberProtocol(device: Device, highest: number): void {
  const known = fromStore(device, undefined, () => device.store.fact(MCU_PROTOCOL));
  if (known !== String(highest)) {
    fromStore(device, undefined, () => device.store.setFact(MCU_PROTOCOL, String(highest)));
  }
}

async function mayBring(device: Device, signal: AbortSignal): Promise<boolean> {
  const now = device.clock.monotonic();
  return !device.pair.rests(now) && judgeFlash(await lookAtMcu(device, 'flash', now, signal)).go;
}

function showMismatch({ remoteHeating, reporter }: Device, reason: string): void {
  reporter.condition('mcu-mismatch', true);
  remoteHeating.refuse(`mcu-mismatch: ${reason}`);
}

async function bootedIsGood({ booted, bootControl, vault }: Device): Promise<boolean> {
  const boot = await inBootControl('judge the booted slot', () => bootControl.read());
  return isGood(booted, boot, (await vault.read()).record);
}
