/**
 * Boot control of the kind "order list and counters" (RAUC's names for U-Boot and GRUB), as values: an order, a
 * counter for each slot, and our trial mark. What each verb does to it, and when it is refused. Pure: how the
 * three lie in variables is the codec's business, copies and flushes are the backend's.
 *
 * A slot that is out of the order has no tries: no reset of counters brings it back (rule 3). The trial mark is a
 * set of slots, because a slot on trial may activate the other one: neither may then pass for good.
 */
import { type BootState, otherSlot, SLOT_NAMES, type SlotName, type SlotState } from './backend.ts';
import { BootControlError } from './error.ts';

export interface OrderRecord {
  /** Slots that the boot loader may take, best first, each at most once. */
  readonly order: readonly SlotName[];
  /** Boots that are left. Looked at only while the slot is in the order. */
  readonly tries: Readonly<Record<SlotName, number>>;
  /** Slots that were activated and not marked good since. */
  readonly trial: readonly SlotName[];
}

/** What differs between formats of this kind. */
export interface OrderRules {
  /** The most that a counter holds. */
  readonly mostTries: number;
  /** What a slot has when it is marked good. */
  readonly triesOfGood: number;
  /**
   * The booted slot, when the boot loader counts good slots down too: its counter is then no verdict, and every
   * write restores it. Undefined when only slots on trial are counted.
   */
  readonly countedBooted: SlotName | undefined;
}

/** The record in the words of every backend; `active` by the boot loader's walk over the order. */
export function stateOfOrder(record: OrderRecord, rules: OrderRules): BootState {
  return {
    slots: { a: slotStateOf(record, 'a', rules), b: slotStateOf(record, 'b', rules) },
    active: firstWithTries(record),
  };
}

/** The boot loader's choice: the first in the order with tries left. */
export function firstWithTries(record: OrderRecord): SlotName | undefined {
  return record.order.find((slot) => record.tries[slot] > 0);
}

/** Rule 3. Error: NO_FALLBACK when it would take away the only slot that can boot. */
export function unbootableInOrder(record: OrderRecord, slot: SlotName): OrderRecord {
  if (canBoot(record, slot)) requireBootable(record, otherSlot(slot));
  return without(record, slot);
}

/** Like `unbootableInOrder`, for a verdict: refused whenever no other slot can boot. */
export function badInOrder(record: OrderRecord, slot: SlotName): OrderRecord {
  requireBootable(record, otherSlot(slot));
  return without(record, slot);
}

/** First in the order with `tries` tries, and on trial. Error: TRIES_OUT_OF_RANGE. */
export function activatedInOrder(
  record: OrderRecord,
  slot: SlotName,
  tries: number,
  rules: OrderRules,
): OrderRecord {
  requireTries(tries, rules);
  const trial = SLOT_NAMES.filter((name) => name === slot || record.trial.includes(name));
  return { order: movedToFront(record, slot), tries: { ...record.tries, [slot]: tries }, trial };
}

/** `booted` first again and `target` unbootable. Error: NO_FALLBACK when `booted` could not boot. */
export function deactivatedInOrder(record: OrderRecord, target: SlotName, booted: SlotName): OrderRecord {
  if (target === booted) {
    throw new BootControlError('NO_FALLBACK', `slot ${target} cannot be given up in favour of itself`);
  }
  requireBootable(record, booted);
  const left = without(record, target);
  return { ...left, order: movedToFront(left, booted) };
}

/** First in the order, off trial, with the counter of a good slot. */
export function goodInOrder(record: OrderRecord, slot: SlotName, rules: OrderRules): OrderRecord {
  return {
    order: movedToFront(record, slot),
    tries: { ...record.tries, [slot]: Math.max(record.tries[slot], rules.triesOfGood) },
    trial: record.trial.filter((name) => name !== slot),
  };
}

/** At least `tries` tries for a slot on trial; a good one is left as it is. Error: NOT_ON_TRIAL. */
export function refilledInOrder(
  record: OrderRecord,
  slot: SlotName,
  tries: number,
  rules: OrderRules,
): OrderRecord {
  requireTries(tries, rules);
  if (slotStateOf(record, slot, rules).successful) return record;
  if (!record.order.includes(slot)) {
    throw new BootControlError('NOT_ON_TRIAL', `slot ${slot} was marked unbootable; activate it instead`, {
      facts: { slot },
    });
  }
  return { ...record, tries: { ...record.tries, [slot]: Math.max(record.tries[slot], tries) } };
}

/** The counter of a good booted slot full again, where good slots are counted too; else the very same record. */
export function restoredInOrder(record: OrderRecord, rules: OrderRules): OrderRecord {
  const slot = rules.countedBooted;
  if (slot === undefined || !slotStateOf(record, slot, rules).successful) return record;
  if (record.tries[slot] >= rules.triesOfGood) return record;
  return { ...record, tries: { ...record.tries, [slot]: rules.triesOfGood } };
}

function slotStateOf(record: OrderRecord, slot: SlotName, rules: OrderRules): SlotState {
  const ranked = record.order.includes(slot);
  const counted = rules.countedBooted === slot;
  return {
    ranked,
    triesRemaining: ranked ? record.tries[slot] : 0,
    successful: ranked && (record.tries[slot] > 0 || counted) && !record.trial.includes(slot),
    bootable: canBoot(record, slot),
  };
}

function canBoot(record: OrderRecord, slot: SlotName): boolean {
  return record.order.includes(slot) && record.tries[slot] > 0;
}

function without(record: OrderRecord, slot: SlotName): OrderRecord {
  return {
    order: record.order.filter((name) => name !== slot),
    tries: { ...record.tries, [slot]: 0 },
    trial: record.trial.filter((name) => name !== slot),
  };
}

function movedToFront(record: OrderRecord, slot: SlotName): readonly SlotName[] {
  return [slot, ...record.order.filter((name) => name !== slot)];
}

function requireBootable(record: OrderRecord, slot: SlotName): void {
  if (canBoot(record, slot)) return;
  throw new BootControlError(
    'NO_FALLBACK',
    `slot ${slot} cannot boot, so slot ${otherSlot(slot)} has to stay bootable; activate or mark good slot ${slot} first`,
    { facts: { fallback: slot } },
  );
}

function requireTries(tries: number, { mostTries }: OrderRules): void {
  if (Number.isInteger(tries) && tries >= 1 && tries <= mostTries) return;
  throw new BootControlError('TRIES_OUT_OF_RANGE', `${tries} tries do not fit: 1 to ${mostTries}`, {
    facts: { tries, mostTries },
  });
}
