/** Persons and the walk: consent, next boot, cancel, rollback, force, and requests in every order of events. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AgentError,
  createFolderSource,
  obeyCancel,
  obeyRollback,
  type Source,
  Stopped,
} from '../../agent/index.ts';
import { CHUNK, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { codeOf, FORCE, type Mood, moodyMcu, PERSON, type Published, republish, World } from './world.ts';

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let next: Published;
let asking: Published;
let patient: Published;
let expiring: Published;
let world: World;
const never = new AbortController().signal;

beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  next = await folder.publish('3.0.0', 3);
  asking = await republish(folder, fresh, { apply: 'ask' });
  patient = await republish(folder, fresh, { apply: 'next-boot' });
  expiring = await republish(folder, fresh, { expires: '2026-06-01T12:00:00Z' });
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh, next);
});
afterEach(() => world.dispose());

const state = async (): Promise<Awaited<ReturnType<ReturnType<World['bootControl']>['read']>>> =>
  world.bootControl().read();

/** Slot b runs 2.0.0 and is good, slot a is the way back. */
async function updated(): Promise<void> {
  await world.installed(fresh);
  await world.walk(await world.boot(), undefined);
}

describe('policy ask', () => {
  it('ends finalised and unbootable; a yes activates without fetching again', async () => {
    const device = await world.boot();
    expect(await world.walk(device, asking)).toBe('needs-consent');
    expect(await world.walk(device, asking)).toBe('needs-consent');
    expect((await state()).slots.b.bootable).toBe(false);
    const fetched = world.row?.bytes.fetched;
    expect(await world.walk(device, asking, PERSON)).toBe('reset');
    expect(world.row?.bytes.fetched).toBe(fetched);
  });

  it('in a later kernel boot reads the slot again, and repairs what rotted meanwhile', async () => {
    expect(await world.walk(await world.boot(), asking)).toBe('needs-consent');
    const handle = world.disks.b['boot']?.open();
    await handle?.write(3 * CHUNK, new Uint8Array(64).fill(3));
    await handle?.flush();
    expect(await world.walk(await world.boot(), asking, PERSON)).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
  });
});

describe('policy next-boot', () => {
  it('activates and waits for the power-on, over polls and restarts', async () => {
    const device = await world.boot();
    expect(await world.walk(device, patient)).toBe('awaits-next-boot');
    expect((await state()).active).toBe('b');
    expect(await world.walk(device, patient)).toBe('awaits-next-boot');
    expect(await world.walk(await world.start('a'), patient)).toBe('awaits-next-boot');
    expect((await world.boot()).booted).toBe('b');
  });

  it('does not ask the cooker: activating disturbs nobody', async () => {
    const mcu = moodyMcu(() => 'busy');
    expect(await world.walk(await world.boot({ mcu }), patient)).toBe('awaits-next-boot');
  });

  it('can be cancelled, and is then left alone until a person asks', async () => {
    const device = await world.boot();
    await world.walk(device, patient);
    expect(await obeyCancel(device)).toContain('2.0.0');
    expect((await state()).active).toBe('a');
    expect((await state()).slots.b.bootable).toBe(false);
    expect((await world.record()).trial).toBeUndefined();
    expect(await codeOf(world.walk(device, patient))).toBe('CANCELLED');
    expect(await world.walk(device, patient, PERSON)).toBe('awaits-next-boot');
  });

  it('can be cancelled when the store has forgotten it, and is left alone too', async () => {
    const device = await world.boot();
    await world.walk(device, patient);
    const row = world.row;
    if (row === undefined) throw new Error('no row');
    const ending = { code: '', reason: '', at: 1, rollbackMs: undefined, bytes: undefined };
    world.store.close(row.id, 'replaced', ending);
    await obeyCancel(device);
    expect(await codeOf(world.walk(device, patient))).toBe('CANCELLED');
  });

  it('with a slot that rots before the power-on is taken back', async () => {
    await world.walk(await world.boot(), patient);
    const handle = world.disks.b['boot']?.open();
    await handle?.write(3 * CHUNK, new Uint8Array(64).fill(3));
    await handle?.flush();
    expect(await world.walk(await world.start('a'), undefined)).toBe('entered');
    expect((await state()).active).toBe('a');
    expect(world.store.history(1)).toMatchObject([{ outcome: 'abandoned', code: 'SEAL_BROKEN' }]);
  });

  it('can be replaced; at no durable write does the old content stand under the new name', async () => {
    const device = await world.boot();
    await world.walk(device, patient);
    const seen: string[] = [];
    const store = new Proxy(world.store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name === 'open') seen.push('open');
        return value.bind(target);
      },
    });
    const bootControl = world.bootControl();
    const deactivate = bootControl.deactivate.bind(bootControl);
    bootControl.deactivate = async (target, booted) => {
      seen.push('deactivate');
      await deactivate(target, booted);
    };
    expect(await world.walk({ ...device, store, bootControl }, next)).toBe('reset');
    expect(seen).toEqual(['deactivate', 'open']);
    expect(world.store.history(1)).toMatchObject([{ outcome: 'replaced', version: '2.0.0' }]);
    expect((await world.boot()).profile.bootedVersion).toBe('3.0.0');
  });

  it('does not hold back the reboot of a rollback that a person asked for', async () => {
    await updated();
    const device = await world.boot();
    await obeyRollback(device, never);
    expect(await world.walk(device, undefined)).toBe('reset');
  });
});

