/** What persons may ask of a walk (rule 16), the same whether the daemon or the command itself holds the lock. */
import { otherSlot } from '../bootctl/index.js';
import { AgentError } from './errors.js';
import { isGood } from './model/entry-table.js';
import { inBootControl } from './walk/boot-control-step.js';
import { confirm } from './walk/confirm.js';
import { goBack, stay } from './walk/go-back.js';
import { rememberCancelled } from './walk/persons.js';
import { withdraw } from './walk/withdraw.js';
/** Ends the deployment under way, also one that is active and not yet booted. Error: NOTHING_TO_DO. */
export async function obeyCancel(device) {
    const row = device.store.deployment();
    const boot = await inBootControl('look at the activation', () => device.bootControl.read());
    const other = otherSlot(device.booted);
    if ((row === undefined || row.slot !== other) && boot.active !== other) {
        throw new AgentError('NOTHING_TO_DO', 'No update is under way.');
    }
    const { record } = await device.vault.read();
    const trial = record.trial?.slot === other ? record.trial : undefined;
    if (trial?.deployment === '' && isGood(device.booted, boot, record)) {
        await stay(device);
        return `slot ${device.booted} stays active`;
    }
    const identity = row?.slot === other ? row.identity : trial?.identity;
    if (identity !== undefined)
        rememberCancelled(device, identity);
    await withdraw(device, {
        outcome: 'cancelled',
        code: 'CANCELLED',
        reason: 'a person cancelled the update',
    });
    return row === undefined ? 'the activation was withdrawn' : `release ${row.version} was cancelled`;
}
/** Ends a trial by mark good, without the vendor's checks. Error: NOTHING_TO_DO on a good slot. */
export async function obeyConfirm(device, signal) {
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
export async function obeyRollback(device, signal) {
    const step = await goBack(device, signal);
    return step === 'trial'
        ? `the trial of slot ${device.booted} is over`
        : `slot ${otherSlot(device.booted)} is active; the board reboots when the cooker lets it`;
}
