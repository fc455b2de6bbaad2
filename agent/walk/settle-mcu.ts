/**
 * Confirm's last part: the MCU runs what belongs to the new image, and shakes hands (rules 8 and 9). A cooker at work
 * is waited for: the deadline stands still, and the tries are refilled, so that no meal costs a healthy release its
 * trial.
 */
import type { Device } from '../device.ts';
import { AgentError, type AgentErrorCode } from '../errors.ts';
import { SILENCE_BEFORE_ROLLBACK_MS } from '../model/interlock.ts';
import type { VaultRecord } from '../model/vault-rows.ts';
import { openManifest } from '../model/verified-manifest.ts';
import type { Mcu } from '../ports.ts';
import { inBootControl } from './boot-control-step.ts';
import { awaitHand, bringMcu } from './bring-mcu.ts';
import { readableRow } from './readable-row.ts';

/** Rule 8: so often in one trial; a user who pulls the plug more often than that while it waits gets a rollback. */
export const MOST_REFILLS = 12;

/** How an MCU fails a trial: whatever comes out of `bringMcu` after its own patience. */
const FAILS_THE_TRIAL: readonly AgentErrorCode[] = [
  'MCU_SILENT',
  'MCU_FIRMWARE_FAILED',
  'MCU_FIRMWARE_DAMAGED',
];

/** Errors: HEALTH_CHECK_FAILED; the signal's reason. */
export async function settleMcu(device: Device, signal: AbortSignal): Promise<void> {
  const { mcu, firmware } = device;
  try {
    await ownFirmwareIsTheReleases(device);
    if (mcu === undefined) return;
    if (await isForgivenSilence(device, mcu, signal)) return;
    if (firmware === undefined) await awaitHand(device, mcu, SILENCE_BEFORE_ROLLBACK_MS, signal);
    else await bringMcu(device, mcu, firmware, () => refillOnce(device), signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AgentError) || !FAILS_THE_TRIAL.includes(error.code)) throw error;
    throw new AgentError('HEALTH_CHECK_FAILED', `The MCU: ${error.message}`, {
      cause: error,
      facts: { check: 'mcu', code: error.code },
    });
  }
}

/** An image that carries another firmware than its release names would never fit its MCU. */
async function ownFirmwareIsTheReleases(device: Device): Promise<void> {
  const row = readableRow(device);
  if (row?.slot !== device.booted) return;
  const named = openManifest(row.envelope, await device.keys()).manifest.mcuFirmware?.sha256;
  if (named === device.firmware?.sha256) return;
  throw new AgentError(
    'MCU_FIRMWARE_DAMAGED',
    `The release names MCU firmware ${named ?? 'none'}, its image carries ${device.firmware?.sha256 ?? 'none'}.`,
  );
}

/** Rule 8: it was silent for a day before the update, or a person forced the update beside a silent one. */
async function isForgivenSilence(device: Device, mcu: Mcu, signal: AbortSignal): Promise<boolean> {
  const { trial } = (await device.vault.read()).record;
  if (trial?.slot !== device.booted || trial.mcuSilent !== true) return false;
  try {
    await mcu.handshake(signal);
    return false;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened('mcu-silent', 'The MCU is as silent as before the update.', {
      code: error.code,
    });
    return true;
  }
}

/** The cooker's mode forbids what is wanted: once per kernel boot the tries are full again. */
async function refillOnce(device: Device): Promise<void> {
  const { record } = await device.vault.read();
  const refilled = refill(record, device);
  if (refilled === undefined) return;
  try {
    // The count first: a cut in between costs a refill, never the bound. What cannot be counted is not refilled.
    await device.vault.write(refilled);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened('vault-not-told', error.message, { code: error.code });
    return;
  }
  await inBootControl('refill the tries', () =>
    device.bootControl.refill(device.booted, device.policy.tries),
  );
  device.reporter.happened('tries-refilled', 'The cooker is at work: the trial gets its tries back.', {
    refills: refilled.trial?.refills,
  });
}

/** The record with one more refill; undefined when this boot had its own, or the trial had all of them. */
function refill(record: VaultRecord, { booted, bootId }: Device): VaultRecord | undefined {
  const { trial } = record;
  if (trial?.slot !== booted || trial.refilledBoot === bootId || trial.refills >= MOST_REFILLS)
    return undefined;
  return { ...record, trial: { ...trial, refills: trial.refills + 1, refilledBoot: bootId } };
}
