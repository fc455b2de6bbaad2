/** The trial boot: confirm and what ends it, whose fault it is, and what survives a broken store or vault. */
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AgentError,
  createFolderSource,
  type Device,
  type HealthCheck,
  type Mcu,
  obeyConfirm,
  obeyRollback,
  Stopped,
  type Store,
  update,
} from '../../agent/index.ts';
import { keyRing } from '../../format/index.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { codeOf, type Mood, moodyMcu, orReset, type Published, World } from './world.ts';

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let sick: Published;
let next: Published;
let world: World;
const never = new AbortController().signal;

beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  sick = await folder.publish('2.0.1', 3, { healthy: false });
  next = await folder.publish('3.0.0', 4);
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh, sick, next);
});
afterEach(() => world.dispose());

const state = async (): Promise<Awaited<ReturnType<ReturnType<World['bootControl']>['read']>>> =>
  world.bootControl().read();

const goodB = async (): Promise<boolean> => (await state()).slots.b.successful;

/** A store whose every method ends with `code`. */
function brokenStore(code: 'STORE_UNREADABLE' | 'STORE_UNWRITABLE'): Store {
  const fail = (): never => {
    throw new AgentError(code, 'The data partition is gone.');
  };
  return new Proxy(world.store, { get: () => fail });
}

const unwell: HealthCheck = { name: 'unwell', run: async () => ({ healthy: false, detail: 'no steam' }) };

describe('a trial that fails', () => {
  it('is marked bad, goes back, is told in the store, and the release is refused from then on', async () => {
    await world.installed(sick);
    expect(await world.walk(await world.boot(), undefined)).toBe('reset');
    expect((await state()).slots.b.bootable).toBe(false);
    const back = await world.boot();
    expect(back.booted).toBe('a');
    expect(await codeOf(world.walk(back, sick))).toBe('RELEASE_FAILED_BEFORE');
    expect(world.store.history(1)).toMatchObject([
      { outcome: 'rolled-back', code: 'HEALTH_CHECK_FAILED', version: '2.0.1' },
    ]);
    expect(world.store.history(1)[0]?.rollbackMs).toBeGreaterThan(0);
    // Not held against the next one.
    expect(await world.walk(back, fresh)).toBe('reset');
  });

  it.each<[string, (device: Device) => Partial<Device>]>([
    ['no keys', () => ({ keys: async () => ({ ring: keyRing([]), threshold: 1 }) })],
    [
      'a key folder that cannot be read',
      () => ({
        keys: async () => {
          throw new AgentError('CONFIG_INVALID', 'No usable key.');
        },
      }),
    ],
    [
      'the other slot busy',
      (device) => ({
        slots: {
          openForReading: (slot, each) => device.slots.openForReading(slot, each),
          openForUpdate: async () => {
            throw new AgentError('SLOT_BUSY', 'Somebody mounted it.');
          },
        },
      }),
    ],
  ])('because no further update would be possible: %s', async (_name, change) => {
    await world.installed(fresh);
    const device = await world.boot();
    expect(await world.walk({ ...device, ...change(device) }, undefined)).toBe('reset');
    expect((await world.record()).trial).toMatchObject({ verdict: 'CANNOT_UPDATE_AGAIN' });
    expect((await world.boot()).booted).toBe('a');
  });

  it('with a silent MCU goes back at the deadline', async () => {
    await world.installed(fresh);
    const device = await world.boot({ mcu: moodyMcu(() => 'silent') });
    expect(await world.walk(device, undefined)).toBe('reset');
    expect((await world.record()).trial).toMatchObject({ verdict: 'CONFIRM_DEADLINE' });
    // The rollback's own reboot waits until 15 min of silence are over.
    expect(world.clock.uptime()).toBeGreaterThanOrEqual(1_500_000);
    expect((await world.boot()).booted).toBe('a');
  });

  it('with a longer deadline fails after 15 min of silence', async () => {
    await world.installed(fresh);
    const device = await world.boot({ mcu: moodyMcu(() => 'silent') });
    const policy = { ...device.policy, confirmDeadlineMs: 50 * 60_000 };
    expect(await world.walk({ ...device, policy }, undefined)).toBe('reset');
    expect((await world.record()).trial).toMatchObject({ verdict: 'HEALTH_CHECK_FAILED' });
  });

  it('while the cooker cooks: the verdict is durable at once, the reboot waits', async () => {
    await world.installed(sick);
    let mood: Mood = 'busy';
    const mcu = moodyMcu(() => mood);
    const stop = new AbortController();
    const device = await world.boot({ mcu });
    device.reporter.on('progressed', ({ phase }) => {
      if (phase === 'waiting') stop.abort('terminate');
    });
    await expect(world.walk(device, undefined, undefined, stop.signal)).rejects.toBeInstanceOf(Stopped);
    expect((await state()).active).toBe('a');
    mood = 'free';
    expect(await world.walk(await world.start('b', { mcu }), undefined)).toBe('reset');
    expect(world.said()).toContain('leave-bad-slot');
    expect(await codeOf(world.walk(await world.boot({ mcu }), sick))).toBe('RELEASE_FAILED_BEFORE');
  });
});

