/**
 * What every boot control backend answers to, whatever its bytes look like. The agent, the command and the
 * contract suite know only this page; a new boot loader is one file and one row in `backends.ts`.
 */

/** The two system slots. Index 0 and 1 in formats that number them. */
export type SlotName = 'a' | 'b';
export const SLOT_NAMES: readonly SlotName[] = ['a', 'b'];

/** The other one of two. */
export function otherSlot(slot: SlotName): SlotName {
  return slot === 'a' ? 'b' : 'a';
}

/** The boot control's facts about one slot, in words that every format can answer. */
export interface SlotState {
  /** The boot loader's order names the slot; false after it was marked unbootable or bad. */
  readonly ranked: boolean;
  /** Boots that are left before the boot loader gives the slot up; not looked at once successful. */
  readonly triesRemaining: number;
  /** A trial of it ended by mark good. */
  readonly successful: boolean;
  /** The boot loader would take it if it were the only one. */
  readonly bootable: boolean;
}

/** The decoded record, judged by the boot loader's own rule. */
export interface BootState {
  readonly slots: Readonly<Record<SlotName, SlotState>>;
  /** What the boot loader tries first at the next boot; undefined when nothing is bootable. */
  readonly active: SlotName | undefined;
}

/** Facts that differ between formats; the walk asks them instead of naming a backend. */
export interface BackendAbilities {
  readonly name: string;
  readonly mostTries: number;
  readonly trialSurvivesPowerOff: boolean;
  readonly hasUnbootable: boolean;
  readonly oneWriteFlip: boolean;
  /** The boot loader counts good slots down too: `scrub` with repair gives the good booted slot its tries back. */
  readonly countsGoodSlots?: boolean;
}

/** Health of one copy of the record. */
export interface CopyHealth {
  readonly copy: string;
  readonly health: 'good' | 'stale' | 'bad' | 'absent';
  readonly detail: string;
}

export interface ScrubReport {
  readonly copies: readonly CopyHealth[];
  /** Copies that were rewritten from a valid one. */
  readonly repaired: readonly string[];
}

/**
 * The slot verbs. Every writing verb is durable on return, was read back and decoded with the boot loader's
 * rule, keeps bits that it does not know, and leaves the other slot's fields alone except its rank.
 * Errors: BootControlError with the code that names the step.
 */
export interface BootControlBackend {
  readonly abilities: BackendAbilities;
  read(): Promise<BootState>;
  /** Checks every copy; with `repair` rewrites bad or stale ones from the valid one. Both bad: error. */
  scrub(how: { readonly repair: boolean }): Promise<ScrubReport>;
  /** Rule 3: out of the order and no tries, in every copy, each written only while the other is valid. */
  markUnbootable(slot: SlotName): Promise<void>;
  /** Rule 5: first in the order, `tries` tries, not successful; one atomic write, then the second copy. */
  activate(slot: SlotName, tries: number): Promise<void>;
  /** `booted` active again and `target` unbootable in one write of the deciding copy, then the second copy. */
  deactivate(target: SlotName, booted: SlotName): Promise<void>;
  /** Successful, and active. */
  markGood(slot: SlotName): Promise<void>;
  /** Like markUnbootable, for a slot that failed; refused (NO_FALLBACK) when no other slot is bootable. */
  markBad(slot: SlotName): Promise<void>;
  /** Restores the tries of a slot on trial (rule 8); a successful slot is left as it is. */
  refill(slot: SlotName, tries: number): Promise<void>;
  close(): Promise<void>;
}
