/**
 * Snapshots of the vendor's data on a real file system (rule 15): what is kept and brought back, what is refused, and
 * that nothing outside of the listed paths is ever touched.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DataFiles, FolderSnapshots, REAL_FILES } from '../../agent/index.ts';

const NEVER = new AbortController().signal;
const IDENTITY = 'a'.repeat(64);
const WANTED = { identity: IDENTITY, restores: true };

/** `node --eval SWAPPER PATH VICTIM`: as soon as PATH0 is there, it is a link to VICTIM; then PATH1, and so on. */
const SWAPPER = `
const { renameSync, symlinkSync } = require('node:fs');
const [path, victim] = process.argv.slice(1);
process.stdout.write('ready');
for (let turn = 0; ; ) {
  try {
    renameSync(path + turn, path + 'away' + turn);
  } catch (error) {
    if (error.code === 'ENOENT') continue;
    throw error;
  }
  symlinkSync(victim, path + turn);
  turn += 1;
}`;

let folder: string;
let listed: string;
let home: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'donabe-data-')));
  listed = join(folder, 'vendor');
  home = join(folder, 'donabe', 'data-snapshot');
  mkdirSync(join(folder, 'donabe'));
  mkdirSync(listed);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function snapshots(
  more: {
    readonly paths?: readonly string[];
    readonly budgetBytes?: number;
    readonly files?: DataFiles;
  } = {},
): FolderSnapshots {
  const { paths = [listed], budgetBytes = 1024 * 1024, files = REAL_FILES } = more;
  return new FolderSnapshots({ home, paths, budgetBytes }, files);
}

