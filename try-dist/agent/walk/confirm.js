/**
 * Step 10, confirm: the new slot proves itself or goes back. Needs boot control and MCU; vault and store are
 * told when they can be (a full data partition must not end a good trial).
 */
import { otherSlot } from '../../bootctl/index.js';
import { AgentError } from '../errors.js';
import { floorsAfterGood, highestFloors, NO_FLOORS } from '../model/floors.js';
import { SILENCE_BEFORE_ROLLBACK_MS } from '../model/interlock.js';
import { inBootControl } from './boot-control-step.js';
import { canUpdateAgain } from './can-update-again.js';
import { hasFallback } from './fallback.js';
import { storedFloors, storeFloors } from './floors-in-store.js';
import { fromStore, readableRow } from './readable-row.js';
import { rollBack } from './roll-back.js';
import { Stopped } from './stopped.js';
/** Pause between two hands held out to a silent MCU; the link has its own short retries. */
const HANDSHAKE_PAUSE_MS = 2_000;
/**
 * Returns when the slot is marked good. When a check fails it rolls back, which does not return.
 * Errors: NO_FALLBACK when it failed and there is nothing to go back to; Stopped.
 */
export async function confirm(device, signal, how) {
    device.reporter.progress('confirming', { deployment: readableRow(device)?.id ?? '', progress: 100 });
    const decided = await noteTrialBoot(device);
    if (decided !== undefined)
        return rollBack(device, decided, signal);
    // The trial was over already and only the vault does not know: no deadline and no check can take that back.
    if (await isMarkedGood(device))
        return finishConfirm(device);
    try {
        await withinDeadline(device, signal, (bounded) => proveHealthy(device, bounded, how));
    }
    catch (error) {
        if (!(error instanceof AgentError) || error.policy !== 'roll-back')
            throw error;
        return rollBack(device, error, signal);
    }
    await markGood(device);
}
/** Also finishes a mark good that was cut off between its two copies. */
async function isMarkedGood({ booted, bootControl }) {
    return inBootControl('judge the booted slot', async () => {
        const { successful } = (await bootControl.read()).slots[booted];
        if (successful)
            await bootControl.scrub({ repair: true });
        return successful;
    });
}
/**
 * Counts this kernel boot of the trial in the vault: from now on the old slot knows that it was really tried.
 * Returns the verdict of an earlier start that was cut off before mark bad.
 */
async function noteTrialBoot(device) {
    const { record } = await device.vault.read();
    const { trial } = record;
    if (trial === undefined || trial.slot !== device.booted)
        return undefined;
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
async function withinDeadline(device, signal, checks) {
    const { clock, policy } = device;
    const late = new AbortController();
    const done = new AbortController();
    let left = policy.confirmDeadlineMs - clock.uptime();
    // The deadline is there to go back in time. With nowhere to go a slot may get well late, or be confirmed by a person.
    if (left <= 0 && !(await hasFallback(device, signal)))
        left = policy.confirmDeadlineMs;
    const alarm = clock.sleep(left, done.signal).then(() => {
        if (!done.signal.aborted)
            late.abort('deadline');
    });
    try {
        await checks(AbortSignal.any([signal, late.signal]));
    }
    catch (error) {
        if (signal.aborted)
            throw new Stopped(signal.reason);
        if (!late.signal.aborted)
            throw error;
        throw new AgentError('CONFIRM_DEADLINE', `The slot was not proven healthy within ${Math.round(policy.confirmDeadlineMs / 1000)} s after boot.`, { cause: error });
    }
    finally {
        done.abort();
        await alarm;
    }
}
/** In order: the vendor's checks, *can I update again?*, the MCU's hand. */
async function proveHealthy(device, signal, how) {
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
    await canUpdateAgain(device);
    const { record } = await device.vault.read();
    const silent = record.trial?.slot === device.booted && record.trial.mcuSilent === true;
    await shakeHands(device, signal, silent);
}
/**
 * Holds out the hand until the MCU takes it; the deadline or 15 min of silence end it (rule 8).
 * `mayBeSilent`: it was silent when the update began to be tried.
 */
async function shakeHands({ mcu, clock, reporter }, signal, mayBeSilent) {
    if (mcu === undefined)
        return;
    const began = clock.monotonic();
    for (;;) {
        try {
            const { version, status } = await mcu.handshake(signal);
            reporter.happened('mcu-answered', `The MCU runs ${version.firmware ?? 'no firmware'} and is ${status.modeName}.`);
            return;
        }
        catch (error) {
            signal.throwIfAborted();
            if (!(error instanceof AgentError))
                throw error;
            if (mayBeSilent) {
                reporter.happened('mcu-silent', 'The MCU is as silent as before the update.', { code: error.code });
                return;
            }
            if (clock.monotonic() - began >= SILENCE_BEFORE_ROLLBACK_MS) {
                throw new AgentError('HEALTH_CHECK_FAILED', 'The MCU has been silent for 15 min.', {
                    cause: error,
                    facts: { check: 'mcu' },
                });
            }
            reporter.progress('confirming', { status: 'waiting', reason: error.message });
        }
        await clock.sleep(HANDSHAKE_PAUSE_MS, signal);
        signal.throwIfAborted();
    }
}
/** Durable, in this order: mark good, floors and end of the trial in the vault, the store's memory of both. */
async function markGood(device) {
    await inBootControl('mark the slot good', () => device.bootControl.markGood(device.booted));
    await finishConfirm(device);
    device.reporter.happened('slot-marked-good', `Slot ${device.booted} is good: ${device.release.version} runs.`, {
        slot: device.booted,
        version: device.release.version,
    });
    device.reporter.progress('idle', { deployment: '', status: 'success', progress: 100 });
}
/** What mark good is followed by; also the door of a start that finds the slot good and the memory behind. */
export async function finishConfirm(device) {
    const { booted, clock, store, vault } = device;
    const { record } = await vault.read();
    const known = fromStore(device, NO_FLOORS, () => storedFloors(store));
    const floors = floorsAfterGood(highestFloors(record.floors, known), record.seals[booted] ?? ownSeal(device), {
        now: clock.now(),
        synchronised: clock.synchronised(),
    });
    await tellVault(device, {
        ...record,
        floors,
        trial: record.trial?.slot === booted ? undefined : record.trial,
        markedBad: record.markedBad.filter((slot) => slot !== booted),
        recoveredTo: record.recoveredTo === otherSlot(booted) ? undefined : record.recoveredTo,
    });
    storeFloors(store, floors);
    const row = store.deployment();
    if (row?.slot !== booted)
        return;
    store.close(row.id, 'confirmed', {
        code: '',
        reason: '',
        at: clock.now(),
        rollbackMs: undefined,
        bytes: undefined,
    });
}
/** A slot that no seal describes is described by its own release-info. */
function ownSeal({ release }) {
    return {
        securityVersion: release.securityVersion,
        sequence: release.sequence,
        created: Date.parse(release.created),
    };
}
/** The end of a trial does not depend on the vault: a vault that fails is said, and repaired by the next start. */
async function tellVault(device, record) {
    try {
        await device.vault.write(record);
    }
    catch (error) {
        if (!(error instanceof AgentError))
            throw error;
        device.reporter.happened('vault-not-told', error.message, { code: error.code });
    }
}
