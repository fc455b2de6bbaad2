/**
 * The reading half of the store: what commands may look at without the lock, over any open connection.
 * It knows SQL and the port; it never writes.
 */
import { createHash } from 'node:crypto';
import { AgentError } from '../errors.js';
import { closedDeploymentOf, deploymentOf, failureCountsOf, walkRequestOf, } from './sqlite-rows.js';
import { COLUMNS } from './sqlite-schema.js';
/** Reads of the store over any open connection. Error of every method: STORE_UNREADABLE. */
export class SqliteStoreReader {
    db;
    #statements = new Map();
    constructor(db) {
        this.db = db;
    }
    deployment() {
        const row = this.rows(`SELECT ${COLUMNS.deployment} FROM deployment`)[0];
        return row === undefined ? undefined : deploymentOf(row);
    }
    /** Newest first. */
    history(limit) {
        const sql = `SELECT ${COLUMNS.history} FROM history ORDER BY number DESC LIMIT ?`;
        return this.rows(sql, limit).map(closedDeploymentOf);
    }
    checkpoints(id) {
        return this.rows(`SELECT slot_class AS slotClass, index_digest AS indexDigest, chunks
         FROM checkpoint WHERE deployment = ? ORDER BY slot_class`, id);
    }
    bytesSpent(identity) {
        const row = this.rows(`SELECT coalesce(sum(fetched), 0) AS bytes FROM
         (SELECT identity, fetched FROM deployment UNION ALL SELECT identity, fetched FROM history)
         WHERE identity = ?`, identity)[0];
        return row?.bytes ?? 0;
    }
    pin(id, name) {
        const row = this.rows('SELECT size, etag FROM pin WHERE deployment = ? AND name = ?', id, name)[0];
        return row === undefined ? undefined : { size: row.size, etag: row.etag ?? undefined };
    }
    failures(identity) {
        const row = this.rows(`SELECT ${COLUMNS.failure} FROM failure WHERE identity = ?`, identity)[0];
        return row === undefined ? undefined : failureCountsOf(row);
    }
    /** Newest last, as in the vault. */
    allFailures() {
        return this.rows(`SELECT ${COLUMNS.failure} FROM failure ORDER BY number`).map(failureCountsOf);
    }
    /** Undefined also when the kept bytes no longer hash to their digest: it is a cache. */
    index(digest) {
        const row = this.rows('SELECT bytes FROM chunk_index WHERE digest = ?', digest)[0];
        if (row === undefined)
            return undefined;
        return createHash('sha256').update(row.bytes).digest('hex') === digest ? row.bytes : undefined;
    }
    fact(name) {
        return this.rows('SELECT value FROM fact WHERE name = ?', name)[0]?.value;
    }
    /** Those that nobody answered yet, oldest first. */
    requests() {
        const sql = `SELECT ${COLUMNS.request} FROM request WHERE answer IS NULL ORDER BY id`;
        return this.rows(sql).map(walkRequestOf);
    }
    request(id) {
        const row = this.rows(`SELECT ${COLUMNS.request} FROM request WHERE id = ?`, id)[0];
        return row === undefined ? undefined : walkRequestOf(row);
    }
    dispose() {
        this.db.close();
    }
    rows(sql, ...values) {
        try {
            return this.statement(sql).all(...values);
        }
        catch (cause) {
            throw new AgentError('STORE_UNREADABLE', `${this.db.name} could not be read.`, {
                facts: { path: this.db.name },
                cause,
            });
        }
    }
    /** Compiled once: a checkpoint is made every 2 s for as long as a download lasts. */
    statement(sql) {
        const known = this.#statements.get(sql);
        if (known !== undefined)
            return known;
        const fresh = this.db.prepare(sql);
        this.#statements.set(sql, fresh);
        return fresh;
    }
}
