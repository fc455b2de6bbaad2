/**
 * Rule 12 for channels: what a key has signed once is never taken back by something older, over reboots and a lost
 * store; and the channel only ever holds back.
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Device, obeyRollback } from '../../agent/index.ts';
import { generateKeyPair, keyRing } from '../../format/index.ts';
import { changeChannel } from '../../release/index.ts';
import { codeOf, DAEMON, FORCE, PERSON, type Published, republish, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';

const CREATED = '2026-05-01T00:00:00Z';
const keys = generateKeyPair('channel');
const trusted = async () => ({ ring: keyRing([keys.publicKey]), threshold: 1 });
const signing = { keys: [keys.privateKey], created: CREATED };
/** A gate that waits ends the walk at once. */
const NOW = { ...DAEMON, gatePatienceMs: 0 };
const PERSON_NOW = { ...PERSON, gatePatienceMs: 0 };
const never = new AbortController().signal;

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let next: Published;
let served: Published;
let world: World;
let temporary: string;
beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  next = await folder.publish('3.0.0', 3);
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh, next);
  temporary = await mkdtemp(join(tmpdir(), 'donabe-channel-'));
  await serve(fresh);
});
afterEach(async () => {
  world.dispose();
  await rm(temporary, { recursive: true, force: true });
});

/** The folder that is served holds this release now; its channel stays. */
async function serve(release: Published): Promise<void> {
  await cp(release.published, temporary, { recursive: true });
  served = { ...release, published: temporary };
}

const boot = (change: Partial<Device> = {}): Promise<Device> =>
  world.boot({ channelKeys: trusted, ...change });
const change = (what: Parameters<typeof changeChannel>[1]) => changeChannel(temporary, what, signing);
const walk = (device: Device, how = NOW): Promise<string> => codeOf(world.walk(device, served, how));

describe('a channel', () => {
  it('lets a release through to those who are meant', async () => {
    await change({ percent: 0 });
    const device = await boot();
    expect(await walk(device)).toBe('no error but held');
    await change({ percent: 100, cohorts: [{ labels: ['pilot'] }] });
    expect(await walk(device)).toBe('no error but held');
    await change({ paused: true, cohorts: [] });
    expect(await walk(device)).toBe('no error but held');
    expect(world.row).toBeUndefined();
    await change({ paused: false });
    expect(await walk(device)).toBe('no error but reset');
  });

  it('that is paused during the download is heard before the flip', async () => {
    await change({});
    const device = await boot();
    device.reporter.on('progressed', ({ phase }) => {
      if (phase === 'verifying') pausing ??= change({ paused: true });
    });
    let pausing: Promise<unknown> | undefined;
    const slots = device.slots;
    const patient: Device = {
      ...device,
      slots: {
        openForReading: (...args) => slots.openForReading(...args),
        openForUpdate: async (...args) => {
          const target = await slots.openForUpdate(...args);
          const flush = target.flush.bind(target);
          target.flush = async () => {
            await pausing;
            await flush();
          };
          return target;
        },
      },
    };
    expect(await walk(patient)).toBe('no error but held');
    expect(world.row?.state).toBe('finalised');
    await change({ paused: false });
    expect(await walk(device)).toBe('no error but reset');
  });

  it('offers what it names and nothing else', async () => {
    await change({});
    await serve(next);
    expect(await walk(await boot())).toBe('no error but held');
    await change({ offered: { identity: next.seal.identity, compatible: 'donabe-cooker/lab' } });
    expect(await walk(await boot())).toBe('no error but reset');
    expect(world.contentOf('b')).toBe(next);
  });

  it('binds the daemon, not the person who names a source', async () => {
    await change({ percent: 0 });
    expect(await walk(await boot(), PERSON_NOW)).toBe('no error but reset');
    await world.walk(await boot(), undefined);
    expect(await world.walk(await boot(), factory, FORCE)).toBe('reset');
  });
});

