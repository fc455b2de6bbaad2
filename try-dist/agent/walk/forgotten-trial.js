/**
 * Rule 17 without a memory: store and vault know nothing, but the other slot still tells that it was tried and
 * given up. That counts as one trial without a verdict, or a release that never comes up would be tried for ever
 * on a device that loses its data.
 */
import { otherSlot } from '../../bootctl/index.js';
import { countFailure, mergeFailures, rememberFailure } from '../model/failures.js';
import { inBootControl } from './boot-control-step.js';
import { digestOf } from './finalise.js';
/** Counts at most once: from then on store and vault know the release. Errors: those of slots, vault and store; Stopped. */
export async function countForgottenTrial(device, { identity, manifest }, signal) {
    const { bootControl, reporter, store, vault } = device;
    const { record } = await vault.read();
    const known = mergeFailures(store.failures(identity), record.failures.find((counts) => counts.identity === identity));
    if (known !== undefined || record.trial !== undefined || store.deployment() !== undefined)
        return;
    const boot = await inBootControl('look for a forgotten trial', () => bootControl.read());
    const { ranked, successful, triesRemaining } = boot.slots[otherSlot(device.booted)];
    if (!ranked || successful || triesRemaining > 0)
        return;
    if (!(await holds(device, manifest.images, signal)))
        return;
    const counts = countFailure(undefined, 'silentTrials', { identity, version: manifest.version });
    store.setFailures(counts);
    await vault.write({ ...record, failures: rememberFailure(record.failures, counts) });
    const message = `Release ${manifest.version} was tried before and never came up; nobody remembers when.`;
    reporter.happened('forgotten-trial', message, { identity });
}
/** Does the other slot hold exactly these images? */
async function holds(device, images, signal) {
    for (const image of images) {
        const reader = await device.slots.openForReading(otherSlot(device.booted), image.class);
        try {
            if (image.size > reader.capacity)
                return false;
            if ((await digestOf(reader, image.size, signal)) !== image.sha256)
                return false;
        }
        finally {
            await reader.close();
        }
    }
    return true;
}