function put(path: string, content: string): string {
  const whole = join(listed, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
  return whole;
}

const read = (path: string): string => readFileSync(join(listed, path), 'utf8');

describe('a snapshot', () => {
  it('brings back what was changed, added, removed and turned into something else', async () => {
    put('settings', 'old');
    put('recipes/rice', 'washed');
    put('empty', '');
    mkdirSync(join(listed, 'nothing in it'));
    symlinkSync('recipes/rice', join(listed, 'favourite'));
    chmodSync(join(listed, 'settings'), 0o640);
    await snapshots().take(WANTED, NEVER);

    put('settings', 'new and longer');
    chmodSync(join(listed, 'settings'), 0o600);
    put('added/deep/file', 'x');
    rmSync(join(listed, 'recipes'), { recursive: true });
    put('recipes', 'a file now');
    rmSync(join(listed, 'empty'));
    mkdirSync(join(listed, 'empty'));
    rmSync(join(listed, 'nothing in it'), { recursive: true });
    rmSync(join(listed, 'favourite'));
    symlinkSync('/etc/passwd', join(listed, 'favourite'));

    expect(await snapshots().restore(IDENTITY, NEVER)).toEqual({ kind: 'restored', bytes: 9, strange: 0 });
    expect(readdirSync(listed).sort()).toEqual([
      'empty',
      'favourite',
      'nothing in it',
      'recipes',
      'settings',
    ]);
    expect(read('settings')).toBe('old');
    expect(lstatSync(join(listed, 'settings')).mode & 0o7777).toBe(0o640);
    expect(read('recipes/rice')).toBe('washed');
    expect(read('empty')).toBe('');
    expect(readlinkSync(join(listed, 'favourite'))).toBe('recipes/rice');
  });

  it('of a path that did not exist takes away what was made there', async () => {
    rmSync(listed, { recursive: true });
    const file = join(folder, 'settings.toml');
    writeFileSync(file, 'one');
    const both = { paths: [listed, file] };
    await snapshots(both).take(WANTED, NEVER);
    put('database', 'schema 2');
    writeFileSync(file, 'two');
    await snapshots(both).restore(IDENTITY, NEVER);
    expect(existsSync(listed)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('one');
  });

  it('is one generation: the newer one counts, the older one goes', async () => {
    put('settings', 'first');
    await snapshots().take({ identity: 'b'.repeat(64), restores: true }, NEVER);
    put('settings', 'second');
    await snapshots().take(WANTED, NEVER);
    expect(readdirSync(home)).toEqual(['2']);
    expect(await snapshots().restore('b'.repeat(64), NEVER)).toEqual({ kind: 'none' });
    put('settings', 'third');
    await snapshots().restore(IDENTITY, NEVER);
    expect(read('settings')).toBe('second');
    await snapshots().discard();
    expect(readdirSync(home)).toEqual([]);
    expect(await snapshots().restore(IDENTITY, NEVER)).toEqual({ kind: 'none' });
  });

  it('for a release that leaves the data readable is not brought back', async () => {
    put('settings', 'old');
    await snapshots().take({ identity: IDENTITY, restores: false }, NEVER);
    put('settings', 'new');
    expect(await snapshots().restore(IDENTITY, NEVER)).toEqual({ kind: 'not-wanted' });
    expect(read('settings')).toBe('new');
  });

  it('with nothing listed is none, and costs no folder', async () => {
    expect(await snapshots({ paths: [] }).take(WANTED, NEVER)).toBeUndefined();
    await snapshots({ paths: [] }).discard();
    expect(existsSync(home)).toBe(false);
  });

  it('leaves out what has no content, and a restore takes it away', async () => {
    const server = createServer().listen(join(listed, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      put('settings', 'old');
      expect(await snapshots().take(WANTED, NEVER)).toMatchObject({ bytes: 3 });
      await snapshots().restore(IDENTITY, NEVER);
      expect(readdirSync(listed)).toEqual(['settings']);
    } finally {
      server.close();
    }
  });

  it('is measured without a write', async () => {
    put('settings', 'old');
    expect(await snapshots().measure(NEVER)).toEqual({ bytes: 3, entries: 2 });
    expect(existsSync(home)).toBe(false);
    await expect(snapshots({ budgetBytes: 2 }).measure(NEVER)).rejects.toMatchObject({
      code: 'DATA_TOO_LARGE',
    });
  });

  it('keeps its content from others', async () => {
    chmodSync(put('token', 'secret'), 0o644);
    await snapshots().take(WANTED, NEVER);
    expect(lstatSync(home).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(home, '1', '0')).mode & 0o777).toBe(0o600);
  });
});

describe('a restore', () => {
  it('writes a file that is there in place, and so keeps its inode with all its attributes', async () => {
    const path = put('settings', 'old');
    const { ino } = lstatSync(path);
    await snapshots().take(WANTED, NEVER);
    put('settings', 'new');
    await snapshots().restore(IDENTITY, NEVER);
    expect(lstatSync(path).ino).toBe(ino);
  });

  it('never writes through a link that somebody put in the way', async () => {
    const victim = join(folder, 'victim');
    mkdirSync(join(folder, 'elsewhere'));
    put('settings', 'old');
    put('recipes/rice', 'washed');
    await snapshots().take(WANTED, NEVER);
    for (const path of [victim, join(folder, 'elsewhere', 'rice')]) writeFileSync(path, 'not yours');
    rmSync(join(listed, 'settings'));
    symlinkSync(victim, join(listed, 'settings'));
    rmSync(join(listed, 'recipes'), { recursive: true });
    symlinkSync(join(folder, 'elsewhere'), join(listed, 'recipes'));
    await snapshots().restore(IDENTITY, NEVER);
    expect(readFileSync(victim, 'utf8')).toBe('not yours');
    expect(readFileSync(join(folder, 'elsewhere', 'rice'), 'utf8')).toBe('not yours');
    expect(read('settings')).toBe('old');
    expect(lstatSync(join(listed, 'recipes')).isDirectory()).toBe(true);
  });

  it('never writes a file that has another name, which may lie elsewhere', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'not yours');
    put('settings', 'old');
    await snapshots().take(WANTED, NEVER);
    rmSync(join(listed, 'settings'));
    linkSync(victim, join(listed, 'settings'));
    await snapshots().restore(IDENTITY, NEVER);
    expect(readFileSync(victim, 'utf8')).toBe('not yours');
    expect(read('settings')).toBe('old');
  });

  it('takes away however many files were added, beside those that stay', async () => {
    for (let at = 0; at < 50; at += 1) put(`kept ${at}`, 'x');
    await snapshots().take(WANTED, NEVER);
    for (let at = 0; at < 500; at += 1) put(`log ${at}`, '');
    for (let at = 0; at < 500; at += 1) put(`logs/${at}`, '');
    await snapshots().restore(IDENTITY, NEVER);
    expect(readdirSync(listed)).toHaveLength(50);
  });

  it('removes a folder of links without what they lead to', async () => {
    await snapshots().take(WANTED, NEVER);
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'kept'), 'x');
    mkdirSync(join(listed, 'made'));
    symlinkSync(elsewhere, join(listed, 'made', 'link'));
    await snapshots().restore(IDENTITY, NEVER);
    expect(readdirSync(listed)).toEqual([]);
    expect(readdirSync(elsewhere)).toEqual(['kept']);
  });

  it('touches no path that the booted image does not list', async () => {
    put('settings', 'old');
    await snapshots().take(WANTED, NEVER);
    put('settings', 'new');
    const other = join(folder, 'other');
    expect(await snapshots({ paths: [other] }).restore(IDENTITY, NEVER)).toEqual({ kind: 'none' });
    expect(read('settings')).toBe('new');
  });

  it.each([
    ['a content with another byte', (at: string): void => writeFileSync(join(at, '0'), 'odd')],
    ['a content that is shorter', (at: string): void => truncateSync(join(at, '0'), 1)],
    ['a content that is gone', (at: string): void => rmSync(join(at, '0'))],
    ['a record that is gone', (at: string): void => rmSync(join(at, 'record'))],
    [
      'a record with another byte',
      (at: string): void => {
        const record = readFileSync(join(at, 'record'), 'latin1');
        writeFileSync(join(at, 'record'), record.replace('settings', 'settinga'), 'latin1');
      },
    ],
  ])('of a snapshot with %s touches nothing: DATA_SNAPSHOT_DAMAGED', async (_, damage) => {
    put('settings', 'old');
    await snapshots().take(WANTED, NEVER);
    put('settings', 'new');
    damage(join(home, '1'));
    await expect(snapshots().restore(IDENTITY, NEVER)).rejects.toMatchObject({
      code: 'DATA_SNAPSHOT_DAMAGED',
    });
    expect(read('settings')).toBe('new');
  });

  it('that the system does not let finish says so and keeps the snapshot: DATA_RESTORE_FAILED', async () => {
    put('settings', 'old');
    await snapshots().take(WANTED, NEVER);
    put('settings', 'new');
    const full: DataFiles = {
      ...REAL_FILES,
      overwrite: async () => {
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    };
    await expect(snapshots({ files: full }).restore(IDENTITY, NEVER)).rejects.toMatchObject({
      code: 'DATA_RESTORE_FAILED',
    });
    expect(await snapshots().restore(IDENTITY, NEVER)).toMatchObject({ kind: 'restored' });
    expect(read('settings')).toBe('old');
  });

  it('makes room first: what was added goes, in every path, before anything is written', async () => {
    const second = join(folder, 'second');
    mkdirSync(second);
    put('settings', 'old and longer than the new one');
    const both = { paths: [listed, second] };
    await snapshots(both).take(WANTED, NEVER);
    put('settings', 'new');
    writeFileSync(join(second, 'flood'), 'x'.repeat(1000));
    const full: DataFiles = {
      ...REAL_FILES,
      overwrite: async (from, to) => {
        if (existsSync(join(second, 'flood'))) {
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        }
        await REAL_FILES.overwrite(from, to);
      },
    };
    const end = await snapshots({ ...both, files: full }).restore(IDENTITY, NEVER);
    expect(end).toMatchObject({ kind: 'restored' });
    expect(read('settings')).toBe('old and longer than the new one');
  });

  it('replaces a file that this user may not write in a folder that it may', async () => {
    put('settings', 'old');
    await snapshots().take(WANTED, NEVER);
    put('settings', 'new');
    const denied: DataFiles = {
      ...REAL_FILES,
      overwrite: async () => {
        throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
      },
    };
    expect(await snapshots({ files: denied }).restore(IDENTITY, NEVER)).toMatchObject({ kind: 'restored' });
    expect(read('settings')).toBe('old');
  });

  it('says how much could not be given back to its owner', async () => {
    put('settings', 'old');
    await snapshots().take(WANTED, NEVER);
    const poor: DataFiles = { ...REAL_FILES, dress: async () => false };
    expect(await snapshots({ files: poor }).restore(IDENTITY, NEVER)).toMatchObject({ strange: 2 });
  });
});

