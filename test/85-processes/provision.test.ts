/** The factory's last step on a flashed board: from blank boot control and vault to a device that boots and updates. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openFileVault } from '../../agent/index.ts';
import { configurationTemplate, type SystemRelease } from '../../fixtures/index.ts';
import { Kitchen } from './kitchen.ts';
import { Workshop } from './workshop.ts';

const ASLEEP = { configuration: configurationTemplate({ pollIntervalS: 3600 }) };

let workshop: Workshop;
let factory: SystemRelease;
let other: SystemRelease;
let kitchen: Kitchen;
beforeAll(async () => {
  workshop = await Workshop.open();
  factory = await workshop.build({ version: '1.0.0', sequence: 1, tree: ASLEEP });
  other = await workshop.build({ version: '1.0.0', sequence: 2, tree: ASLEEP });
});
afterAll(() => workshop.close());
beforeEach(async () => {
  kitchen = await Kitchen.open(workshop, factory);
  const board = await kitchen.switchOn();
  await board.waitForLine(/walk-ended|looked:/);
  process.kill((await board.status()).agentPid ?? 0, 'SIGTERM');
  await board.waitForLine(/boot: agent ended: exit status 0/);
});
afterEach(async () => {
  expect(await kitchen.close()).toEqual([]);
});

async function blank(path: string): Promise<void> {
  await writeFile(path, new Uint8Array((await stat(path)).size));
}

it('a blank device is sealed and gets its boot control; a second time changes nothing', async () => {
  const { misc, vault, folder } = kitchen.appliance.places;
  for (const path of [misc, ...vault]) await blank(path);
  const file = join(folder, 'report.json');
  const first = await kitchen.donabe('provision', factory.folder, '--report', file, '--json');
  expect(first, first.stderr).toMatchObject({ status: 0 });
  const report = JSON.parse(first.stdout);
  expect(report).toMatchObject({
    version: '1.0.0',
    identity: factory.identity,
    booted: 'a',
    bootControl: 'initialised',
    slots: { a: { sealed: true }, b: { sealed: false } },
    trustedKeys: 1,
  });
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(report);
  expect(await kitchen.observer.bootState()).toMatchObject({
    active: 'a',
    slots: { a: { successful: true }, b: { bootable: false } },
  });

  const again = await kitchen.donabe('provision', factory.folder);
  expect(again.stdout).toMatch(/boot control: kept\nslot a: sealed .*\nslot b: NOT SEALED/);
  expect(await kitchen.donabe('verify', 'a')).toMatchObject({ status: 0 });
  await kitchen.board.reset();
  await kitchen.board.waitForLine(/\[2\] agent: .*agent-started/);
});

it('another release than the flashed one seals nothing and makes no boot control', async () => {
  const { misc, vault } = kitchen.appliance.places;
  for (const path of [misc, ...vault]) await blank(path);
  const refused = await kitchen.donabe('provision', other.folder);
  expect(refused).toMatchObject({ status: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^SEAL_BROKEN: The booted slot is not the release: rootfs of slot a/);
  const opened = await openFileVault(...vault);
  expect((await opened.read()).record.seals).toEqual({});
  await opened.close();
  expect((await readFile(misc)).every((byte) => byte === 0)).toBe(true);
});

it('a release that nobody trusted has signed is refused', async () => {
  const envelope = JSON.parse(await readFile(join(factory.folder, 'release.json'), 'utf8'));
  envelope.signatures[0].sig = Buffer.alloc(64, 1).toString('base64');
  const folder = join(kitchen.appliance.places.folder, 'forged');
  await mkdir(folder);
  await writeFile(join(folder, 'release.json'), JSON.stringify(envelope));
  const refused = await kitchen.donabe('provision', folder);
  expect(refused).toMatchObject({ status: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^MANIFEST_REJECTED: /);
});
