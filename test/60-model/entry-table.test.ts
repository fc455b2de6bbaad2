/** The entry table over every combination of its facts: total, without a dead row, and safe. */
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../agent/model/deployment.ts';
import {
  ENTRY_TABLE,
  ENTRY_VALUES,
  type EntryFacts,
  enterBy,
  entryFacts,
  isGood,
  STARTS_BEFORE_RECOVERY,
} from '../../agent/model/entry-table.ts';
import { newTrial } from '../../agent/model/trial.ts';
import { EMPTY_VAULT } from '../../agent/model/vault-record.ts';
import type { VaultRecord } from '../../agent/model/vault-rows.ts';
import type { BootMode, BootState, SlotState } from '../../bootctl/index.ts';

/** Every combination of the facts. */
const ALL: readonly EntryFacts[] = Object.entries(ENTRY_VALUES).reduce<Record<string, string>[]>(
  (facts, [name, values]) => facts.flatMap((before) => values.map((value) => ({ ...before, [name]: value }))),
  [{}],
) as unknown as readonly EntryFacts[];

const doorsOf = (which: (facts: EntryFacts) => boolean): ReadonlySet<string> =>
  new Set(ALL.filter(which).map((facts) => enterBy(facts).door));

describe('the entry table', () => {
  it('has a door for every combination', () => {
    expect(ALL.length).toBe(3 * 3 * 3 * 3 * 4 * 5);
    for (const facts of ALL) expect(enterBy(facts).why).not.toBe('');
  });

  it('has no row that nothing reaches', () => {
    const reached = new Set(ALL.map(enterBy));
    expect(ENTRY_TABLE.filter((row) => !reached.has(row))).toEqual([]);
  });

  it('recovers when the agent keeps failing, and only then', () => {
    expect(doorsOf(({ starts }) => starts !== 'normal')).toEqual(new Set(['recover']));
    expect(doorsOf(({ starts }) => starts === 'normal')).not.toContain('recover');
  });

  it('never confirms a good slot', () => {
    expect(doorsOf(({ booted }) => booted === 'good')).not.toContain('confirm');
  });

  it('opens no slot and reboots for no update while the booted slot is not good', () => {
    const doors = doorsOf(({ starts, booted }) => starts === 'normal' && booted !== 'good');
    expect(doors).toEqual(new Set(['confirm', 'leave-bad-slot', 'finish-rollback']));
  });

  it('confirms every slot on trial, once the failed trial of the other one is counted', () => {
    const onTrial = ALL.filter(({ starts, booted }) => starts === 'normal' && booted === 'trial');
    for (const facts of onTrial) {
      const counted = facts.trial === 'other-seen' && facts.active === 'booted';
      expect(enterBy(facts).door).toBe(counted ? 'finish-rollback' : 'confirm');
      // Counting it ends the other slot's trial in the vault, so the next look confirms.
      expect(enterBy({ ...facts, trial: 'none' }).door).toBe('confirm');
    }
  });

  it('leaves a bad slot only when the boot loader takes another', () => {
    const left = ALL.filter((facts) => enterBy(facts).door === 'leave-bad-slot');
    expect(left.every(({ active, booted }) => active === 'other' && booted === 'dropped')).toBe(true);
  });

  it('looks for no update while the other slot is active', () => {
    const doors = doorsOf(({ active }) => active === 'other');
    for (const door of ['resume', 'fresh', 'withdraw', 'finish-rollback']) expect(doors).not.toContain(door);
  });

  it('begins nothing new over an unfinished story', () => {
    const fresh = ALL.filter((facts) => enterBy(facts).door === 'fresh');
    expect(fresh.every(({ row }) => row === 'none')).toBe(true);
    const resumed = ALL.filter((facts) => enterBy(facts).door === 'resume');
    expect(resumed.every(({ row }) => row === 'fetching' || row === 'finalised')).toBe(true);
    expect(resumed.every(({ trial }) => trial !== 'other-seen')).toBe(true);
  });
});

