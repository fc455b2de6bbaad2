/**
 * Going back (rules 7, 9 and 14). The decision is durable before anything else happens: verdict in the vault,
 * mark bad in the boot control, then the reboot. What a cut leaves, the next start finishes by the entry table.
 */
import { otherSlot } from '../../bootctl/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { Deployment } from '../model/deployment.ts';
import { countFailure, mergeFailures, rememberFailure } from '../model/failures.ts';
import { newTrial } from '../model/trial.ts';
import type { Trial, VaultRecord } from '../model/vault-rows.ts';
import { inBootControl } from './boot-control-step.ts';
import { closeDeployment } from './close-deployment.ts';
import { hasFallback } from './fallback.ts';
import { readableRow } from './readable-row.ts';
import { reboot } from './reboot.ts';
import { endMcuTrial, returnMcu } from './return-mcu.ts';

/** Does not return: reboots into the fallback. Errors: NO_FALLBACK (the slot stays as it is), Stopped. */
export async function rollBack(device: Device, because: AgentError, signal: AbortSignal): Promise<never> {
  await decideBad(device, because, signal);
  await endMcuTrial(device, signal);
  return reboot(device, 'rollback', `slot ${device.booted} failed: ${because.message}`, signal);
}

/** The durable decision. Error: NO_FALLBACK; nothing has changed then. */
export async function decideBad(device: Device, because: AgentError, signal: AbortSignal): Promise<void> {
  const { booted, bootControl, clock, reporter } = device;
  await requireFallback(device, because, signal);
  reporter.progress('rolling-back', { reason: because.message });
  reporter.happened('trial-failed', `Slot ${booted} goes back: ${because.message}`, { code: because.code });
  await rememberVerdict(device, because, clock.now());
  await inBootControl('mark the slot bad', () => bootControl.markBad(booted));
}

async function requireFallback(device: Device, because: AgentError, signal: AbortSignal): Promise<void> {
  const other = otherSlot(device.booted);
  if (await hasFallback(device, signal)) return;
  throw new AgentError(
    'NO_FALLBACK',
    `Slot ${device.booted} failed (${because.message}) and slot ${other} cannot be booted instead; it stays up.`,
    { cause: because, facts: { booted: device.booted, other, code: because.code } },
  );
}

/** Best effort: mark bad decides; a vault that fails costs the old slot only the reason. */
async function rememberVerdict(device: Device, because: AgentError, now: number): Promise<void> {
  const { record } = await device.vault.read();
  const trial = record.trial?.slot === device.booted ? record.trial : trialFromRow(device);
  if (trial?.verdict !== undefined) return;
  const verdict = { verdict: because.code, reason: because.message, decidedAt: now };
  try {
    await device.vault.write({
      ...record,
      trial: trial === undefined ? undefined : { ...trial, ...verdict },
      markedBad: [...record.markedBad.filter((slot) => slot !== device.booted), device.booted],
    });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened('vault-not-told', error.message, { code: error.code });
  }
}

/** The vault lost the trial; the store may still know what was being tried. */
function trialFromRow(device: Device): Trial | undefined {
  const row = readableRow(device);
  if (row?.slot !== device.booted) return undefined;
  return { ...newTrial(row.slot, row, row.id, row.openedAt), boots: 1, lastBoot: device.bootId };
}

/**
 * On the good old slot, after the boot loader or a verdict brought it back: brings the MCU back, then counts and
 * records the failure.
 * Order: store (counts, then the closed row), then the vault; repeated after a cut it counts once, since the
 * vault's count is the base and is written last.
 */
export async function finishRollback(device: Device, signal: AbortSignal): Promise<void> {
  const { clock, reporter, store } = device;
  // Before anything is written: every write makes a vault that was lost whole again.
  const { lost } = await device.vault.read();
  // A rollback of one is complete when the other is back, too (rule 9).
  await returnMcu(device, signal);
  const { record } = await device.vault.read();
  const row = store.deployment();
  const release = record.trial ?? row;
  if (release === undefined) return;
  const { identity, version } = release;
  if (record.trial === undefined && !lost) {
    closeForgotten(device, row, record);
    return;
  }
  const verdict = record.trial?.verdict;
  const code = verdict ?? 'TRIES_USED_UP';
  const reason = verdict === undefined ? 'the boot loader gave the slot up' : (record.trial?.reason ?? '');
  const known = record.failures.find((counts) => counts.identity === identity);
  const counted = countFailure(
    lost ? store.failures(identity) : known,
    verdict === undefined ? 'silentTrials' : 'failedTrials',
    release,
  );
  const failures = mergeFailures(store.failures(identity), counted) ?? counted;
  const since = record.trial?.decidedAt ?? record.trial?.activatedAt ?? row?.openedAt ?? clock.now();
  const rollbackMs = Math.max(0, clock.now() - since);
  store.setFailures(failures);
  if (row !== undefined && row.identity === identity) {
    closeDeployment(device, row, 'rolled-back', { code, reason, rollbackMs });
  }
  await device.vault.write(afterRollback(record, failures));
  const message = `Release ${version} was rolled back after ${rollbackMs} ms: ${reason}`;
  reporter.happened('rolled-back', message, { identity, version, code, rollbackMs });
  reporter.progress('idle', { status: 'rolled-back', reason: `${code}: ${reason}` });
}

/** The vault knows how it ended, and that while the store could not be told: what counts was counted there. */
function closeForgotten(device: Device, row: Deployment | undefined, { failures }: VaultRecord): void {
  if (row === undefined) return;
  const counted = failures.find(({ identity }) => identity === row.identity);
  const known = mergeFailures(device.store.failures(row.identity), counted);
  if (known !== undefined) device.store.setFailures(known);
  closeDeployment(device, row, counted === undefined ? 'abandoned' : 'rolled-back', {
    code: 'STORE_UNWRITABLE',
    reason: 'it ended while the store could not be told',
  });
}

function afterRollback(record: VaultRecord, failures: Parameters<typeof rememberFailure>[1]): VaultRecord {
  return { ...record, trial: undefined, failures: rememberFailure(record.failures, failures) };
}