describe('cancel', () => {
  it('without an update has nothing to do', async () => {
    expect(await codeOf(obeyCancel(await world.boot()))).toBe('NOTHING_TO_DO');
  });

  it('while it fetches ends the deployment', async () => {
    const stop = new AbortController();
    const device = await world.boot();
    device.reporter.on('progressed', ({ bytes }) => {
      if (bytes.written >= 3 * CHUNK) stop.abort('request');
    });
    await expect(world.walk(device, fresh, undefined, stop.signal)).rejects.toBeInstanceOf(Stopped);
    await obeyCancel(device);
    expect(world.row).toBeUndefined();
    expect(world.store.history(1)).toMatchObject([{ outcome: 'cancelled' }]);
    expect(await codeOf(world.walk(device, fresh))).toBe('CANCELLED');
    expect(await world.walk(device, next)).toBe('reset');
  });

  it('while the flip waits for the cooker takes the flip back, through the daemon', async () => {
    let mood: Mood = 'free';
    const mcu = moodyMcu(() => mood);
    const device = await world.boot({ mcu });
    const daemon = world.daemon(device, { source: createFolderSource(fresh.published) });
    let asked = false;
    device.reporter.on('progressed', ({ phase }) => {
      if (phase === 'activating') mood = 'busy';
      if (phase !== 'waiting' || mood !== 'busy') return;
      if (!asked) {
        asked = true;
        world.store.addRequest('cancel', 'a');
        daemon.poke();
      }
    });
    device.reporter.on('happened', ({ name }) => {
      if (name === 'walk-ended') daemon.stop();
    });
    await daemon.run();
    expect((await state()).active).toBe('a');
    expect(world.store.request(1)?.answer).toBe('ok: release 2.0.0 was cancelled');
    expect(world.said()).toContain('CANCELLED');
  });

  it('of a rollback keeps the way back', async () => {
    await updated();
    const device = await world.boot();
    await obeyRollback(device, never);
    expect((await state()).active).toBe('a');
    await obeyCancel(device);
    expect((await state()).active).toBe('b');
    expect((await state()).slots.a.bootable).toBe(true);
    expect((await state()).slots.b.successful).toBe(true);
    expect((await world.record()).trial).toBeUndefined();
  });
});