describe('a trial that is stopped', () => {
  it('in a health check is no verdict', async () => {
    await world.installed(fresh);
    const stop = new AbortController();
    const killed: HealthCheck = {
      name: 'killed',
      run: async () => {
        stop.abort('terminate');
        return { healthy: false, detail: 'killed by SIGTERM' };
      },
    };
    const device = await world.boot({ health: [killed] });
    await expect(world.walk(device, undefined, undefined, stop.signal)).rejects.toBeInstanceOf(Stopped);
    expect((await world.record()).trial).toMatchObject({ verdict: undefined, boots: 1 });
    expect(await world.walk(await world.start('b'), undefined)).toBe('entered');
    expect(await goodB()).toBe(true);
  });

  it('four times by restarts of the service is no agent that keeps failing', async () => {
    await world.installed(fresh);
    const mcu = moodyMcu(() => 'silent');
    await world.boot({ mcu });
    for (let restart = 0; restart < 5; restart += 1) {
      const device = await world.start('b', { mcu });
      const daemon = world.daemon(device);
      device.reporter.on('progressed', ({ status }) => {
        if (status === 'waiting') daemon.stop();
      });
      await daemon.run();
    }
    expect(world.said()).not.toContain('recover');
    expect((await world.record()).trial).toMatchObject({ verdict: undefined });
  });
});

describe('the store on a trial', () => {
  it.each(['STORE_UNREADABLE', 'STORE_UNWRITABLE'] as const)(
    'that is %s does not keep a healthy release from being marked good',
    async (code) => {
      await world.installed(fresh);
      const device = await world.boot({ store: brokenStore(code) });
      await world.live(device);
      expect(await goodB()).toBe(true);
      expect((await world.record()).floors.sequence).toBe(2);
      // The history is written when the store is back.
      expect(await world.walk(await world.boot(), fresh)).toBe('nothing-new');
      expect(world.store.history(1)).toMatchObject([{ outcome: 'confirmed' }]);
    },
  );

  it('that is gone does not keep a sick release from going back', async () => {
    await world.installed(sick);
    expect(await world.live(await world.boot({ store: brokenStore('STORE_UNREADABLE') }))).toBe('reset');
    expect((await world.record()).trial).toMatchObject({ verdict: 'HEALTH_CHECK_FAILED' });
    expect(await codeOf(world.walk(await world.boot(), sick))).toBe('RELEASE_FAILED_BEFORE');
  });

  it('that only lives in memory lets the trial end and no new walk begin', async () => {
    await world.installed(fresh);
    const storeFault = new AgentError('STORE_UNWRITABLE', 'The data partition is full.');
    const device = await world.boot({ storeFault });
    expect(await codeOf(world.walk(device, next))).toBe('STORE_UNWRITABLE');
    expect(await goodB()).toBe(true);
    expect(world.said()).toContain('store-out-of-order');
  });
});

describe('the vault on a trial', () => {
  it('that cannot be written does not keep a healthy release from being marked good', async () => {
    await world.installed(fresh);
    const device = await world.boot();
    const vault = {
      read: () => device.vault.read(),
      write: async () => {
        throw new AgentError('VAULT_WRITE_FAILED', 'Worn out.');
      },
    };
    await codeOf(world.walk({ ...device, vault }, undefined));
    expect(await goodB()).toBe(true);
    expect((await state()).active).toBe('b');
  });

  it('that is lost costs the trial nothing', async () => {
    await world.installed(fresh);
    const device = await world.boot();
    for (const disk of world.vaultDisks) {
      const handle = disk.open();
      await handle.write(0, new Uint8Array(disk.size));
      await handle.flush();
    }
    expect(await world.walk(device, undefined)).toBe('entered');
    expect(await goodB()).toBe(true);
    expect(world.store.history(1)).toMatchObject([{ outcome: 'confirmed' }]);
  });
});

