/** A stick beside the server: whose release is taken, what no stick may do, and what happens when it is pulled out. */
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MediaFolders } from '../../agent/adapters/media.ts';
import { SystemClock } from '../../agent/adapters/system-clock.ts';
import { AgentError, createFolderSource, type Device, type Source } from '../../agent/index.ts';
import { makeKeys } from '../../fixtures/index.ts';
import { generateKeyPair, keyRing } from '../../format/index.ts';
import { buildRelease, changeChannel } from '../../release/index.ts';
import { CHUNK, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { FORCE, type Mood, moodyMcu, POLL_MS, type Published, republish, World } from './world.ts';

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let newer: Published;
let asking: Published;
let place: string;
let world: World;
beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  newer = await folder.publish('3.0.0', 3);
  asking = await republish(folder, fresh, { apply: 'ask' });
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh, newer);
  place = await mkdtemp(join(tmpdir(), 'donabe-sticks-'));
});
afterEach(async () => {
  world.dispose();
  await rm(place, { recursive: true, force: true });
});

async function plugIn({ published }: { readonly published: string }): Promise<string> {
  const stick = join(place, 'STICK');
  await cp(published, stick, { recursive: true });
  return stick;
}
const pullOut = (): Promise<void> => rm(join(place, 'STICK'), { recursive: true, force: true });

/** Its looks take real time, none of the world's. */
const clock = new SystemClock({ uptime: '/proc/uptime', synchronised: '/none' });
const mediaOf = ({ reporter }: Device): MediaFolders =>
  new MediaFolders({ folders: [place], lookIntervalMs: 1000 }, clock, reporter);

/** A daemon beside a server, or none. */
const live = (device: Device, server: { readonly published: string } | Source | undefined) =>
  world.live(device, {
    source: server !== undefined && 'published' in server ? createFolderSource(server.published) : server,
    media: mediaOf(device),
  });

const unreachable: Source = {
  name: 'https://a.example/',
  offer: async () => {
    throw new AgentError('SERVER_FAILED', 'No.');
  },
  read: async () => new Uint8Array(),
  range: async () => {
    throw new Error('nothing may be fetched');
  },
  close: async () => undefined,
};

describe('a release on a stick', () => {
  it('is installed without a server, and beside one that cannot be reached', async () => {
    await plugIn(fresh);
    expect(await live(await world.boot(), undefined)).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
    await rm(join(place, 'STICK'), { recursive: true });
    await plugIn(newer);
    expect(await live(await world.boot(), unreachable)).toBe('reset');
    expect(world.contentOf('a')).toBe(newer);
  });

  it('wins when it is greater, and loses when it is not', async () => {
    await plugIn(newer);
    expect(await live(await world.boot(), fresh)).toBe('reset');
    expect(world.contentOf('b')).toBe(newer);
    const other = await World.create(folder.keys, factory, fresh, newer);
    try {
      await pullOut();
      await plugIn(fresh);
      const device = await other.boot();
      const end = await other.live(device, {
        source: createFolderSource(newer.published),
        media: mediaOf(device),
      });
      expect(end).toBe('reset');
      expect(other.contentOf('b')).toBe(newer);
    } finally {
      other.dispose();
    }
  });

  it('that runs already lets the server be asked', async () => {
    await plugIn(factory);
    expect(await live(await world.boot(), fresh)).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
  });
});

