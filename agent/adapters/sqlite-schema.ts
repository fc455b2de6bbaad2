/**
 * What the store's file looks like: connection settings, tables, schema steps, and how damage is told from
 * a good file. It knows SQLite and nothing of what the rows mean to the walk; it never renames or deletes.
 *
 * Rule 15: steps only add. A step that an older agent could not read would raise `minimumReader`; better is a
 * new file beside the old one.
 */
import type { Database } from 'better-sqlite3';
import { AgentError } from '../errors.ts';

/** A command leaves its request within milliseconds; the heartbeat may stand still for 20 s, never for this. */
export const BUSY_TIMEOUT_MS = 5_000;
/** WAL pages (of 4 KiB) after which SQLite copies them back: 1 MiB, so that the pair of files stays small. */
const WAL_CHECKPOINT_PAGES = 256;
const WAL_KEEP_BYTES = 1_048_576;

/** One migration: what it adds, and the oldest schema number whose agents can still read the result. */
export interface SchemaStep {
  readonly minimumReader: number;
  readonly sql: string;
}

/** Column lists, used by every SELECT and by the damage check: a file that lacks one is not our file. */
export const COLUMNS = {
  meta: 'name, value',
  deployment:
    'id, identity, version, sequence, slot, source, envelope, forced, state, finalised_boot, opened_at,' +
    ' fetched, reused, written, verified, fruitless_tries',
  checkpoint: 'deployment, slot_class, index_digest, chunks',
  pin: 'deployment, name, size, etag',
  history:
    'number, id, identity, version, slot, outcome, code, reason, opened_at, closed_at, rollback_ms,' +
    ' fetched, reused, written, verified, previous, digest',
  failure: 'identity, version, install_attempts, failed_trials, silent_trials',
  chunk_index: 'digest, bytes',
  fact: 'name, value',
  request: 'id, verb, argument, answer',
} as const;

/**
 * Step n makes schema n + 1 out of schema n. Rows that have a `number` are trimmed oldest first. Verbs and
 * outcomes are not checked: a newer agent may have more of them, and a CHECK cannot be changed by adding.
 */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  {
    minimumReader: 1,
    sql: `
      CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
      CREATE TABLE deployment (
        id TEXT PRIMARY KEY,
        only_one INTEGER NOT NULL DEFAULT 1 UNIQUE CHECK (only_one = 1),
        identity TEXT NOT NULL,
        version TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        slot TEXT NOT NULL CHECK (slot IN ('a', 'b')),
        source TEXT NOT NULL,
        envelope BLOB NOT NULL,
        forced INTEGER NOT NULL CHECK (forced IN (0, 1)),
        state TEXT NOT NULL CHECK (state IN ('fetching', 'finalised', 'activated')),
        finalised_boot TEXT,
        opened_at INTEGER NOT NULL,
        fetched INTEGER NOT NULL DEFAULT 0,
        reused INTEGER NOT NULL DEFAULT 0,
        written INTEGER NOT NULL DEFAULT 0,
        verified INTEGER NOT NULL DEFAULT 0,
        fruitless_tries INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE TABLE checkpoint (
        deployment TEXT NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
        slot_class TEXT NOT NULL,
        index_digest TEXT NOT NULL,
        chunks INTEGER NOT NULL CHECK (chunks >= 0),
        PRIMARY KEY (deployment, slot_class)
      ) STRICT;
      CREATE TABLE pin (
        deployment TEXT NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        etag TEXT,
        PRIMARY KEY (deployment, name)
      ) STRICT;
      CREATE TABLE history (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        identity TEXT NOT NULL,
        version TEXT NOT NULL,
        slot TEXT NOT NULL CHECK (slot IN ('a', 'b')),
        outcome TEXT NOT NULL,
        code TEXT NOT NULL,
        reason TEXT NOT NULL,
        opened_at INTEGER NOT NULL,
        closed_at INTEGER NOT NULL,
        rollback_ms INTEGER,
        fetched INTEGER NOT NULL,
        reused INTEGER NOT NULL,
        written INTEGER NOT NULL,
        verified INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE failure (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        identity TEXT NOT NULL UNIQUE,
        version TEXT NOT NULL,
        install_attempts INTEGER NOT NULL,
        failed_trials INTEGER NOT NULL,
        silent_trials INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE chunk_index (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        digest TEXT NOT NULL UNIQUE,
        bytes BLOB NOT NULL
      ) STRICT;
      CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE request (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        verb TEXT NOT NULL,
        argument TEXT NOT NULL,
        answer TEXT
      ) STRICT;`,
  },
  // Digests that chain the history. An agent that does not know them leaves them empty: a row that is not chained.
  {
    minimumReader: 1,
    sql: `
      ALTER TABLE history ADD COLUMN previous TEXT;
      ALTER TABLE history ADD COLUMN digest TEXT;`,
  },
];

