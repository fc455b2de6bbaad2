/** One place where the boot control room's errors become the walk's: the step is named, the cause is kept. */
import { BootControlError } from '../../bootctl/index.js';
import { AgentError } from '../errors.js';
/** Runs `work`; a BootControlError comes out as BOOT_CONTROL_FAILED, or NO_FALLBACK. */
export async function inBootControl(step, work) {
    try {
        return await work();
    }
    catch (error) {
        if (!(error instanceof BootControlError))
            throw error;
        const code = error.code === 'NO_FALLBACK' ? 'NO_FALLBACK' : 'BOOT_CONTROL_FAILED';
        throw new AgentError(code, `Could not ${step}: ${error.message}`, {
            cause: error,
            facts: { step, bootControlCode: error.code },
        });
    }
}
