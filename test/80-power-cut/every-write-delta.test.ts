/**
 * The key test for an update that comes by way of the booted slot: delta frames and copied chunks. The power is
 * cut at every durable write, and once more when the booted slot holds other bytes than the delta was made for.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withBootedReads } from '../75-rules/stories.ts';
import { everyCut, optionsFor } from './every-write.ts';
import { editedImages, type LabFolder, labFolder, type PublishedRelease } from './lab-releases.ts';

/** A delta that is withheld, a copy, a delta, noise, a copy. */
const CHUNKS = 5;

let folder: LabFolder;
let factory: PublishedRelease;
let fresh: PublishedRelease;
beforeAll(async () => {
  folder = await labFolder(CHUNKS);
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2, {}, { images: editedImages(factory, 5), base: factory });
});
afterAll(() => folder.remove());

it.each([1, 2])(
  'ends on the new release, byte for byte, and never fetches a full frame (seed %i)',
  async (seed) => {
    await everyCut(optionsFor(folder, factory, fresh, seed), async (lab, end) => {
      expect(end).toEqual({ kind: 'idle', slot: 'b' });
      expect(lab.contentOf('b')).toBe(fresh);
      expect(lab.contentOf('a'), 'the booted slot was never written').toBe(factory);
      expect((await lab.bootState()).slots.b.successful).toBe(true);
      const said = lab.log.join('\n');
      expect(said).toContain('update-planned');
      expect(said).not.toContain('chunks-fell');
    });
  },
);

it('ends there too when every read of the booted slot is wrong in one byte: by the full frames', async () => {
  const options = optionsFor(folder, factory, fresh, 3);
  await everyCut(
    { ...options, alter: (parts) => withBootedReads(parts, 'a', (bytes) => bytes.fill(7, 0, 1)) },
    async (lab, end) => {
      expect(end).toEqual({ kind: 'idle', slot: 'b' });
      expect(lab.contentOf('b')).toBe(fresh);
      expect(lab.log.join('\n')).toContain('chunks-fell');
      expect((await lab.vaultRecord()).record.failures).toEqual([]);
    },
  );
});