describe('without a fallback', () => {
  /** A device whose only slot is on trial, and sick as long as the test says so. */
  async function alone(): Promise<void> {
    await world.bootControl().activate('a', 7);
    await world.bootControl().markUnbootable('b');
  }

  /** Reading them takes as long as real ones do: a deadline that is over is noticed. */
  const slowKeys: Device['keys'] = async () => {
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    return { ring: folder.keys.ring, threshold: 1 };
  };

  /** An MCU behind a link that gives up when it is told to. */
  function attentive(): Mcu {
    const inner = moodyMcu(() => 'free');
    return {
      ...inner,
      handshake: (signal) => {
        signal.throwIfAborted();
        return inner.handshake(signal);
      },
    };
  }

  it('a failing slot stays up and may be repaired by an update', async () => {
    await alone();
    const device = await world.boot({ health: [unwell] });
    expect(await world.walk(device, fresh)).toBe('reset');
    expect((await state()).active).toBe('b');
    expect(world.said()).toContain('no-fallback');
  });

  it('a failing slot does not run out of tries: nothing else would boot', async () => {
    await world.bootControl().activate('a', 1);
    await world.bootControl().markUnbootable('b');
    const device = await world.boot({ health: [unwell] });
    expect(await world.walk(device, undefined)).toBe('entered');
    expect((await state()).slots.a).toMatchObject({ bootable: true, successful: false });
    expect((await state()).slots.a.triesRemaining).toBe(device.policy.tries);
  });

  it('nor one whose seal holds: a broken seal is no way back and does not forbid the repair', async () => {
    await world.installed(fresh);
    await world.bootControl().markUnbootable('a');
    await world.bootControl().activate('a', 3);
    await world.bootControl().activate('b', 3);
    const handle = world.disks.a['rootfs']?.open();
    await handle?.write(100_000, new Uint8Array(8).fill(1));
    await handle?.flush();
    const device = await world.boot({ health: [unwell] });
    expect(device.booted).toBe('b');
    expect(await world.walk(device, next)).toBe('reset');
    expect(world.contentOf('a')).toBe(next);
  });

  it('nor one that cannot be read', async () => {
    await world.installed(fresh);
    await world.bootControl().markUnbootable('a');
    await world.bootControl().activate('a', 3);
    await world.bootControl().activate('b', 3);
    const dead = async (): Promise<never> => {
      throw new AgentError('SLOT_OPEN_FAILED', 'The partition is gone.');
    };
    const slots = { openForReading: dead, openForUpdate: dead };
    expect(await world.walk(await world.boot({ health: [unwell], slots }), undefined)).toBe('entered');
    expect(world.said()).toContain('no-fallback');
    expect((await state()).slots.b.bootable).toBe(true);
  });

  it('a person confirms also after the deadline', async () => {
    await alone();
    const device = await world.boot({ health: [unwell], keys: slowKeys, mcu: attentive() });
    world.clock.time += 3_600_000;
    world.clock.reach = 60_000;
    expect(await codeOf(obeyConfirm(device, never))).toContain('slot a is marked good');
  });

  it('a slot that gets well after the deadline is marked good', async () => {
    await alone();
    let healthy = false;
    const health = [{ name: 'late', run: async () => ({ healthy, detail: '' }) }];
    const device = await world.boot({ health, keys: slowKeys, mcu: attentive() });
    expect(await world.walk(device, undefined)).toBe('entered');
    world.clock.time += 3_600_000;
    world.clock.reach = 60_000;
    healthy = true;
    expect(await world.walk(device, undefined)).toBe('entered');
    expect((await state()).slots.a.successful).toBe(true);
  });

  it('a repair that fails in its turn is counted, and not tried again and again', async () => {
    await alone();
    expect(await world.walk(await world.boot({ health: [unwell] }), sick)).toBe('reset');
    const trial = await world.boot();
    expect(trial.booted).toBe('b');
    expect(await world.walk(trial, undefined)).toBe('reset');
    const back = await world.boot({ health: [unwell] });
    expect(back.booted).toBe('a');
    expect(await codeOf(world.walk(back, sick))).toBe('RELEASE_FAILED_BEFORE');
  });
});

