/**
 * A consistent copy of the store for whoever looks into a failure, with every secret taken out row by row: a secret
 * may lie across two pages, where no search over the file's bytes finds it. It knows SQLite, nothing of what rows mean.
 */
import { readFileSync, rmSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AgentError } from '../errors.ts';
import type { Redact } from '../model/redaction.ts';
import { BUSY_TIMEOUT_MS } from './sqlite-schema.ts';

/** A larger store is left out: it is a hundred times what one holds after years. */
const MOST_STORE_BYTES = 32 * 1_048_576;
const COMPANIONS = ['', '-wal', '-shm', '-journal'] as const;

/**
 * The copy's bytes. `work`: a file beside the archive that is made and removed. Chunk indexes are left out: they are
 * large, and tell nothing but what the release directory has.
 */
export async function copyOfStore(path: string, work: string, redact: Redact): Promise<Uint8Array> {
  const { size } = statSync(path);
  if (size > MOST_STORE_BYTES) {
    throw new AgentError('DIAG_FAILED', `The store has ${size} bytes, more than is copied.`);
  }
  remove(work);
  try {
    const store = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    try {
      await store.backup(work);
    } finally {
      store.close();
    }
    redactRows(work, redact);
    return readFileSync(work);
  } finally {
    remove(work);
  }
}

function redactRows(work: string, redact: Redact): void {
  const copy = new Database(work);
  try {
    copy.pragma('journal_mode = DELETE');
    copy.pragma('secure_delete = ON');
    copy.function('redacted', { deterministic: true }, (value: unknown) => redactedValue(value, redact));
    for (const table of namesOf(copy, "SELECT name FROM sqlite_schema WHERE type = 'table'")) {
      if (table.startsWith('sqlite_')) continue;
      if (table === 'chunk_index') copy.exec("UPDATE chunk_index SET bytes = x''");
      const columns = namesOf(copy, `SELECT name FROM pragma_table_info('${table}')`);
      const sets = columns.map((column) => `"${column}" = redacted("${column}")`).join(', ');
      // Two names that were told apart by a secret alone become one.
      copy.exec(`UPDATE OR REPLACE "${table}" SET ${sets}`);
    }
    // What was deleted or moved before lies in free pages until now.
    copy.exec('VACUUM');
  } finally {
    copy.close();
  }
}

function redactedValue(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') {
    return Buffer.from(redact(Buffer.from(value), { sameLength: false })).toString('utf8');
  }
  return value instanceof Uint8Array ? Buffer.from(redact(value, { sameLength: true })) : value;
}

function namesOf(db: Database.Database, sql: string): readonly string[] {
  return db.prepare<[], string>(sql).pluck().all();
}

function remove(work: string): void {
  for (const companion of COMPANIONS) rmSync(`${work}${companion}`, { force: true });
}
