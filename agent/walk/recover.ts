/**
 * After three failed starts of the agent in a row (DESIGN 5): a slot whose agent cannot run cannot be updated.
 * Or because the boot loader asks for it, by boot mode recovery in its parameter page.
 * On a trial: go back. On a good slot: try the other one, once. A good Linux is never reset for the agent's sake
 * more than that.
 */
import { otherSlot } from '../../bootctl/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { isGood } from '../model/entry-table.ts';
import { isUpdate, newTrial } from '../model/trial.ts';
import { inBootControl } from './boot-control-step.ts';
import { hasFallback } from './fallback.ts';
import { reboot } from './reboot.ts';
import { rollBack } from './roll-back.ts';
import { checkSeal } from './seal.ts';

/**
 * Does not return normally. Errors when there is nothing to recover to: AGENT_KEEPS_FAILING, RECOVERY_ASKED,
 * MCU_FIRMWARE_DAMAGED; Stopped.
 */
export async function recover(device: Device, signal: AbortSignal): Promise<never> {
  const { booted, bootControl, clock, policy, vault } = device;
  const boot = await inBootControl('judge the booted slot', () => bootControl.read());
  const { record } = await vault.read();
  const failing = reasonOf(device, record.agentStarts.count);
  if (!isGood(booted, boot, record)) {
    // With nowhere to go the start is tried again by the ordinary doors: one of them allows the repair.
    if (!(await hasFallback(device, signal))) throw failing;
    return rollBack(device, failing, signal);
  }

  // Rule 9: nothing is activated without the MCU firmware that belongs to the booted slot.
  await device.firmware?.check();
  const other = otherSlot(booted);
  if (record.markedBad.includes(other) || record.recoveredTo === other) throw failing;
  // Back is where the device came from: an update that waits, was cancelled or was withdrawn has a seal that holds, too.
  if (!boot.slots[other].ranked || isUpdate(record.trial, other)) throw failing;
  const verdict = await checkSeal(device, other, signal);
  if (!verdict.holds) throw failing;
  const { seal } = verdict;
  await vault.write({
    ...record,
    recoveredTo: other,
    trial: newTrial(other, seal, '', clock.now()),
  });
  await inBootControl('activate the other slot', () => bootControl.activate(other, policy.tries));
  return reboot(device, 'rollback', failing.message, signal);
}

function reasonOf({ booted, bootMode }: Device, starts: number): AgentError {
  return bootMode === 'recovery'
    ? new AgentError('RECOVERY_ASKED', `The boot loader started slot ${booted} in boot mode recovery.`)
    : new AgentError(
        'AGENT_KEEPS_FAILING',
        `The agent of slot ${booted} failed to start three times in a row.`,
        { facts: { starts } },
      );
}
