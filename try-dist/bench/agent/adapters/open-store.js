/**
 * Opening the store: a file that is damaged is set aside and a fresh one is made, because the store is only
 * memory: boot control, vault and the slot itself tell the rest. It knows files and SQLite's error codes,
 * nothing of the rows.
 */
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { AgentError } from '../errors.js';
import { BUSY_TIMEOUT_MS, configureWriter, pageDamage, prepareSchema, refuseTooNew, shapeDamage, } from './sqlite-schema.js';
import { SqliteStore } from './sqlite-store.js';
import { SqliteStoreReader } from './sqlite-store-reader.js';
/** Damaged files that are kept as evidence; older ones are deleted. */
const KEPT_CORRUPT_FILES = 2;
/** SQLite's own companions of a database file. */
const COMPANIONS = ['-wal', '-shm'];
/** Result codes that mean: these bytes are no database. Anything else is the file system's trouble. */
const DAMAGE_CODES = ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_IOERR_SHORT_READ'];
/**
 * Opens the store at `path`, or makes it; `:memory:` is an empty one that ends with the process, for a trial
 * that must come to its end while the data partition is out of order. Errors: STORE_UNWRITABLE (full, read-only,
 * missing folder, locked), STORE_UNREADABLE (written by a newer agent that says so, or damaged and not ours to
 * set aside).
 */
export function openStore(path, options) {
    const first = openOnce(path, options.mayMigrate);
    if (first.kind === 'open')
        return { store: first.store, setAside: undefined };
    if (options.maySetAside === false)
        throw unreadable(path, first.reason);
    const kept = setAside(path);
    const second = openOnce(path, options.mayMigrate);
    if (second.kind === 'damaged')
        throw unreadable(path, second.reason);
    return { store: second.store, setAside: { path: kept, reason: first.reason } };
}
/** For commands that only read; never creates, repairs or migrates. Error: STORE_UNREADABLE. */
export function openStoreReadOnly(path) {
    let db;
    try {
        db = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
        refuseTooNew(db);
        const damage = shapeDamage(db);
        if (damage !== undefined)
            throw unreadable(path, damage);
        return new SqliteStoreReader(db);
    }
    catch (cause) {
        db?.close();
        if (cause instanceof AgentError)
            throw cause;
        throw unreadable(path, reasonOf(cause), cause);
    }
}
function openOnce(path, mayMigrate) {
    let db;
    try {
        db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
        configureWriter(db);
        const damaged = pageDamage(db);
        if (damaged === undefined)
            refuseTooNew(db);
        const reason = damaged ?? shapeDamage(db);
        if (reason !== undefined) {
            db.close();
            return { kind: 'damaged', reason };
        }
        prepareSchema(db, mayMigrate);
        // A read-only file opens without a word; the walk must know before it starts, not at its first checkpoint.
        db.exec('UPDATE meta SET value = value');
        if (!db.memory)
            syncFolder(path);
        return { kind: 'open', store: new SqliteStore(db) };
    }
    catch (cause) {
        db?.close();
        if (cause instanceof AgentError)
            throw cause;
        if (isDamage(cause))
            return { kind: 'damaged', reason: reasonOf(cause) };
        throw new AgentError('STORE_UNWRITABLE', `${path} could not be opened for writing: ${reasonOf(cause)}.`, {
            facts: { path },
            cause,
        });
    }
}
/**
 * Renames the file to `<name>.corrupt-<n>`. The database goes first: a WAL that is left alone by a power cut
 * here belongs to no database, and SQLite deletes it when it makes the fresh one.
 */
function setAside(path) {
    const folder = dirname(path);
    const prefix = `${basename(path)}.corrupt-`;
    try {
        const numbers = corruptNumbers(readdirSync(folder), prefix);
        const number = (numbers.at(-1) ?? 0) + 1;
        const kept = join(folder, `${prefix}${number}`);
        renameSync(path, kept);
        for (const companion of COMPANIONS)
            renameIfThere(`${path}${companion}`, `${kept}${companion}`);
        for (const old of [...numbers, number].slice(0, -KEPT_CORRUPT_FILES)) {
            for (const suffix of ['', ...COMPANIONS])
                rmSync(join(folder, `${prefix}${old}${suffix}`), { force: true });
        }
        syncFolder(path);
        return kept;
    }
    catch (cause) {
        throw new AgentError('STORE_UNWRITABLE', `${path} is damaged and could not be set aside: ${reasonOf(cause)}.`, {
            facts: { path },
            cause,
        });
    }
}
/** Numbers of the set-aside databases in this folder, rising. */
function corruptNumbers(names, prefix) {
    return names
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length))
        .filter((rest) => /^[0-9]{1,9}$/.test(rest))
        .map(Number)
        .sort((left, right) => left - right);
}
function renameIfThere(from, to) {
    try {
        renameSync(from, to);
    }
    catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
            throw error;
    }
}
/** A new name in a folder survives a power cut only after the folder was synced. */
function syncFolder(path) {
    const folder = openSync(dirname(path), 'r');
    try {
        fsyncSync(folder);
    }
    finally {
        closeSync(folder);
    }
}
function isDamage(error) {
    return error instanceof Database.SqliteError && DAMAGE_CODES.some((code) => error.code.startsWith(code));
}
function reasonOf(error) {
    return error instanceof Error ? error.message : String(error);
}
function unreadable(path, reason, cause) {
    return new AgentError('STORE_UNREADABLE', `${path} is not a store that this agent can read: ${reason}.`, {
        facts: { path },
        cause,
    });
}