describe('what is refused', () => {
  it('no channel where one is asked for, and none is heard where none is asked for', async () => {
    expect(await walk(await boot())).toBe('CHANNEL_MISSING');
    await writeFile(join(temporary, 'channel.json'), 'nonsense');
    expect(await walk(await boot())).toBe('CHANNEL_REJECTED');
    expect(await walk(await boot({ channelKeys: undefined }))).toBe('no error but reset');
  });

  it('another product, another key, an expired one, a release in its place', async () => {
    await changeChannel(
      temporary,
      { offered: { identity: 'ab'.repeat(32), compatible: 'other/one' } },
      signing,
    );
    expect(await walk(await boot())).toBe('CHANNEL_REJECTED');
    await rm(join(temporary, 'channel.json'));
    await changeChannel(temporary, {}, { ...signing, keys: [generateKeyPair('other').privateKey] });
    expect(await walk(await boot())).toBe('CHANNEL_REJECTED');
    await changeChannel(temporary, {}, { ...signing, expires: '2026-05-31T00:00:00Z' });
    expect(await walk(await boot())).toBe('CHANNEL_REJECTED');
    await cp(join(temporary, 'release.json'), join(temporary, 'channel.json'));
    expect(
      await walk(await boot({ channelKeys: async () => ({ ring: folder.keys.ring, threshold: 1 }) })),
    ).toBe('CHANNEL_REJECTED');
    expect(world.row).toBeUndefined();
  });

  it('an older channel, also after a reboot and with the store lost', async () => {
    await change({ percent: 100 });
    await cp(join(temporary, 'channel.json'), join(temporary, 'old.json'));
    await change({ percent: 0 });
    expect(await walk(await boot())).toBe('no error but held');
    expect((await world.record()).channels).toEqual([{ keyId: keys.publicKey.keyId, sequence: 2 }]);
    await cp(join(temporary, 'old.json'), join(temporary, 'channel.json'));
    expect(await walk(await boot())).toBe('CHANNEL_REPLAYED');
    world.closeStore();
    await rm(join(world.folder, 'store.sqlite'));
    expect(await walk(await boot())).toBe('CHANNEL_REPLAYED');
    expect(world.row).toBeUndefined();
  });
});

describe('a release that is withdrawn', () => {
  const withdraw = () => change({ withdrawn: { identity: fresh.seal.identity, reason: 'burns rice' } });

  it('is not installed, and what was fetched of it is given up', async () => {
    await change({ paused: true });
    const device = await boot();
    const asking = await republish(folder, fresh, { apply: 'ask' });
    await cp(asking.published, temporary, { recursive: true });
    await change({ paused: false });
    expect(await walk(device)).toBe('no error but needs-consent');
    await withdraw();
    expect(await walk(device)).toBe('RELEASE_WITHDRAWN');
    expect(world.row).toBeUndefined();
    expect(world.store.history(1)).toMatchObject([{ outcome: 'cancelled', code: 'RELEASE_WITHDRAWN' }]);
  });

  it('that is active and not yet booted is taken back', async () => {
    await change({});
    const patient = await republish(folder, fresh, { apply: 'next-boot' });
    await cp(patient.published, temporary, { recursive: true });
    const device = await boot();
    expect(await walk(device)).toBe('no error but awaits-next-boot');
    await withdraw();
    expect(await walk(device)).toBe('RELEASE_WITHDRAWN');
    const { active, slots } = await world.bootControl().read();
    expect(active).toBe('a');
    expect(slots.b.bootable).toBe(false);
  });

  it('that runs is never undone from afar: a rollback is offered', async () => {
    await change({});
    expect(await walk(await boot())).toBe('no error but reset');
    await withdraw();
    const device = await boot();
    expect(await walk(device)).toMatch(/^no error but (?:nothing-new|already-installed)$/);
    expect(await walk(device)).toMatch(/^no error but (?:nothing-new|already-installed)$/);
    expect(device.reporter.last.conditions).toEqual(['withdrawn']);
    expect(world.said().match(/rollback-offered/g)).toHaveLength(1);
    const state = await world.bootControl().read();
    expect([device.booted, state.active]).toEqual(['b', 'b']);
    await obeyRollback(device, never);
    expect((await world.bootControl().read()).active).toBe('a');
  });
});
