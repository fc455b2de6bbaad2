/**
 * Vault, boot control and store tell of one update together, and a cut or a fault leaves them apart: what each start
 * makes of that, and that nobody's wish, count or way back is lost in between.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AgentError,
  createFolderSource,
  type Device,
  obeyCancel,
  obeyRollback,
  openStore,
  type Store,
  update,
} from '../../agent/index.ts';
import { generateKeyPair, keyRing } from '../../format/index.ts';
import { changeChannel } from '../../release/index.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { codeOf, DAEMON, orReset, PERSON, type Published, republish, World } from './world.ts';

const never = new AbortController().signal;
/** A gate that is shut ends the walk at once. */
const AT_ONCE = { ...DAEMON, gatePatienceMs: 0 };
const channelKey = generateKeyPair('channel');
const channelKeys: Device['channelKeys'] = async () => ({
  ring: keyRing([channelKey.publicKey]),
  threshold: 1,
});

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let asking: Published;
let patient: Published;
let served: string;
let world: World;
beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  asking = await republish(folder, fresh, { apply: 'ask' });
  patient = await republish(folder, fresh, { apply: 'next-boot' });
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh);
  served = await mkdtemp(join(tmpdir(), 'donabe-served-'));
});
afterEach(async () => {
  world.dispose();
  await rm(served, { recursive: true, force: true });
});

const serve = ({ published }: Published): Promise<void> => cp(published, served, { recursive: true });
const announce = (change: Parameters<typeof changeChannel>[1]): Promise<unknown> =>
  changeChannel(served, change, { keys: [channelKey.privateKey], created: '2026-05-01T00:00:00Z' });
const walk = (device: Device, from = served, how = AT_ONCE) =>
  orReset(() => update(device, createFolderSource(from), how, never));
const slots = async () => (await world.bootControl().read()).slots;
const active = async () => (await world.bootControl().read()).active;
const failures = async () => (await world.record()).failures;