/**
 * Settings of every writing connection. `synchronous = FULL` is rule 4: in WAL mode SQLite then syncs the WAL
 * before a commit returns. Error: STORE_UNWRITABLE when the file system cannot do WAL or is read-only.
 */
export function configureWriter(db: Database): void {
  const mode = db.pragma('journal_mode = WAL', { simple: true });
  // A store in memory has nothing to log; it lasts as long as its process (open-store.ts).
  if (mode !== 'wal' && !db.memory) {
    throw new AgentError('STORE_UNWRITABLE', `${db.name} cannot use a write-ahead log (mode is ${mode}).`, {
      facts: { path: db.name, mode: String(mode) },
    });
  }
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma(`wal_autocheckpoint = ${WAL_CHECKPOINT_PAGES}`);
  db.pragma(`journal_size_limit = ${WAL_KEEP_BYTES}`);
}

/** Why the pages of this file cannot be trusted; undefined when they can. */
export function pageDamage(db: Database): string | undefined {
  const answer = db.pragma('quick_check(1)', { simple: true });
  return answer === 'ok' ? undefined : `quick_check says: ${String(answer)}`;
}

/**
 * Why this is no store of ours although it is a good database; undefined for ours and for an empty file. The
 * tables of an older schema are not looked at: the steps that are to come would be missed in it.
 */
export function shapeDamage(db: Database, ours: number = SCHEMA_STEPS.length): string | undefined {
  if (isEmpty(db)) return undefined;
  const schema = metaNumber(db, 'schema');
  if (schema === undefined) return 'no schema number';
  if (schema < ours) return undefined;
  for (const [table, columns] of Object.entries(COLUMNS)) {
    try {
      db.prepare(`SELECT ${columns} FROM ${table} LIMIT 0`);
    } catch (error) {
      return `table ${table}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}

/**
 * Brings a good file to this agent's schema. An empty file gets all steps; an older one only with
 * `mayMigrate`, for on a trial boot the store keeps its schema (rule 15); a newer one is used as it is when
 * it says that this agent can read it. Error: STORE_UNREADABLE when it says that it cannot.
 */
export function prepareSchema(
  db: Database,
  mayMigrate: boolean,
  steps: readonly SchemaStep[] = SCHEMA_STEPS,
): void {
  refuseTooNew(db, steps.length);
  const found = metaNumber(db, 'schema') ?? 0;
  if (found >= steps.length) return;
  if (found > 0 && !mayMigrate) return;
  db.transaction(() => {
    for (const step of steps.slice(found)) db.exec(step.sql);
    const setMeta = db.prepare('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)');
    setMeta.run('schema', steps.length);
    setMeta.run('minimum_reader', Math.max(...steps.map((step) => step.minimumReader)));
  }).immediate();
}

/** False in a file of an older schema: the steps that are to come were not made in it yet. */
export function hasColumn(db: Database, table: keyof typeof COLUMNS, column: string): boolean {
  const sql = 'SELECT count(*) FROM pragma_table_info(?) WHERE name = ?';
  return db.prepare<[string, string], number>(sql).pluck().get(table, column) === 1;
}

/** Error: STORE_UNREADABLE for a file whose minimum reader is above `ours`. */
export function refuseTooNew(db: Database, ours: number = SCHEMA_STEPS.length): void {
  const needed = metaNumber(db, 'minimum_reader') ?? 0;
  if (needed <= ours) return;
  throw new AgentError(
    'STORE_UNREADABLE',
    `${db.name} was written by a newer agent and needs a reader of schema ${needed}; this agent has ${ours}.`,
    { facts: { path: db.name, minimumReader: needed, schema: ours } },
  );
}

function isEmpty(db: Database): boolean {
  return db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

/** Undefined in a file that has no such number, and in one whose `meta` is not ours (shapeDamage names it). */
function metaNumber(db: Database, name: string): number | undefined {
  const sql = "SELECT count(*) FROM pragma_table_info('meta') WHERE name IN ('name', 'value')";
  if (db.prepare<[], number>(sql).pluck().get() !== 2) return undefined;
  return db.prepare<[string], number>('SELECT value FROM meta WHERE name = ?').pluck().get(name);
}
