/**
 * The key test with the vendor's data under [data] (rule 15): the new release makes the data its own at each of its
 * boots. Wherever the power is cut, the release that runs in the end finds the data that it can read, whole.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataTree } from '../../fixtures/index.ts';
import { everyCut, optionsFor } from './every-write.ts';
import { type LabFolder, labFolder, type PublishedRelease } from './lab-releases.ts';

/** The slots' own cut points are walked elsewhere. */
const FEW_CHUNKS = 2;
const OLD: DataTree = { 'settings.json': 'schema 1', 'recipes/rice': 'washed' };
/** One changed, one added, one removed with its folder. */
const NEW: DataTree = { 'settings.json': 'schema 2, longer than it was', today: 'rice' };

let folder: LabFolder;
let factory: PublishedRelease;
beforeAll(async () => {
  folder = await labFolder(FEW_CHUNKS);
  factory = await folder.publish('1.0.0', 1, { data: OLD });
});
afterAll(() => folder.remove());

/** From the first write of the snapshot on: nothing before it knows of the data. */
const fromSnapshot = (label: string): boolean => label.startsWith('data: ');

it('an update that succeeds keeps what the new release made of the data', async () => {
  const fresh = await folder.publish('2.0.0', 2, { data: NEW });
  await everyCut(
    optionsFor(folder, factory, fresh, 1),
    async (lab, end) => {
      expect(end).toEqual({ kind: 'idle', slot: 'b' });
      expect(lab.data.tree).toEqual(NEW);
    },
    fromSnapshot,
  );
});

it('one whose health check fails gives the old release its data back', async () => {
  const broken = await folder.publish('2.1.0', 3, { data: NEW, healthy: false });
  await everyCut(
    optionsFor(folder, factory, broken, 2),
    async (lab, end) => {
      expect(end).toEqual({ kind: 'idle', slot: 'a' });
      expect(lab.data.tree, lab.log.join('\n')).toEqual(OLD);
      expect(lab.log.join('\n')).not.toContain('data-not-restored');
    },
    fromSnapshot,
  );
});
