/**
 * Files as a release needs them: durable under their final name or not there at all, and read with a limit.
 * Knows no formats. The order is always: temporary name, contents, fsync, rename, fsync of the folder; a build
 * host that loses power leaves at most a `.tmp` file behind.
 */
import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
/** Bytes of one read when a whole file is hashed. */
const HASH_STEP_BYTES = 1024 * 1024;
/** Fills `buffer` from `position`, or as much of it as the file has. Returns the filled part. */
export async function readFully(file, buffer, position) {
    let filled = 0;
    while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
        if (bytesRead === 0)
            break;
        filled += bytesRead;
    }
    return buffer.subarray(0, filled);
}
/** A small file as a whole; RangeError when it has more than `most` bytes. */
export async function readBounded(path, most) {
    const file = await open(path, 'r');
    try {
        const { size } = await file.stat();
        if (size > most)
            throw new RangeError(`${path} has ${size} bytes; at most ${most} are read`);
        return await readFully(file, Buffer.alloc(size), 0);
    }
    finally {
        await file.close();
    }
}
/** Size and SHA-256 (lower-case hex) of a file, in pieces of 1 MiB. */
export async function digestOfFile(path) {
    const file = await open(path, 'r');
    try {
        const hash = createHash('sha256');
        const buffer = Buffer.allocUnsafe(HASH_STEP_BYTES);
        let size = 0;
        for (;;) {
            const piece = await readFully(file, buffer, size);
            hash.update(piece);
            size += piece.length;
            if (piece.length < buffer.length)
                return { size, sha256: hash.digest('hex') };
        }
    }
    finally {
        await file.close();
    }
}
/** Writes a small file durably under its final name. */
export async function writeDurably(path, bytes) {
    const file = await TemporaryFile.create(dirname(path), basename(path));
    try {
        await file.append(bytes);
        await file.publish(basename(path));
    }
    finally {
        await file.discard();
    }
}
/** A file that grows under a temporary name and counts and hashes what it gets. */
export class TemporaryFile {
    #folder;
    #path;
    #file;
    #hash = createHash('sha256');
    #size = 0;
    #open = true;
    constructor(folder, path, file) {
        this.#folder = folder;
        this.#path = path;
        this.#file = file;
    }
    /** Made anew: what an interrupted build left under the temporary name is overwritten. */
    static async create(folder, purpose) {
        const path = join(folder, `${purpose}.tmp`);
        return new TemporaryFile(folder, path, await open(path, 'w'));
    }
    get size() {
        return this.#size;
    }
    async append(bytes) {
        await this.#file.appendFile(bytes);
        this.#hash.update(bytes);
        this.#size += bytes.length;
    }
    /** SHA-256 of everything that was appended, lower-case hex. */
    digest() {
        return this.#hash.copy().digest('hex');
    }
    /** Makes the contents durable and then the name. */
    async publish(name) {
        await this.#file.sync();
        await this.#close();
        await rename(this.#path, join(this.#folder, name));
        await syncFolder(this.#folder);
    }
    /** Removes what was not published; does nothing after `publish`. */
    async discard() {
        await this.#close();
        await rm(this.#path, { force: true });
    }
    async #close() {
        if (!this.#open)
            return;
        this.#open = false;
        await this.#file.close();
    }
}
async function syncFolder(path) {
    const folder = await open(path, 'r');
    try {
        await folder.sync();
    }
    finally {
        await folder.close();
    }
}