describe('rollback on a good slot', () => {
  it('goes to the other one, which is confirmed there; what was left is not installed again by itself', async () => {
    await updated();
    const device = await world.boot();
    expect(await obeyRollback(device, never)).toContain('slot a is active');
    expect(await world.walk(device, undefined)).toBe('reset');
    const back = await world.boot();
    expect(back.booted).toBe('a');
    expect(await codeOf(world.walk(back, fresh))).toBe('RELEASE_FAILED_BEFORE');
    expect((await state()).slots.a.successful).toBe(true);
    // Floors do not sink.
    expect((await world.record()).floors.sequence).toBe(2);
  });

  it('repeated before the reboot does nothing twice', async () => {
    await updated();
    const device = await world.boot();
    await obeyRollback(device, never);
    await obeyRollback(device, never);
    expect((await state()).active).toBe('a');
  });

  it('is refused when the other slot is an empty one', async () => {
    expect(await codeOf(obeyRollback(await world.boot(), never))).toBe('SEAL_BROKEN');
    expect((await state()).active).toBe('a');
  });

  it('never goes forward into a release that waits for a yes', async () => {
    const device = await world.boot();
    await world.walk(device, asking);
    expect(await codeOf(obeyRollback(device, never))).toBe('NO_FALLBACK');
    expect((await state()).active).toBe('a');
    expect((await world.record()).failures).toEqual([]);
  });

  it('never goes forward into a release that waits for the next boot', async () => {
    const device = await world.boot();
    await world.walk(device, patient);
    expect(await codeOf(obeyRollback(device, never))).toBe('NO_FALLBACK');
    expect((await world.record()).trial).toMatchObject({ identity: fresh.seal.identity });
    expect((await world.record()).failures).toEqual([]);
  });
});

describe('force', () => {
  it('installs an expired release, also when it was begun without force', async () => {
    const stop = new AbortController();
    const device = await world.boot();
    device.reporter.on('progressed', ({ bytes }) => {
      if (bytes.written >= 3 * CHUNK) stop.abort('terminate');
    });
    await expect(world.walk(device, expiring, undefined, stop.signal)).rejects.toBeInstanceOf(Stopped);
    world.clock.time += 24 * 3_600_000;
    const later = await world.start('a');
    expect(await codeOf(world.walk(later, expiring))).toBe('MANIFEST_EXPIRED');
    expect(await world.walk(later, expiring, FORCE)).toBe('reset');
  });

  it('installs an expired release that was finalised before it expired', async () => {
    const mood: Mood = 'busy';
    const stop = new AbortController();
    const device = await world.boot({ mcu: moodyMcu(() => mood) });
    device.reporter.on('progressed', ({ phase }) => {
      if (phase === 'waiting') stop.abort('terminate');
    });
    await expect(world.walk(device, expiring, undefined, stop.signal)).rejects.toBeInstanceOf(Stopped);
    world.clock.time += 24 * 3_600_000;
    expect(await world.walk(await world.start('a'), expiring, FORCE)).toBe('reset');
  });

  it('asked of the daemon survives a fault of the line', async () => {
    let faults = 2;
    const device = await world.boot();
    const openSource = (text: string): Source => {
      const source = createFolderSource(text);
      return {
        ...source,
        name: source.name,
        read: (name, size, signal) => source.read(name, size, signal),
        range: (name, start, end, pin, signal) => source.range(name, start, end, pin, signal),
        close: () => source.close(),
        offer: async (etag, signal) => {
          faults -= 1;
          if (faults >= 0) throw new AgentError('CONNECTION_FAILED', 'No.');
          return source.offer(etag, signal);
        },
      };
    };
    world.store.addRequest('force', fresh.published);
    expect(await world.live(device, { openSource })).toBe('reset');
    expect(world.store.request(1)?.answer).toContain('ok');
  });

  it('asked of the daemon and then cancelled is not begun', async () => {
    world.store.addRequest('force', fresh.published);
    world.store.addRequest('cancel', 'a');
    expect(await world.live(await world.boot())).toBe('asleep');
    expect(world.row).toBeUndefined();
    expect(world.store.request(2)?.answer).toMatch(/^ok/);
  });

  it('of a source that is none is answered so, and keeps no trial from ending', async () => {
    await world.installed(fresh);
    world.store.addRequest('force', 'http://[');
    const openSource = (): Source => {
      throw new AgentError('CONFIG_INVALID', 'That is no address.');
    };
    await world.live(await world.boot(), { openSource });
    expect(world.store.request(1)?.answer).toBe('CONFIG_INVALID: That is no address.');
    expect((await state()).slots.b.successful).toBe(true);
  });
});

