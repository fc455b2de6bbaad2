/**
 * What the variables of U-Boot's environment mean, and what the boot script does with them at power-on: RAUC's
 * names (`src/bootloaders/uboot.c`, `contrib/uboot.sh`), our trial mark, and U-Boot's boot counter
 * (`doc/api/bootcount.rst`). Pure. The contract suite runs it as the boot loader, and every write of ours is
 * judged by it.
 *
 * | variable            | counting          | meaning                                                             |
 * | ------------------- | ----------------- | ------------------------------------------------------------------- |
 * | `BOOT_ORDER`        | all               | names of the slots that may boot, best first                        |
 * | `BOOT_<name>_LEFT`  | donabe, vendor    | boots that are left, hexadecimal without prefix; we write 0 to 9    |
 * | `donabe_trial`      | all               | names of the slots activated and not marked good since; or absent   |
 * | `upgrade_available` | bootcount         | 1: U-Boot counts; 0: it does not                                    |
 * | `bootcount`         | bootcount         | boots of the first slot so far, decimal                             |
 * | `bootlimit`         | bootcount         | beyond it U-Boot runs `altbootcmd`, which takes the second slot     |
 */
import { SLOT_NAMES } from './backend.js';
import { listOfSlots, slotsInList } from './boot-names.js';
import { BootControlError } from './error.js';
import { firstWithTries } from './order-record.js';
import { envVariable, withEnvVariables } from './uboot-env-block.js';
/** One digit: there hexadecimal (RAUC) and decimal (U-Boot's own RAUC method) agree. */
export const UBOOT_MOST_TRIES = 9;
/** What boot scripts give when they reset all counters. */
const RESET_TRIES = 3;
/** The record in the variables. Errors: BOOT_CONTROL_BAD, BOOT_CONTROL_NOT_TWO_SLOTS. */
export function orderOfEnv(env, { names, counting }) {
    const list = envVariable(env, 'BOOT_ORDER');
    if (list === undefined) {
        throw new BootControlError('BOOT_CONTROL_BAD', `the U-Boot environment has no BOOT_ORDER; set it and the counters with fw_setenv as bootctl/README.md says`, { facts: { variable: 'BOOT_ORDER' } });
    }
    const order = slotsInList(list, names, 'BOOT_ORDER');
    const trial = slotsInList(envVariable(env, 'donabe_trial') ?? '', names, 'donabe_trial');
    const tries = counting === 'bootcount'
        ? withTries(order, (slot) => (slot === order[0] ? countedTries(env) : UBOOT_MOST_TRIES))
        : withTries(order, (slot) => leftOf(env, names[slot], counting));
    return { order, tries, trial };
}
/** The environment with the record in it; every other variable stays. All of it is one write. */
export function envOfOrder(env, record, { names, counting }) {
    const common = {
        BOOT_ORDER: listOfSlots(record.order, names),
        donabe_trial: record.trial.length === 0 ? undefined : listOfSlots(record.trial, names),
    };
    const counters = counting === 'bootcount' ? bootCounters(record) : leftCounters(record, names);
    return withEnvVariables(env, { ...common, ...counters });
}
/** One power-on over the environment that counts. Errors: those of `orderOfEnv`, where U-Boot would be at a loss. */
export function decideUbootBoot(env, rules) {
    return DECISIONS[rules.counting](env, orderOfEnv(env, rules), rules);
}
const DECISIONS = {
    /** `systemd/boot-uboot.cmd`: a slot on trial pays for its boot; no tries anywhere: those in the order get new ones. */
    donabe: (env, record, rules) => {
        const slot = firstWithTries(record);
        if (slot === undefined) {
            const reset = { ...record, tries: withTries(record.order, () => RESET_TRIES) };
            return { slot, save: envOfOrder(env, reset, rules) };
        }
        const save = record.trial.includes(slot) ? envOfOrder(env, spent(record, slot), rules) : undefined;
        return { slot, save };
    },
    /** RAUC's sample: every boot is paid for; no tries anywhere: both get new ones, and only the order holds one back. */
    vendor: (env, record, rules) => {
        const slot = firstWithTries(record);
        if (slot !== undefined)
            return { slot, save: envOfOrder(env, spent(record, slot), rules) };
        return { slot, save: envOfOrder(env, { ...record, tries: { a: RESET_TRIES, b: RESET_TRIES } }, rules) };
    },
    /** U-Boot counts before the boot command; `altbootcmd` takes the second of the order, or the only one. */
    bootcount: (env, { order: [first, second] }) => {
        if (number(env, 'upgrade_available') === 0)
            return { slot: first, save: undefined };
        const count = number(env, 'bootcount') + 1;
        const limit = number(env, 'bootlimit');
        const isBeyond = limit > 0 && count > limit;
        return {
            slot: isBeyond ? (second ?? first) : first,
            save: withEnvVariables(env, { bootcount: String(count) }),
        };
    },
};
function spent(record, slot) {
    return { ...record, tries: { ...record.tries, [slot]: record.tries[slot] - 1 } };
}
function withTries(order, of) {
    const tries = (slot) => (order.includes(slot) ? of(slot) : 0);
    return { a: tries('a'), b: tries('b') };
}
/** An absent or empty counter is none for our script, and as good as new for RAUC's sample. */
function leftOf(env, name, counting) {
    const variable = `BOOT_${name}_LEFT`;
    const text = envVariable(env, variable) ?? '';
    if (text === '')
        return counting === 'vendor' ? RESET_TRIES : 0;
    if (!/^[0-9a-f]{1,8}$/i.test(text))
        throw strange(variable, text, 'a hexadecimal number');
    return Math.min(Number.parseInt(text, 16), UBOOT_MOST_TRIES);
}
function leftCounters(record, names) {
    return Object.fromEntries(SLOT_NAMES.map((slot) => [`BOOT_${names[slot]}_LEFT`, String(record.tries[slot])]));
}
function countedTries(env) {
    const limit = number(env, 'bootlimit');
    // U-Boot with a limit of 0 never gives up, and without an upgrade it does not count.
    if (number(env, 'upgrade_available') === 0 || limit === 0)
        return UBOOT_MOST_TRIES;
    return Math.min(Math.max(limit - number(env, 'bootcount'), 0), UBOOT_MOST_TRIES);
}
/** Only the first slot is counted, and only on trial. Without tries the next boot is already beyond the limit. */
function bootCounters({ order: [first], tries, trial }) {
    if (first === undefined || !trial.includes(first))
        return { upgrade_available: '0', bootcount: '0' };
    const [bootlimit, bootcount] = tries[first] > 0 ? [tries[first], 0] : [1, 1];
    return { upgrade_available: '1', bootcount: String(bootcount), bootlimit: String(bootlimit) };
}
/** A decimal counter; absent or empty is 0, as U-Boot reads it. */
function number(env, variable) {
    const text = envVariable(env, variable) || '0';
    if (!/^[0-9]{1,9}$/.test(text))
        throw strange(variable, text, 'a decimal number');
    return Number(text);
}
function strange(variable, text, wanted) {
    const value = text.slice(0, 40);
    return new BootControlError('BOOT_CONTROL_BAD', `${variable} is "${value}", not ${wanted}; set it anew with fw_setenv`, { facts: { variable, value } });
}