describe('a stick is no technician', () => {
  it('an older release, one of strangers, and one for another product are refused by a code', async () => {
    await world.installed(newer);
    await world.walk(await world.boot(), undefined);
    const stick = await plugIn(fresh);
    expect(await live(await world.boot(), undefined)).toBe('asleep');
    expect(world.said()).toContain(`${stick} is not installed`);
    await pullOut();
    const strangers = makeKeys('stranger');
    await mkdir(stick);
    await buildRelease({
      folder: stick,
      images: [{ class: 'rootfs', path: join(folder.folder, 'rootfs-3.0.0.img') }],
      compatible: 'donabe-cooker/lab',
      version: '9.0.0',
      sequence: 9,
      created: '2026-01-01T00:00:00Z',
      chunkSize: CHUNK,
      quality: 'fast',
      keys: strangers.privateKeys,
    });
    expect(await live(await world.boot(), undefined)).toBe('asleep');
    expect(world.row).toBeUndefined();
    expect(world.said().match(/medium-refused/g)).toHaveLength(2);
  });

  it('what a person cancelled is not installed by it', async () => {
    await plugIn(fresh);
    world.store.setFact('cancelled-identity', fresh.seal.identity);
    expect(await live(await world.boot(), undefined)).toBe('asleep');
    expect(world.row).toBeUndefined();
  });

  it('a release whose payloads are not all there is left alone until they are', async () => {
    const stick = await plugIn(fresh);
    const pack = (await readdir(stick)).find((name) => name.startsWith('rootfs') && name.includes('pack'));
    if (pack === undefined) throw new Error(`no pack among ${(await readdir(stick)).join(' ')}`);
    await truncate(join(stick, pack), 10);
    const device = await world.boot();
    expect(await live(device, undefined)).toBe('asleep');
    expect(world.said()).toContain('SOURCE_INCOMPLETE');
    expect(world.row).toBeUndefined();
    expect((await world.bootControl().read()).slots.b).toEqual(
      (await (await world.boot()).bootControl.read()).slots.b,
    );
    expect((await world.record()).failures).toEqual([]);
    await cp(join(fresh.published, pack), join(stick, pack));
    expect(await live(await world.boot(), undefined)).toBe('reset');
  });

  it('one with a wrong byte keeps nobody from the server, costs no line, and is not held against the release', async () => {
    const stick = await plugIn(fresh);
    const pack = (await readdir(stick)).find((name) => name.startsWith('rootfs') && name.includes('pack'));
    if (pack === undefined) throw new Error(`no pack among ${(await readdir(stick)).join(' ')}`);
    const bytes = await readFile(join(stick, pack));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(join(stick, pack), bytes);
    for (let night = 0; night < 5; night += 1) {
      expect(await live(await world.boot(), undefined)).toBe('asleep');
      expect(world.row?.bytes.fetched).toBe(0);
    }
    expect(world.said()).toContain('SOURCE_DAMAGED');
    expect((await world.record()).failures).toEqual([]);
    expect(world.store.failures(fresh.seal.identity)).toBeUndefined();
    const device = await world.boot();
    const daemon = world.daemon(device, {
      source: createFolderSource(fresh.published),
      media: mediaOf(device),
      pollIntervalMs: POLL_MS / 2,
    });
    expect(await world.liveOf(daemon)).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('one that is never whole keeps nobody from the server', async () => {
    const stick = await plugIn(newer);
    for (const name of await readdir(stick)) if (name.includes('pack')) await truncate(join(stick, name), 10);
    const device = await world.boot();
    let rounds = 0;
    device.reporter.on('happened', ({ name }) => {
      if (name === 'walk-ended') rounds += 1;
    });
    const daemon = world.daemon(device, {
      source: createFolderSource(fresh.published),
      media: mediaOf(device),
      pollIntervalMs: POLL_MS / 2,
    });
    expect(await world.liveOf(daemon)).toBe('reset');
    expect(rounds).toBe(1);
    expect(world.said()).toContain('SOURCE_INCOMPLETE');
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('two that are never whole keep nobody from the server either', async () => {
    const newest = await folder.publish('4.0.0', 4);
    for (const [name, { published }] of [
      ['STICK', newer],
      ['OTHER', newest],
    ] as const) {
      const stick = join(place, name);
      await cp(published, stick, { recursive: true });
      for (const file of await readdir(stick))
        if (file.includes('pack')) await truncate(join(stick, file), 10);
    }
    const device = await world.boot();
    const daemon = world.daemon(device, {
      source: createFolderSource(fresh.published),
      media: mediaOf(device),
      pollIntervalMs: POLL_MS / 2,
    });
    let rounds = 0;
    device.reporter.on('happened', ({ name }) => {
      if (name === 'walk-ended') rounds += 1;
      if (rounds === 9) daemon.stop();
    });
    expect(await world.liveOf(daemon)).toBe('reset');
    expect(rounds).toBe(2);
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('nor does one fault of the server, once a stick was asked with success', async () => {
    const inner = createFolderSource(newer.published);
    let well = false;
    const server: Source = {
      name: 'https://a.example/',
      offer: (...asked) => (well ? inner : unreachable).offer(...asked),
      read: (...asked) => inner.read(...asked),
      range: (...asked) => inner.range(...asked),
      close: async () => undefined,
    };
    const device = await world.boot();
    const daemon = world.daemon(device, {
      source: server,
      media: mediaOf(device),
      pollIntervalMs: POLL_MS / 2,
    });
    let rounds = 0;
    device.reporter.on('happened', ({ name }) => {
      if (name === 'looked') well = true;
      if (name === 'entered') rounds += 1;
      if (rounds === 9) daemon.stop();
    });
    // Plugged in after the server's fault: its release waits for a yes, and nothing is wrong with it.
    const sleep = world.clock.sleep.bind(world.clock);
    let isPlugged = false;
    world.clock.sleep = async (ms, signal) => {
      if (!isPlugged && world.said().includes('SERVER_FAILED')) await plugIn(asking);
      isPlugged ||= world.said().includes('SERVER_FAILED');
      return sleep(ms, signal);
    };
    expect(await world.liveOf(daemon)).toBe('reset');
    expect(world.contentOf('b')).toBe(newer);
  });

  it('rubbish on it hurts nobody', async () => {
    const stick = join(place, 'STICK');
    await mkdir(stick);
    for (const text of ['', '{', '\u0000'.repeat(100), 'x'.repeat(3 * 1024 * 1024)]) {
      await rm(join(stick, 'release.json'), { force: true });
      await appendFile(join(stick, 'release.json'), text);
      expect(await live(await world.boot(), undefined)).toBe('asleep');
    }
    expect(world.said().match(/medium-refused/g)).toHaveLength(4);
  });
});

describe('a stick that is pulled out', () => {
  /** Pulls it out after the third written chunk. */
  function pulledIn(device: Device): Device {
    let pulled = false;
    const { slots } = device;
    return {
      ...device,
      slots: {
        openForReading: (...args) => slots.openForReading(...args),
        openForUpdate: async (...args) => {
          const target = await slots.openForUpdate(...args);
          const write = target.write.bind(target);
          target.write = async (offset, data) => {
            await write(offset, data);
            if (pulled || offset < 3 * CHUNK) return;
            pulled = true;
            await pullOut();
          };
          return target;
        },
      },
    };
  }

  it('in the middle is no failure; back in place it goes on from there', async () => {
    await plugIn(fresh);
    expect(await live(pulledIn(await world.boot()), undefined)).toBe('asleep');
    expect(world.row).toMatchObject({ state: 'fetching' });
    expect((await world.record()).failures).toEqual([]);
    const { written = 0 } = world.row?.bytes ?? {};
    expect(written).toBeGreaterThan(0);
    const id = world.row?.id;
    await plugIn(fresh);
    expect(await live(await world.boot(), undefined)).toBe('reset');
    expect(world.row?.id).toBe(id);
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('in the middle: a server with the same release goes on with the same deployment', async () => {
    await plugIn(fresh);
    expect(await live(pulledIn(await world.boot()), undefined)).toBe('asleep');
    const id = world.row?.id;
    expect(await live(await world.boot(), fresh)).toBe('reset');
    expect(world.row?.id).toBe(id);
  });

  it('after the download is not needed any more, whatever lesser thing the server has', async () => {
    let mood: Mood = 'busy';
    const mcu = moodyMcu(() => mood);
    const device = await world.boot({ mcu });
    await plugIn(newer);
    let rounds = 0;
    device.reporter.on('happened', ({ name }) => {
      if (name === 'entered') rounds += 1;
      if (rounds === 3) mood = 'free';
    });
    device.reporter.on('progressed', ({ phase }) => {
      if (phase === 'waiting') void pullOut();
    });
    expect(await live(device, fresh)).toBe('reset');
    expect(rounds).toBeGreaterThanOrEqual(3);
    expect(world.contentOf('b')).toBe(newer);
    expect(world.clock.time).toBeGreaterThan(POLL_MS);
  });
});

describe('what is kept without its stick', () => {
  it('is judged like any other offer: past its date it gives way to the same release, signed again', async () => {
    const short = await republish(folder, fresh, { apply: 'ask', expires: '2026-06-02T00:00:00Z' });
    await plugIn(short);
    expect(await live(await world.boot(), undefined)).toBe('asleep');
    expect(world.row?.state).toBe('finalised');
    await pullOut();
    world.clock.time += 48 * POLL_MS;
    const again = await republish(folder, fresh, { apply: 'ask', expires: '2026-09-01T00:00:00Z' });
    world.store.setFact('consented-identity', fresh.seal.identity);
    expect(await live(await world.boot(), again)).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('is still bound by the channel that lay beside it', async () => {
    const key = generateKeyPair('channel');
    const channelKeys = async () => ({ ring: keyRing([key.publicKey]), threshold: 1 });
    const stick = await plugIn(asking);
    await changeChannel(stick, {}, { keys: [key.privateKey], created: '2026-05-01T00:00:00Z' });
    expect(await live(await world.boot({ channelKeys }), undefined)).toBe('asleep');
    expect(world.row?.state).toBe('finalised');
    await pullOut();
    world.store.setFact('consented-identity', fresh.seal.identity);
    expect(await live(await world.boot({ channelKeys }), undefined)).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
  });
});

describe('a server that cannot be reached', () => {
  it('does not hold back what is whole in its slot', async () => {
    const device = await world.boot();
    expect(await world.walk(device, asking)).toBe('needs-consent');
    world.store.setFact('consented-identity', fresh.seal.identity);
    expect(await world.live(device, { source: unreachable })).toBe('reset');
    expect(world.said()).toContain('look-failed');
  });
});

it('a walk that a person asked for goes on to its end, however long the cooker cooks', async () => {
  const hours = (): number => (world.clock.time - world.clock.booted) / POLL_MS;
  const mcu = moodyMcu(() => (hours() < 5 ? 'busy' : 'free'));
  const device = await world.boot({ mcu });
  world.store.addRequest('force', fresh.published);
  expect(FORCE.forced).toBe(true);
  expect(await live(device, undefined)).toBe('reset');
  expect(world.said().match(/entered/g)).toHaveLength(1);
});
