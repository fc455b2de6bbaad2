/** Rule 3: unbootable before the first byte, and no beginning until all the rest was read back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUNK } from '../80-power-cut/lab-releases.ts';
import { flipped, openStories, type Stories, withTargets } from './stories.ts';
import { at } from './witness.ts';

const CLASSES = ['rootfs', 'boot'];

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

describe('the order of an install', () => {
  let deeds: readonly string[];
  beforeAll(async () => {
    ({ deeds } = await stories.tell({ release: stories.fresh }));
  });

  it('intent, unbootable, and only then the first byte', () => {
    const intent = at(deeds, 'store: open');
    const unbootable = at(deeds, 'boot control: markUnbootable b');
    expect(unbootable).toBeGreaterThan(intent);
    expect(at(deeds, /_b: write/)).toBeGreaterThan(unbootable);
  });

  it('the boot control is scrubbed before it is changed', () => {
    expect(at(deeds, 'boot control: scrub')).toBeLessThan(at(deeds, 'boot control: markUnbootable b'));
  });

  it('the first chunk of every image is zero and flushed before any other chunk is written', () => {
    const others = at(deeds, /_b: write [1-9]/);
    for (const slotClass of CLASSES) {
      const zeroed = at(deeds, new RegExp(`^${slotClass}_b: write`));
      expect(deeds[zeroed]).toBe(`${slotClass}_b: write 0 zeros`);
      expect(deeds[zeroed + 2]).toBe(`${slotClass}_b: flush`);
      expect(zeroed).toBeLessThan(others);
    }
  });

  it('a first chunk is written after every other chunk of every image was read back, then flushed and read back', () => {
    const beginning = at(deeds, /_b: write 0$/);
    for (const slotClass of CLASSES) {
      for (const offset of [CHUNK, 2 * CHUNK]) {
        expect(at(deeds, `${slotClass}_b: read back ${offset}`)).toBeLessThan(beginning);
      }
      const written = at(deeds, `${slotClass}_b: write 0`);
      expect(deeds.slice(written + 1, written + 4)).toEqual([
        `${slotClass}_b: flush begins`,
        `${slotClass}_b: flush`,
        `${slotClass}_b: read back 0`,
      ]);
    }
  });
});

it('a first chunk that the device does not keep is zeroed again in every image, and the slot stays unbootable', async () => {
  const { lab, end, deeds, said } = await stories.tell({
    release: stories.fresh,
    alter: (parts) =>
      withTargets(parts, ({ slotClass, readBack }) => ({
        readBack: async (offset, length) => {
          const bytes = await readBack(offset, length);
          return slotClass === 'boot' && offset === 0 ? flipped(bytes) : bytes;
        },
      })),
  });
  expect(end).toEqual({ kind: 'idle', slot: 'a' });
  expect(said).toContain('SLOT_READ_BACK');
  for (const slotClass of CLASSES) {
    const written = at(deeds, `${slotClass}_b: write 0`);
    const zeroed = at(deeds, `${slotClass}_b: write 0 zeros`, written);
    expect(deeds[zeroed + 2]).toBe(`${slotClass}_b: flush`);
  }
  expect(lab.withoutBeginning('b')).toBe(true);
  expect((await lab.bootState()).slots.b.bootable).toBe(false);
});

it('a beginning that a cut left in the slot is zeroed by the next start, before anything else is written', async () => {
  const { lab } = await stories.tell({ release: stories.fresh });
  const cutAt = 2 + lab.writes.lastIndexOf(`boot_b: write ${CHUNK} at 0`);
  const { end, deeds } = await stories.tell({ release: stories.fresh, cutAt });
  expect(end).toEqual({ kind: 'idle', slot: 'b' });
  const again = at(deeds, 'boot 2 in slot a');
  at(deeds, 'boot_b: write 0');
  const unbootable = at(deeds, 'boot control: markUnbootable b', again);
  for (const slotClass of CLASSES) {
    const written = at(deeds, new RegExp(`^${slotClass}_b: write`), again);
    expect(written).toBeGreaterThan(unbootable);
    expect(deeds.slice(written, written + 3)).toEqual([
      `${slotClass}_b: write 0 zeros`,
      `${slotClass}_b: flush begins`,
      `${slotClass}_b: flush`,
    ]);
    const readBack = at(deeds, `${slotClass}_b: read back ${CHUNK}`, written);
    expect(at(deeds, `${slotClass}_b: write 0`, written)).toBeGreaterThan(readBack);
  }
});
