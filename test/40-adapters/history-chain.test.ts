/** The chained history, on real SQLite files: what was changed or removed is found, what an older agent wrote is not held against it. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../agent/adapters/open-store.ts';
import { configureWriter, prepareSchema, SCHEMA_STEPS } from '../../agent/adapters/sqlite-schema.ts';
import { KEPT_ROWS, type SqliteStore } from '../../agent/adapters/sqlite-store.ts';
import { SqliteStoreReader } from '../../agent/adapters/sqlite-store-reader.ts';
import { openFileVault } from '../../agent/adapters/vault.ts';
import { VaultWithHead } from '../../agent/adapters/vault-with-head.ts';
import { checkChain } from '../../agent/index.ts';
import { EMPTY_VAULT } from '../../agent/model/vault-record.ts';
import { deployment } from './values.ts';
import { freshFolders } from './workbench.ts';

const folder = freshFolders();
const ROWS = 7;
/** The store as it was before its history was chained. */
const UNCHAINED = SCHEMA_STEPS.slice(0, 1);

/** One more closed deployment: every second one failed, with a reason that is no plain ASCII. */
function end(store: SqliteStore, id: string, failed = true): void {
  store.open(deployment({ id }));
  const bytes = { fetched: 1_000 + id.length, reused: 20, written: 30, verified: 40 };
  const at = 1_760_000_100_000;
  if (failed) {
    const reason = 'the lid \u{1f35a} is mute\ud800';
    store.close(id, 'rolled-back', { code: 'HEALTH_CHECK_FAILED', reason, at, rollbackMs: 4_200, bytes });
  } else {
    store.close(id, 'confirmed', { code: '', reason: '', at, rollbackMs: undefined, bytes });
  }
}

function storeWith(rows: number): { readonly path: string; readonly store: SqliteStore } {
  const path = join(folder(), 'store.sqlite');
  const { store } = openStore(path, { mayMigrate: true });
  for (let row = 1; row <= rows; row++) end(store, `d${row}`, row % 2 === 0);
  return { path, store };
}

function verdictOf(db: Database.Database, head: Parameters<typeof checkChain>[1]) {
  return checkChain(new SqliteStoreReader(db).history(KEPT_ROWS.history).toReversed(), head);
}

/** What the file says after `change`, which is taken back again. */
function changed(db: Database.Database, head: Parameters<typeof checkChain>[1], change: () => void) {
  db.exec('BEGIN');
  try {
    change();
    return verdictOf(db, head);
  } finally {
    db.exec('ROLLBACK');
  }
}

const NUMBERS = [
  'number',
  'opened_at',
  'closed_at',
  'rollback_ms',
  'fetched',
  'reused',
  'written',
  'verified',
];
const TEXTS = ['id', 'identity', 'version', 'outcome', 'code', 'reason', 'previous', 'digest'];

describe('a history that somebody changed', () => {
  it('is found at its row, whichever bit of whichever field it is', () => {
    const { path, store } = storeWith(ROWS);
    const head = store.historyHead;
    store.dispose();
    const db = new Database(path);
    expect(verdictOf(db, head)).toEqual({ holds: true, chained: ROWS, notChained: [] });
    const fields = Object.keys(db.prepare<[], object>('SELECT * FROM history').get() ?? {});
    // A column that nobody changes here would be one that nobody has to protect.
    expect(new Set(fields)).toEqual(new Set([...NUMBERS, ...TEXTS, 'slot']));
    const places = fc.record({
      number: fc.integer({ min: 1, max: ROWS }),
      field: fc.constantFrom(...NUMBERS, ...TEXTS, 'slot'),
      at: fc.nat(200),
      bit: fc.nat(40),
    });
    fc.assert(
      fc.property(places, ({ number, field, at, bit }) => {
        const read = db.prepare<[number], unknown>(`SELECT ${field} FROM history WHERE number = ?`).pluck();
        const value = flipped(read.get(number), at, bit);
        fc.pre(!(field === 'number' && Number(value) >= 1 && Number(value) <= ROWS));
        const verdict = changed(db, head, () =>
          db.prepare(`UPDATE history SET ${field} = ? WHERE number = ?`).run(value, number),
        );
        expect(verdict).toMatchObject({ holds: false });
      }),
      { numRuns: 1_500 },
    );
    db.close();
  });

  it('misses the row that was removed from its middle, and the newest ones, which the vault remembers', () => {
    const { path, store } = storeWith(ROWS);
    const head = store.historyHead;
    const db = new Database(path);
    for (let number = 2; number < ROWS; number++) {
      const remove = () => db.prepare('DELETE FROM history WHERE number = ?').run(number);
      expect(changed(db, undefined, remove)).toMatchObject({ holds: false, number: number + 1 });
    }
    const cut = () => db.exec(`DELETE FROM history WHERE number > ${ROWS - 2}`);
    expect(changed(db, head, cut)).toMatchObject({ holds: false, number: ROWS - 1, id: '' });
    const empty = () => db.exec('DELETE FROM history');
    expect(changed(db, head, empty)).toMatchObject({ holds: false, id: '' });
    // Without the vault it is found as soon as another deployment ends.
    cut();
    expect(verdictOf(db, undefined)).toMatchObject({ holds: true });
    end(store, 'later');
    expect(verdictOf(db, undefined)).toMatchObject({ holds: false, number: ROWS + 1, id: 'later' });
    db.close();
    store.dispose();
  });

  it('does not hold where a row was written anew with a digest of its own', () => {
    const { path, store } = storeWith(ROWS);
    const head = store.historyHead;
    store.dispose();
    const db = new Database(path);
    const forge = (number: number) => () => {
      db.prepare(
        "UPDATE history SET outcome = 'confirmed', digest = NULL, previous = NULL WHERE number = ?",
      ).run(number);
    };
    expect(changed(db, undefined, forge(3))).toMatchObject({ holds: false, number: 4 });
    expect(changed(db, head, forge(ROWS))).toMatchObject({ holds: false, number: ROWS });
    db.close();
  });
});