describe('recovery', () => {
  /** Starts of the agent that end before they are up. */
  async function fail(slot: 'a' | 'b', change: Partial<Device> = {}): Promise<Device> {
    const device = await world.boot(change);
    expect(device.booted).toBe(slot);
    await world.tellVault((record) => ({ ...record, agentStarts: { boot: device.bootId, count: 3 } }));
    return device;
  }

  it('on a trial slot goes back', async () => {
    await world.installed(fresh);
    expect(await world.live(await fail('b'))).toBe('reset');
    expect((await world.record()).trial).toMatchObject({ verdict: 'AGENT_KEEPS_FAILING' });
    expect((await world.boot()).booted).toBe('a');
  });

  it('on a trial slot without a fallback gives up recovering, and goes on to confirm', async () => {
    await world.bootControl().activate('a', 3);
    const device = await fail('a');
    const sleep = world.clock.sleep.bind(world.clock);
    world.clock.longest = 7_200_000;
    let polls = 0;
    world.clock.sleep = async (ms, signal) => {
      if (ms >= 3_600_000) polls += 1;
      if (polls > 0) throw new Error('slept for an hour');
      return sleep(ms, signal);
    };
    await expect(world.live(device)).rejects.toThrow('slept for an hour');
    expect((await state()).slots.a.successful).toBe(true);
    expect(world.said()).toContain('AGENT_KEEPS_FAILING');
  });

  it('on a good slot goes to the other one whose seal holds, once', async () => {
    await world.installed(fresh);
    await world.walk(await world.boot(), undefined);
    expect(await world.live(await fail('b'))).toBe('reset');
    const recovered = await world.boot();
    expect(recovered.booted).toBe('a');
    expect(await world.walk(recovered, undefined)).toBe('entered');
    expect((await state()).slots.a.successful).toBe(true);
    // There is still a way back.
    expect((await state()).slots.b.bootable).toBe(true);
  });

  it('in boot mode recovery a good slot gives way to the other one, once', async () => {
    await world.installed(fresh);
    await world.walk(await world.boot(), undefined);
    expect(await world.live(await world.boot({ bootMode: 'recovery' }))).toBe('reset');
    const recovered = await world.boot();
    expect(recovered.booted).toBe('a');
    expect(await world.walk(recovered, undefined)).toBe('entered');
    expect((await state()).slots.b.bootable).toBe(true);
  });

  it('in boot mode recovery with nothing to recover to the ordinary doors follow', async () => {
    expect(await world.live(await world.boot({ bootMode: 'recovery' }))).toBe('asleep');
    expect((await state()).active).toBe('a');
    expect(world.said()).toContain('RECOVERY_ASKED');
    expect(world.said()).toContain('Entry: fresh');
  });

  it('in boot mode recovery a trial goes back', async () => {
    await world.installed(fresh);
    expect(await world.live(await world.boot({ bootMode: 'recovery' }))).toBe('reset');
    expect((await world.record()).trial).toMatchObject({ verdict: 'RECOVERY_ASKED' });
    expect((await world.boot()).booted).toBe('a');
  });

  it('on a good slot stays where the other one has no seal that holds, and says so until a start succeeds', async () => {
    const failing = await fail('a');
    const conditions: string[] = [];
    failing.reporter.on('happened', ({ name, message }) => {
      if (name.startsWith('condition-')) conditions.push(`${name} ${message}`);
    });
    expect(await world.live(failing)).toBe('asleep');
    expect(conditions).toEqual(['condition-begun recovery', 'condition-ended recovery']);
    expect((await state()).active).toBe('a');
    expect(world.said()).toContain('AGENT_KEEPS_FAILING');
  });

  it('on a good slot does not go to a slot that was marked bad', async () => {
    await world.installed(sick);
    await world.walk(await world.boot(), undefined);
    await world.walk(await world.boot(), undefined);
    expect(await world.live(await fail('a'))).toBe('asleep');
    expect((await state()).active).toBe('a');
  });
});

describe('a person', () => {
  it('confirms a trial: the vendor checks are waived, the others are not', async () => {
    await world.installed(sick);
    const device = await world.boot();
    const noKeys = { ...device, keys: async () => ({ ring: keyRing([]), threshold: 1 }) };
    expect(await orReset(() => obeyConfirm(noKeys, never))).toBe('reset');
    expect((await state()).slots.b.bootable).toBe(false);
  });

  it('confirms a sick release', async () => {
    await world.installed(sick);
    expect(await obeyConfirm(await world.boot(), never)).toContain('marked good');
    expect(await goodB()).toBe(true);
  });

  it('ends a trial by rollback', async () => {
    await world.installed(fresh);
    const device = await world.boot();
    await obeyRollback(device, never);
    expect(await world.walk(device, undefined)).toBe('reset');
    expect(await codeOf(world.walk(await world.boot(), fresh))).toBe('RELEASE_FAILED_BEFORE');
    expect(world.store.history(1)).toMatchObject([{ code: 'ROLLED_BACK_BY_PERSON' }]);
  });

  it('has nothing to confirm on a good slot', async () => {
    expect(await codeOf(obeyConfirm(await world.boot(), never))).toBe('NOTHING_TO_DO');
  });
});

it('a slot is never opened while the booted one is on trial and has a fallback', async () => {
  await world.installed(fresh);
  const device = await world.boot();
  const how = { forced: true, retried: true, consented: true };
  expect(await codeOf(update(device, createFolderSource(next.published), how, never))).toBe(
    'BOOTED_NOT_GOOD',
  );
  expect(world.contentOf('a')).toBe(factory);
});
