import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openStore, openStoreReadOnly } from '../../agent/adapters/open-store.ts';
import { AgentError } from '../../agent/errors.ts';
import { deployment } from './values.ts';
import { firstLine, freshFolders, killChild, startChild } from './workbench.ts';

const folder = freshFolders();
const asRoot = process.getuid?.() === 0;
const PAGE_BYTES = 4_096;

function freshPath(): string {
  return join(folder(), 'store.sqlite');
}

/** A store with something in it, closed: all of it in the database file. */
function filledStore(): string {
  const path = freshPath();
  const { store } = openStore(path, { mayMigrate: true });
  store.open(deployment());
  for (let round = 0; round < 50; round += 1) store.setFact(`fact-${round}`, 'x'.repeat(400));
  store.dispose();
  return path;
}

function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const content = readFileSync(path);
  content.set(bytes, offset);
  writeFileSync(path, content);
}

/** Runs as a user whom file permissions bind; root is bound by none. */
function unprivileged<T>(body: () => T): T {
  if (!asRoot) return body();
  process.seteuid?.(65_534);
  try {
    return body();
  } finally {
    process.seteuid?.(0);
  }
}

describe('a damaged file is set aside and the store begins again', () => {
  const damages: Record<string, (path: string) => void> = {
    'not a database': (path) => writeFileSync(path, 'rice '.repeat(3_000)),
    'header overwritten': (path) => overwrite(path, 0, new Uint8Array(100).fill(0x5a)),
    'truncated to a page and a half': (path) => truncateSync(path, PAGE_BYTES + PAGE_BYTES / 2),
    'truncated within its first page': (path) => truncateSync(path, 700),
    'a page in the middle zeroed': (path) => overwrite(path, 2 * PAGE_BYTES, new Uint8Array(PAGE_BYTES)),
    'schema page garbled': (path) => overwrite(path, 100, new Uint8Array(500).fill(0xff)),
    'a database of something else': (path) => {
      writeFileSync(path, '');
      const db = new Database(path);
      db.exec('PRAGMA journal_mode = WAL; CREATE TABLE recipe (name TEXT)');
      db.close();
    },
    'a table of ours missing': (path) => {
      const db = new Database(path);
      db.exec('DROP TABLE fact');
      db.close();
    },
  };

  it.each(Object.entries(damages))('%s', (_, damage) => {
    const path = filledStore();
    damage(path);
    const evidence = readFileSync(path);
    const { store, setAside } = openStore(path, { mayMigrate: false });
    expect(setAside).toMatchObject({ path: `${path}.corrupt-1`, reason: expect.any(String) });
    expect(store.deployment()).toBeUndefined();
    store.open(deployment());
    store.dispose();
    expect(readFileSync(`${path}.corrupt-1`).equals(evidence)).toBe(true);
    const again = openStore(path, { mayMigrate: true });
    expect(again.setAside).toBeUndefined();
    expect(again.store.deployment()?.id).toBe('d1');
    again.store.dispose();
  });

  it('with its companions, and only the two newest are kept', () => {
    const path = freshPath();
    for (let round = 1; round <= 4; round += 1) {
      writeFileSync(path, `rice ${round} `.repeat(2_000));
      writeFileSync(`${path}-wal`, `log ${round}`);
      openStore(path, { mayMigrate: true }).store.dispose();
    }
    const kept = readdirSync(dirname(path)).filter((name) => name.includes('corrupt'));
    expect(kept.filter((name) => !name.endsWith('-wal')).sort()).toEqual([
      'store.sqlite.corrupt-3',
      'store.sqlite.corrupt-4',
    ]);
    expect(readFileSync(`${path}.corrupt-4`, 'utf8')).toContain('rice 4');
    expect(existsSync(`${path}.corrupt-2-wal`)).toBe(false);
  });

  it('but not by a command beside a walker', () => {
    const path = freshPath();
    writeFileSync(path, 'rice '.repeat(3_000));
    const open = () => openStore(path, { mayMigrate: false, maySetAside: false });
    expect(open).toThrow(expect.objectContaining({ code: 'STORE_UNREADABLE' }));
    expect(() => openStoreReadOnly(path)).toThrow(expect.objectContaining({ code: 'STORE_UNREADABLE' }));
    expect(readdirSync(dirname(path)).filter((name) => name.includes('corrupt'))).toEqual([]);
  });

  it('a garbled write-ahead log costs the commits in it, never the start', () => {
    const path = filledStore();
    const live = openStore(path, { mayMigrate: true }).store;
    live.setFact('last-poll', '9');
    for (const suffix of ['', '-wal']) copyFileSync(`${path}${suffix}`, `${path}.cut${suffix}`);
    live.dispose();
    for (const from of [0, 32, 40, PAGE_BYTES]) {
      const cut = join(folder(), 'store.sqlite');
      copyFileSync(`${path}.cut`, cut);
      copyFileSync(`${path}.cut-wal`, `${cut}-wal`);
      overwrite(`${cut}-wal`, from, new Uint8Array(64).fill(0x5a));
      const { store, setAside } = openStore(cut, { mayMigrate: true });
      expect(setAside).toBeUndefined();
      expect(store.deployment()?.id).toBe('d1');
      expect(store.fact('last-poll')).toBeUndefined();
      store.dispose();
    }
  });

  it('any bytes in any place give a store or an error of ours', () => {
    const path = filledStore();
    const good = readFileSync(path);
    const place = fc.record({
      at: fc.nat(good.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
    });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 8 }), fc.nat(good.length), (places, length) => {
        const file = freshPath();
        const content = Buffer.from(good);
        for (const { at, bytes } of places) content.set(bytes.subarray(0, content.length - at), at);
        writeFileSync(file, length % 3 === 0 ? content.subarray(0, length) : content);
        try {
          const { store } = openStore(file, { mayMigrate: true });
          try {
            store.deployment();
            store.setFact('last-poll', '1');
            store.allFailures();
            store.history(10);
          } finally {
            store.dispose();
          }
        } catch (error) {
          expect(error).toBeInstanceOf(AgentError);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('what the file system refuses', () => {
  it('a folder that cannot be written is STORE_UNWRITABLE, with and without a store in it', () => {
    for (const path of [filledStore(), freshPath()]) {
      if (existsSync(path)) chmodSync(path, 0o444);
      chmodSync(dirname(path), 0o555);
      try {
        const open = () => unprivileged(() => openStore(path, { mayMigrate: true }));
        expect(open).toThrow(expect.objectContaining({ code: 'STORE_UNWRITABLE', cause: expect.anything() }));
      } finally {
        chmodSync(dirname(path), 0o755);
      }
    }
  });

  it('a file that cannot be written is STORE_UNWRITABLE at once, not at the first checkpoint', () => {
    const path = filledStore();
    chmodSync(path, 0o444);
    chmodSync(dirname(path), 0o777);
    expect(() => unprivileged(() => openStore(path, { mayMigrate: true }))).toThrow(
      expect.objectContaining({ code: 'STORE_UNWRITABLE' }),
    );
  });

  it('a damaged file that cannot be renamed is STORE_UNWRITABLE', () => {
    const path = freshPath();
    writeFileSync(path, 'rice '.repeat(3_000));
    chmodSync(path, 0o666);
    chmodSync(dirname(path), 0o555);
    try {
      expect(() => unprivileged(() => openStore(path, { mayMigrate: true }))).toThrow(
        expect.objectContaining({ code: 'STORE_UNWRITABLE', message: expect.stringContaining('set aside') }),
      );
    } finally {
      chmodSync(dirname(path), 0o755);
    }
  });

  it('a folder that is not there is STORE_UNWRITABLE', () => {
    expect(() => openStore(join(folder(), 'missing', 'store.sqlite'), { mayMigrate: true })).toThrow(
      expect.objectContaining({ code: 'STORE_UNWRITABLE' }),
    );
  });

  it('a store that another process keeps locked is STORE_UNWRITABLE, and stays where it is', () => {
    const path = filledStore();
    const other = new Database(path);
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE');
    const before = statSync(path).ino;
    expect(() => openStore(path, { mayMigrate: true })).toThrow(
      expect.objectContaining({ code: 'STORE_UNWRITABLE' }),
    );
    expect(statSync(path).ino).toBe(before);
    other.close();
  });

  it('a file that may not grow refuses the write, keeps what was there, and goes on reading', async () => {
    // 512-byte blocks; a write past the limit fails as on a full disk once the signal is ignored.
    const child = startChild('./commit-and-wait.ts', [freshPath(), 'fill'], "trap '' XFSZ; ulimit -f 1000; ");
    expect(await firstLine(child)).toBe('STORE_UNWRITABLE kept true d1');
    await killChild(child);
  });

  it.runIf(asRoot)(
    'a full disk (a small tmpfs, as root) refuses the write and keeps what was there',
    async () => {
      const mount = join(folder(), 'data');
      mkdirSync(mount);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount]);
      try {
        const child = startChild('./commit-and-wait.ts', [join(mount, 'store.sqlite'), 'fill']);
        expect(await firstLine(child)).toBe('STORE_UNWRITABLE kept true d1');
        await killChild(child);
        const { store } = openStore(join(mount, 'store.sqlite'), { mayMigrate: true });
        expect(store.deployment()?.id).toBe('d1');
        store.dispose();
      } finally {
        execFileSync('umount', [mount]);
      }
    },
  );
});

it('what was committed is there after the process was killed', async () => {
  const path = freshPath();
  const child = startChild('./commit-and-wait.ts', [path, 'wait']);
  try {
    expect(await firstLine(child)).toBe('committed');
  } finally {
    await killChild(child);
  }
  const { store, setAside } = openStore(path, { mayMigrate: true });
  expect(setAside).toBeUndefined();
  expect(store.deployment()?.bytes).toEqual({ fetched: 1, reused: 2, written: 3, verified: 4 });
  expect(store.checkpoints('d1')).toEqual([{ slotClass: 'rootfs', indexDigest: 'x', chunks: 3 }]);
  store.dispose();
});
