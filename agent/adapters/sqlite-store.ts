/**
 * The store's rows: each method of the port is one transaction, durable on return. It knows SQL and the port,
 * nothing of the walk's order, of files that are damaged (open-store.ts) or of the schema's history.
 */
import type { Statement } from 'better-sqlite3';
import { AgentError } from '../errors.ts';
import type {
  ByteCounts,
  Checkpoint,
  Deployment,
  DeploymentOutcome,
  DeploymentState,
  Ending,
  FailureCounts,
} from '../model/deployment.ts';
import { type HistoryHead, historyDigest } from '../model/history-chain.ts';
import type { RequestVerb } from '../model/walk-request.ts';
import type { PayloadPin, Store } from '../ports.ts';
import { COLUMNS, hasColumn } from './sqlite-schema.ts';
import { SqliteStoreReader, type Value } from './sqlite-store-reader.ts';

/** Rows that are kept, newest first: a device runs for years and its data partition is small. */
export const KEPT_ROWS = {
  /** About a year of fortnightly releases with all their troubles. */
  history: 100,
  /** Twice what the vault remembers. */
  failure: 64,
  /** Two slots of two classes, the release on its way with its deltas, and as many again. */
  chunk_index: 16,
  request: 100,
} as const;

/**
 * The store over a connection that `configureWriter` and `prepareSchema` have seen. Error of every writing
 * method: STORE_UNWRITABLE, and nothing of it was kept.
 */
export class SqliteStore extends SqliteStoreReader implements Store {
  #historyHead: HistoryHead | undefined;

