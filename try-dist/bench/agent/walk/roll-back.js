/**
 * Going back (rules 7, 9 and 14). The decision is durable before anything else happens: verdict in the vault,
 * mark bad in the boot control, then the reboot. What a cut leaves, the next start finishes by the entry table.
 */
import { otherSlot } from '../../bootctl/index.js';
import { AgentError } from '../errors.js';
import { countFailure, mergeFailures, rememberFailure } from '../model/failures.js';
import { newTrial } from '../model/trial.js';
import { inBootControl } from './boot-control-step.js';
import { hasFallback } from './fallback.js';
import { readableRow } from './readable-row.js';
import { reboot } from './reboot.js';
/** Does not return: reboots into the fallback. Errors: NO_FALLBACK (the slot stays as it is), Stopped. */
export async function rollBack(device, because, signal) {
    await decideBad(device, because, signal);
    return reboot(device, 'rollback', `slot ${device.booted} failed: ${because.message}`, signal);
}
/** The durable decision. Error: NO_FALLBACK; nothing has changed then. */
export async function decideBad(device, because, signal) {
    const { booted, bootControl, clock, reporter } = device;
    await requireFallback(device, because, signal);
    reporter.progress('rolling-back', { reason: because.message });
    reporter.happened('trial-failed', `Slot ${booted} goes back: ${because.message}`, { code: because.code });
    await rememberVerdict(device, because, clock.now());
    await inBootControl('mark the slot bad', () => bootControl.markBad(booted));
}
async function requireFallback(device, because, signal) {
    const other = otherSlot(device.booted);
    if (await hasFallback(device, signal))
        return;
    throw new AgentError('NO_FALLBACK', `Slot ${device.booted} failed (${because.message}) and slot ${other} cannot be booted instead; it stays up.`, { cause: because, facts: { booted: device.booted, other, code: because.code } });
}
/** Best effort: mark bad decides; a vault that fails costs the old slot only the reason. */
async function rememberVerdict(device, because, now) {
    const { record } = await device.vault.read();
    const trial = record.trial?.slot === device.booted ? record.trial : trialFromRow(device);
    if (trial?.verdict !== undefined)
        return;
    const verdict = { verdict: because.code, reason: because.message, decidedAt: now };
    try {
        await device.vault.write({
            ...record,
            trial: trial === undefined ? undefined : { ...trial, ...verdict },
            markedBad: [...record.markedBad.filter((slot) => slot !== device.booted), device.booted],
        });
    }
    catch (error) {
        if (!(error instanceof AgentError))
            throw error;
        device.reporter.happened('vault-not-told', error.message, { code: error.code });
    }
}
/** The vault lost the trial; the store may still know what was being tried. */
function trialFromRow(device) {
    const row = readableRow(device);
    if (row?.slot !== device.booted)
        return undefined;
    return { ...newTrial(row.slot, row, row.id, row.openedAt), boots: 1, lastBoot: device.bootId };
}
/**
 * On the good old slot, after the boot loader or a verdict brought it back: counts and records the failure.
 * Order: store (counts, then the closed row), then the vault; repeated after a cut it counts once, since the
 * vault's count is the base and is written last.
 */
export async function finishRollback(device) {
    const { clock, reporter, store } = device;
    const { record, lost } = await device.vault.read();
    const row = store.deployment();
    const release = record.trial ?? row;
    if (release === undefined)
        return;
    const { identity, version } = release;
    const verdict = record.trial?.verdict;
    const code = verdict ?? 'TRIES_USED_UP';
    const reason = verdict === undefined ? 'the boot loader gave the slot up' : (record.trial?.reason ?? '');
    const known = record.failures.find((counts) => counts.identity === identity);
    const counted = countFailure(lost ? store.failures(identity) : known, verdict === undefined ? 'silentTrials' : 'failedTrials', release);
    const failures = mergeFailures(store.failures(identity), counted) ?? counted;
    const since = record.trial?.decidedAt ?? record.trial?.activatedAt ?? row?.openedAt ?? clock.now();
    const rollbackMs = Math.max(0, clock.now() - since);
    store.setFailures(failures);
    if (row !== undefined && row.identity === identity) {
        store.close(row.id, 'rolled-back', { code, reason, at: clock.now(), rollbackMs, bytes: undefined });
    }
    await device.vault.write(afterRollback(record, failures));
    const message = `Release ${version} was rolled back after ${rollbackMs} ms: ${reason}`;
    reporter.happened('rolled-back', message, { identity, version, code, rollbackMs });
    reporter.progress('idle', { status: 'rolled-back', reason: `${code}: ${reason}` });
}
function afterRollback(record, failures) {
    return { ...record, trial: undefined, failures: rememberFailure(record.failures, failures) };
}
