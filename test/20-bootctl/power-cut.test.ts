/**
 * Power is lost at every write of every verb, and the write at hand is dropped, kept, torn or turned to garbage:
 * the boot loader then reads the old state or the new one, and the verb can be repeated (rules 3, 5 and 6).
 */
import { describe, expect, it } from 'vitest';
import { AndroidMisc, decideBoot, decodeAndroidBlock, encodeAndroidBlock } from '../../bootctl/index.ts';
import { CUT_WRITES, MemoryRegion, PowerLost } from './memory-region.ts';
import { BACKUP_AT, bootOnce, copies, expectedError, MAIN_AT, MISC_BYTES } from './misc-image.ts';

type Verb = (misc: AndroidMisc) => Promise<unknown>;

/** How the record came to be, and what is done then. */
const SCENES: readonly { readonly name: string; readonly before: Verb; readonly verb: Verb }[] = [
  {
    name: 'mark unbootable',
    before: async (misc) => misc.activate('b', 3),
    verb: (misc) => misc.markUnbootable('b'),
  },
  {
    name: 'activate',
    before: async (misc) => misc.markUnbootable('b'),
    verb: (misc) => misc.activate('b', 3),
  },
  {
    name: 'deactivate',
    before: async (misc) => misc.activate('b', 3),
    verb: (misc) => misc.deactivate('b', 'a'),
  },
  { name: 'mark good', before: async (misc) => misc.activate('b', 3), verb: (misc) => misc.markGood('b') },
  { name: 'mark bad', before: async (misc) => misc.activate('b', 3), verb: (misc) => misc.markBad('b') },
  { name: 'refill', before: async (misc) => misc.activate('b', 1), verb: (misc) => misc.refill('b', 7) },
];

/** What lay in the two copies when the verb began. */
const STARTS = {
  'both copies are equal': () => undefined,
  'main copy is bad': (region: MemoryRegion) => region.bytes.fill(0xa5, MAIN_AT, MAIN_AT + 32),
  'backup is bad': (region: MemoryRegion) => region.bytes.fill(0xa5, BACKUP_AT, BACKUP_AT + 32),
  'backup is one boot behind': (region: MemoryRegion) => bootOnce(region, { backup: false }),
};

/** The record that the boot loader would go by, as it lies there. */
function truth(region: MemoryRegion): string {
  const { judged } = decideBoot(...copies(region));
  return judged === undefined ? 'refused' : Buffer.from(encodeAndroidBlock(judged)).toString('hex');
}

async function prepared(before: Verb, start: (region: MemoryRegion) => unknown): Promise<MemoryRegion> {
  const region = new MemoryRegion(MISC_BYTES);
  const misc = new AndroidMisc(region);
  await misc.initialise('a');
  await before(misc);
  start(region);
  return new MemoryRegion(region.bytes);
}

describe.each(SCENES)('$name', ({ before, verb }) => {
  it.each(Object.entries(STARTS))('%s', async (_, start) => {
    const whole = await prepared(before, start);
    const oldState = truth(whole);
    await verb(new AndroidMisc(whole));
    const newState = truth(whole);
    expect(newState).not.toBe(oldState);
    expect(whole.writes.length).toBeGreaterThanOrEqual(2);
    for (let cutAt = 1; cutAt <= whole.writes.length; cutAt += 1) {
      for (const cutWrite of CUT_WRITES) {
        const region = await prepared(before, start);
        region.cutAt = cutAt;
        region.cutWrite = cutWrite;
        await expect(verb(new AndroidMisc(region))).rejects.toBeInstanceOf(PowerLost);
        expect([oldState, newState]).toContain(truth(region));
        expect(copies(region).some((copy) => decodeAndroidBlock(copy).kind === 'block')).toBe(true);
        expect(decideBoot(...copies(region)).slot).toBeDefined();

        const after = new MemoryRegion(region.bytes);
        await verb(new AndroidMisc(after));
        expect(truth(after)).toBe(newState);
        expect(copies(after)[0]).toEqual(copies(after)[1]);
      }
    }
  });

  it('nothing but the old state before the first write, nothing but the new one after the first', async () => {
    const whole = await prepared(before, STARTS['both copies are equal']);
    const oldState = truth(whole);
    await verb(new AndroidMisc(whole));
    const states: string[] = [];
    for (const cutAt of [1, 2]) {
      const region = await prepared(before, STARTS['both copies are equal']);
      region.cutAt = cutAt;
      await expect(verb(new AndroidMisc(region))).rejects.toBeInstanceOf(PowerLost);
      states.push(truth(region));
    }
    expect(states).toEqual([oldState, truth(whole)]);
  });
});

describe('initialise', () => {
  it('cut at either write: the boot loader makes a default record or takes the new one', async () => {
    for (const cutAt of [1, 2]) {
      for (const cutWrite of CUT_WRITES) {
        const region = new MemoryRegion(MISC_BYTES);
        region.cutAt = cutAt;
        region.cutWrite = cutWrite;
        await expect(new AndroidMisc(region).initialise('a')).rejects.toBeInstanceOf(PowerLost);
        expect(decideBoot(...copies(region)).slot).toBe('a');
        const after = new MemoryRegion(region.bytes);
        const misc = new AndroidMisc(after);
        const code = await expectedError(misc.initialise('a'));
        if (code !== 'no error')
          expect([code, await expectedError(misc.scrub({ repair: true }))]).toEqual([
            'BOOT_CONTROL_NOT_BLANK',
            'no error',
          ]);
        expect((await misc.read()).slots.a.successful).toBe(true);
        expect(copies(after)[0]).toEqual(copies(after)[1]);
      }
    }
  });
});