describe('two agents with one history', () => {
  it('has rows without a digest from a trial boot, and is chained after the migration', () => {
    const path = join(folder(), 'store.sqlite');
    const db = new Database(path);
    configureWriter(db);
    prepareSchema(db, true, UNCHAINED);
    db.close();
    const onTrial = openStore(path, { mayMigrate: false }).store;
    end(onTrial, 'd1');
    expect(onTrial.historyHead).toBeUndefined();
    expect(onTrial.history(1)).toMatchObject([{ number: 1, digest: undefined, previous: undefined }]);
    onTrial.dispose();
    const { store } = openStore(path, { mayMigrate: true });
    end(store, 'd2');
    end(store, 'd3');
    expect(checkChain(store.history(9).toReversed(), store.historyHead)).toEqual({
      holds: true,
      chained: 2,
      notChained: [1],
    });
    store.dispose();
  });

  it('shows what an older agent closed as not chained, and goes on behind it', () => {
    const { path, store } = storeWith(2);
    const db = new Database(path);
    // The older agent's own words.
    db.exec(`INSERT INTO history (id, identity, version, slot, outcome, code, reason, opened_at, closed_at,
        rollback_ms, fetched, reused, written, verified)
      VALUES ('old', 'x', '1.0.0', 'a', 'confirmed', '', '', 1, 2, NULL, 1, 2, 3, 4)`);
    expect(verdictOf(db, store.historyHead)).toEqual({ holds: true, chained: 2, notChained: [3] });
    end(store, 'd4');
    expect(verdictOf(db, store.historyHead)).toEqual({ holds: true, chained: 3, notChained: [3] });
    expect(changed(db, undefined, () => db.exec("DELETE FROM history WHERE id = 'old'"))).toMatchObject({
      holds: false,
    });
    db.close();
    store.dispose();
  });

  it('holds after its oldest rows were trimmed', () => {
    const { path, store } = storeWith(KEPT_ROWS.history + 5);
    const rows = store.history(1_000).toReversed();
    expect(rows[0]?.number).toBe(6);
    expect(checkChain(rows, { number: 2, digest: 'of a row that is gone' })).toMatchObject({ holds: true });
    expect(checkChain(rows, store.historyHead)).toMatchObject({ holds: true, chained: KEPT_ROWS.history });
    expect(path).not.toBe('');
    store.dispose();
  });
});

describe('the head in the vault', () => {
  it('follows with the next write, and stays while nothing new was chained', async () => {
    const place = folder();
    const { store } = storeWith(0);
    const files = await openFileVault(join(place, 'v0'), join(place, 'v1'));
    const vault = new VaultWithHead(files, () => store.historyHead);
    await vault.write(EMPTY_VAULT);
    expect((await vault.read()).record.history).toBeUndefined();
    end(store, 'd1');
    await vault.write({ ...EMPTY_VAULT, recoveredTo: 'a' });
    const { record } = await vault.read();
    expect(record).toMatchObject({
      recoveredTo: 'a',
      history: { number: 1, digest: store.history(1)[0]?.digest },
    });
    // The next process has chained nothing yet.
    await new VaultWithHead(files, () => undefined).write({ ...record, recoveredTo: 'b' });
    expect((await files.read()).record).toMatchObject({ recoveredTo: 'b', history: record.history });
    await files.close();
    store.dispose();
  });
});

/** One bit less or more; where there is no bit yet, a first one. */
function flipped(value: unknown, at: number, bit: number): unknown {
  if (typeof value === 'number') return BigInt(value) ^ (1n << BigInt(bit));
  if (typeof value !== 'string') return value === null ? 0 : value;
  if (value === 'a' || value === 'b') return value === 'a' ? 'b' : 'a';
  if (value === '') return String.fromCharCode(1 << (bit % 7));
  const index = at % value.length;
  const code = value.charCodeAt(index);
  // Within what is one byte; of a longer character another one.
  const other = code < 0x80 ? code ^ (1 << (bit % 7)) : 0x61;
  return value.slice(0, index) + String.fromCharCode(other) + value.slice(index + 1);
}
