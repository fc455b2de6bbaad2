/** Media and a watched folder: found soon, never before they have come to rest, and bounded whoever made them. */
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sourceToRunWith } from '../../agent/adapters/configured-source.ts';
import { findReleases } from '../../agent/adapters/find-releases.ts';
import { watchFolder } from '../../agent/adapters/folder-watch.ts';
import { MediaFolders } from '../../agent/adapters/media.ts';
import { SystemClock } from '../../agent/adapters/system-clock.ts';
import { watchedPlaces } from '../../agent/adapters/watched-places.ts';
import { type Clock, configuredSource, parseConfig, Reporter } from '../../agent/index.ts';
import { codeOf } from '../70-walk/world.ts';

const clock: Clock = new SystemClock({ uptime: '/proc/uptime', synchronised: '/none' });
const never = new AbortController().signal;
let place: string;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'donabe-media-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await rm(place, { recursive: true, force: true });
});

async function release(folder: string, text = '{}'): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'release.json'), text);
  return folder;
}

const found = async (): Promise<string[]> => (await findReleases([place])).map(({ folder }) => folder);

describe('a look', () => {
  it('finds releases in the place, on a medium and in its folders, as deep as /run/media needs', async () => {
    const here = await release(place);
    const there = await release(join(place, 'user/STICK/cooker'));
    const root = await release(join(place, 'CARD'));
    await release(join(place, 'CARD/a/b/c'));
    expect((await found()).sort()).toEqual([here, root, there].sort());
    expect(await findReleases([join(place, 'absent'), join(place, 'release.json')])).toEqual([]);
  });

  it('is not led astray by a name that is no text', async () => {
    const stick = await release(join(place, 'STICK'));
    await writeFile(Buffer.concat([Buffer.from(`${stick}/`), Buffer.from([0xe4])]), 'x');
    expect(await found()).toEqual([stick]);
  });

  it('follows no link and enters nothing hidden', async () => {
    const outside = await release(`${place}-outside`);
    try {
      await mkdir(join(place, 'STICK'));
      await symlink(outside, join(place, 'STICK/link'));
      await symlink(join(outside, 'release.json'), join(place, 'STICK/release.json'));
      await symlink(place, join(place, 'STICK/circle'));
      await release(join(place, '.Trash-0/old'));
      await release(join(place, 'STICK/a\u001b[2Jb'));
      expect(await found()).toEqual([]);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it('of a medium with thousands of folders ends, and does not starve the one beside it', async () => {
    for (let at = 0; at < 300; at += 1) await release(join(place, `A-HOSTILE/${at}/${at}`));
    for (let at = 0; at < 300; at += 1) await writeFile(join(place, `A-HOSTILE/file-${at}`), '');
    const good = await release(join(place, 'GOOD'));
    const folders = await found();
    expect(folders).toContain(good);
    expect(folders.length).toBeLessThanOrEqual(8);
  });

  it('gives sources that read no link', async () => {
    const folder = await release(join(place, 'STICK'));
    await writeFile(join(place, 'secret'), 'x');
    await symlink(join(place, 'secret'), join(folder, 'payload'));
    const media = new MediaFolders({ folders: [place], lookIntervalMs: 1000 }, clock, new Reporter('d'));
    const [source] = await media.sources();
    expect(source?.name).toBe(folder);
    expect(await codeOf(source?.read('payload', 1, never) ?? Promise.resolve())).toBe('SOURCE_UNREADABLE');
    expect(media.owns(folder)).toBe(true);
    expect([media.owns(`${place}-other`), media.owns('/elsewhere'), media.owns(place)]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('watching media', () => {
  const LOOK_MS = 20;
  let times = 0;
  let look: () => Promise<void>;
  beforeEach(async () => {
    times = 0;
    let wake = (): void => undefined;
    let rests = (): void => undefined;
    const byHand: Clock = {
      ...quick,
      monotonic: () => 0,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
          if (ms !== LOOK_MS) return;
          wake = resolve;
          rests();
        }),
    };
    const atRest = (): Promise<void> =>
      new Promise((resolve) => {
        rests = resolve;
      });
    look = async () => {
      const rested = atRest();
      wake();
      await rested;
    };
    const media = new MediaFolders({ folders: [place], lookIntervalMs: LOOK_MS }, byHand, new Reporter('d'));
    const first = atRest();
    stops.push(
      media.watch(() => {
        times += 1;
      }),
    );
    await first;
  });

  it('says that a release came, again when it was changed, and not that it was pulled out', async () => {
    await release(join(place, 'STICK'));
    await look();
    await look();
    await look();
    expect(times).toBe(1);
    await release(join(place, 'STICK'), '{"more": 1}');
    await look();
    await look();
    expect(times).toBe(2);
    await rm(join(place, 'STICK'), { recursive: true });
    await look();
    await look();
    expect(times).toBe(2);
  });

  it('waits for the end of a copy', async () => {
    const folder = await release(join(place, 'STICK'));
    for (let size = 1; size < 5; size += 1) {
      await look();
      await writeFile(join(folder, 'payload'), 'x'.repeat(size));
    }
    await look();
    expect(times).toBe(0);
    await look();
    expect(times).toBe(1);
  });
});

describe('a folder in the stead of a server', () => {
  const configured = (url: string) =>
    parseConfig(`
      [device]
      compatible = "cooker/imx7"
      [paths]
      vault = ["/vault/0", "/vault/1"]
      [boot-control]
      path = "/dev/misc"
      [slots]
      a.rootfs = "/dev/a"
      b.rootfs = "/dev/b"
      [server]
      base-urls = [${url}]`);
  const device = {
    id: 'kitchen 1',
    release: {
      compatible: 'cooker/imx7',
      version: '1.0.0',
      sequence: 1,
      securityVersion: 0,
      channel: 'stable',
      created: '2026-01-01T00:00:00Z',
    },
    keys: async (): Promise<never> => {
      throw new Error('nobody asks for keys');
    },
  };

  it('is named by a file URL, places and blanks and all', async () => {
    const folder = await release(join(place, 'kitchen 1'));
    const config = configured(`"file://${place}/{device}"`);
    const source = await configuredSource(config, device);
    expect(source?.name).toBe(folder);
    expect(await source?.offer(undefined, never)).toMatchObject({ kind: 'offer' });
    const told = new Promise<void>((resolve) => {
      stops.push(watchedPlaces(config, source, clock, new Reporter('d')).watch(resolve));
    });
    await told;
  });

  it.each([
    '"file:///a", "https://a.example/"',
    '"file://host/a"',
    '"file:///a%2fb"',
    '"file:///a%ff"',
    '"file:///a", "file:///b"',
  ])('%s is refused', (url) => {
    expect(() => configured(url)).toThrow('server.base-urls with a folder must be one file:///... alone');
  });

  it('that cannot be opened says so at each poll, and lets the agent start', async () => {
    const lines = '"https://a.example/"]\nheaders-file = "/none/of/these"\nca-file = ""\n#';
    const source = await sourceToRunWith(configured(lines), device);
    expect(await codeOf(source?.offer(undefined, never) ?? Promise.resolve())).toBe('CONFIG_INVALID');
    const certificates = '"https://a.example/"]\nca-file = "/none/of/these"\n#';
    expect(await codeOf(configuredSource(configured(certificates), device))).toBe('CONFIG_INVALID');
  });

  it('is looked at once after each burst of changes, and again when it was replaced', async () => {
    let times = 0;
    stops.push(
      watchFolder(place, { ...quick, sleep: (ms, signal) => clock.sleep(ms / 20, signal) }, () => {
        times += 1;
      }),
    );
    await expect.poll(() => times, { timeout: 10_000 }).toBe(1);
    for (let at = 0; at < 50; at += 1) await writeFile(join(place, `payload-${at}`), 'x');
    await expect.poll(() => times, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(times).toBeLessThan(10);
    const before = times;
    await rename(place, `${place}-old`);
    try {
      await release(place);
      await expect.poll(() => times, { timeout: 20_000 }).toBeGreaterThan(before);
    } finally {
      await rm(`${place}-old`, { recursive: true });
    }
  });
});

/** The clock's methods without its class: a test changes one of them. */
const quick: Clock = {
  now: () => clock.now(),
  synchronised: () => clock.synchronised(),
  monotonic: () => clock.monotonic(),
  uptime: () => clock.uptime(),
  sleep: (ms, signal) => clock.sleep(ms, signal),
};
