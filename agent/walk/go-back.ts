/** The technician's `rollback`: end a trial, or leave a good slot for the other one if its seal holds (rule 14). */
import { otherSlot } from '../../bootctl/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { isGood } from '../model/entry-table.ts';
import { countFailure, mergeFailures, rememberFailure } from '../model/failures.ts';
import { isUpdate, newTrial } from '../model/trial.ts';
import type { VaultRecord } from '../model/vault-rows.ts';
import { inBootControl } from './boot-control-step.ts';
import { fromStore } from './readable-row.ts';
import { decideBad } from './roll-back.ts';
import { checkSeal } from './seal.ts';

/** What was given up: the trial of the booted slot, or a good slot for the other one. */
export type GoBack = 'trial' | 'activated';

/** Durable on return; the reboot is left to the entry table. Errors: SEAL_BROKEN, NO_FALLBACK, MCU_FIRMWARE_DAMAGED; nothing has changed then. */
export async function goBack(device: Device, signal: AbortSignal): Promise<GoBack> {
  const { booted, bootControl, clock, policy, store, vault } = device;
  const because = new AgentError('ROLLED_BACK_BY_PERSON', `A person asked to leave slot ${booted}.`);
  const boot = await inBootControl('judge the booted slot', () => bootControl.read());
  const { record } = await vault.read();
  if (!isGood(booted, boot, record)) {
    await decideBad(device, because, signal);
    return 'trial';
  }

  // Rule 9: the other Linux must be able to come back here with its MCU.
  await device.firmware?.check();
  const other = otherSlot(booted);
  const verdict = await checkSeal(device, other, signal);
  if (!verdict.holds) {
    throw new AgentError('SEAL_BROKEN', `Slot ${other} is no place to go back to: ${verdict.reason}.`, {
      facts: { slot: other },
    });
  }
  // Back is where the device came from: not into an update that waits for a yes or for the next boot.
  if (!boot.slots[other].bootable || isUpdate(record.trial, other)) {
    throw new AgentError('NO_FALLBACK', `Slot ${other} holds no release that this device came from.`, {
      facts: { slot: other },
    });
  }
  const { seal } = verdict;
  const left = leaveFailed(record, device);
  // Who wants to leave a slot may do so beside a data partition that is read-only: the vault's count is enough.
  if (left !== undefined) fromStore(device, undefined, () => store.setFailures(left));
  await vault.write({
    ...record,
    failures: left === undefined ? record.failures : rememberFailure(record.failures, left),
    trial: newTrial(other, seal, '', clock.now()),
  });
  await inBootControl('activate the other slot', () => bootControl.activate(other, policy.tries));
  return 'activated';
}

/**
 * Takes a way back that was not booted yet back: the booted slot is first again, and the other one stays bootable,
 * since it is the fallback. The booted slot must be good.
 */
export async function stay(device: Device): Promise<void> {
  const { booted, bootControl, reporter, store, vault } = device;
  await inBootControl('stay in the slot', () => bootControl.markGood(booted));
  const { record } = await vault.read();
  // A release that runs and is good has failed nothing: what is counted is that it was to be left.
  const kept = record.seals[booted]?.identity;
  if (kept !== undefined) fromStore(device, undefined, () => store.clearFailures(kept));
  const failures = record.failures.filter(({ identity }) => identity !== kept);
  await vault.write({ ...record, failures, trial: undefined });
  reporter.happened('withdrawn', `Slot ${booted} stays active.`, { slot: booted });
}

/** What a person left is not installed again by itself at the next poll. */
function leaveFailed(record: VaultRecord, device: Device): ReturnType<typeof mergeFailures> {
  const seal = record.seals[device.booted];
  if (seal === undefined) return undefined;
  const known = mergeFailures(
    fromStore(device, undefined, () => device.store.failures(seal.identity)),
    record.failures.find((counts) => counts.identity === seal.identity),
  );
  return countFailure(known, 'failedTrials', seal);
}
