/**
 * Reading what the device holds and not what the page cache remembers (rule 1). Three ways, best first:
 * O_DIRECT; dropping the block device's cache before buffered reads; and, for file slots only, plain reads.
 * It knows memory alignment and Linux's flags, nothing of slots or chunks.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
/** O_DIRECT wants offset, length and memory in blocks; 4 KiB is the largest logical block in use. */
const DIRECT_BLOCK_BYTES = 4_096;
const WASM_PAGE_BYTES = 65_536;
/** `blockdev --flushbufs` writes back what is dirty; nothing is after a flush, so it takes moments. */
const DROP_TIMEOUT_MS = 60_000;
export const SYSTEM_TOOLS = { alignedMemory, dropCache };
/** The best way that this partition allows; a reason when it is a block device and only the cache could answer. */
export async function openReadBack(partition, reopen, tools) {
    const direct = await openDirect(reopen, tools);
    if (direct !== undefined)
        return direct;
    if (!partition.isBlock) {
        return new BufferedReadBack('cached', await reopen(constants.O_RDONLY), async () => undefined);
    }
    const reason = await tools.dropCache(partition.path);
    if (reason !== undefined)
        return { kind: 'none', reason };
    const drop = () => tools.dropCache(partition.path);
    return new BufferedReadBack('flushed', await reopen(constants.O_RDONLY), drop);
}
/** Reads until `length` bytes are in `memory` or the end is reached; gives how many there are. */
export async function readFully(handle, memory, length, offset, block = 1) {
    let done = 0;
    while (done < length) {
        const { bytesRead } = await handle.read(memory, done, length - done, offset + done);
        done += bytesRead;
        // O_DIRECT gives less than whole blocks only at the end, and could not go on from there.
        if (bytesRead === 0 || done % block !== 0)
            break;
    }
    return done;
}
/** Undefined when memory, file system or device cannot do it. */
async function openDirect(reopen, tools) {
    const memory = tools.alignedMemory(DIRECT_BLOCK_BYTES);
    if (memory === undefined)
        return undefined;
    let handle;
    try {
        handle = await reopen(constants.O_RDONLY | constants.O_DIRECT);
        // Some file systems accept the flag and refuse the first read.
        await handle.read(memory, 0, DIRECT_BLOCK_BYTES, 0);
        return new DirectReadBack(handle, memory, tools);
    }
    catch (error) {
        await handle?.close();
        if (error instanceof Error && 'code' in error && error.code === 'EINVAL')
            return undefined;
        throw error;
    }
}
class DirectReadBack {
    kind = 'direct';
    #handle;
    #tools;
    #memory;
    constructor(handle, memory, tools) {
        this.#handle = handle;
        this.#memory = memory;
        this.#tools = tools;
    }
    async read(offset, length) {
        const start = offset - (offset % DIRECT_BLOCK_BYTES);
        const before = offset - start;
        const whole = Math.ceil((before + length) / DIRECT_BLOCK_BYTES) * DIRECT_BLOCK_BYTES;
        if (this.#memory.length < whole) {
            const memory = this.#tools.alignedMemory(whole);
            if (memory === undefined)
                throw new RangeError(`no ${whole} bytes of aligned memory`);
            this.#memory = memory;
        }
        const got = await readFully(this.#handle, this.#memory, whole, start, DIRECT_BLOCK_BYTES);
        return this.#memory.subarray(before, Math.max(before, Math.min(got, before + length)));
    }
    written() {
        // Nothing is kept between two reads.
    }
    async close() {
        await this.#handle.close();
    }
}
class BufferedReadBack {
    kind;
    #handle;
    #drop;
    #memory = new Uint8Array(0);
    #stale = true;
    constructor(kind, handle, drop) {
        this.kind = kind;
        this.#handle = handle;
        this.#drop = drop;
    }
    async read(offset, length) {
        if (this.#stale) {
            const reason = await this.#drop();
            if (reason !== undefined)
                throw new Error(`the page cache could not be dropped: ${reason}`);
            this.#stale = false;
        }
        if (this.#memory.length < length)
            this.#memory = new Uint8Array(length);
        return this.#memory.subarray(0, await readFully(this.#handle, this.#memory, length, offset));
    }
    written() {
        this.#stale = true;
    }
    async close() {
        await this.#handle.close();
    }
}
function alignedMemory(bytes) {
    const { WebAssembly } = globalThis;
    if (WebAssembly === undefined)
        return undefined;
    const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
    return new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
}
function dropCache(path) {
    const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
    return new Promise((resolve) => {
        execFile('blockdev', ['--flushbufs', path], { env, timeout: DROP_TIMEOUT_MS }, (error) => {
            resolve(error === null ? undefined : error.message.trim());
        });
    });
}
