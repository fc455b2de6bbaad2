/**
 * The key test: the power is cut at every durable write of a whole update, with what was not flushed dropped,
 * kept or torn. Whatever happens, the appliance ends on a release that somebody made and signed.
 * One test file per seed, so that they run side by side.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SLOT_NAMES } from '../../bootctl/index.ts';
import { type BootEnd, Lab, type LabOptions, type LabRelease } from '../../fixtures/index.ts';
import { type LabFolder, labFolder, PARTITION_BYTES } from './lab-releases.ts';

/** Boots that one cut may cost at most: two trials of three tries, and the way there and back. */
export const MOST_BOOTS = 16;
/** An update with fewer durable writes than this was not looked at closely enough. */
const LEAST_CUT_POINTS = 50;

export function optionsFor(
  folder: LabFolder,
  factory: LabRelease,
  release: LabRelease & { published: string },
  seed: number,
): LabOptions {
  return {
    seed,
    factory,
    releases: [factory, release],
    published: release.published,
    ring: folder.keys.ring,
    partitionBytes: PARTITION_BYTES,
  };
}

/** True at every instant at which the power is off: somebody can boot, and nobody boots what nobody released. */
export async function expectSafe(lab: Lab, end: BootEnd): Promise<void> {
  expect(end.kind, lab.log.join('\n')).not.toBe('bricked');
  const state = await lab.bootState();
  expect(state.active, 'a slot is active').toBeDefined();
  const bootable = SLOT_NAMES.filter((slot) => state.slots[slot].bootable);
  for (const slot of bootable)
    expect(lab.contentOf(slot), `bootable slot ${slot} holds a release`).toBeDefined();
  for (const slot of SLOT_NAMES) {
    const held =
      lab.contentOf(slot) !== undefined || lab.withoutBeginning(slot) || !state.slots[slot].bootable;
    expect(held, `slot ${slot} cannot boot by accident`).toBe(true);
  }
}

/** One story with one cut; returns the labels of its durable writes. */
async function story(
  options: LabOptions,
  cutAt: number | undefined,
  ending: (lab: Lab, end: BootEnd) => Promise<void>,
): Promise<readonly string[]> {
  const lab = await Lab.create(options);
  try {
    const end = await lab.run(cutAt, MOST_BOOTS, (step) => expectSafe(lab, step));
    await ending(lab, end);
    return [...lab.writes];
  } finally {
    lab.dispose();
  }
}

/**
 * The story without a cut, then with a cut at each of its durable writes, from the first one whose label `from` takes;
 * gives how many there are.
 */
export async function everyCut(
  options: LabOptions,
  ending: (lab: Lab, end: BootEnd) => Promise<void>,
  from: (label: string) => boolean = () => true,
): Promise<number> {
  const labels = await story(options, undefined, ending);
  const writes = labels.length;
  for (let cutAt = labels.findIndex(from) + 1; cutAt <= writes; cutAt += 1) {
    try {
      await story(options, cutAt, ending);
    } catch (error) {
      throw new Error(`seed ${options.seed}, cut at durable write ${cutAt} of ${writes}`, { cause: error });
    }
  }
  return writes;
}

/** The tests of one seed. */
export function describeEveryWrite(seed: number): void {
  describe(`power cut at every durable write, seed ${seed}`, () => {
    let folder: LabFolder;
    let factory: LabRelease;
    let fresh: LabRelease & { published: string };
    let broken: LabRelease & { published: string };

    beforeAll(async () => {
      folder = await labFolder();
      factory = await folder.publish('1.0.0', 1);
      fresh = await folder.publish('2.0.0', 2);
      broken = await folder.publish('2.0.1', 3, { healthy: false });
    });
    afterAll(() => folder.remove());

    it('of an update that succeeds: ends on the new release, confirmed', async () => {
      const writes = await everyCut(optionsFor(folder, factory, fresh, seed), async (lab, end) => {
        expect(end).toEqual({ kind: 'idle', slot: 'b' });
        expect(lab.contentOf('b')).toBe(fresh);
        expect(lab.contentOf('a'), 'the booted slot was never written').toBe(factory);
        const state = await lab.bootState();
        expect(state.slots.b.successful).toBe(true);
        const { record } = await lab.vaultRecord();
        expect(record.trial).toBeUndefined();
        expect(record.floors.sequence).toBe(2);
      });
      expect(writes).toBeGreaterThanOrEqual(LEAST_CUT_POINTS);
    });

    it('of an update whose health check fails: ends on the old release, which refuses it from then on', async () => {
      const writes = await everyCut(optionsFor(folder, factory, broken, seed), async (lab, end) => {
        expect(end).toEqual({ kind: 'idle', slot: 'a' });
        expect(lab.contentOf('a')).toBe(factory);
        const { record } = await lab.vaultRecord();
        expect(record.trial).toBeUndefined();
        const counts = record.failures.find(({ identity }) => identity === broken.seal.identity);
        expect(counts?.failedTrials).toBe(1);
        expect(lab.log.join('\n')).toContain('RELEASE_FAILED_BEFORE');
      });
      expect(writes).toBeGreaterThanOrEqual(LEAST_CUT_POINTS);
    });
  });
}
