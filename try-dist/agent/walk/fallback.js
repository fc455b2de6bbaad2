/** Is there a way back? Another slot that is bootable and either successful or of a seal that holds (rule 14). */
import { otherSlot } from '../../bootctl/index.js';
import { AgentError } from '../errors.js';
import { inBootControl } from './boot-control-step.js';
import { checkSeal } from './seal.js';
/**
 * Reads all of the other slot when only its seal can tell; one that cannot be read is no way back.
 * Errors: BOOT_CONTROL_FAILED; Stopped.
 */
export async function hasFallback(device, signal) {
    const other = otherSlot(device.booted);
    const boot = await inBootControl('look for a fallback', () => device.bootControl.read());
    const { bootable, successful } = boot.slots[other];
    if (!bootable || successful)
        return bootable;
    try {
        return (await checkSeal(device, other, signal)).holds;
    }
    catch (error) {
        if (!(error instanceof AgentError))
            throw error;
        device.reporter.happened('fallback-unreadable', error.message, { slot: other, code: error.code });
        return false;
    }
}
