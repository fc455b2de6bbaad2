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
import { SLOT_NAMES, type SlotName } from './backend.ts';
import { type BootNames, listOfSlots, slotsInList } from './boot-names.ts';
import { BootControlError } from './error.ts';
import { firstWithTries, type OrderRecord } from './order-record.ts';
import { type EnvBlock, envVariable, withEnvVariables } from './uboot-env-block.ts';

/** One digit: there hexadecimal (RAUC) and decimal (U-Boot's own RAUC method) agree. */
export const UBOOT_MOST_TRIES = 9;
/** What boot scripts give when they reset all counters. */
const RESET_TRIES = 3;

/**
 * Who counts: our boot script (slots on trial only), a vendor's (every boot; RAUC's sample), or U-Boot itself by
 * its boot counter in the environment.
 */
export type UbootCounting = 'donabe' | 'vendor' | 'bootcount';

export interface UbootRules {
  readonly names: BootNames;
  readonly counting: UbootCounting;
}

/** The record in the variables. Errors: BOOT_CONTROL_BAD, BOOT_CONTROL_NOT_TWO_SLOTS. */
export function orderOfEnv(env: EnvBlock, { names, counting }: UbootRules): OrderRecord {
  const list = envVariable(env, 'BOOT_ORDER');
  if (list === undefined) {
    throw new BootControlError(
      'BOOT_CONTROL_BAD',
      `the U-Boot environment has no BOOT_ORDER; set it and the counters with fw_setenv as bootctl/README.md says`,
      { facts: { variable: 'BOOT_ORDER' } },
    );
  }
  const order = slotsInList(list, names, 'BOOT_ORDER');
  const trial = slotsInList(envVariable(env, 'donabe_trial') ?? '', names, 'donabe_trial');
  const tries =
    counting === 'bootcount'
      ? withTries(order, (slot) => (slot === order[0] ? countedTries(env) : UBOOT_MOST_TRIES))
      : withTries(order, (slot) => leftOf(env, names[slot], counting));
  return { order, tries, trial };
}

/** The environment with the record in it; every other variable stays. All of it is one write. */
export function envOfOrder(env: EnvBlock, record: OrderRecord, { names, counting }: UbootRules): EnvBlock {
  const common = {
    BOOT_ORDER: listOfSlots(record.order, names),
    donabe_trial: record.trial.length === 0 ? undefined : listOfSlots(record.trial, names),
  };
  const counters = counting === 'bootcount' ? bootCounters(record) : leftCounters(record, names);
  return withEnvVariables(env, { ...common, ...counters });
}

/** What the boot script starts, and the environment that it saves before. */
export interface UbootDecision {
  /** Undefined: nothing could be started, and the board resets with what was saved. */
  readonly slot: SlotName | undefined;
  /** Undefined: nothing is saved. */
  readonly save: EnvBlock | undefined;
}

/** One power-on over the environment that counts. Errors: those of `orderOfEnv`, where U-Boot would be at a loss. */
export function decideUbootBoot(env: EnvBlock, rules: UbootRules): UbootDecision {
  return DECISIONS[rules.counting](env, orderOfEnv(env, rules), rules);
}

const DECISIONS: Readonly<
  Record<UbootCounting, (env: EnvBlock, record: OrderRecord, rules: UbootRules) => UbootDecision>
> = {
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
    if (slot !== undefined) return { slot, save: envOfOrder(env, spent(record, slot), rules) };
    return { slot, save: envOfOrder(env, { ...record, tries: { a: RESET_TRIES, b: RESET_TRIES } }, rules) };
  },
  /** U-Boot counts before the boot command; `altbootcmd` takes the second of the order, or the only one. */
  bootcount: (env, { order: [first, second] }) => {
    if (number(env, 'upgrade_available') === 0) return { slot: first, save: undefined };
    const count = number(env, 'bootcount') + 1;
    const limit = number(env, 'bootlimit');
    const isBeyond = limit > 0 && count > limit;
    return {
      slot: isBeyond ? (second ?? first) : first,
      save: withEnvVariables(env, { bootcount: String(count) }),
    };
  },
};

function spent(record: OrderRecord, slot: SlotName): OrderRecord {
  return { ...record, tries: { ...record.tries, [slot]: record.tries[slot] - 1 } };
}

function withTries(order: readonly SlotName[], of: (slot: SlotName) => number): OrderRecord['tries'] {
  const tries = (slot: SlotName): number => (order.includes(slot) ? of(slot) : 0);
  return { a: tries('a'), b: tries('b') };
}

/** An absent or empty counter is none for our script, and as good as new for RAUC's sample. */
function leftOf(env: EnvBlock, name: string, counting: UbootCounting): number {
  const variable = `BOOT_${name}_LEFT`;
  const text = envVariable(env, variable) ?? '';
  if (text === '') return counting === 'vendor' ? RESET_TRIES : 0;
  if (!/^[0-9a-f]{1,8}$/i.test(text)) throw strange(variable, text, 'a hexadecimal number');
  return Math.min(Number.parseInt(text, 16), UBOOT_MOST_TRIES);
}

function leftCounters(record: OrderRecord, names: BootNames): Readonly<Record<string, string>> {
  return Object.fromEntries(
    SLOT_NAMES.map((slot) => [`BOOT_${names[slot]}_LEFT`, String(record.tries[slot])]),
  );
}

function countedTries(env: EnvBlock): number {
  const limit = number(env, 'bootlimit');
  // U-Boot with a limit of 0 never gives up, and without an upgrade it does not count.
  if (number(env, 'upgrade_available') === 0 || limit === 0) return UBOOT_MOST_TRIES;
  return Math.min(Math.max(limit - number(env, 'bootcount'), 0), UBOOT_MOST_TRIES);
}

/** Only the first slot is counted, and only on trial. Without tries the next boot is already beyond the limit. */
function bootCounters({ order: [first], tries, trial }: OrderRecord): Readonly<Record<string, string>> {
  if (first === undefined || !trial.includes(first)) return { upgrade_available: '0', bootcount: '0' };
  const [bootlimit, bootcount] = tries[first] > 0 ? [tries[first], 0] : [1, 1];
  return { upgrade_available: '1', bootcount: String(bootcount), bootlimit: String(bootlimit) };
}

/** A decimal counter; absent or empty is 0, as U-Boot reads it. */
function number(env: EnvBlock, variable: string): number {
  const text = envVariable(env, variable) || '0';
  if (!/^[0-9]{1,9}$/.test(text)) throw strange(variable, text, 'a decimal number');
  return Number(text);
}

function strange(variable: string, text: string, wanted: string): BootControlError {
  const value = text.slice(0, 40);
  return new BootControlError(
    'BOOT_CONTROL_BAD',
    `${variable} is "${value}", not ${wanted}; set it anew with fw_setenv`,
    { facts: { variable, value } },
  );
}
