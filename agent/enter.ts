/**
 * Where a start begins: reads the durable records, finds the door in the entry table, goes through it, and
 * looks again, until an update may be looked for.
 */
import type { Device } from './device.ts';
import { AgentError } from './errors.ts';
import { type Door, enterBy, entryFacts } from './model/entry-table.ts';
import { isUpdate } from './model/trial.ts';
import { openManifest } from './model/verified-manifest.ts';
import { inBootControl } from './walk/boot-control-step.ts';
import { confirm, finishConfirm } from './walk/confirm.ts';
import { readableRow } from './walk/readable-row.ts';
import { reboot } from './walk/reboot.ts';
import { recover } from './walk/recover.ts';
import { restoreData } from './walk/restore-data.ts';
import { restoreTries } from './walk/restore-tries.ts';
import { finishRollback } from './walk/roll-back.ts';
import { checkSeal } from './walk/seal.ts';
import { withdraw } from './walk/withdraw.ts';

/** `again`: look at the table again; `go-on`: an update may be looked for. */
type After = 'again' | 'go-on';

/** What is done behind each door. One row per door of the entry table. */
const DOORS: Readonly<Record<Door, (device: Device, signal: AbortSignal) => Promise<After>>> = {
  recover: async (device, signal) => recover(device, signal),
  'leave-bad-slot': async (device, signal) =>
    reboot(device, 'rollback', `slot ${device.booted} was marked bad`, signal),
  confirm: async (device, signal) => {
    try {
      await confirm(device, signal, { waiveHealth: false });
      return 'again';
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== 'NO_FALLBACK') throw error;
      // Rule 7: without a fallback an update is the repair.
      device.reporter.progress('failed', { status: 'failed', reason: error.message });
      device.reporter.happened('no-fallback', error.message, error.facts);
      await keepBootable(device);
      return 'go-on';
    }
  },
  'finish-confirm': async (device) => {
    await finishConfirm(device);
    return 'again';
  },
  'await-reboot': awaitReboot,
  'finish-rollback': async (device, signal) => {
    await finishRollback(device, signal);
    return 'again';
  },
  withdraw: async (device) => {
    await withdraw(device, {
      outcome: 'cancelled',
      code: 'CANCELLED',
      reason: 'the activation was taken back before it was booted',
    });
    return 'again';
  },
  resume: async () => 'go-on',
  fresh: async () => 'go-on',
};

/**
 * The only slot there is must not run out of tries while it cannot be marked good: then nothing would boot. The
 * cap of rule 8 bounds trials that can go back; this one cannot.
 */
async function keepBootable({ booted, bootControl, policy }: Device): Promise<void> {
  await inBootControl('keep the only slot bootable', async () => {
    const { ranked, successful, triesRemaining } = (await bootControl.read()).slots[booted];
    if (ranked && !successful && triesRemaining < policy.tries)
      await bootControl.refill(booted, policy.tries);
  });
}

/**
 * Returns when an update may be looked for.
 * Errors: AgentError of the step behind a door; ENTRY_STUCK when a door leads back to itself; Stopped.
 */
export async function enter(device: Device, signal: AbortSignal, ignoreRecovery = false): Promise<void> {
  let before: Door | undefined;
  await restoreTries(device);
  for (;;) {
    const { door, why } = await findDoor(device, ignoreRecovery);
    // Before anybody hears that the agent is up: services that use the vendor's data are ordered after it.
    if (door === 'finish-rollback') await restoreData(device, signal);
    device.reporter.happened('entered', `Entry: ${door} (${why}).`, { door });
    if (door === before) {
      throw new AgentError(
        'ENTRY_STUCK',
        `The start was led to "${door}" twice; a record does not keep what is written to it.`,
        {
          facts: { door },
        },
      );
    }
    if ((await DOORS[door](device, signal)) === 'go-on') return;
    before = door;
  }
}

async function findDoor(device: Device, ignoreRecovery: boolean): Promise<{ door: Door; why: string }> {
  const boot = await inBootControl('read the boot control', () => device.bootControl.read());
  const { record } = await device.vault.read();
  const facts = entryFacts(device.booted, boot, record, readableRow(device), device);
  return enterBy(ignoreRecovery ? { ...facts, starts: 'normal' } : facts);
}

/** The flip is made. Rule 14: whatever made it, a slot whose seal does not hold is not rebooted into. */
async function awaitReboot(device: Device, signal: AbortSignal): Promise<After> {
  const other = device.booted === 'a' ? 'b' : 'a';
  const verdict = await checkSeal(device, other, signal);
  if (!verdict.holds) {
    await withdraw(device, { outcome: 'abandoned', code: 'SEAL_BROKEN', reason: verdict.reason });
    return 'again';
  }
  const { record } = await device.vault.read();
  const trial = record.trial?.slot === other ? record.trial : undefined;
  // A way back that a person or recovery wants is no update: beside a silent MCU it waits 15 min, not a day (rule 8).
  const isWayBack = trial !== undefined && !isUpdate(trial, other);
  if (!isWayBack && (trial?.nextBoot === true || (await waitsForThePerson(device)))) return 'go-on';
  return reboot(device, isWayBack ? 'rollback' : 'update', `slot ${other} is active`, signal);
}

/** Policy `next-boot`: the user's own next power-on boots it. The row knows it where the vault does not. */
async function waitsForThePerson(device: Device): Promise<boolean> {
  const row = readableRow(device);
  if (row === undefined) return false;
  const { manifest } = openManifest(row.envelope, await device.keys());
  return manifest.apply === 'next-boot';
}
