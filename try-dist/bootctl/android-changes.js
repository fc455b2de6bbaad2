/**
 * What each slot verb does to the Android block: values in, values out, refusals as errors. Pure; copies,
 * sectors and flushes are the business of `android-misc.ts`.
 *
 * A verb touches the fields of its own slot and of the other one at most the priority. Slots c and d, reserved
 * bits and the suffix stay as they are.
 */
import { BLOCK_SLOTS, MAX_PRIORITY, MAX_TRIES, UNUSED_SLOT, } from './android-block.js';
import { otherSlot, SLOT_NAMES } from './backend.js';
import { bestCandidate, isCandidate } from './boot-decision.js';
import { BootControlError } from './error.js';
/** The most that a slot which is not active may have: one below the active one's. */
const OTHER_PRIORITY = MAX_PRIORITY - 1;
/**
 * U-Boot before 2024 takes no slot without tries, successful or not; and a slot that is marked good on its
 * last try has none left. So mark good leaves one, as Android's own boot control does.
 */
const TRIES_OF_GOOD = 1;
/** The block in the words of every backend. Error: BOOT_CONTROL_NOT_TWO_SLOTS. */
export function bootStateOf(block) {
    const strangers = block.slots.slice(SLOT_NAMES.length, Math.min(block.slotCount, BLOCK_SLOTS));
    if (block.slotCount < SLOT_NAMES.length || strangers.some(isCandidate)) {
        throw new BootControlError('BOOT_CONTROL_NOT_TWO_SLOTS', `the boot control counts ${block.slotCount} slots of which more or fewer than a and b can boot; initialise it anew`, { facts: { slotCount: block.slotCount } });
    }
    const best = bestCandidate(block);
    return {
        slots: { a: slotStateOf(infoOf(block, 'a')), b: slotStateOf(infoOf(block, 'b')) },
        active: best === undefined ? undefined : SLOT_NAMES[best],
    };
}
/** Rule 3. Refused when it would take away the only slot that can boot: NO_FALLBACK. */
export function unbootable(block, slot) {
    if (isCandidate(infoOf(block, slot)))
        requireBootable(block, otherSlot(slot));
    return withSlot(block, slot, emptied(infoOf(block, slot)));
}
/** Like `unbootable`, for a verdict: refused whenever no other slot can boot. */
export function bad(block, slot) {
    requireBootable(block, otherSlot(slot));
    return withSlot(block, slot, emptied(infoOf(block, slot)));
}
/** First in the order and on trial; a corruption flag of the old content goes. */
export function activated(block, slot, tries) {
    requireTries(tries);
    const next = { ...infoOf(block, slot), triesRemaining: tries, successful: false, verityCorrupted: false };
    return withActive(withSlot(block, slot, next), slot);
}
/** `booted` first again and `target` unbootable, as one block. Refused when `booted` could not boot. */
export function deactivated(block, target, booted) {
    if (target === booted) {
        throw new BootControlError('NO_FALLBACK', `slot ${target} cannot be given up in favour of itself`);
    }
    requireBootable(block, booted);
    return withActive(withSlot(block, target, emptied(infoOf(block, target))), booted);
}
/** Successful and first. Error: VERITY_CORRUPTED, for then the boot loader would not take it. */
export function good(block, slot) {
    const info = infoOf(block, slot);
    if (info.verityCorrupted) {
        throw new BootControlError('VERITY_CORRUPTED', `slot ${slot} is flagged as corrupted; install it again instead of marking it good`, { facts: { slot } });
    }
    const triesRemaining = Math.max(info.triesRemaining, TRIES_OF_GOOD);
    return withActive(withSlot(block, slot, { ...info, successful: true, triesRemaining }), slot);
}
/** At least `tries` tries for a slot on trial; a successful one is left as it is. Error: NOT_ON_TRIAL. */
export function refilled(block, slot, tries) {
    requireTries(tries);
    const info = infoOf(block, slot);
    if (info.successful)
        return block;
    if (info.priority === 0) {
        // U-Boot looks at tries only: new ones would make a slot bootable that was given up.
        throw new BootControlError('NOT_ON_TRIAL', `slot ${slot} was marked unbootable; activate it instead`, {
            facts: { slot },
        });
    }
    return withSlot(block, slot, { ...info, triesRemaining: Math.max(info.triesRemaining, tries) });
}
function infoOf(block, slot) {
    return block.slots[SLOT_NAMES.indexOf(slot)] ?? UNUSED_SLOT;
}
function slotStateOf(info) {
    return {
        ranked: info.priority > 0,
        triesRemaining: info.triesRemaining,
        successful: info.successful,
        bootable: isCandidate(info),
    };
}
function withSlot(block, slot, info) {
    const place = SLOT_NAMES.indexOf(slot);
    return { ...block, slots: block.slots.map((old, index) => (index === place ? info : old)) };
}
function withActive(block, slot) {
    const other = infoOf(block, otherSlot(slot));
    const first = withSlot(block, slot, { ...infoOf(block, slot), priority: MAX_PRIORITY });
    return withSlot(first, otherSlot(slot), { ...other, priority: Math.min(other.priority, OTHER_PRIORITY) });
}
/** No rank, no tries, not successful: no boot loader takes it, whichever of the three it looks at. */
function emptied(info) {
    return { ...info, priority: 0, triesRemaining: 0, successful: false };
}
function requireBootable(block, slot) {
    if (isCandidate(infoOf(block, slot)))
        return;
    throw new BootControlError('NO_FALLBACK', `slot ${slot} cannot boot, so slot ${otherSlot(slot)} has to stay bootable; activate or mark good slot ${slot} first`, { facts: { fallback: slot } });
}
function requireTries(tries) {
    if (Number.isInteger(tries) && tries >= 1 && tries <= MAX_TRIES)
        return;
    throw new BootControlError('TRIES_OUT_OF_RANGE', `${tries} tries do not fit: 1 to ${MAX_TRIES}`, {
        facts: { tries },
    });
}
