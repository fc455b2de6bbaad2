/** The boot decision: every row of its tables, and what holds for all blocks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CANDIDATE_TABLE,
  COPY_TABLE,
  type CopyFinding,
  decideBoot,
  decodeAndroidBlock,
  encodeAndroidBlock,
  newAndroidBlock,
  RANKING,
  type SlotInfo,
  UNUSED_SLOT,
} from '../../bootctl/index.ts';
import { blocks, sealed, twoSlotBlocks } from './block-arbitrary.ts';

const slot = (priority: number, triesRemaining: number, more: Partial<SlotInfo> = {}): SlotInfo => ({
  ...UNUSED_SLOT,
  priority,
  triesRemaining,
  ...more,
});
const record = (a: SlotInfo, b: SlotInfo, suffix = '_a\0\0'): Uint8Array =>
  encodeAndroidBlock(newAndroidBlock(suffix, [a, b]));
const good = { successful: true };

/** A whole copy whose only bootable slot is the named one, so that the boot shows which copy counted. */
const only = (name: 'a' | 'b'): Uint8Array =>
  name === 'a' ? record(slot(15, 1, good), UNUSED_SLOT) : record(UNUSED_SLOT, slot(15, 1, good), '_b\0\0');

/** The copy damaged so that it is found as `finding`. */
function spoilt(copy: Uint8Array, finding: CopyFinding): Uint8Array {
  const bytes = Uint8Array.from(copy);
  switch (finding) {
    case 'good':
      return bytes;
    case 'crc':
      bytes[20] = 0xaa;
      return bytes;
    case 'magic':
      bytes[4] = 0;
      return sealed(bytes);
    case 'too-new':
      bytes[8] = 9;
      return sealed(bytes);
  }
}

const FINDINGS: readonly CopyFinding[] = ['good', 'crc', 'magic', 'too-new'];

/** Written out by hand, apart from the table: main, backup, slot that boots, copy that counts. */
const EVERY_PAIR: readonly [CopyFinding, CopyFinding, string | undefined, string][] = [
  ['good', 'good', 'a', 'main'],
  ['good', 'crc', 'a', 'main'],
  ['good', 'magic', 'a', 'main'],
  ['good', 'too-new', 'a', 'main'],
  ['crc', 'good', 'b', 'backup'],
  ['crc', 'crc', 'a', 'default'],
  ['crc', 'magic', undefined, 'refused'],
  ['crc', 'too-new', undefined, 'refused'],
  ['magic', 'good', undefined, 'refused'],
  ['magic', 'crc', undefined, 'refused'],
  ['magic', 'magic', undefined, 'refused'],
  ['magic', 'too-new', undefined, 'refused'],
  ['too-new', 'good', undefined, 'refused'],
  ['too-new', 'crc', undefined, 'refused'],
  ['too-new', 'magic', undefined, 'refused'],
  ['too-new', 'too-new', undefined, 'refused'],
];

describe('which copy counts', () => {
  it.each(EVERY_PAIR)('main %s, backup %s: boots %s from %s', (main, backup, boots, counts) => {
    const decision = decideBoot(spoilt(only('a'), main), spoilt(only('b'), backup));
    expect([decision.slot, decision.counts]).toEqual([boots, counts]);
    if (counts === 'refused')
      expect([decision.writeMain, decision.writeBackup]).toEqual([undefined, undefined]);
  });

  it('the table has exactly one first row for every pair, and no row that is never first', () => {
    const used = FINDINGS.flatMap((main) =>
      FINDINGS.map((backup) =>
        COPY_TABLE.findIndex((row) => [main, '*'].includes(row.main) && [backup, '*'].includes(row.backup)),
      ),
    );
    expect(new Set(used)).toEqual(new Set(COPY_TABLE.keys()));
  });

  it('lost block: a boots on trial with all tries, and both copies are written anew', () => {
    const { writeMain, writeBackup, slot: boots } = decideBoot(new Uint8Array(32), new Uint8Array(32));
    expect(boots).toBe('a');
    expect(writeMain).toEqual(record(slot(15, 6), slot(15, 7)));
    expect(writeBackup).toEqual(writeMain);
  });
});

describe('which slots are candidates', () => {
  const cases = [true, false].flatMap((verityCorrupted) =>
    [0, 1, 7].flatMap((tries) => [true, false].map((successful) => ({ verityCorrupted, tries, successful }))),
  );

  it.each(cases)('corrupted $verityCorrupted, tries $tries, successful $successful', (facts) => {
    const { verityCorrupted, tries, successful } = facts;
    const before = record(UNUSED_SLOT, slot(1, tries, { verityCorrupted, successful }));
    const decision = decideBoot(before, before);
    const boots = !verityCorrupted && (successful || tries > 0);
    expect(decision.slot).toBe(boots ? 'b' : undefined);
    if (!boots) return expect(decision.writeMain).toBeUndefined();
    const left = successful ? tries : tries - 1;
    expect(decision.writeMain).toEqual(record(UNUSED_SLOT, slot(1, left, { successful }), '_b\0\0'));
  });

  it('every row of the table is the first for some slot', () => {
    const used = cases.map(({ verityCorrupted, tries, successful }) =>
      CANDIDATE_TABLE.findIndex(
        (row) =>
          [verityCorrupted, '*'].includes(row.verityCorrupted) &&
          [tries > 0 ? 'some' : 'none', '*'].includes(row.tries) &&
          [successful, '*'].includes(row.successful),
      ),
    );
    expect(new Set(used)).toEqual(new Set(CANDIDATE_TABLE.keys()));
  });

  it('priority 0 excludes nothing: tries have to go as well', () => {
    const before = record(slot(0, 1), UNUSED_SLOT);
    expect(decideBoot(before, before).slot).toBe('a');
  });
});

