/**
 * Where a start of the agent begins: a table over what boot control, vault and store say (DESIGN 5).
 * The boot control is the truth, the vault remembers the trial, the store is only memory.
 * Pure and total: a generated test walks every combination of the facts.
 */
import { type BootMode, type BootState, otherSlot, type SlotName } from '../../bootctl/index.ts';
import type { Deployment } from './deployment.ts';
import type { VaultRecord } from './vault-rows.ts';

/** Failed starts of the agent in a row after which it stops trusting its slot (DESIGN 5). */
export const STARTS_BEFORE_RECOVERY = 3;

export const ENTRY_VALUES = {
  /** How this start came about; recovery: the boot loader's parameter page asks for it. */
  starts: ['normal', 'failing', 'recovery'],
  /** good: successful and no open trial of it in the vault; dropped: marked bad; trial: neither. */
  booted: ['good', 'trial', 'dropped'],
  active: ['booted', 'other', 'none'],
  other: ['bootable', 'exhausted', 'unranked'],
  /** Whose trial the vault names; "unseen" while the agent of that slot neither reached confirm nor gave it up. */
  trial: ['none', 'booted', 'other-unseen', 'other-seen'],
  /** The open deployment; "landed" when the slot that it installed is the booted one. */
  row: ['none', 'fetching', 'finalised', 'activated', 'landed'],
} as const;

export type EntryFacts = { readonly [K in keyof typeof ENTRY_VALUES]: (typeof ENTRY_VALUES)[K][number] };

/** What to do first. Every door but the last two leads back to the table. */
export type Door =
  | 'recover'
  | 'leave-bad-slot'
  | 'confirm'
  | 'finish-confirm'
  | 'await-reboot'
  | 'finish-rollback'
  | 'withdraw'
  | 'resume'
  | 'fresh';

type Pattern = { readonly [K in keyof EntryFacts]?: readonly EntryFacts[K][] };

interface EntryRow {
  readonly when: Pattern;
  readonly door: Door;
  readonly why: string;
}

/** First match wins; a fact that a row does not name may be anything. */
export const ENTRY_TABLE: readonly EntryRow[] = [
  { when: { starts: ['failing'] }, door: 'recover', why: 'the agent failed to start three times in a row' },
  {
    when: { starts: ['recovery'] },
    door: 'recover',
    why: 'the boot loader started this slot in boot mode recovery',
  },
  {
    when: { booted: ['dropped'], active: ['other'] },
    door: 'leave-bad-slot',
    why: 'mark bad is durable, the reboot that follows it was cut off',
  },
  {
    when: { booted: ['dropped'] },
    door: 'confirm',
    why: 'marked bad with nothing to go back to: the booted slot is all there is',
  },
  {
    when: { booted: ['trial'], active: ['booted'], trial: ['other-seen'] },
    door: 'finish-rollback',
    why: 'a slot that is itself on trial tried the other one and came back',
  },
  {
    when: { booted: ['trial'] },
    door: 'confirm',
    why: 'a trial boot, or a record that lost its memory of one',
  },
  {
    when: { booted: ['good'], row: ['landed'] },
    door: 'finish-confirm',
    why: 'mark good is durable, the store has not been told',
  },
  {
    when: { booted: ['good'], active: ['other'] },
    door: 'await-reboot',
    why: 'the flip is made, the reboot is not',
  },
  {
    when: { trial: ['other-seen'] },
    door: 'finish-rollback',
    why: 'the other slot was tried and the boot loader came back',
  },
  {
    when: { trial: ['other-unseen'], other: ['exhausted'] },
    door: 'finish-rollback',
    why: 'the other slot used its tries up before its agent said a word',
  },
  {
    when: { trial: ['other-unseen'], row: ['activated'] },
    door: 'withdraw',
    why: 'the activation was taken back before it was booted',
  },
  {
    when: { row: ['activated'] },
    door: 'finish-rollback',
    why: 'the store remembers an activation that vault and boot control do not: the vault was lost',
  },
  { when: { row: ['fetching', 'finalised'] }, door: 'resume', why: 'an update was under way' },
  { when: {}, door: 'fresh', why: 'nothing is under way' },
];

/** The first row that fits. */
export function enterBy(facts: EntryFacts): EntryRow {
  const row = ENTRY_TABLE.find((candidate) => matches(candidate.when, facts));
  if (row === undefined) throw new Error('the entry table has lost its last row');
  return row;
}

function matches(pattern: Pattern, facts: EntryFacts): boolean {
  return (Object.keys(pattern) as (keyof EntryFacts)[]).every((name) =>
    (pattern[name] as readonly string[]).includes(facts[name]),
  );
}

/** Reads the facts off the durable records. */
export function entryFacts(
  booted: SlotName,
  boot: BootState,
  vault: VaultRecord,
  row: Deployment | undefined,
  kernel: { readonly bootId: string; readonly bootMode: BootMode },
): EntryFacts {
  const other = boot.slots[otherSlot(booted)];
  const failing =
    vault.agentStarts.boot === kernel.bootId && vault.agentStarts.count > STARTS_BEFORE_RECOVERY;
  return {
    starts: failing ? 'failing' : kernel.bootMode,
    booted: isGood(booted, boot, vault) ? 'good' : boot.slots[booted].ranked ? 'trial' : 'dropped',
    active: boot.active === undefined ? 'none' : boot.active === booted ? 'booted' : 'other',
    other: other.bootable ? 'bootable' : other.ranked ? 'exhausted' : 'unranked',
    trial: trialOf(booted, vault),
    row: row === undefined ? 'none' : row.slot === booted ? 'landed' : row.state,
  };
}

/** A slot is good when the boot control says so and the vault names no open trial of it. */
export function isGood(slot: SlotName, boot: BootState, vault: VaultRecord): boolean {
  return boot.slots[slot].successful && vault.trial?.slot !== slot;
}

function trialOf(booted: SlotName, vault: VaultRecord): EntryFacts['trial'] {
  if (vault.trial === undefined) return 'none';
  if (vault.trial.slot === booted) return 'booted';
  return vault.trial.boots === 0 && vault.trial.verdict === undefined ? 'other-unseen' : 'other-seen';
}
