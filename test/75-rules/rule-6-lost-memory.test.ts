/**
 * Rule 6: store, vault or boot control are lost together with the power, in the middle of a whole update. The
 * appliance still ends on the release that it would have ended on.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SLOT_NAMES } from '../../bootctl/index.ts';
import { type BootEnd, Lab, type LabMemory } from '../../fixtures/index.ts';
import { CHUNK } from '../80-power-cut/lab-releases.ts';
import { CHUNKS, openStories, type Published, type Stories } from './stories.ts';

/** A boot loader that lost its record gives both slots seven tries each before the story goes on. */
const MOST_BOOTS = 40;
/** Every one of them was looked at once; this many lie between two that are looked at each time. */
const STRIDE = 5;

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

/** The story with the power cut, and `lost` gone, at durable write `cutAt`; gives how many writes it had. */
async function story(release: Published, lost: readonly LabMemory[], cutAt?: number): Promise<number> {
  const { factory, folder, broken } = stories;
  const lab = await Lab.create({
    seed: 1,
    factory,
    releases: [factory, release],
    published: release.published,
    ring: folder.keys.ring,
    partitionBytes: CHUNKS * CHUNK + 4096,
  });
  let whole = true;
  const look = async (step: BootEnd): Promise<void> => {
    expect(step.kind, lab.log.join('\n')).not.toBe('bricked');
    if (step.kind === 'cut' && whole) {
      whole = false;
      for (const memory of lost) lab.lose(memory);
      return;
    }
    const { slots } = await lab.bootState();
    for (const slot of SLOT_NAMES) {
      const harmless = lab.contentOf(slot) !== undefined || lab.withoutBeginning(slot);
      // A record that the boot loader made anew calls everything bootable until the next update opens the slot.
      expect(harmless || !slots[slot].bootable || lost.includes('boot control')).toBe(true);
    }
  };
  try {
    const end = await lab.run(cutAt, MOST_BOOTS, look);
    const slot = release === broken ? 'a' : 'b';
    expect(end, lab.log.join('\n')).toEqual({ kind: 'idle', slot });
    expect((await lab.bootState()).slots[slot].successful).toBe(true);
    return lab.total;
  } finally {
    lab.dispose();
  }
}

it.each<{ readonly lost: readonly LabMemory[] }>([
  { lost: ['store'] },
  { lost: ['vault'] },
  { lost: ['store', 'vault'] },
  { lost: ['boot control'] },
  { lost: ['store', 'vault', 'boot control'] },
])('$lost', async ({ lost }) => {
  for (const release of [stories.fresh, stories.broken]) {
    const writes = await story(release, []);
    for (let cutAt = 1; cutAt <= writes; cutAt += STRIDE) await story(release, lost, cutAt);
  }
});
