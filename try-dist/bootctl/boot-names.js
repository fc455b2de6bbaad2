/**
 * How a boot loader's variables call the two slots (RAUC: bootname). Pure; knows no format.
 */
import { SLOT_NAMES } from './backend.js';
import { BootControlError } from './error.js';
/** What the boot scripts in `systemd/` and RAUC's samples use. */
export const DEFAULT_BOOT_NAMES = { a: 'A', b: 'B' };
/** They become parts of variable names and of lists that are split at spaces. */
const BOOT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;
/**
 * The names, if boot loader, command line and people can tell them apart: slot a is not called B, nor b A.
 * Error: BOOT_CONTROL_OPTION.
 */
export function checkedBootNames(names) {
    const areNames = BOOT_NAME.test(names.a) && BOOT_NAME.test(names.b) && names.a !== names.b;
    if (areNames && names.a.toLowerCase() !== 'b' && names.b.toLowerCase() !== 'a')
        return names;
    throw new BootControlError('BOOT_CONTROL_OPTION', `"${names.a}" and "${names.b}" are no two boot names of slots a and b: letters, digits, "_", "." and "-", at most 32`, { facts: { a: names.a, b: names.b } });
}
/**
 * The slots in a list that is split at white space, each once, in order.
 * Error: BOOT_CONTROL_NOT_TWO_SLOTS for a name that is neither's; `variable` is where the list stood.
 */
export function slotsInList(list, names, variable) {
    const slots = new Set();
    for (const word of list.split(/\s+/).filter(Boolean)) {
        const slot = SLOT_NAMES.find((name) => names[name] === word);
        if (slot === undefined) {
            throw new BootControlError('BOOT_CONTROL_NOT_TWO_SLOTS', `${variable} names "${word.slice(0, 40)}", known are ${names.a} and ${names.b}; correct the variable or the configured names`, { facts: { variable, name: word.slice(0, 40) } });
        }
        slots.add(slot);
    }
    return [...slots];
}
/** The list of the slots' names, as the boot loaders' scripts split it. */
export function listOfSlots(slots, names) {
    return slots.map((slot) => names[slot]).join(' ');
}
