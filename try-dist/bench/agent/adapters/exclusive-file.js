/**
 * Exclusion that dies with its holder: an exclusive SQLite lock on a file of its own. SQLite takes a POSIX
 * record lock, which the kernel drops when the process ends, however it ends, and it keeps two connections of
 * one process apart as well. Node itself has no file locks. It knows nothing of who excludes whom from what.
 */
import Database from 'better-sqlite3';
/**
 * Holds `path` (made when it is not there; nothing is ever written to it) until `release`. Undefined when
 * somebody else holds it. Keep the answer: a lock that nobody refers to ends with the next garbage collection.
 * Throws SQLite's own error when the file cannot be used at all.
 */
export function holdExclusively(path) {
    const db = new Database(path, { timeout: 0 });
    try {
        db.exec('BEGIN EXCLUSIVE');
    }
    catch (error) {
        db.close();
        if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))
            return undefined;
        throw error;
    }
    return { release: () => db.close() };
}
