/** What persons may ask of a walk (rule 16), the same whether the daemon or the command itself holds the lock. */
import { otherSlot } from '../bootctl/index.ts';
import type { Device } from './device.ts';
import { AgentError } from './errors.ts';
import { enterBy, entryFacts, isGood } from './model/entry-table.ts';
import type { Source } from './ports.ts';
import { inBootControl } from './walk/boot-control-step.ts';
import { check } from './walk/check.ts';
import { confirm } from './walk/confirm.ts';
import { goBack, stay } from './walk/go-back.ts';
import { isPaused, rememberCancelled, rememberPaused } from './walk/persons.ts';
import { requireVersion, verify } from './walk/verify.ts';
import { withdraw } from './walk/withdraw.ts';

/** Ends the deployment under way, also one that is active and not yet booted. Error: NOTHING_TO_DO. */
export async function obeyCancel(device: Device): Promise<string> {
  const row = device.store.deployment();
  const boot = await inBootControl('look at the activation', () => device.bootControl.read());
  const other = otherSlot(device.booted);
  if ((row === undefined || row.slot !== other) && boot.active !== other) {
    throw new AgentError('NOTHING_TO_DO', 'No update is under way.');
  }
  const { record } = await device.vault.read();
  if (enterBy(entryFacts(device.booted, boot, record, row, device)).door === 'finish-rollback') {
    // Its failure is not counted yet, and the MCU may not be back: a cancel would make both forgotten (rules 9, 17).
    throw new AgentError('NOTHING_TO_DO', 'The update has failed already; its rollback is being finished.');
  }
  const trial = record.trial?.slot === other ? record.trial : undefined;
  if (trial?.deployment === '' && isGood(device.booted, boot, record)) {
    await stay(device);
    return `slot ${device.booted} stays active`;
  }
  const identity = row?.slot === other ? row.identity : trial?.identity;
  if (identity !== undefined) rememberCancelled(device, identity);
  await withdraw(device, {
    outcome: 'cancelled',
    code: 'CANCELLED',
    reason: 'a person cancelled the update',
  });
  return row === undefined ? 'the activation was withdrawn' : `release ${row.version} was cancelled`;
}

/** Ends a trial by mark good, without the vendor's checks. Error: NOTHING_TO_DO on a good slot. */
export async function obeyConfirm(device: Device, signal: AbortSignal): Promise<string> {
  const boot = await inBootControl('judge the booted slot', () => device.bootControl.read());
  const { record } = await device.vault.read();
  if (isGood(device.booted, boot, record)) {
    throw new AgentError('NOTHING_TO_DO', `Slot ${device.booted} is marked good already.`);
  }
  await confirm(device, signal, { waiveHealth: true });
  return `slot ${device.booted} is marked good`;
}

/**
 * Points the boot control back; the reboot that follows is the entry table's business (doors leave-bad-slot,
 * await-reboot, confirm). Error: SEAL_BROKEN.
 */
export async function obeyRollback(device: Device, signal: AbortSignal): Promise<string> {
  const step = await goBack(device, signal);
  return step === 'trial'
    ? `the trial of slot ${device.booted} is over`
    : `slot ${otherSlot(device.booted)} is active; the board reboots when the cooker lets it`;
}

/**
 * From now on no update begins or goes on; what a trial needs goes on, and an active slot is still booted when the
 * cooker lets it. The walk at hand was ended at its chunk by the request itself.
 */
export function obeyPause(device: Device): string {
  rememberPaused(device, true);
  return device.store.deployment()?.state === 'activated'
    ? 'updates are paused; the release that is active is booted all the same, unless it is cancelled'
    : 'updates are paused until donabe resume';
}

/** Error: NOTHING_TO_DO when nothing is paused. */
export function obeyResume(device: Device): string {
  if (!isPaused(device)) throw new AgentError('NOTHING_TO_DO', 'Updates are not paused.');
  rememberPaused(device, false);
  return 'updates go on';
}

/**
 * Is there something to upgrade to, and is it the version that is wanted? `version` empty: whatever is offered.
 * Returns the version. Errors: NOT_OFFERED; those of source and verify.
 */
export async function findUpgrade(
  device: Device,
  source: Source | undefined,
  version: string,
  signal: AbortSignal,
): Promise<string> {
  if (source === undefined) throw new AgentError('NOT_OFFERED', 'No server is configured.');
  const offer = await check(device, source, { consented: true }, signal);
  if (offer === undefined) throw new AgentError('NOT_OFFERED', `${source.name} offers nothing.`);
  const release = await verify(device, offer.envelope, { forced: false, retried: false });
  requireVersion(release, version);
  if (release.identity === device.profile.bootedIdentity) {
    throw new AgentError('NOT_OFFERED', `Release ${release.manifest.version} is installed already.`);
  }
  return release.manifest.version;
}
