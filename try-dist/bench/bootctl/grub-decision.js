/**
 * What the variables of GRUB's block mean, and what the boot script does with them at power-on: RAUC's names
 * (`src/bootloaders/grub.c`, `contrib/grub.conf`) and our trial mark. Pure. The contract suite runs it as the
 * boot loader, and every write of ours is judged by it.
 *
 * | variable       | meaning                                                                     |
 * | -------------- | --------------------------------------------------------------------------- |
 * | `ORDER`        | names of the slots that may boot, best first                                |
 * | `<name>_OK`    | 1: may boot; 0 or absent: marked bad                                        |
 * | `<name>_TRY`   | 1: its one try is used up; 0 or absent: not yet                             |
 * | `donabe_trial` | names of the slots that were activated and not marked good since; or absent |
 */
import { SLOT_NAMES } from './backend.js';
import { listOfSlots, slotsInList } from './boot-names.js';
import { BootControlError } from './error.js';
import { decodeGrubBlock, grubVariable, withGrubVariable } from './grub-block.js';
import { firstWithTries } from './order-record.js';
/** RAUC's flag knows "tried" and "not tried": one boot. */
export const GRUB_MOST_TRIES = 1;
/** The record in the variables. Errors: BOOT_CONTROL_BAD, BOOT_CONTROL_NOT_TWO_SLOTS. */
export function orderOfGrub(block, names) {
    const order = grubVariable(block, 'ORDER');
    if (order === undefined) {
        throw new BootControlError('BOOT_CONTROL_BAD', 'the GRUB environment has no ORDER; set it up with grub-editenv as bootctl/INTEGRATION.md says', { facts: { variable: 'ORDER' } });
    }
    const allowed = slotsInList(order, names, 'ORDER').filter((slot) => flag(block, `${names[slot]}_OK`));
    const tries = (slot) => allowed.includes(slot) && !flag(block, `${names[slot]}_TRY`) ? GRUB_MOST_TRIES : 0;
    return {
        order: allowed,
        tries: { a: tries('a'), b: tries('b') },
        trial: slotsInList(grubVariable(block, 'donabe_trial') ?? '', names, 'donabe_trial'),
    };
}
/** The block with the record in it; everything else stays. A slot out of the order is written as RAUC's mark bad. */
export function grubOfOrder(block, record, names) {
    let next = withGrubVariable(block, 'ORDER', listOfSlots(record.order, names));
    for (const slot of SLOT_NAMES) {
        const allowed = record.order.includes(slot);
        next = withGrubVariable(next, `${names[slot]}_OK`, allowed ? '1' : '0');
        next = withGrubVariable(next, `${names[slot]}_TRY`, allowed && record.tries[slot] === 0 ? '1' : '0');
    }
    const trial = record.trial.length === 0 ? undefined : listOfSlots(record.trial, names);
    return withGrubVariable(next, 'donabe_trial', trial);
}
/**
 * One power-on over the bytes of the file. `opens`: the slot's kernel can be read, which is not so while the
 * first chunk of its image is withheld. Total over any bytes that GRUB would take; a variable that only we refuse
 * is refused here as well.
 */
export function decideGrubBoot(bytes, { names, counting, opens }) {
    const found = decodeGrubBlock(bytes);
    // No variables at all: our script takes the first slot that opens and saves nothing; RAUC's goes to rescue.
    if (found.kind === 'fault') {
        const first = SLOT_NAMES.find((slot) => opens[slot]);
        return { slot: counting === 'donabe' ? first : undefined, save: undefined };
    }
    const { block } = found;
    const record = orderOfGrub(block, names);
    if (counting === 'vendor') {
        const slot = firstWithTries(record);
        const after = slot === undefined ? allTries(record) : spent(record, slot);
        return { slot, save: grubOfOrder(block, after, names) };
    }
    const here = { ...record, order: record.order.filter((slot) => opens[slot]) };
    const fresh = firstWithTries(here) === undefined ? allTries(record) : record;
    const slot = here.order.find((name) => fresh.tries[name] > 0);
    const after = slot !== undefined && record.trial.includes(slot) ? spent(fresh, slot) : fresh;
    return { slot, save: after === record ? undefined : withTriesOf(block, after, names) };
}
/** What our script saves: the flags of the slots that it walks over, nothing else. */
function withTriesOf(block, record, names) {
    return record.order.reduce((into, slot) => withGrubVariable(into, `${names[slot]}_TRY`, record.tries[slot] > 0 ? '0' : '1'), block);
}
/** Nothing qualifies: every slot that is not marked bad gets its try back. Out of the order stays out. */
function allTries(record) {
    const tries = (slot) => (record.order.includes(slot) ? GRUB_MOST_TRIES : 0);
    return { ...record, tries: { a: tries('a'), b: tries('b') } };
}
function spent(record, slot) {
    return { ...record, tries: { ...record.tries, [slot]: 0 } };
}
function flag(block, name) {
    // GRUB's script cannot tell an empty variable from an absent one.
    const value = grubVariable(block, name) ?? '';
    if (value === '' || value === '0' || value === '1')
        return value === '1';
    throw new BootControlError('BOOT_CONTROL_BAD', `${name} is "${value.slice(0, 40)}", not 0 or 1; set it anew`, {
        facts: { variable: name, value: value.slice(0, 40) },
    });
}