describe('refused, with the older snapshot untouched', () => {
  const refusal = async (
    code: string,
    more: Parameters<typeof snapshots>[0],
    earlier = 'earlier',
  ): Promise<void> => {
    await expect(snapshots(more).take(WANTED, NEVER)).rejects.toMatchObject({ code });
    expect(existsSync(join(home, '1', 'record')), earlier).toBe(true);
  };
  beforeEach(async () => {
    await snapshots().take({ identity: 'c'.repeat(64), restores: true }, NEVER);
  });

  it('is what has more bytes than the budget', async () => {
    put('one', 'x'.repeat(600));
    put('two', 'x'.repeat(400));
    await refusal('DATA_TOO_LARGE', { budgetBytes: 999 });
    expect(await snapshots({ budgetBytes: 1000 }).take(WANTED, NEVER)).toMatchObject({ bytes: 1000 });
  });

  it('is what has more entries than a snapshot may have', async () => {
    for (let at = 0; at < 10_000; at += 1) writeFileSync(join(listed, String(at)), '');
    await refusal('DATA_TOO_LARGE', {});
    rmSync(join(listed, '0')); // the folder counts, too
    expect(await snapshots().measure(NEVER)).toMatchObject({ entries: 10_000 });
  });

  it('leaves nothing behind on a partition that it has filled, nor when it is told to stop', async () => {
    put('one', 'x');
    put('two', 'y');
    const stop = new AbortController();
    const half = (end: () => void): DataFiles => ({
      ...REAL_FILES,
      copy: async (from, to) => {
        if (to.endsWith('/1')) end();
        await REAL_FILES.copy(from, to);
      },
    });
    const full = half(() => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    });
    await refusal('DATA_SNAPSHOT_FAILED', { files: full });
    expect(readdirSync(home)).toEqual(['1']);
    const stopped = snapshots({ files: half(() => stop.abort('terminate')) }).take(WANTED, stop.signal);
    await expect(stopped).rejects.toBe('terminate');
    expect(readdirSync(home)).toEqual(['1']);
  });

  it('is a path that is a symbolic link, or leads through one', async () => {
    const link = join(folder, 'link');
    symlinkSync(listed, link);
    put('deep/settings', 'x');
    await refusal('DATA_UNFIT', { paths: [link] });
    await refusal('DATA_UNFIT', { paths: [join(link, 'deep')] });
  });

  it('is what lies on another file system', () => refusal('DATA_UNFIT', { paths: ['/proc/self/environ'] }));

  it('is a name that is no text', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${listed}/`), Buffer.from([0xff, 0xfe])]), 'x');
    await refusal('DATA_UNFIT', {});
  });

  it('is what changes all the time', async () => {
    const path = put('log', 'x');
    let line = 0;
    const busy: DataFiles = {
      ...REAL_FILES,
      copy: async (from, to) => {
        await REAL_FILES.copy(from, to);
        line += 1;
        writeFileSync(path, 'x'.repeat(line + 1));
      },
    };
    await refusal('DATA_CHANGING', { files: busy });
    expect(line, 'attempts').toBe(3);
  });

  it('is a data partition without room', async () => {
    put('settings', 'x');
    const full: DataFiles = {
      ...REAL_FILES,
      copy: async () => {
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    };
    await refusal('DATA_SNAPSHOT_FAILED', { files: full });
  });
});

it('one change in the middle only costs another attempt', async () => {
  const path = put('log', 'x');
  let copies = 0;
  const once: DataFiles = {
    ...REAL_FILES,
    copy: async (from, to) => {
      await REAL_FILES.copy(from, to);
      copies += 1;
      if (copies === 1) writeFileSync(path, 'xy');
    },
  };
  await snapshots({ files: once }).take(WANTED, NEVER);
  writeFileSync(path, 'z');
  await snapshots().restore(IDENTITY, NEVER);
  expect(read('log')).toBe('xy');
});

describe('while somebody puts a link in the place of whatever is made', () => {
  const MODE = 0o640;
  let victim: string;
  let swapper: ChildProcess;
  beforeEach(async () => {
    victim = join(folder, 'victim');
    writeFileSync(victim, 'keep', { mode: MODE });
    swapper = spawn(process.execPath, ['--eval', SWAPPER, join(listed, 'made'), victim], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (swapper.stdout === null) throw new Error('no pipe');
    await once(swapper.stdout, 'data');
  });
  afterEach(async () => {
    swapper.kill('SIGKILL');
    await once(swapper, 'close');
  });

  /** Each time at a new place, which nobody else takes away: what happens there is the swapper's doing. */
  async function againAndAgain(make: (path: string) => Promise<void>): Promise<void> {
    for (let turn = 0; turn < 400; turn += 1) {
      await make(join(listed, `made${turn}`)).catch((error: unknown) => {
        expect(['ENOTDIR', 'ELOOP', 'ENOENT']).toContain((error as { code?: unknown }).code);
      });
    }
    expect(readFileSync(victim, 'utf8')).toBe('keep');
    expect(lstatSync(victim).mode & 0o777).toBe(MODE);
  }

  it('a folder gives what the link leads to no mode', () =>
    againAndAgain((path) => REAL_FILES.makeFolder(path, 0o777)));

  it('a copy gives it neither mode nor content', async () => {
    const from = join(folder, 'from');
    writeFileSync(from, 'evil');
    await againAndAgain((path) => REAL_FILES.copy(from, path));
  });
});
