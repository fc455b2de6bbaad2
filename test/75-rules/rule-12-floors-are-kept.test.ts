/** Rule 12: losing one of store and vault loses no floor, also when both are lost one after the other. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Device } from '../../agent/index.ts';
import { Lab, type LabMemory } from '../../fixtures/index.ts';
import { CHUNK } from '../80-power-cut/lab-releases.ts';
import { CHUNKS, openStories, type Published, type Stories } from './stories.ts';

const MOST_BOOTS = 12;

let stories: Stories;
let older: Published;
beforeAll(async () => {
  stories = await openStories();
  older = await stories.folder.publish('1.5.0', 7);
});
afterAll(() => stories.remove());

/** An appliance that runs release 2.0.0, sequence 2, marked good. */
async function updated(alter: (device: Device) => void = () => undefined): Promise<Lab> {
  const { factory, fresh, folder } = stories;
  const lab = await Lab.create({
    seed: 1,
    factory,
    releases: [factory, fresh],
    published: fresh.published,
    ring: folder.keys.ring,
    partitionBytes: CHUNKS * CHUNK + 4096,
    alter: (parts) => {
      alter(parts.device);
      return parts;
    },
  });
  await run(lab);
  return lab;
}

async function run(lab: Lab): Promise<void> {
  await lab.run(undefined, MOST_BOOTS, async () => undefined);
}

let labs: Lab[] = [];
beforeEach(() => {
  for (const lab of labs) lab.dispose();
  labs = [];
});
afterAll(() => {
  for (const lab of labs) lab.dispose();
});

it.each<readonly [LabMemory, LabMemory]>([
  ['vault', 'store'],
  ['store', 'vault'],
])('%s lost, and %s lost after the next start', async (first, second) => {
  let sequence = Number.NaN;
  const lab = await updated(({ store }) => {
    sequence = Number(store.fact('floor-sequence') ?? '0');
  });
  labs.push(lab);
  lab.lose(first);
  await run(lab);
  lab.lose(second);
  await run(lab);
  // What the last start did not find any more it has brought back.
  await run(lab);
  expect((await lab.vaultRecord()).record.floors.sequence).toBe(2);
  expect(sequence).toBe(2);
});

it('a slot of a lower sequence that is marked good lowers no floor of the store', async () => {
  const lab = await updated((next) => {
    // As after a forced older release and a lost vault: its confirm must not sink what the store alone remembers.
    if (next.booted === 'b') next.store.setFact('floor-sequence', String(older.seal.sequence));
  });
  labs.push(lab);
  expect((await lab.vaultRecord()).record.floors.sequence).toBe(older.seal.sequence);
});