  open(deployment: Omit<Deployment, 'state' | 'finalisedBoot' | 'bytes' | 'fruitlessTries'>): Deployment {
    this.#transact('open a deployment', () => {
      this.#run(
        `INSERT INTO deployment
           (id, identity, version, sequence, slot, source, envelope, forced, state, opened_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'fetching', ?)`,
        deployment.id,
        deployment.identity,
        deployment.version,
        deployment.sequence,
        deployment.slot,
        deployment.source,
        deployment.envelope,
        deployment.forced ? 1 : 0,
        deployment.openedAt,
      );
    });
    return {
      ...deployment,
      state: 'fetching',
      finalisedBoot: undefined,
      bytes: { fetched: 0, reused: 0, written: 0, verified: 0 },
      fruitlessTries: 0,
    };
  }

  setState(id: string, state: DeploymentState, finalisedBoot: string | undefined): void {
    this.#transact('set the state of a deployment', () => {
      this.#change(
        'UPDATE deployment SET state = ?, finalised_boot = ? WHERE id = ?',
        state,
        finalisedBoot ?? null,
        id,
      );
    });
  }

  setEnvelope(id: string, envelope: Uint8Array): void {
    this.#transact('renew an envelope', () => {
      this.#change('UPDATE deployment SET envelope = ? WHERE id = ?', envelope, id);
    });
  }

  /** The newest row that this process chained; undefined while it chained none. */
  get historyHead(): HistoryHead | undefined {
    return this.#historyHead;
  }

  close(id: string, outcome: DeploymentOutcome, ending: Ending): void {
    const head = this.#transact('close a deployment', () => {
      if (ending.bytes !== undefined) this.#setBytes(id, ending.bytes);
      this.#change(
        `INSERT INTO history
           (id, identity, version, slot, outcome, code, reason, opened_at, closed_at, rollback_ms,
            fetched, reused, written, verified)
           SELECT id, identity, version, slot, ?, ?, ?, opened_at, ?, ?, fetched, reused, written, verified
             FROM deployment WHERE id = ?`,
        outcome,
        ending.code,
        ending.reason,
        ending.at,
        ending.rollbackMs ?? null,
        id,
      );
      this.#change('DELETE FROM deployment WHERE id = ?', id);
      const head = this.#chainNewest();
      this.#trim('history');
      return head;
    });
    this.#historyHead = head ?? this.#historyHead;
  }

  /** The digest is made of the row as it came to lie. Undefined: the file has no such columns yet. */
  #chainNewest(): HistoryHead | undefined {
    if (!hasColumn(this.db, 'history', 'digest')) return undefined;
    const [newest] = this.history(1);
    if (newest === undefined) return undefined;
    const sql = 'SELECT digest FROM history WHERE digest IS NOT NULL ORDER BY number DESC LIMIT 1';
    const previous = this.rows<{ digest: string }>(sql)[0]?.digest;
    const { number } = newest;
    const digest = historyDigest({ ...newest, previous });
    this.#change(
      'UPDATE history SET previous = ?, digest = ? WHERE number = ?',
      previous ?? null,
      digest,
      number,
    );
    return { number, digest };
  }

  checkpoint(id: string, progress: readonly Checkpoint[], bytes: ByteCounts): void {
    this.#transact('write a checkpoint', () => {
      this.#setBytes(id, bytes);
      for (const point of progress) {
        this.#run(
          `INSERT OR REPLACE INTO checkpoint (${COLUMNS.checkpoint}) VALUES (?, ?, ?, ?)`,
          id,
          point.slotClass,
          point.indexDigest,
          point.chunks,
        );
      }
    });
  }

  setFruitlessTries(id: string, tries: number): void {
    this.#transact('count fruitless tries', () => {
      this.#change('UPDATE deployment SET fruitless_tries = ? WHERE id = ?', tries, id);
    });
  }

  setPin(id: string, name: string, pin: PayloadPin): void {
    this.#transact('pin a payload', () => {
      this.#run(
        `INSERT OR REPLACE INTO pin (${COLUMNS.pin}) VALUES (?, ?, ?, ?)`,
        id,
        name,
        pin.size,
        pin.etag ?? null,
      );
    });
  }

  setFailures(counts: FailureCounts): void {
    this.#transact('count a failure', () => {
      this.#run(
        `INSERT OR REPLACE INTO failure (${COLUMNS.failure}) VALUES (?, ?, ?, ?, ?)`,
        counts.identity,
        counts.version,
        counts.installAttempts,
        counts.failedTrials,
        counts.silentTrials,
      );
      this.#trim('failure');
    });
  }

  clearFailures(identity: string): void {
    this.#transact('forget failures', () => {
      this.#run('DELETE FROM failure WHERE identity = ?', identity);
    });
  }

  keepIndex(digest: string, bytes: Uint8Array): void {
    this.#transact('keep a chunk index', () => {
      this.#run(`INSERT OR REPLACE INTO chunk_index (${COLUMNS.chunk_index}) VALUES (?, ?)`, digest, bytes);
      this.#trim('chunk_index');
    });
  }

  setFact(name: string, value: string): void {
    this.#transact(`set the fact ${name}`, () => {
      this.#run(`INSERT OR REPLACE INTO fact (${COLUMNS.fact}) VALUES (?, ?)`, name, value);
    });
  }

  addRequest(verb: RequestVerb, argument: string): number {
    return this.#transact('leave a request', () => {
      const added = this.#run('INSERT INTO request (verb, argument) VALUES (?, ?)', verb, argument);
      this.#trim('request');
      return Number(added.lastInsertRowid);
    });
  }

  /** A request that fell out of the kept rows is answered to nobody, without an error. */
  answerRequest(id: number, answer: string): void {
    this.#transact('answer a request', () => {
      this.#run('UPDATE request SET answer = ? WHERE id = ?', answer, id);
    });
  }

  #setBytes(id: string, bytes: ByteCounts): void {
    this.#change(
      'UPDATE deployment SET fetched = ?, reused = ?, written = ?, verified = ? WHERE id = ?',
      bytes.fetched,
      bytes.reused,
      bytes.written,
      bytes.verified,
      id,
    );
  }

  #trim(table: keyof typeof KEPT_ROWS): void {
    const key = table === 'request' ? 'id' : 'number';
    this.#run(
      `DELETE FROM ${table} WHERE ${key} NOT IN (SELECT ${key} FROM ${table} ORDER BY ${key} DESC LIMIT ?)`,
      KEPT_ROWS[table],
    );
  }

  #run(sql: string, ...values: Value[]): ReturnType<Statement['run']> {
    return this.statement(sql).run(...values);
  }

  /** Like `#run` for one row that must be there: losing a write to a wrong id silently would break rule 4. */
  #change(sql: string, ...values: Value[]): void {
    if (this.#run(sql, ...values).changes !== 1) throw new RangeError('no such open deployment');
  }

  #transact<T>(what: string, body: () => T): T {
    try {
      return this.db.transaction(body).immediate();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AgentError('STORE_UNWRITABLE', `${this.db.name} could not ${what}: ${why}.`, {
        facts: { path: this.db.name },
        cause,
      });
    }
  }
}