describe('which candidate is best', () => {
  it.each([
    ['higher priority, although on trial', slot(14, 7, good), slot(15, 1), 'b'],
    ['same priority: successful', slot(15, 7), slot(15, 1, good), 'b'],
    ['same priority, both on trial: more tries', slot(15, 2), slot(15, 3), 'b'],
    ['all equal: the first', slot(15, 3), slot(15, 3), 'a'],
    ['best has no tries left: the other', slot(14, 0, good), slot(15, 0), 'a'],
    ['best is corrupted: the other', slot(3, 0, good), slot(15, 7, { ...good, verityCorrupted: true }), 'a'],
    ['none', slot(15, 0), slot(14, 0), undefined],
  ])('%s', (_, a, b, expected) => {
    expect(decideBoot(record(a, b), record(a, b)).slot).toBe(expected);
  });

  it('measures stand in this order', () => {
    expect(RANKING.map(({ measure }) => measure)).toEqual(['priority', 'successful', 'tries remaining']);
  });

  it('slots beyond the count are not looked at', () => {
    const bytes = record(slot(15, 7, good), slot(15, 7, good));
    bytes[9] = 1;
    bytes[12] = 0;
    expect(decideBoot(sealed(bytes), sealed(bytes)).slot).toBeUndefined();
  });

  it('a third slot that wins is no slot of ours', () => {
    const bytes = record(slot(14, 7, good), slot(14, 7, good));
    bytes[9] = 3;
    bytes[16] = 0xff;
    expect(decideBoot(sealed(bytes), sealed(bytes)).slot).toBeUndefined();
  });
});

describe('what is written before the jump', () => {
  it('good slot that booted last: nothing', () => {
    const { writeMain, writeBackup } = decideBoot(only('b'), only('b'));
    expect([writeMain, writeBackup]).toEqual([undefined, undefined]);
  });

  it('backup that differs follows the main copy', () => {
    const main = only('b');
    expect(decideBoot(main, new Uint8Array(32))).toMatchObject({ writeMain: undefined, writeBackup: main });
  });

  it('more slots than there is room for are trimmed, even when none boots', () => {
    const bytes = record(UNUSED_SLOT, UNUSED_SLOT);
    bytes[9] = 7;
    expect(decideBoot(sealed(bytes), sealed(bytes)).writeMain?.[9]).toBe(4);
  });

  it('for all blocks: at most one try is taken, unknown bits stay, and a second look agrees', () => {
    fc.assert(
      fc.property(twoSlotBlocks, (bytes) => {
        const { slot: boots, writeMain } = decideBoot(bytes, bytes);
        const after = writeMain ?? bytes;
        const [was, is] = [decodeAndroidBlock(bytes), decodeAndroidBlock(after)];
        if (was.kind === 'fault' || is.kind === 'fault') throw new Error('not a block');
        const taken = was.block.slots.map(
          (info, at) => info.triesRemaining - (is.block.slots[at]?.triesRemaining ?? 0),
        );
        expect(
          [...taken]
            .sort()
            .slice(0, -1)
            .every((count) => count === 0),
        ).toBe(true);
        expect(taken.every((count) => count === 0 || count === 1)).toBe(true);
        // Byte by byte only the suffix, the tries of one slot and the CRC may differ.
        const mask = (block: Uint8Array) =>
          block.slice(4, 28).map((byte, at) => (at === 8 || at === 10 ? byte & 0x8f : byte));
        expect(mask(after)).toEqual(mask(bytes));
        if (boots !== undefined) expect(Buffer.from(after.subarray(0, 4)).toString()).toBe(`_${boots}\0\0`);
      }),
      { numRuns: 1000 },
    );
  });

  it('for all pairs of copies: what it writes is whole, and it never throws', () => {
    fc.assert(
      fc.property(blocks, blocks, (main, backup) => {
        const { writeMain, writeBackup, counts } = decideBoot(main, backup);
        for (const written of [writeMain, writeBackup]) {
          if (written !== undefined) expect(decodeAndroidBlock(written).kind).toBe('block');
        }
        if (counts !== 'refused') expect(writeBackup ?? backup).toEqual(writeMain ?? main);
      }),
      { numRuns: 2000 },
    );
  });
});
