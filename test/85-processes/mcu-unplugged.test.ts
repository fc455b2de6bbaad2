/** The MCU's serial adapter is unplugged from a running board and plugged in again: the update goes on by itself. */
import { rm, symlink } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Simulator, type SystemRelease, startSimulator } from '../../fixtures/index.ts';
import { Kitchen } from './kitchen.ts';
import { Workshop } from './workshop.ts';

let workshop: Workshop;
let factory: SystemRelease;
let good: SystemRelease;
let kitchen: Kitchen;
let replugged: Simulator | undefined;
beforeAll(async () => {
  workshop = await Workshop.open();
  factory = await workshop.build({ version: '1.0.0', sequence: 1 });
  good = await workshop.build({ version: '1.1.0', sequence: 2 });
});
afterAll(() => workshop.close());
afterEach(async () => {
  const left = await kitchen.close();
  await replugged?.stop();
  expect(left).toEqual([]);
});

it('an adapter that goes away while the cooker cooks holds the update, and lets it go on when it is back', async () => {
  kitchen = await Kitchen.open(workshop, factory, { mcu: { mode: 'cooking' } });
  const { mcu: port } = kitchen.appliance.places;
  await kitchen.publish(good);
  const board = await kitchen.switchOn();
  await board.waitForLine(/the cooker is busy: cooking/);
  await rm(port);
  await kitchen.simulator.stop();
  await board.waitForLine(/the MCU is silent \(0 of 1440 min\)/);
  replugged = await startSimulator({ mode: 'idle' });
  await symlink(replugged.path, port);
  await board.waitForLine(/agent: slot-marked-good/);
  // The one that was plugged in was told of the reboot.
  expect(replugged.mcu.preparedReboots).toBe(1);
  expect((await board.status()).slot).toBe('b');
});
