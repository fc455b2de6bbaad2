/** The Android backend over a region in memory: what each verb leaves, refuses, and keeps. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { AndroidMisc, BootControlError } from '../../bootctl/index.ts';
import { blocks, sealed, twoSlotBlocks } from './block-arbitrary.ts';
import { MemoryRegion } from './memory-region.ts';
import { BACKUP_AT, bootOnce, copies, expectedError, MAIN_AT, MISC_BYTES } from './misc-image.ts';

let region: MemoryRegion;
let misc: AndroidMisc;

beforeEach(async () => {
  region = new MemoryRegion(MISC_BYTES);
  misc = new AndroidMisc(region);
  await misc.initialise('a');
  region.writes.length = 0;
  region.flushes = 0;
});

const GOOD_A = { ranked: true, triesRemaining: 7, successful: true, bootable: true };
const UNBOOTABLE = { ranked: false, triesRemaining: 0, successful: false, bootable: false };

describe('verbs', () => {
  it('fresh from the factory: a good and active, b unbootable, in both copies', async () => {
    expect(await misc.read()).toEqual({ slots: { a: GOOD_A, b: UNBOOTABLE }, active: 'a' });
    expect(copies(region)[0]).toEqual(copies(region)[1]);
  });

  it('activate: target first and on trial, the other one keeps all but its rank', async () => {
    await misc.activate('b', 3);
    expect(await misc.read()).toEqual({
      slots: { a: GOOD_A, b: { ranked: true, triesRemaining: 3, successful: false, bootable: true } },
      active: 'b',
    });
    expect(copies(region)[0][12]).toBe(0xfe);
  });

  it('activate clears the corruption flag of the old content', async () => {
    await poke((block) => {
      block[15] = 0x55;
    });
    await misc.activate('b', 1);
    expect(copies(region)[0][15]).toBe(0x54);
    expect((await misc.read()).active).toBe('b');
  });

  it('activate of a slot that was good: it is on trial again', async () => {
    await misc.activate('b', 3);
    await misc.markGood('b');
    await misc.activate('a', 2);
    expect((await misc.read()).slots.a).toMatchObject({ successful: false, triesRemaining: 2 });
  });

  it('mark unbootable: no rank, no tries, not successful, in every copy', async () => {
    await misc.activate('b', 3);
    await misc.markUnbootable('b');
    expect(await misc.read()).toEqual({ slots: { a: GOOD_A, b: UNBOOTABLE }, active: 'a' });
    for (const copy of copies(region)) expect(copy[14]).toBe(0);
  });

  it('mark good on the last try leaves a try, for boot loaders that ask for one', async () => {
    await misc.activate('b', 1);
    expect(bootOnce(region)).toBe('b');
    await misc.markGood('b');
    expect(await misc.read()).toMatchObject({
      active: 'b',
      slots: { b: { triesRemaining: 1, successful: true } },
    });
  });

  it('mark good makes the slot active', async () => {
    await misc.activate('b', 3);
    await misc.markGood('a');
    expect((await misc.read()).active).toBe('a');
  });

  it('deactivate: the booted slot is first again and the target cannot boot', async () => {
    await misc.activate('b', 3);
    await misc.deactivate('b', 'a');
    expect(await misc.read()).toEqual({ slots: { a: GOOD_A, b: UNBOOTABLE }, active: 'a' });
    expect(copies(region)[0][12]).toBe(0xff);
  });

  it('refill: at least so many tries on trial, nothing for a good slot', async () => {
    await misc.activate('b', 3);
    bootOnce(region);
    bootOnce(region);
    await misc.refill('b', 3);
    expect((await misc.read()).slots.b.triesRemaining).toBe(3);
    await misc.refill('b', 1);
    expect((await misc.read()).slots.b.triesRemaining).toBe(3);
    await misc.refill('a', 1);
    expect((await misc.read()).slots.a).toEqual(GOOD_A);
  });

  it('life of an update: tries count down, then the old slot comes back', async () => {
    await misc.markUnbootable('b');
    await misc.activate('b', 3);
    const boots = Array.from({ length: 5 }, () => bootOnce(region));
    expect(boots).toEqual(['b', 'b', 'b', 'a', 'a']);
    const { slots } = await misc.read();
    expect(slots.b).toEqual({ ranked: true, triesRemaining: 0, successful: false, bootable: false });
  });

  it('each verb writes the main copy, then the backup, and flushes after each', async () => {
    await misc.activate('b', 3);
    expect(region.writes).toEqual([MAIN_AT, BACKUP_AT]);
    expect(region.flushes).toBe(2);
  });

  it('offsets of other boards', async () => {
    const elsewhere = new MemoryRegion(2048);
    await new AndroidMisc(elsewhere, { mainOffset: 512, backupOffset: 1536 }).initialise('b');
    expect(elsewhere.writes).toEqual([512, 1536]);
    expect((await new AndroidMisc(elsewhere, { mainOffset: 512, backupOffset: 1536 }).read()).active).toBe(
      'b',
    );
  });

  it('close closes the region', async () => {
    await misc.close();
    expect(region.closed).toBe(true);
  });
});

describe('refusals write nothing', () => {
  const refused: readonly [string, string, () => Promise<void>][] = [
    ['mark bad without a fallback', 'NO_FALLBACK', () => misc.markBad('a')],
    ['mark unbootable of the only bootable slot', 'NO_FALLBACK', () => misc.markUnbootable('a')],
    ['deactivate in favour of a slot that cannot boot', 'NO_FALLBACK', () => misc.deactivate('a', 'b')],
    ['deactivate the booted slot', 'NO_FALLBACK', () => misc.deactivate('a', 'a')],
    ['no tries', 'TRIES_OUT_OF_RANGE', () => misc.activate('b', 0)],
    ['too many tries', 'TRIES_OUT_OF_RANGE', () => misc.activate('b', 8)],
    ['half a try', 'TRIES_OUT_OF_RANGE', () => misc.activate('b', 1.5)],
    ['refill with too many tries', 'TRIES_OUT_OF_RANGE', () => misc.refill('a', 8)],
    ['refill of a slot that was given up', 'NOT_ON_TRIAL', () => misc.refill('b', 3)],
    ['initialise over a valid record', 'BOOT_CONTROL_NOT_BLANK', () => misc.initialise('b')],
  ];

  it.each(refused)('%s: %s', async (_, code, verb) => {
    const before = Uint8Array.from(region.bytes);
    expect(await expectedError(verb())).toBe(code);
    expect(region.writes).toEqual([]);
    expect(region.bytes).toEqual(before);
  });

  it('mark good of a slot that is flagged as corrupted', async () => {
    await poke((block) => {
      block[13] = 1;
    });
    expect(await expectedError(misc.markGood('a'))).toBe('VERITY_CORRUPTED');
    expect(region.writes).toEqual([]);
  });

  it('mark bad is allowed once the other slot can boot', async () => {
    await misc.activate('b', 3);
    await misc.markBad('b');
    expect((await misc.read()).slots.b).toEqual(UNBOOTABLE);
  });

  it('mark unbootable of a slot that cannot boot anyway, beside one that cannot either', async () => {
    await poke((block) => block.fill(0, 12, 20));
    await misc.markUnbootable('b');
    expect((await misc.read()).active).toBeUndefined();
  });

  it('a record of another number of slots', async () => {
    for (const change of [(block: Uint8Array) => block.set([1], 9), thirdSlot]) {
      await poke(change);
      const before = Uint8Array.from(region.bytes);
      expect(await expectedError(misc.read())).toBe('BOOT_CONTROL_NOT_TWO_SLOTS');
      expect(await expectedError(misc.activate('b', 3))).toBe('BOOT_CONTROL_NOT_TWO_SLOTS');
      expect(region.bytes).toEqual(before);
    }
  });
});

describe('copies', () => {
  const spoil = (offset: number): void => {
    region.bytes[offset + 20] = 0xaa;
  };

  it('main copy is bad: the backup is read, and scrub repairs the main copy only', async () => {
    spoil(MAIN_AT);
    expect((await misc.read()).active).toBe('a');
    const { copies: found, repaired } = await misc.scrub({ repair: true });
    expect(found.map(({ health }) => health)).toEqual(['bad', 'good']);
    expect(repaired).toEqual(['main']);
    expect(region.writes).toEqual([MAIN_AT]);
    expect(await misc.scrub({ repair: true })).toMatchObject({ repaired: [] });
  });

  it('backup is stale after the boot loader lost power between its two writes', async () => {
    await misc.activate('b', 3);
    bootOnce(region, { backup: false });
    const { copies: found, repaired } = await misc.scrub({ repair: true });
    expect(found.map(({ health }) => health)).toEqual(['good', 'stale']);
    expect(repaired).toEqual(['backup']);
    expect((await misc.read()).slots.b.triesRemaining).toBe(2);
  });

  it('a merge of snapshots is shown, and kept by every verb', async () => {
    const merging = copies(region)[0].slice();
    merging[9] = (merging[9] ?? 0) | 0b1100_0000;
    for (const at of [MAIN_AT, BACKUP_AT]) region.bytes.set(sealed(merging), at);
    await misc.activate('b', 3);
    const { copies: found } = await misc.scrub({ repair: false });
    expect(found.map(({ health, detail }) => [health, detail])).toEqual([
      ['good', 'merge status merging'],
      ['good', 'merge status merging'],
    ]);
  });

  it('scrub without repair writes nothing', async () => {
    spoil(BACKUP_AT);
    expect(await misc.scrub({ repair: false })).toMatchObject({ repaired: [] });
    expect(region.writes).toEqual([]);
  });

  it('a verb repairs the other copy before it writes its own', async () => {
    spoil(BACKUP_AT);
    await misc.activate('b', 3);
    expect(region.writes).toEqual([BACKUP_AT, MAIN_AT, BACKUP_AT]);
  });

  it('both copies are bad: nothing is written by any verb', async () => {
    spoil(MAIN_AT);
    spoil(BACKUP_AT);
    for (const verb of verbsOf(misc)) expect(await expectedError(verb())).toBe('BOOT_CONTROL_BAD');
    expect(await expectedError(misc.read())).toBe('BOOT_CONTROL_BAD');
    expect(await expectedError(misc.scrub({ repair: true }))).toBe('BOOT_CONTROL_BAD');
    expect(region.writes).toEqual([]);
  });

  it('main copy has a strange magic: the boot loader would stop, scrub repairs it', async () => {
    pokeCopy(MAIN_AT, (block) => {
      block[4] = 0;
    });
    expect(await expectedError(misc.read())).toBe('BOOT_CONTROL_BAD');
    await misc.scrub({ repair: true });
    expect((await misc.read()).active).toBe('a');
  });

  it('main copy is of a newer version: nothing older replaces it', async () => {
    pokeCopy(MAIN_AT, (block) => {
      block[8] = 2;
    });
    expect(await expectedError(misc.read())).toBe('BOOT_CONTROL_TOO_NEW');
    expect(await expectedError(misc.scrub({ repair: true }))).toBe('BOOT_CONTROL_TOO_NEW');
    expect(await expectedError(misc.activate('b', 3))).toBe('BOOT_CONTROL_TOO_NEW');
    expect(await expectedError(misc.initialise('a'))).toBe('BOOT_CONTROL_NOT_BLANK');
    expect(region.writes).toEqual([]);
  });

  it('storage that forgets a write is noticed', async () => {
    region.lying = true;
    expect(await expectedError(misc.activate('b', 3))).toBe('BOOT_CONTROL_READ_BACK');
    expect(region.writes).toEqual([MAIN_AT]);
  });
});

describe('what is not ours stays', () => {
  it('the rest of each sector, and the whole partition around the two sectors', async () => {
    for (let at = 0; at < MISC_BYTES; at += 1) {
      const inBlock = [MAIN_AT, BACKUP_AT].some((offset) => at >= offset && at < offset + 32);
      if (!inBlock) region.bytes[at] = (at * 31) & 0xff;
    }
    const before = Uint8Array.from(region.bytes);
    await misc.activate('b', 3);
    for (const offset of [MAIN_AT, BACKUP_AT]) before.set(region.bytes.subarray(offset, offset + 32), offset);
    expect(region.bytes).toEqual(before);
  });

  it('unknown bits of any record survive every verb', async () => {
    await fc.assert(
      fc.asyncProperty(twoSlotBlocks, fc.nat(), async (block, which) => {
        const own = imageOf(block, block);
        const verbs = verbsOf(new AndroidMisc(own));
        await ignoringRefusal(verbs[which % verbs.length]?.());
        for (const copy of copies(own)) expect(unknownBits(copy)).toEqual(unknownBits(block));
      }),
      { numRuns: 500 },
    );
  });
});

describe('any two copies', () => {
  it('every verb ends well or with our error, and never takes the last bootable slot', async () => {
    await fc.assert(
      fc.asyncProperty(blocks, blocks, fc.nat(), async (main, backup, which) => {
        const own = imageOf(main, backup);
        const before = await bootableIn(own);
        const verbs = verbsOf(new AndroidMisc(own));
        await ignoringRefusal(verbs[which % verbs.length]?.());
        if (before !== undefined && before > 0) expect(await bootableIn(own)).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Every writing verb with both slots. */
