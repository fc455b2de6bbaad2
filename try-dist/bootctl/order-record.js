/**
 * Boot control of the kind "order list and counters" (RAUC's names for U-Boot and GRUB), as values: an order, a
 * counter for each slot, and our trial mark. What each verb does to it, and when it is refused. Pure: how the
 * three lie in variables is the codec's business, copies and flushes are the backend's.
 *
 * A slot that is out of the order has no tries: no reset of counters brings it back (rule 3). The trial mark is a
 * set of slots, because a slot on trial may activate the other one: neither may then pass for good.
 */
import { otherSlot, SLOT_NAMES } from './backend.js';
import { BootControlError } from './error.js';
/** The record in the words of every backend; `active` by the boot loader's walk over the order. */
export function stateOfOrder(record, rules) {
    return {
        slots: { a: slotStateOf(record, 'a', rules), b: slotStateOf(record, 'b', rules) },
        active: firstWithTries(record),
    };
}
/** The boot loader's choice: the first in the order with tries left. */
export function firstWithTries(record) {
    return record.order.find((slot) => record.tries[slot] > 0);
}
/** Rule 3. Error: NO_FALLBACK when it would take away the only slot that can boot. */
export function unbootableInOrder(record, slot) {
    if (canBoot(record, slot))
        requireBootable(record, otherSlot(slot));
    return without(record, slot);
}
/** Like `unbootableInOrder`, for a verdict: refused whenever no other slot can boot. */
export function badInOrder(record, slot) {
    requireBootable(record, otherSlot(slot));
    return without(record, slot);
}
/** First in the order with `tries` tries, and on trial. Error: TRIES_OUT_OF_RANGE. */
export function activatedInOrder(record, slot, tries, rules) {
    requireTries(tries, rules);
    const trial = SLOT_NAMES.filter((name) => name === slot || record.trial.includes(name));
    return { order: movedToFront(record, slot), tries: { ...record.tries, [slot]: tries }, trial };
}
/** `booted` first again and `target` unbootable. Error: NO_FALLBACK when `booted` could not boot. */
export function deactivatedInOrder(record, target, booted) {
    if (target === booted) {
        throw new BootControlError('NO_FALLBACK', `slot ${target} cannot be given up in favour of itself`);
    }
    requireBootable(record, booted);
    const left = without(record, target);
    return { ...left, order: movedToFront(left, booted) };
}
/** First in the order, off trial, with the counter of a good slot. */
export function goodInOrder(record, slot, rules) {
    return {
        order: movedToFront(record, slot),
        tries: { ...record.tries, [slot]: Math.max(record.tries[slot], rules.triesOfGood) },
        trial: record.trial.filter((name) => name !== slot),
    };
}
/** At least `tries` tries for a slot on trial; a good one is left as it is. Error: NOT_ON_TRIAL. */
export function refilledInOrder(record, slot, tries, rules) {
    requireTries(tries, rules);
    if (slotStateOf(record, slot, rules).successful)
        return record;
    if (!record.order.includes(slot)) {
        throw new BootControlError('NOT_ON_TRIAL', `slot ${slot} was marked unbootable; activate it instead`, {
            facts: { slot },
        });
    }
    return { ...record, tries: { ...record.tries, [slot]: Math.max(record.tries[slot], tries) } };
}
/** The counter of a good booted slot full again, where good slots are counted too; else the very same record. */
export function restoredInOrder(record, rules) {
    const slot = rules.countedBooted;
    if (slot === undefined || !slotStateOf(record, slot, rules).successful)
        return record;
    if (record.tries[slot] >= rules.triesOfGood)
        return record;
    return { ...record, tries: { ...record.tries, [slot]: rules.triesOfGood } };
}
function slotStateOf(record, slot, rules) {
    const ranked = record.order.includes(slot);
    const counted = rules.countedBooted === slot;
    return {
        ranked,
        triesRemaining: ranked ? record.tries[slot] : 0,
        successful: ranked && (record.tries[slot] > 0 || counted) && !record.trial.includes(slot),
        bootable: canBoot(record, slot),
    };
}
function canBoot(record, slot) {
    return record.order.includes(slot) && record.tries[slot] > 0;
}
function without(record, slot) {
    return {
        order: record.order.filter((name) => name !== slot),
        tries: { ...record.tries, [slot]: 0 },
        trial: record.trial.filter((name) => name !== slot),
    };
}
function movedToFront(record, slot) {
    return [slot, ...record.order.filter((name) => name !== slot)];
}
function requireBootable(record, slot) {
    if (canBoot(record, slot))
        return;
    throw new BootControlError('NO_FALLBACK', `slot ${slot} cannot boot, so slot ${otherSlot(slot)} has to stay bootable; activate or mark good slot ${slot} first`, { facts: { fallback: slot } });
}
function requireTries(tries, { mostTries }) {
    if (Number.isInteger(tries) && tries >= 1 && tries <= mostTries)
        return;
    throw new BootControlError('TRIES_OUT_OF_RANGE', `${tries} tries do not fit: 1 to ${mostTries}`, {
        facts: { tries, mostTries },
    });
}
