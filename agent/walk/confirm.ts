/**
 * Step 10, confirm: the new slot proves itself or goes back. Needs boot control and MCU; vault and store are
 * told when they can be (a full data partition must not end a good trial).
 */

import { otherSlot } from '../../bootctl/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { floorsAfterGood, highestFloors, NO_FLOORS } from '../model/floors.ts';
import type { Seal, VaultRecord } from '../model/vault-rows.ts';
import { inBootControl } from './boot-control-step.ts';
import { canUpdateAgain } from './can-update-again.ts';
import { closeDeployment } from './close-deployment.ts';
import { hasFallback } from './fallback.ts';
import { storedFloors, storeFloors } from './floors-in-store.ts';
import { fromStore, readableRow } from './readable-row.ts';
import { discardData } from './restore-data.ts';
import { rollBack } from './roll-back.ts';
import { settleMcu } from './settle-mcu.ts';
import { Stopped } from './stopped.ts';

/** `waiveHealth`: a technician takes the place of the vendor's checks, never of the others. */
export interface ConfirmHow {
  readonly waiveHealth: boolean;
}

/**
 * Returns when the slot is marked good. When a check fails it rolls back, which does not return.
 * Errors: NO_FALLBACK when it failed and there is nothing to go back to; Stopped.
 */
export async function confirm(device: Device, signal: AbortSignal, how: ConfirmHow): Promise<void> {
  device.reporter.progress('confirming', { deployment: readableRow(device)?.id ?? '', progress: 100 });
  const decided = await noteTrialBoot(device);
  if (decided !== undefined) return rollBack(device, decided, signal);
  // The trial was over already and only the vault does not know: no deadline and no check can take that back.
  if (await isMarkedGood(device)) return finishConfirm(device);
  try {
    await withinDeadline(device, signal, (bounded) => proveHealthy(device, bounded, how));
  } catch (error) {
    if (!(error instanceof AgentError) || error.policy !== 'roll-back') throw error;
    return rollBack(device, error, signal);
  }
  await markGood(device);
}

/** Also finishes a mark good that was cut off between its two copies. */
async function isMarkedGood({ booted, bootControl }: Device): Promise<boolean> {
  return inBootControl('judge the booted slot', async () => {
    const { successful } = (await bootControl.read()).slots[booted];
    if (successful) await bootControl.scrub({ repair: true });
    return successful;
  });
}

/**
 * Counts this kernel boot of the trial in the vault: from now on the old slot knows that it was really tried.
 * Returns the verdict of an earlier start that was cut off before mark bad.
 */
async function noteTrialBoot(device: Device): Promise<AgentError | undefined> {
  const { record } = await device.vault.read();
  const { trial } = record;
  if (trial === undefined || trial.slot !== device.booted) return undefined;
  if (trial.verdict !== undefined) {
    return new AgentError('HEALTH_CHECK_FAILED', trial.reason, { facts: { decidedEarlier: trial.verdict } });
  }
  if (trial.lastBoot !== device.bootId) {
    await tellVault(device, {
      ...record,
      trial: { ...trial, boots: trial.boots + 1, lastBoot: device.bootId },
    });
  }
  return undefined;
}

/** Runs the checks; when the deadline after the kernel's boot passes first, they are aborted. */
async function withinDeadline(
  device: Device,
  signal: AbortSignal,
  checks: (bounded: AbortSignal) => Promise<void>,
): Promise<void> {
  const { deadline, policy } = device;
  const late = new AbortController();
  const done = new AbortController();
  let limit = policy.confirmDeadlineMs;
  // The deadline is there to go back in time. With nowhere to go a slot may get well late, or be confirmed by a person.
  const left = deadline.left(limit);
  if (left <= 0 && !(await hasFallback(device, signal))) limit += limit - left;
  const alarm = deadline.passed(limit, done.signal).then(() => {
    if (!done.signal.aborted) late.abort('deadline');
  });
  try {
    await checks(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!late.signal.aborted) throw error;
    throw new AgentError(
      'CONFIRM_DEADLINE',
      `The slot was not proven healthy within ${Math.round(policy.confirmDeadlineMs / 1000)} s after boot.`,
      { cause: error },
    );
  } finally {
    done.abort();
    await alarm;
  }
}

/** In order: the vendor's checks, *can I update again?*, the MCU. */
async function proveHealthy(device: Device, signal: AbortSignal, how: ConfirmHow): Promise<void> {
  for (const check of how.waiveHealth ? [] : device.health) {
    const { healthy, detail } = await check.run(signal);
    if (!healthy) {
      throw new AgentError('HEALTH_CHECK_FAILED', `Health check ${check.name} failed: ${detail}`, {
        facts: { check: check.name },
      });
    }
    device.reporter.happened('health-check-passed', `Health check ${check.name} passed.`, {
      check: check.name,
    });
  }
  await canUpdateAgain(device, signal);
  await settleMcu(device, signal);
}

/** Durable, in this order: mark good, floors and end of the trial in the vault, the store's memory of both. */
async function markGood(device: Device): Promise<void> {
  await inBootControl('mark the slot good', () => device.bootControl.markGood(device.booted));
  await finishConfirm(device);
  device.reporter.happened(
    'slot-marked-good',
    `Slot ${device.booted} is good: ${device.release.version} runs.`,
    {
      slot: device.booted,
      version: device.release.version,
    },
  );
  device.reporter.progress('idle', { deployment: '', status: 'success', progress: 100 });
}

/** What mark good is followed by; also the door of a start that finds the slot good and the memory behind. */
export async function finishConfirm(device: Device): Promise<void> {
  const { booted, clock, store, vault } = device;
  const { record } = await vault.read();
  const known = fromStore(device, NO_FLOORS, () => storedFloors(store));
  const floors = floorsAfterGood(
    highestFloors(record.floors, known),
    record.seals[booted] ?? ownSeal(device),
    {
      now: clock.now(),
      synchronised: clock.synchronised(),
    },
  );
  await tellVault(device, {
    ...record,
    floors,
    trial: record.trial?.slot === booted ? undefined : record.trial,
    markedBad: record.markedBad.filter((slot) => slot !== booted),
    recoveredTo: record.recoveredTo === otherSlot(booted) ? undefined : record.recoveredTo,
  });
  storeFloors(store, floors);
  await discardData(device);
  const row = store.deployment();
  if (row?.slot !== booted) return;
  closeDeployment(device, row, 'confirmed', { code: '', reason: '' });
}

/** A slot that no seal describes is described by its own release-info. */
function ownSeal({ release }: Device): Pick<Seal, 'securityVersion' | 'sequence' | 'created'> {
  return {
    securityVersion: release.securityVersion,
    sequence: release.sequence,
    created: Date.parse(release.created),
  };
}

/** The end of a trial does not depend on the vault: a vault that fails is said, and repaired by the next start. */
async function tellVault(device: Device, record: VaultRecord): Promise<void> {
  try {
    await device.vault.write(record);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened('vault-not-told', error.message, { code: error.code });
  }
}
