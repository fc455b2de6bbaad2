/**
 * The reading half of the store: what commands may look at without the lock, over any open connection.
 * It knows SQL and the port; it never writes.
 */
import { createHash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import { AgentError } from '../errors.ts';
import type { Checkpoint, ClosedDeployment, Deployment, FailureCounts } from '../model/deployment.ts';
import type { WalkRequest } from '../model/walk-request.ts';
import type { PayloadPin, Store } from '../ports.ts';
import {
  closedDeploymentOf,
  type DeploymentRow,
  deploymentOf,
  type FailureRow,
  failureCountsOf,
  type HistoryRow,
  type RequestRow,
  walkRequestOf,
} from './sqlite-rows.ts';
import { COLUMNS } from './sqlite-schema.ts';

/** The part of the store that commands may read without the lock. */
export type StoreReader = Pick<
  Store,
  | 'deployment'
  | 'history'
  | 'checkpoints'
  | 'bytesSpent'
  | 'pin'
  | 'failures'
  | 'allFailures'
  | 'index'
  | 'fact'
  | 'requests'
  | 'request'
  | 'dispose'
>;

/** What a column of ours can be bound to. */
export type Value = string | number | null | Uint8Array;

/** Reads of the store over any open connection. Error of every method: STORE_UNREADABLE. */
export class SqliteStoreReader implements StoreReader {
  protected readonly db: Database;
  readonly #statements = new Map<string, Statement<Value[], unknown>>();

  constructor(db: Database) {
    this.db = db;
  }

  deployment(): Deployment | undefined {
    const row = this.rows<DeploymentRow>(`SELECT ${COLUMNS.deployment} FROM deployment`)[0];
    return row === undefined ? undefined : deploymentOf(row);
  }

  /** Newest first. */
  history(limit: number): ClosedDeployment[] {
    // All columns: a file of an older schema has no digests, and on a trial boot it stays so (rule 15).
    const sql = 'SELECT * FROM history ORDER BY number DESC LIMIT ?';
    return this.rows<HistoryRow>(sql, limit).map(closedDeploymentOf);
  }

  checkpoints(id: string): Checkpoint[] {
    return this.rows<Checkpoint>(
      `SELECT slot_class AS slotClass, index_digest AS indexDigest, chunks
         FROM checkpoint WHERE deployment = ? ORDER BY slot_class`,
      id,
    );
  }

  bytesSpent(identity: string): number {
    const row = this.rows<{ bytes: number }>(
      `SELECT coalesce(sum(fetched), 0) AS bytes FROM
         (SELECT identity, fetched FROM deployment UNION ALL SELECT identity, fetched FROM history)
         WHERE identity = ?`,
      identity,
    )[0];
    return row?.bytes ?? 0;
  }

  pin(id: string, name: string): PayloadPin | undefined {
    const row = this.rows<{ size: number; etag: string | null }>(
      'SELECT size, etag FROM pin WHERE deployment = ? AND name = ?',
      id,
      name,
    )[0];
    return row === undefined ? undefined : { size: row.size, etag: row.etag ?? undefined };
  }

  failures(identity: string): FailureCounts | undefined {
    const row = this.rows<FailureRow>(
      `SELECT ${COLUMNS.failure} FROM failure WHERE identity = ?`,
      identity,
    )[0];
    return row === undefined ? undefined : failureCountsOf(row);
  }

  /** Newest last, as in the vault. */
  allFailures(): FailureCounts[] {
    return this.rows<FailureRow>(`SELECT ${COLUMNS.failure} FROM failure ORDER BY number`).map(
      failureCountsOf,
    );
  }

  /** Undefined also when the kept bytes no longer hash to their digest: it is a cache. */
  index(digest: string): Uint8Array | undefined {
    const row = this.rows<{ bytes: Buffer }>('SELECT bytes FROM chunk_index WHERE digest = ?', digest)[0];
    if (row === undefined) return undefined;
    return createHash('sha256').update(row.bytes).digest('hex') === digest ? row.bytes : undefined;
  }

  fact(name: string): string | undefined {
    return this.rows<{ value: string }>('SELECT value FROM fact WHERE name = ?', name)[0]?.value;
  }

  /** Those that nobody answered yet, oldest first. */
  requests(): WalkRequest[] {
    const sql = `SELECT ${COLUMNS.request} FROM request WHERE answer IS NULL ORDER BY id`;
    return this.rows<RequestRow>(sql).map(walkRequestOf);
  }

  request(id: number): WalkRequest | undefined {
    const row = this.rows<RequestRow>(`SELECT ${COLUMNS.request} FROM request WHERE id = ?`, id)[0];
    return row === undefined ? undefined : walkRequestOf(row);
  }

  dispose(): void {
    this.db.close();
  }

  protected rows<Row>(sql: string, ...values: Value[]): Row[] {
    try {
      return this.statement(sql).all(...values) as Row[];
    } catch (cause) {
      throw new AgentError('STORE_UNREADABLE', `${this.db.name} could not be read.`, {
        facts: { path: this.db.name },
        cause,
      });
    }
  }

  /** Compiled once: a checkpoint is made every 2 s for as long as a download lasts. */
  protected statement(sql: string): Statement<Value[], unknown> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const fresh = this.db.prepare<Value[], unknown>(sql);
    this.#statements.set(sql, fresh);
    return fresh;
  }
}
