/** Rule 16: a command that walks makes way for a request, in good order, as the agent does. Real processes. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { configurationTemplate, type SystemRelease } from '../../fixtures/index.ts';
import { Kitchen } from '../85-processes/kitchen.ts';
import { Workshop } from '../85-processes/workshop.ts';

/** The agent looks once when it starts and then sleeps for longer than the test takes. */
const ASLEEP = { configuration: configurationTemplate({ pollIntervalS: 3600 }) };
/** Slow enough for a command to come in the middle. */
const BYTES_PER_SECOND = 128 * 1024;

let workshop: Workshop;
let factory: SystemRelease;
let good: SystemRelease;
let kitchen: Kitchen;
beforeAll(async () => {
  workshop = await Workshop.open();
  factory = await workshop.build({ version: '1.0.0', sequence: 1, tree: ASLEEP });
  good = await workshop.build({ version: '1.1.0', sequence: 2, tree: ASLEEP });
});
afterAll(() => workshop.close());
afterEach(async () => {
  expect(await kitchen.close()).toEqual([]);
});

it('cancel beside an install by hand: the install stops after its chunk, and the update is cancelled', async () => {
  kitchen = await Kitchen.open(workshop, factory, { bytesPerSecond: BYTES_PER_SECOND });
  await (await kitchen.switchOn()).waitForLine(/walk-ended|looked:/);
  await kitchen.publish(good);
  const install = kitchen.donabe('install', kitchen.server.url, '--json');
  await expect
    .poll(async () => JSON.parse((await kitchen.donabe('status', '--json')).stdout).deployment?.state, {
      timeout: 60_000,
    })
    .toBe('fetching');

  const cancel = await kitchen.donabe('cancel');
  expect(cancel).toMatchObject({ status: 0, stdout: 'release 1.1.0 was cancelled\n' });
  const { status, stdout } = await install;
  expect(status).toBe(0);
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({ kind: 'stopped' });
});
