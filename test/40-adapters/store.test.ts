import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openStore, openStoreReadOnly } from '../../agent/adapters/open-store.ts';
import { configureWriter, prepareSchema, SCHEMA_STEPS } from '../../agent/adapters/sqlite-schema.ts';
import { KEPT_ROWS } from '../../agent/adapters/sqlite-store.ts';
import type { Ending } from '../../agent/model/deployment.ts';
import { DIGEST, deployment } from './values.ts';
import { freshFolders } from './workbench.ts';

const folder = freshFolders();
const bytes = { fetched: 10, reused: 20, written: 30, verified: 40 };
const ending: Ending = {
  code: 'HEALTH_CHECK_FAILED',
  reason: 'the lid sensor is mute',
  at: 1_760_000_100_000,
  rollbackMs: 4_200,
  bytes: undefined,
};

function freshStore() {
  return openStore(join(folder(), 'store.sqlite'), { mayMigrate: true }).store;
}

describe('what was stored comes back', () => {
  it('opens, advances and closes a deployment', () => {
    const store = freshStore();
    expect(store.deployment()).toBeUndefined();
    const opened = store.open(deployment());
    expect(store.deployment()).toEqual({ ...opened, envelope: Buffer.from([1, 2, 3]) });

    store.setEnvelope('d1', new Uint8Array([9]));
    store.setState('d1', 'finalised', 'boot-1');
    store.setFruitlessTries('d1', 4);
    store.checkpoint('d1', [{ slotClass: 'rootfs', indexDigest: DIGEST, chunks: 3 }], bytes);
    store.checkpoint('d1', [{ slotClass: 'rootfs', indexDigest: DIGEST, chunks: 5 }], bytes);
    expect(store.checkpoints('d1')).toEqual([{ slotClass: 'rootfs', indexDigest: DIGEST, chunks: 5 }]);
    expect(store.deployment()).toMatchObject({
      state: 'finalised',
      finalisedBoot: 'boot-1',
      fruitlessTries: 4,
      bytes,
      envelope: Buffer.from([9]),
    });

    store.close('d1', 'rolled-back', ending);
    expect(store.deployment()).toBeUndefined();
    expect(store.checkpoints('d1')).toEqual([]);
    expect(store.history(10)).toEqual([
      {
        number: 1,
        id: 'd1',
        identity: DIGEST,
        version: '1.2.0',
        slot: 'b',
        outcome: 'rolled-back',
        code: 'HEALTH_CHECK_FAILED',
        reason: 'the lid sensor is mute',
        openedAt: 1_760_000_000_123,
        closedAt: 1_760_000_100_000,
        rollbackMs: 4_200,
        bytes,
        previous: undefined,
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    store.dispose();
  });

  it('adds up the bytes that an identity has cost, over all its deployments', () => {
    const store = freshStore();
    for (const id of ['d1', 'd2']) {
      store.open(deployment({ id }));
      store.checkpoint(id, [], bytes);
      if (id === 'd1') store.close(id, 'abandoned', { ...ending, bytes: { ...bytes, fetched: 15 } });
    }
    expect(store.bytesSpent(DIGEST)).toBe(25);
    expect(store.bytesSpent('another')).toBe(0);
    store.dispose();
  });

  it('keeps pins, facts, failures and requests', () => {
    const store = freshStore();
    store.open(deployment());
    store.setPin('d1', 'rootfs.pack', { size: 2 ** 40, etag: '"x"' });
    store.setPin('d1', 'boot.pack', { size: 1, etag: undefined });
    expect(store.pin('d1', 'rootfs.pack')).toEqual({ size: 2 ** 40, etag: '"x"' });
    expect(store.pin('d1', 'boot.pack')).toEqual({ size: 1, etag: undefined });
    expect(store.pin('d1', 'other')).toBeUndefined();

    store.setFact('last-poll', '1');
    store.setFact('last-poll', '2');
    expect(store.fact('last-poll')).toBe('2');
    expect(store.fact('never')).toBeUndefined();

    const counts = { identity: 'x', version: '1.0.0', installAttempts: 1, failedTrials: 0, silentTrials: 2 };
    store.setFailures(counts);
    store.setFailures({ ...counts, identity: 'y' });
    store.setFailures({ ...counts, installAttempts: 2 });
    expect(store.failures('x')).toEqual({ ...counts, installAttempts: 2 });
    expect(store.allFailures().map((each) => each.identity)).toEqual(['y', 'x']);
    store.clearFailures('x');
    expect(store.failures('x')).toBeUndefined();

    const cancel = store.addRequest('cancel', '');
    const force = store.addRequest('force', '/media/usb');
    store.answerRequest(cancel, 'done');
    expect(store.requests()).toEqual([
      { id: force, verb: 'force', argument: '/media/usb', answer: undefined },
    ]);
    expect(store.request(cancel)?.answer).toBe('done');
    store.dispose();
  });

  it('gives a chunk index only when it still hashes to its digest', () => {
    const store = freshStore();
    const index = new Uint8Array([5, 6, 7]);
    const digest = createHash('sha256').update(index).digest('hex');
    store.keepIndex(digest, index);
    store.keepIndex(DIGEST, index);
    expect(store.index(digest)).toEqual(Buffer.from(index));
    expect(store.index(DIGEST)).toBeUndefined();
    store.dispose();
  });
});

describe('promises of the store', () => {
  it('holds at most one open deployment, and refuses to write to one that is not there', () => {
    const store = freshStore();
    store.open(deployment());
    expect(() => store.open(deployment({ id: 'd2' }))).toThrow(
      expect.objectContaining({ code: 'STORE_UNWRITABLE' }),
    );
    expect(() => store.checkpoint('d9', [], bytes)).toThrow(
      expect.objectContaining({ code: 'STORE_UNWRITABLE' }),
    );
    expect(() => store.close('d9', 'confirmed', ending)).toThrow(
      expect.objectContaining({ code: 'STORE_UNWRITABLE' }),
    );
    expect(store.deployment()?.id).toBe('d1');
    expect(store.history(1)).toEqual([]);
    store.dispose();
  });

  it('a method that fails half way leaves nothing', () => {
    const store = freshStore();
    store.open(deployment());
    const progress = [
      { slotClass: 'boot', indexDigest: DIGEST, chunks: 1 },
      { slotClass: 'rootfs', indexDigest: DIGEST, chunks: -1 },
    ];
    expect(() => store.checkpoint('d1', progress, bytes)).toThrow();
    expect(store.checkpoints('d1')).toEqual([]);
    expect(store.deployment()?.bytes.fetched).toBe(0);
    store.dispose();
  });

  it('forgets the oldest rows and keeps a bounded number', () => {
    const store = freshStore();
    for (let round = 0; round < KEPT_ROWS.history + 20; round += 1) {
      store.open(deployment({ id: `d${round}`, identity: `i${round}` }));
      store.close(`d${round}`, 'cancelled', ending);
      store.setFailures({
        identity: `i${round}`,
        version: '1.0.0',
        installAttempts: 1,
        failedTrials: 0,
        silentTrials: 0,
      });
      store.addRequest('rollback', `i${round}`);
      store.keepIndex(
        createHash('sha256').update(String(round)).digest('hex'),
        new TextEncoder().encode(String(round)),
      );
    }
    expect(store.history(1_000)).toHaveLength(KEPT_ROWS.history);
    expect(store.history(1)[0]?.id).toBe('d119');
    expect(store.allFailures()).toHaveLength(KEPT_ROWS.failure);
    expect(store.requests()).toHaveLength(KEPT_ROWS.request);
    expect(store.requests().at(-1)?.argument).toBe('i119');
    const kept = Array.from({ length: 120 }, (_, round) =>
      store.index(createHash('sha256').update(String(round)).digest('hex')),
    );
    expect(kept.filter((each) => each !== undefined)).toHaveLength(KEPT_ROWS.chunk_index);
    expect(kept.at(-1)).toBeDefined();
    store.dispose();
  });

  it('can be held in memory when the data partition is out of order', () => {
    const { store, setAside } = openStore(':memory:', { mayMigrate: true });
    expect(setAside).toBeUndefined();
    store.open(deployment());
    expect(store.deployment()?.id).toBe('d1');
    store.dispose();
  });

  it('syncs its write-ahead log at every commit', () => {
    const db = new Database(join(folder(), 'store.sqlite'));
    configureWriter(db);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    db.close();
  });
});

describe('two agents share the file', () => {
  const added = [
    ...SCHEMA_STEPS,
    { minimumReader: 1, sql: 'CREATE TABLE taste (name TEXT PRIMARY KEY) STRICT;' },
  ];

  it('migrates only when it may', () => {
    const path = join(folder(), 'store.sqlite');
    openStore(path, { mayMigrate: true }).store.dispose();
    const db = new Database(path);
    prepareSchema(db, false, added);
    expect(() => db.prepare('SELECT * FROM taste')).toThrow();
    prepareSchema(db, true, added);
    expect(db.prepare('SELECT * FROM taste').all()).toEqual([]);
    db.close();
    const old = openStore(path, { mayMigrate: false });
    expect(old.setAside).toBeUndefined();
    old.store.open(deployment());
    old.store.dispose();
  });

  it('leaves a file alone that needs a newer reader', () => {
    const path = join(folder(), 'store.sqlite');
    openStore(path, { mayMigrate: true }).store.dispose();
    const db = new Database(path);
    db.exec("UPDATE meta SET value = 99 WHERE name = 'minimum_reader'; DROP TABLE fact");
    db.close();
    for (const open of [() => openStore(path, { mayMigrate: true }), () => openStoreReadOnly(path)]) {
      expect(open).toThrow(
        expect.objectContaining({
          code: 'STORE_UNREADABLE',
          facts: expect.objectContaining({ minimumReader: 99 }),
        }),
      );
    }
  });

  it('a reader sees what a writer that is still open has committed', () => {
    const path = join(folder(), 'store.sqlite');
    expect(() => openStoreReadOnly(path)).toThrow(expect.objectContaining({ code: 'STORE_UNREADABLE' }));
    const { store } = openStore(path, { mayMigrate: true });
    store.open(deployment());
    const reader = openStoreReadOnly(path);
    expect(reader.deployment()?.id).toBe('d1');
    store.setFact('last-poll', '3');
    expect(reader.fact('last-poll')).toBe('3');
    reader.dispose();
    store.dispose();
  });
});
