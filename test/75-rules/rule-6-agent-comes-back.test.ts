/** Rule 6 and DESIGN 5: no state of memory or of failing starts in which the agent stays useless, or never rests. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AgentError } from '../../agent/index.ts';
import { POLL_MS, type Published, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let world: World;
beforeAll(async () => {
  folder = await labFolder(3);
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
});
beforeEach(async () => {
  world?.dispose();
  world = await World.create(folder.keys, factory, fresh);
});
afterAll(async () => {
  world.dispose();
  await folder.remove();
});

it('a store in memory ends the process once the trial has ended, so that the next one opens the file again', async () => {
  await world.installed(fresh);
  world.clock.longest = 2 * POLL_MS;
  const storeFault = new AgentError('STORE_UNWRITABLE', 'The data partition is full.');
  const daemon = world.daemon(await world.boot({ storeFault }));
  await expect(daemon.run()).rejects.toBe(storeFault);
  expect((await world.bootControl().read()).slots.b.successful).toBe(true);
});

it('a good slot whose agent keeps failing is tried again ever more slowly, up to an hour', async () => {
  const slept: number[] = [];
  world.clock.sleep = async (ms) => {
    slept.push(ms);
    throw new Error('asleep');
  };
  for (const starts of [3, 4, 8, 40]) {
    const device = await world.boot();
    await world.tellVault((record) => ({ ...record, agentStarts: { boot: device.bootId, count: starts } }));
    await expect(world.live(device)).rejects.toThrow('asleep');
  }
  expect(slept).toEqual([2_000, 4_000, 64_000, 3_600_000]);
});