function verbsOf(backend: AndroidMisc): readonly (() => Promise<unknown>)[] {
  return (['a', 'b'] as const).flatMap((slot) => [
    () => backend.markUnbootable(slot),
    () => backend.activate(slot, 3),
    () => backend.deactivate(slot, slot === 'a' ? 'b' : 'a'),
    () => backend.markGood(slot),
    () => backend.markBad(slot),
    () => backend.refill(slot, 5),
  ]);
}

async function ignoringRefusal(verb: Promise<unknown> | undefined): Promise<void> {
  await verb?.catch((error: unknown) => expect(error).toBeInstanceOf(BootControlError));
}

function imageOf(main: Uint8Array, backup: Uint8Array): MemoryRegion {
  const image = new MemoryRegion(MISC_BYTES);
  image.bytes.set(main, MAIN_AT);
  image.bytes.set(backup, BACKUP_AT);
  return image;
}

/** How many slots can boot; undefined when the record cannot be read. */
async function bootableIn(image: MemoryRegion): Promise<number | undefined> {
  try {
    const { slots } = await new AndroidMisc(image).read();
    return Object.values(slots).filter(({ bootable }) => bootable).length;
  } catch (error) {
    if (error instanceof BootControlError) return undefined;
    throw error;
  }
}

/** The block without what verbs may change: priorities, tries, flags of a and b, corruption flags, CRC. */
function unknownBits(block: Uint8Array): number[] {
  const masks: Readonly<Record<number, number>> = { 12: 0, 13: 0xfe, 14: 0, 15: 0xfe };
  return [...block.subarray(0, 28)].map((byte, at) => byte & (masks[at] ?? 0xff));
}

function pokeCopy(offset: number, change: (block: Uint8Array) => void): void {
  const block = region.bytes.slice(offset, offset + 32);
  change(block);
  region.bytes.set(sealed(block), offset);
}

async function poke(change: (block: Uint8Array) => void): Promise<void> {
  for (const offset of [MAIN_AT, BACKUP_AT]) pokeCopy(offset, change);
}

function thirdSlot(block: Uint8Array): void {
  block[9] = 3;
  block[16] = 0x7f;
}
