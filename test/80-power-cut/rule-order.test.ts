/**
 * The key test in small: three chunks, one seed, every cut. Faults in the order of writes show here within
 * seconds, and what is counted and kept in the end is compared in full.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LabRelease } from '../../fixtures/index.ts';
import { everyCut, optionsFor } from './every-write.ts';
import { type LabFolder, labFolder } from './lab-releases.ts';

const CHUNKS = 3;

let folder: LabFolder;
let factory: LabRelease;
beforeAll(async () => {
  folder = await labFolder(CHUNKS);
  factory = await folder.publish('1.0.0', 1);
});
afterAll(() => folder.remove());

it('a small update that succeeds: new release, sealed, no failure counted', async () => {
  const fresh = await folder.publish('2.0.0', 2);
  await everyCut(optionsFor(folder, factory, fresh, 1), async (lab, end) => {
    expect(end).toEqual({ kind: 'idle', slot: 'b' });
    expect(lab.contentOf('b')).toBe(fresh);
    expect(lab.contentOf('a')).toBe(factory);
    const { slots } = await lab.bootState();
    expect(slots).toMatchObject({ a: { bootable: true, successful: true }, b: { successful: true } });
    const { record } = await lab.vaultRecord();
    expect(record).toMatchObject({ failures: [], markedBad: [], trial: undefined });
    expect(record.seals).toEqual({ a: factory.seal, b: fresh.seal });
  });
});

it('a small update whose health check fails: old release, one failed trial, counted once', async () => {
  const broken = await folder.publish('2.0.1', 3, { healthy: false });
  await everyCut(optionsFor(folder, factory, broken, 1), async (lab, end) => {
    expect(end).toEqual({ kind: 'idle', slot: 'a' });
    expect(lab.contentOf('a')).toBe(factory);
    const { slots } = await lab.bootState();
    expect(slots).toMatchObject({ a: { successful: true }, b: { bootable: false, successful: false } });
    const { record } = await lab.vaultRecord();
    expect(record.trial).toBeUndefined();
    const { identity, version } = broken.seal;
    const counts = { identity, version, installAttempts: 0, failedTrials: 1, silentTrials: 0 };
    expect(record.failures).toEqual([counts]);
  });
});
