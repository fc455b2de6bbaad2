import { digestOf } from './finalise.js';
/** Errors: those of the slots; a slot without a seal is a verdict, not an error. */
export async function checkSeal(device, slot, signal) {
    const { record } = await device.vault.read();
    const seal = record.seals[slot];
    if (seal === undefined)
        return { holds: false, reason: `the vault knows no seal of slot ${slot}` };
    for (const image of seal.images) {
        const reader = await device.slots.openForReading(slot, image.slotClass);
        try {
            if (image.size > reader.capacity) {
                return { holds: false, reason: `${image.slotClass} of slot ${slot} is smaller than its image` };
            }
            if ((await digestOf(reader, image.size, signal)) !== image.sha256) {
                return {
                    holds: false,
                    reason: `${image.slotClass} of slot ${slot} has another digest than its seal`,
                };
            }
        }
        finally {
            await reader.close();
        }
    }
    return { holds: true, seal };
}
