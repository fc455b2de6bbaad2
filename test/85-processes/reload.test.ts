/** SIGHUP, between real processes: a bad configuration changes nothing, a good one is taken by the same process. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TREE_PLACES } from '../../fixtures/index.ts';
import { Kitchen } from './kitchen.ts';
import { Workshop } from './workshop.ts';

let workshop: Workshop;
let kitchen: Kitchen;
beforeAll(async () => {
  workshop = await Workshop.open();
  kitchen = await Kitchen.open(workshop, await workshop.factory());
});
afterAll(async () => {
  expect(await kitchen.close()).toEqual([]);
  await workshop.close();
});

it('the agent goes on with what it can run with, and installs by it', async () => {
  const board = await kitchen.switchOn();
  let seen = await board.waitForLine(/looked:/);
  const { boot, agentPid } = await board.status();
  const path = join(kitchen.appliance.places.boots, String(boot), 'root', TREE_PLACES.configuration);
  const whole = await readFile(path, 'utf8');
  const hangUp = (text: string): Promise<void> =>
    writeFile(path, text).then(() => {
      process.kill(agentPid ?? 0, 'SIGHUP');
    });

  await hangUp(whole.replace(/^tries = .*$/m, 'tries = 99'));
  seen = await board.waitForLine(/config-kept: .*boot-control.tries/, { after: seen });
  seen = await board.waitForLine(/looked:/, { after: seen });

  await hangUp(`${whole}\n[log]\nformat = "json"\n`);
  seen = await board.waitForLine(/config-read/, { after: seen });
  seen = await board.waitForLine(/"event":"agent-started"/, { after: seen });
  await board.waitForLine(/"event":"looked"/, { after: seen });
  expect((await board.status()).agentPid, 'the same process').toBe(agentPid);
  expect((await kitchen.donabe('status', '--json')).status).toBe(0);

  await kitchen.publish(await workshop.build({ version: '1.1.0', sequence: 2 }));
  await board.waitForLine(/slot-marked-good: Slot b is good: 1\.1\.0/, { after: seen });
});