/** The same with other members. */
function withMembers<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get: (_target, name) => {
      const member: unknown = Reflect.get(Object.hasOwn(members, name) ? members : target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** The data partition does not mount: what is told to the store is forgotten with the process. */
const inMemory = (): Pick<Device, 'store' | 'storeFault'> => ({
  store: openStore(':memory:', { mayMigrate: true }).store,
  storeFault: new AgentError('STORE_UNWRITABLE', 'It is full.'),
});
const unreadable = (store: Store): Store =>
  withMembers(store, {
    deployment: () => {
      throw new AgentError('STORE_UNREADABLE', 'It cannot be read.');
    },
  });

async function damage(slot: 'a' | 'b'): Promise<void> {
  const handle = world.disks[slot]['boot']?.open();
  await handle?.write(70_000, new Uint8Array(64).fill(3));
  await handle?.flush();
}

/** Installed, booted, confirmed. */
async function running(release: Published): Promise<Device> {
  await world.installed(release);
  await world.walk(await world.boot(), undefined);
  return world.boot();
}

describe('an answer that nothing has changed', () => {
  it('is about the offer that was settled, not about a release that was replaced by the booted one', async () => {
    await serve(asking);
    const device = await world.boot();
    expect(await walk(device)).toMatchObject({ kind: 'needs-consent' });
    await serve(factory);
    expect(await walk(device)).toMatchObject({ kind: 'already-installed' });
    world.store.setFact('consented-identity', fresh.seal.identity);
    expect(await walk(device)).toMatchObject({ kind: 'nothing-new' });
  });

  it('goes on with the same release, wherever it was begun from', async () => {
    const device = await world.boot();
    expect(await walk(device, asking.published)).toMatchObject({ kind: 'needs-consent' });
    await serve(asking);
    expect(await walk(device)).toMatchObject({ kind: 'needs-consent' });
    world.store.setFact('consented-identity', fresh.seal.identity);
    expect(await walk(device)).toBe('reset');
  });
});

describe('active for the next boot', () => {
  it('and killed before the row said so: a pause takes it back all the same', async () => {
    await serve(patient);
    await announce({});
    const device = await world.boot({ channelKeys });
    const store = withMembers(device.store, {
      setState: (id, state, boot) => {
        if (state === 'activated') throw new AgentError('STORE_UNWRITABLE', 'Killed.');
        device.store.setState(id, state, boot);
      },
    });
    expect(await codeOf(walk({ ...device, store }))).toBe('STORE_UNWRITABLE');
    expect(await active()).toBe('b');
    await announce({ paused: true });
    const again = await world.start('a', { channelKeys });
    expect(await world.walk(again, { published: served }, AT_ONCE)).toBe('held');
    expect(await active()).toBe('a');
  });

  it('it is not booted by the agent when the store is lost', async () => {
    await serve(patient);
    expect(await walk(await world.boot())).toMatchObject({ kind: 'awaits-next-boot' });
    expect(await world.walk(await world.start('a', inMemory()), undefined)).toBe('entered');
    expect(await active()).toBe('b');
  });

  it('because a person wanted it: neither a share nor a pause of the roll-out takes it back', async () => {
    await serve(patient);
    await announce({ percent: 0 });
    const device = await world.boot({ channelKeys });
    expect(await walk(device, served, { ...PERSON, gatePatienceMs: 0 })).toMatchObject({
      kind: 'awaits-next-boot',
    });
    await announce({ paused: true });
    expect(await walk(device)).toMatchObject({ kind: 'awaits-next-boot' });
    expect(await active()).toBe('b');
  });

  it('a slot whose seal is broken is taken back though the store cannot be read', async () => {
    await serve(patient);
    expect(await walk(await world.boot())).toMatchObject({ kind: 'awaits-next-boot' });
    await damage('b');
    const device = await world.start('a');
    await codeOf(world.walk({ ...device, store: unreadable(device.store) }, undefined));
    expect(await active()).toBe('a');
  });
});

describe('a way back', () => {
  it('that was cut between its two writes stays bootable when its release is withdrawn', async () => {
    const device = await running(fresh);
    const bootControl = withMembers(device.bootControl, {
      activate: async () => {
        throw new AgentError('BOOT_CONTROL_FAILED', 'Killed.');
      },
    });
    await expect(obeyRollback({ ...device, bootControl }, never)).rejects.toThrow('Killed');
    expect(await active()).toBe('b');
    await serve(fresh);
    await announce({ withdrawn: { identity: factory.seal.identity, reason: 'old' } });
    await world.walk(await world.boot({ channelKeys }), { published: served });
    expect((await slots()).a.bootable).toBe(true);
  });

  it('is booted though the store cannot be read', async () => {
    const device = await running(fresh);
    await obeyRollback(device, never);
    expect(await world.walk({ ...device, store: unreadable(device.store) }, undefined)).toBe('reset');
  });

  it('is found by a person beside a data partition that is read-only', async () => {
    const device = await running(fresh);
    const readOnly = (): never => {
      throw new AgentError('STORE_UNWRITABLE', 'It is read-only.');
    };
    await obeyRollback({ ...device, store: withMembers(device.store, { setFailures: readOnly }) }, never);
    expect(await active()).toBe('a');
    expect(await failures()).toMatchObject([{ identity: fresh.seal.identity, failedTrials: 1 }]);
  });

  it('that a person takes back leaves no failure on the release that stays', async () => {
    const device = await running(fresh);
    await obeyRollback(device, never);
    await obeyCancel(device);
    expect(await active()).toBe('b');
    expect(await failures()).toEqual([]);
    expect(world.store.failures(fresh.seal.identity)).toBeUndefined();
  });

  it('is no release that was cancelled and never ran, not even for recovery', async () => {
    await serve(asking);
    const device = await world.boot();
    expect(await walk(device)).toMatchObject({ kind: 'needs-consent' });
    await obeyCancel(device);
    const agentStarts = { boot: device.bootId, count: 4 };
    await world.tellVault((record) => ({ ...record, agentStarts }));
    expect(await codeOf(world.walk(device, undefined))).toBe('AGENT_KEEPS_FAILING');
    expect(await active()).toBe('a');
  });

  it('nor one that is active and was never booted', async () => {
    await serve(patient);
    const device = await world.boot();
    expect(await walk(device)).toMatchObject({ kind: 'awaits-next-boot' });
    await world.tellVault((record) => ({ ...record, agentStarts: { boot: device.bootId, count: 4 } }));
    expect(await codeOf(world.walk(device, undefined))).toBe('AGENT_KEEPS_FAILING');
  });
});

describe('a trial without a word', () => {
  async function pulledOutThrice(): Promise<void> {
    await world.installed(fresh);
    for (let boot = 0; boot < 3; boot += 1) expect(await world.bootLoader()).toBe('b');
  }

  it('that ends beside a store in memory is counted once', async () => {
    await pulledOutThrice();
    const device = await world.boot(inMemory());
    expect(device.booted).toBe('a');
    expect(await world.walk(device, undefined)).toBe('entered');
    expect(await failures()).toMatchObject([{ silentTrials: 1 }]);
    expect(await world.walk(await world.boot(), undefined)).toBe('entered');
    expect(await failures()).toMatchObject([{ silentTrials: 1 }]);
    expect(world.store.failures(fresh.seal.identity)).toMatchObject({ silentTrials: 1 });
    expect(world.store.history(1)).toMatchObject([{ outcome: 'rolled-back' }]);
  });

  it('is counted by the daemon, too, when the vault was lost meanwhile', async () => {
    for (const silentTrials of [1, 2]) {
      await pulledOutThrice();
      if (silentTrials === 2) await loseVault();
      expect(await world.live(await world.boot(), {})).toBe('asleep');
      expect(world.store.failures(fresh.seal.identity)).toMatchObject({ silentTrials });
    }
  });

  it('is none when an activation was taken back beside a store in memory', async () => {
    await serve(patient);
    expect(await walk(await world.boot())).toMatchObject({ kind: 'awaits-next-boot' });
    await damage('b');
    await world.walk(await world.start('a', inMemory()), undefined);
    expect(await active()).toBe('a');
    expect(await world.walk(await world.start('a'), undefined)).toBe('entered');
    expect(await failures()).toEqual([]);
    expect(world.row).toBeUndefined();
    expect(world.store.history(1)).toMatchObject([{ outcome: 'abandoned', code: 'STORE_UNWRITABLE' }]);
  });

  async function loseVault(): Promise<void> {
    for (const disk of world.vaultDisks) {
      const handle = disk.open();
      await handle.write(0, new Uint8Array(disk.size));
      await handle.flush();
    }
  }
});
