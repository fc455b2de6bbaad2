/** A cooker without a line gets its releases on a stick, between real processes, and tells a server how each ended. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configurationTemplate, type SystemRelease } from '../../fixtures/index.ts';
import { Kitchen } from './kitchen.ts';
import { publish, Workshop } from './workshop.ts';

/** Nobody polls within a test: what is found was found because it was plugged in. */
const TREE = {
  configuration: `${configurationTemplate({ baseUrls: [], pollIntervalS: 3600 })}
[media]
folders = ["@APPLIANCE@/media"]
look-interval-s = 1

[report]
url = "@SERVER@of-{device}"
`,
};

let workshop: Workshop;
let kitchen: Kitchen;
let factory: SystemRelease;
beforeAll(async () => {
  workshop = await Workshop.open();
  factory = await workshop.build({ version: '1.0.0', sequence: 1, tree: TREE });
  kitchen = await Kitchen.open(workshop, factory);
});
afterAll(async () => {
  expect(await kitchen.close()).toEqual([]);
  await workshop.close();
});

it('is found, verified and installed, and the end of it is told', async () => {
  const stick = join(kitchen.appliance.places.folder, 'media/user/STICK');
  await mkdir(join(stick, 'cooker'), { recursive: true });
  const board = await kitchen.switchOn();
  let seen = await board.waitForLine(/phase idle/);

  await publish(await workshop.build({ version: '1.1.0', sequence: 2, tree: TREE }), join(stick, 'cooker'));
  seen = await board.waitForLine(/slot-marked-good: Slot b is good: 1\.1\.0/, { after: seen });
  seen = await board.waitForLine(/result-reported/, { after: seen });
  const [report] = kitchen.server.log.requests;
  expect(JSON.parse(report?.body ?? '')).toMatchObject({
    version: '1.1.0',
    outcome: 'confirmed',
    runs: '1.1.0',
  });
});
