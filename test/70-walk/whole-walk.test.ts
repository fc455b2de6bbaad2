/** The walk from offer to mark good, and what stops or holds it on the way. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentError, createFolderSource, type Source } from '../../agent/index.ts';
import { buildRelease } from '../../release/index.ts';
import { CHUNK, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { codeOf, type Mood, moodyMcu, POLL_MS, type Published, World } from './world.ts';

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let world: World;

beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh);
});
afterEach(() => world.dispose());

it('installs, reboots, confirms, and then has nothing to do', async () => {
  await world.installed(fresh);
  const trial = await world.boot();
  expect(trial.booted).toBe('b');
  expect(await world.walk(trial, fresh)).toBe('nothing-new');
  expect((await world.bootControl().read()).slots.b.successful).toBe(true);
  expect((await world.record()).trial).toBeUndefined();
  expect(world.store.history(9)).toMatchObject([{ outcome: 'confirmed', code: '', version: '2.0.0' }]);
  expect(world.contentOf('a')).toBe(factory);
});

describe('the interlock', () => {
  it('holds the flip while the cooker cooks, and lets it go when it is idle', async () => {
    let mood: Mood = 'busy';
    const device = await world.boot({ mcu: moodyMcu(() => mood) });
    const began = world.clock.time;
    device.reporter.on('progressed', ({ phase, reason }) => {
      if (phase === 'waiting' && world.clock.time - began > 3_600_000) mood = 'free';
      if (phase === 'waiting') expect(reason).toContain('busy');
    });
    expect(await world.walk(device, fresh)).toBe('reset');
    expect(mood).toBe('free');
    expect(world.clock.time - began).toBeGreaterThan(3_600_000);
  });

  it('that closes between flip and reboot waits with the flip made, over a restart of the agent', async () => {
    let mood: Mood = 'free';
    const mcu = moodyMcu(() => mood);
    const stop = new AbortController();
    const device = await world.boot({ mcu });
    device.reporter.on('progressed', ({ phase }) => {
      if (phase === 'activating') mood = 'busy';
      if (phase === 'waiting') stop.abort('terminate');
    });
    await expect(world.walk(device, fresh, undefined, stop.signal)).rejects.toThrow('asked to stop');
    expect((await world.bootControl().read()).active).toBe('b');
    mood = 'free';
    expect(await world.walk(await world.start('a', { mcu }), undefined)).toBe('reset');
    expect(mcu.announced).toBe(1);
    expect(world.said()).toContain('await-reboot');
  });

  it('lets an update pass after 24 h of silence, and confirm does not hold the silence against it', async () => {
    const mcu = moodyMcu(() => 'silent');
    const began = world.clock.time;
    expect(await world.walk(await world.boot({ mcu }), fresh)).toBe('reset');
    expect(world.clock.time - began).toBeGreaterThan(24 * 3_600_000);
    expect(await world.walk(await world.boot({ mcu }), fresh)).toBe('nothing-new');
    expect((await world.bootControl().read()).slots.b.successful).toBe(true);
  });
});

describe('a broken boot control', () => {
  it('after the entry is an error with a code, not the end of the process', async () => {
    const device = await world.boot();
    const source = createFolderSource(fresh.published);
    const breaking: Source = {
      ...source,
      name: source.name,
      offer: async (etag, signal) => {
        const answer = await source.offer(etag, signal);
        const misc = world.misc.open();
        await misc.write(0, new Uint8Array(8192).fill(0xff));
        await misc.flush();
        return answer;
      },
    };
    expect(await world.live(device, { source: breaking })).toBe('asleep');
    expect(world.said()).toContain('BOOT_CONTROL_FAILED');
  });
});

describe('the daemon', () => {
  it('sleeps as long as the policy of the error says', async () => {
    const slept: number[] = [];
    const sleep = world.clock.sleep.bind(world.clock);
    world.clock.sleep = async (ms, signal) => {
      slept.push(ms);
      return sleep(ms, signal);
    };
    const source = { ...createFolderSource(fresh.published), name: 'http://nowhere' };
    const failing = (code: 'CONNECTION_FAILED' | 'SERVER_FAILED'): Source => ({
      ...source,
      offer: async () => {
        throw new AgentError(code, 'No.');
      },
    });
    expect(await world.live(await world.boot(), { source: failing('SERVER_FAILED') })).toBe('asleep');
    expect(slept).toEqual([POLL_MS]);
    slept.length = 0;
    expect(await world.live(await world.boot(), { source: failing('CONNECTION_FAILED') })).toBe('asleep');
    expect(slept).toHaveLength(6);
    expect(Math.max(...slept.slice(0, 5))).toBeLessThanOrEqual(30_000);
    expect(slept.at(-1)).toBe(POLL_MS);
  });

  it('waits a second for a command that holds the lock', async () => {
    let refusals = 3;
    const lock = (): (() => void) => {
      if (refusals === 0) return () => undefined;
      refusals -= 1;
      throw new AgentError('LOCKED', 'A command walks.');
    };
    const began = world.clock.time;
    expect(await world.live(await world.boot(), { lock })).toBe('asleep');
    expect(world.clock.time - began).toBe(10_000 + 3_000);
  });
});

it('a version as long as semver allows fits into every record', async () => {
  const long = await folder.publish(`4.0.0+${'x'.repeat(200)}`, 5);
  const other = await World.create(folder.keys, factory, long);
  try {
    await other.installed(long);
    expect(await other.walk(await other.boot(), undefined)).toBe('entered');
    expect((await other.record()).seals.b?.version).toBe(long.seal.version);
  } finally {
    other.dispose();
  }
});

it('an image of one chunk, all zeros, is an image', async () => {
  const published = join(folder.folder, 'tiny');
  await mkdir(published);
  const images = { rootfs: new Uint8Array(1000), boot: new Uint8Array(CHUNK + 1) };
  for (const [each, bytes] of Object.entries(images)) await writeFile(join(published, `${each}.img`), bytes);
  await buildRelease({
    folder: published,
    images: Object.keys(images).map((each) => ({ class: each, path: join(published, `${each}.img`) })),
    compatible: 'donabe-cooker/lab',
    version: '5.0.0',
    sequence: 9,
    created: '2026-01-01T00:00:00Z',
    chunkSize: CHUNK,
    quality: 'fast',
    keys: folder.keys.privateKeys,
  });
  const device = await world.boot();
  expect(await world.walk(device, { published })).toBe('reset');
  for (const [each, bytes] of Object.entries(images)) {
    expect(world.disks.b[each]?.durable().subarray(0, bytes.length)).toEqual(bytes);
  }
});

it('a source that is gone costs nothing but time', async () => {
  const device = await world.boot();
  expect(await codeOf(world.walk(device, { published: `${fresh.published}-gone` }))).toBe(
    'SOURCE_UNREADABLE',
  );
  expect(world.row).toBeUndefined();
});

describe('the announcement of a reboot', () => {
  it.each(['MCU_SILENT', 'MCU_PORT', 'MCU_REFUSED'] as const)(
    'that ends with %s because somebody pressed start goes back to waiting',
    async (code) => {
      let mood: Mood = 'free';
      let started = 0;
      const inner = moodyMcu(() => mood);
      const mcu = {
        ...inner,
        prepareReboot: async () => {
          started += 1;
          if (started > 1) return;
          mood = 'busy';
          throw new AgentError(code, 'Somebody pressed start.');
        },
      };
      const device = await world.boot({ mcu });
      const began = world.clock.time;
      device.reporter.on('progressed', ({ phase }) => {
        if (phase === 'waiting' && world.clock.time - began > 1_800_000) mood = 'free';
      });
      expect(await world.walk(device, fresh)).toBe('reset');
      expect(mood).toBe('free');
      expect(started).toBe(2);
    },
  );

  it('that an MCU never hears does not hold the reboot for ever', async () => {
    const mcu = {
      ...moodyMcu(() => 'free'),
      prepareReboot: async () => {
        throw new AgentError('MCU_SILENT', 'What?');
      },
    };
    expect(await world.walk(await world.boot({ mcu }), fresh)).toBe('reset');
  });
});