describe('reading the facts', () => {
  const GOOD: SlotState = { ranked: true, triesRemaining: 0, successful: true, bootable: true };
  const TRIAL: SlotState = { ranked: true, triesRemaining: 2, successful: false, bootable: true };
  const USED_UP: SlotState = { ranked: true, triesRemaining: 0, successful: false, bootable: false };
  const OUT: SlotState = { ranked: false, triesRemaining: 0, successful: false, bootable: false };
  const QUIET: BootState = { slots: { a: GOOD, b: OUT }, active: 'a' };
  const trialOfB = newTrial('b', { identity: 'i', version: '2.0.0' }, 'd', 0);
  const row = (slot: 'a' | 'b', state: Deployment['state']): Deployment => ({
    id: 'd',
    identity: 'i',
    version: '2.0.0',
    sequence: 2,
    slot,
    source: 's',
    envelope: new Uint8Array(),
    forced: false,
    state,
    finalisedBoot: undefined,
    openedAt: 0,
    bytes: { fetched: 0, reused: 0, written: 0, verified: 0 },
    fruitlessTries: 0,
  });
  const read = (
    boot: Partial<BootState>,
    vault: Partial<VaultRecord> = {},
    open: Deployment | undefined = undefined,
    bootMode: BootMode = 'normal',
  ): EntryFacts =>
    entryFacts('a', { ...QUIET, ...boot }, { ...EMPTY_VAULT, ...vault }, open, {
      bootId: 'boot-1',
      bootMode,
    });

  it('of a device at rest', () => {
    expect(read({})).toEqual({
      starts: 'normal',
      booted: 'good',
      active: 'booted',
      other: 'unranked',
      trial: 'none',
      row: 'none',
    });
  });

  it.each([
    ['good', GOOD, 'good'],
    ['on trial', TRIAL, 'trial'],
    ['its last try used', USED_UP, 'trial'],
    ['marked bad', OUT, 'dropped'],
  ] as const)('of a booted slot that is %s', (_, state, booted) => {
    expect(read({ slots: { a: state, b: GOOD } }).booted).toBe(booted);
  });

  it('a slot whose trial the vault still names is not good', () => {
    const vault = { trial: { ...trialOfB, slot: 'a' as const } };
    expect(read({}, vault)).toMatchObject({ booted: 'trial', trial: 'booted' });
    expect(isGood('a', QUIET, { ...EMPTY_VAULT, ...vault })).toBe(false);
    expect(isGood('a', QUIET, { ...EMPTY_VAULT, trial: trialOfB })).toBe(true);
  });

  it.each([
    [GOOD, 'bootable'],
    [TRIAL, 'bootable'],
    [USED_UP, 'exhausted'],
    [OUT, 'unranked'],
  ] as const)('of the other slot', (state, other) => {
    expect(read({ slots: { a: GOOD, b: state } }).other).toBe(other);
  });

  it('of what the boot loader takes next', () => {
    expect(read({ active: 'b' }).active).toBe('other');
    expect(read({ active: undefined }).active).toBe('none');
  });

  it('of the trial of the other slot: tried or never seen', () => {
    expect(read({}, { trial: trialOfB }).trial).toBe('other-unseen');
    expect(read({}, { trial: { ...trialOfB, boots: 1 } }).trial).toBe('other-seen');
    expect(read({}, { trial: { ...trialOfB, verdict: 'AGENT_KEEPS_FAILING' } }).trial).toBe('other-seen');
  });

  it('of the row: its state, or landed when its slot runs', () => {
    for (const state of ['fetching', 'finalised', 'activated'] as const) {
      expect(read({}, {}, row('b', state)).row).toBe(state);
      expect(read({}, {}, row('a', state)).row).toBe('landed');
    }
  });

  it('in boot mode recovery it is the boot loader who asks', () => {
    expect(read({}, {}, undefined, 'recovery').starts).toBe('recovery');
    expect(read({}, { agentStarts: { boot: 'boot-1', count: 9 } }, undefined, 'recovery').starts).toBe(
      'failing',
    );
  });

  it('the fourth start in one kernel boot is failing, and the first of the next is not', () => {
    const starts = (boot: string, count: number): string => read({}, { agentStarts: { boot, count } }).starts;
    expect(starts('boot-1', STARTS_BEFORE_RECOVERY)).toBe('normal');
    expect(starts('boot-1', STARTS_BEFORE_RECOVERY + 1)).toBe('failing');
    expect(starts('boot-0', STARTS_BEFORE_RECOVERY + 1)).toBe('normal');
  });
});
