import { BootControlError } from './error.js';
/** Parameter name, and what its values mean. U-Boot, RAUC's boot scripts, and integrators of our own. */
const SLOT_PARAMETERS = {
    'androidboot.slot_suffix': { _a: 'a', _b: 'b' },
    'rauc.slot': { A: 'a', B: 'b', a: 'a', b: 'b' },
    'donabe.slot': { a: 'a', b: 'b' },
};
/** The parameter whose values are the boot loader's names of the slots. */
const NAMED_PARAMETER = 'rauc.slot';
/** Command lines are at most 4 KiB on the boards we know; the message shows only what speaks of slots. */
const MAX_SHOWN = 200;
/** What the slot parameters of a command line say. */
export function slotStatements(cmdline, names) {
    return wordsOf(cmdline).flatMap((word) => {
        const { name, value } = parameter(word);
        const values = lookUp(SLOT_PARAMETERS, name);
        if (values === undefined)
            return [];
        const byName = name === NAMED_PARAMETER && names !== undefined ? slotNamed(names, value) : undefined;
        return [{ source: word, slot: byName ?? lookUp(values, value) }];
    });
}
/**
 * The device that the kernel mounted as its root, as a path; undefined when the command line does not say it as
 * PARTUUID, PARTLABEL or device. Of several the last counts, as for the kernel.
 */
export function rootDevice(cmdline) {
    const root = wordsOf(cmdline).findLast((word) => word.startsWith('root='));
    if (root === undefined)
        return undefined;
    const { value } = parameter(root);
    const { name: kind, value: id } = parameter(value);
    // Neither may lead out of its folder; PARTUUID=.../PARTNROFF=1 counts partitions on, which no path does.
    const isPlain = id !== '' && !id.includes('/') && id !== '..';
    if (kind === 'PARTUUID' && isPlain)
        return `/dev/disk/by-partuuid/${id.toLowerCase()}`;
    if (kind === 'PARTLABEL' && isPlain)
        return `/dev/disk/by-partlabel/${id}`;
    return /^\/dev\/[^=]+$/.test(value) ? value : undefined;
}
/**
 * The slot that all statements name. None, a strange value or two answers are BOOTED_SLOT_UNKNOWN, because a guess
 * could open the running system for writing.
 */
export function agreedSlot(statements) {
    const [slot, ...more] = new Set(statements.map((statement) => statement.slot));
    if (slot !== undefined && more.length === 0)
        return slot;
    const seen = statements
        .map((statement) => statement.source)
        .join(' ')
        .slice(0, MAX_SHOWN);
    const names = Object.keys(SLOT_PARAMETERS).join(', ');
    throw new BootControlError('BOOTED_SLOT_UNKNOWN', statements.length === 0
        ? `the kernel command line has none of ${names}, nor a root= that is a slot's; the boot loader must pass one`
        : `the kernel command line and the board do not name one slot: ${seen}; correct what the boot loader passes`, { facts: { seen } });
}
/** The booted slot by the slot parameters alone. Error: BOOTED_SLOT_UNKNOWN. */
export function bootedSlotFrom(cmdline, names) {
    return agreedSlot(slotStatements(cmdline, names));
}
function wordsOf(cmdline) {
    return cmdline.split(/[\s\0]+/).filter(Boolean);
}
function parameter(word) {
    const equals = word.indexOf('=');
    if (equals < 0)
        return { name: '', value: '' };
    return { name: word.slice(0, equals), value: word.slice(equals + 1) };
}
function slotNamed(names, value) {
    if (value === names.a)
        return 'a';
    return value === names.b ? 'b' : undefined;
}
/** Own properties only: a command line may well say `__proto__=1`. */
function lookUp(table, key) {
    return Object.hasOwn(table, key) ? table[key] : undefined;
}
