/**
 * A `WholeFile` in a file system: temporary file beside it, fsync, rename, fsync of the folder. It knows the file
 * system and nothing of boot control.
 *
 * A symbolic link is followed first: distributions link `grubenv` to the EFI partition, and a rename onto the link
 * would leave the boot loader with the old file.
 */
import { constants } from 'node:fs';
import { open, realpath, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BootControlError } from '../error.js';
/** For a file that is made, not replaced: everybody may read it, as with the tools of the field. */
const NEW_FILE_MODE = 0o644;
/** Permission bits of a mode. */
const PERMISSIONS = 0o7777;
export class ReplacedFile {
    path;
    constructor(path) {
        this.path = path;
    }
    async read(mostBytes) {
        try {
            return await withHandle(await open(this.path, constants.O_RDONLY), async (handle) => {
                // One byte more than allowed tells a file that is too large from one that just fits.
                const bytes = new Uint8Array(mostBytes + 1);
                let length = 0;
                while (length < bytes.length) {
                    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
                    if (bytesRead === 0)
                        return bytes.slice(0, length);
                    length += bytesRead;
                }
                throw new RangeError(`the file is larger than ${mostBytes} bytes`);
            });
        }
        catch (cause) {
            if (errno(cause) === 'ENOENT')
                return undefined;
            throw this.#error('REGION_READ_FAILED', 'read', cause);
        }
    }
    async replace(bytes) {
        try {
            const target = await this.#target();
            const fresh = join(dirname(target), `.${basename(target)}.donabe`);
            try {
                await this.#writeFresh(fresh, target, bytes);
                await rename(fresh, target);
            }
            catch (cause) {
                // A full file system must not stay fuller; that it is not there is as good.
                await unlink(fresh).catch((error) => {
                    if (errno(error) !== 'ENOENT')
                        throw new AggregateError([cause, error], 'and it was left behind');
                });
                throw cause;
            }
            await syncFolder(dirname(target));
        }
        catch (cause) {
            throw this.#error('REGION_WRITE_FAILED', 'replace', cause);
        }
    }
    async remove() {
        try {
            await unlink(this.path);
            await syncFolder(dirname(this.path));
        }
        catch (cause) {
            if (errno(cause) === 'ENOENT')
                return;
            throw this.#error('REGION_WRITE_FAILED', 'remove', cause);
        }
    }
    async #target() {
        try {
            return await realpath(this.path);
        }
        catch (cause) {
            if (errno(cause) === 'ENOENT')
                return this.path;
            throw cause;
        }
    }
    async #writeFresh(fresh, target, bytes) {
        const old = await ownership(target);
        const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
        await withHandle(await open(fresh, flags, old?.mode ?? NEW_FILE_MODE), async (handle) => {
            await handle.writeFile(bytes);
            await handle.sync();
        });
    }
    #error(code, verb, cause) {
        const why = errno(cause) ?? (cause instanceof Error ? cause.message : String(cause));
        return new BootControlError(code, `could not ${verb} ${this.path} (${why}); check that its file system is mounted, writable and not full`, { facts: { path: this.path, offset: 0, errno: errno(cause) }, cause });
    }
}
async function ownership(path) {
    try {
        return await withHandle(await open(path, constants.O_RDONLY), async (handle) => {
            const { mode } = await handle.stat();
            return { mode: mode & PERMISSIONS };
        });
    }
    catch (cause) {
        if (errno(cause) === 'ENOENT')
            return undefined;
        throw cause;
    }
}
async function syncFolder(path) {
    await withHandle(await open(path, constants.O_RDONLY), (folder) => folder.sync());
}
async function withHandle(handle, work) {
    try {
        return await work(handle);
    }
    finally {
        await handle.close();
    }
}
/** Of a failure and of the clean-up that failed after it, the first one tells what is wrong. */
function errno(error) {
    if (error instanceof AggregateError)
        return errno(error.errors[0]);
    return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