describe('a request', () => {
  it('is obeyed once, and not in the other slot after a reboot', async () => {
    await updated();
    world.store.addRequest('rollback', 'b');
    world.store.addRequest('rollback', 'b');
    expect(await world.live(await world.boot())).toBe('reset');
    world.store.addRequest('rollback', 'b');
    const back = await world.boot();
    expect(back.booted).toBe('a');
    expect(await world.live(back)).toBe('asleep');
    expect((await state()).active).toBe('a');
    expect(world.store.request(3)?.answer).toContain('NOTHING_TO_DO');
  });

  it('to roll back that waits when a trial boots ends the trial and counts it', async () => {
    await world.installed(fresh);
    world.store.addRequest('rollback', 'b');
    expect(await world.live(await world.boot())).toBe('reset');
    const back = await world.boot();
    expect(await codeOf(world.walk(back, fresh))).toBe('RELEASE_FAILED_BEFORE');
    expect((await world.record()).failures).toMatchObject([{ failedTrials: 1 }]);
  });

  it('to roll back does not stand behind one to confirm, which may wait for the cooker', async () => {
    await world.installed(fresh);
    world.store.addRequest('confirm', 'b');
    world.store.addRequest('rollback', 'b');
    expect(await world.live(await world.boot())).toBe('reset');
    expect((await world.record()).trial?.verdict).toBe('ROLLED_BACK_BY_PERSON');
    expect((await world.boot()).booted).toBe('a');
  });

  it('to confirm comes between the failing checks of a trial', async () => {
    await world.installed(fresh);
    const device = await world.boot();
    const daemon = world.daemon(device);
    const slow = {
      name: 'slow',
      run: async (signal: AbortSignal) => {
        world.store.addRequest('confirm', 'b');
        daemon.poke();
        return { healthy: !signal.aborted, detail: 'killed' };
      },
    };
    (device.health as unknown[]).splice(0, 1, slow);
    device.reporter.on('happened', ({ name }) => {
      if (name === 'slot-marked-good') daemon.stop();
    });
    await daemon.run();
    expect((await state()).slots.b.successful).toBe(true);
    expect(world.store.request(1)?.answer).toBe('ok: slot b is marked good');
  });
});

describe('a device that lost store and vault', () => {
  it('counts a slot that was given up as one trial without a verdict, once', async () => {
    await world.installed(fresh);
    for (let hung = 0; hung < 3; hung += 1) expect(await world.bootLoader()).toBe('b');
    await world.forget();
    const device = await world.boot();
    expect(device.booted).toBe('a');
    expect(await world.walk(device, fresh)).toBe('reset');
    expect(await silentTrials()).toBe(1);
    for (let hung = 0; hung < 3; hung += 1) expect(await world.bootLoader()).toBe('b');
    expect(await world.walk(await world.boot(), fresh)).toBe('reset');
    expect(await silentTrials()).toBe(2);
  });

  it('holds nothing against another release', async () => {
    await world.installed(fresh);
    for (let hung = 0; hung < 3; hung += 1) expect(await world.bootLoader()).toBe('b');
    await world.forget();
    expect(await world.walk(await world.boot(), next)).toBe('reset');
    expect((await world.record()).failures).toEqual([]);
  });

  async function silentTrials(): Promise<number | undefined> {
    return (await world.record()).failures.find(({ identity }) => identity === fresh.seal.identity)
      ?.silentTrials;
  }
});
