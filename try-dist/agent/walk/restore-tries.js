import { isGood } from '../model/entry-table.js';
import { inBootControl } from './boot-control-step.js';
/** Nothing happens on a trial, nor where good slots are not counted. Error: BOOT_CONTROL_FAILED. */
export async function restoreTries({ booted, bootControl, policy, vault }) {
    if (bootControl.abilities.countsGoodSlots !== true)
        return;
    await inBootControl('give the good slot its tries back', async () => {
        const boot = await bootControl.read();
        const { record } = await vault.read();
        if (isGood(booted, boot, record) && boot.slots[booted].triesRemaining < policy.tries) {
            await bootControl.scrub({ repair: true });
        }
    });
}
