/** Rule 8: after a day of powered silence an update may reboot the board; confirm does not hold the silence against it. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { obeyRollback } from '../../agent/index.ts';
import { type Mood, moodyMcu, type Published, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';

const HOUR_MS = 3_600_000;

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

it('waits one day, not one before the flip and one after it', async () => {
  const began = world.clock.time;
  expect(await world.walk(await world.boot({ mcu: moodyMcu(() => 'silent') }), fresh)).toBe('reset');
  const hours = (world.clock.time - began) / HOUR_MS;
  expect(hours).toBeGreaterThanOrEqual(24);
  expect(hours).toBeLessThan(25);
});

it('a plug that is pulled between flip and reboot is no reason to blame the release', async () => {
  const mcu = moodyMcu(() => 'silent');
  const device = await world.boot({ mcu });
  const bootControl = world.bootControl();
  const flip = bootControl.activate.bind(bootControl);
  bootControl.activate = async (slot, tries) => {
    await flip(slot, tries);
    throw new Error('the plug is pulled');
  };
  await expect(world.walk({ ...device, bootControl }, fresh)).rejects.toThrow('the plug is pulled');
  world.closeStore();
  const trial = await world.boot({ mcu });
  expect(trial.booted).toBe('b');
  expect(await world.walk(trial, undefined)).toBe('entered');
  expect((await world.bootControl().read()).slots.b.successful).toBe(true);
});

it('a way back that a person wants waits 15 min, and is not blamed for the silence either', async () => {
  let mood: Mood = 'free';
  const mcu = moodyMcu(() => mood);
  await world.installed(fresh);
  expect(await world.walk(await world.boot({ mcu }), undefined)).toBe('entered');
  mood = 'silent';
  const device = await world.start('b', { mcu });
  await obeyRollback(device, new AbortController().signal);
  const began = world.clock.time;
  expect(await world.walk(device, undefined)).toBe('reset');
  const hours = (world.clock.time - began) / HOUR_MS;
  expect(hours).toBeGreaterThanOrEqual(0.25);
  expect(hours).toBeLessThan(1);
  const back = await world.boot({ mcu });
  expect(back.booted).toBe('a');
  expect(await world.walk(back, undefined)).toBe('entered');
  expect((await world.bootControl().read()).slots.a.successful).toBe(true);
  expect((await world.boot({ mcu })).booted).toBe('a');
});
