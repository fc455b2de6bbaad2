import { AgentError } from '../errors.js';
import { readFully } from './read-back.js';
/** The largest chunk that a chunk index may name; one buffer of this size bounds a partition's memory. */
const MOST_READ_BYTES = 4 * 1_048_576;
export class PartitionReader {
    slot;
    slotClass;
    capacity;
    path;
    handle;
    #memory = new Uint8Array(0);
    constructor(facts, handle) {
        this.slot = facts.slot;
        this.slotClass = facts.slotClass;
        this.capacity = facts.capacity;
        this.path = facts.path;
        this.handle = handle;
    }
    async read(offset, length) {
        return this.complete('read', offset, length, async () => {
            if (this.#memory.length < length)
                this.#memory = new Uint8Array(length);
            return this.#memory.subarray(0, await readFully(this.handle, this.#memory, length, offset));
        });
    }
    async close() {
        await this.handle.close();
    }
    /** What `body` gives, if it is as long as it was asked for. */
    async complete(verb, offset, length, body) {
        if (length > MOST_READ_BYTES) {
            throw this.failure('SLOT_READ_FAILED', verb, offset, length, new RangeError('larger than any chunk'));
        }
        const bytes = await this.attempt('SLOT_READ_FAILED', verb, offset, length, body);
        if (bytes.length !== length) {
            throw this.failure('SLOT_READ_FAILED', verb, offset, length, new RangeError('the partition ends before'));
        }
        return bytes;
    }
    async attempt(code, verb, offset, length, body) {
        try {
            return await body();
        }
        catch (cause) {
            throw this.failure(code, verb, offset, length, cause);
        }
    }
    failure(code, verb, offset, length, cause) {
        const why = cause instanceof Error ? `: ${cause.message}` : '';
        return new AgentError(code, `Could not ${verb} ${length} bytes at offset ${offset} of ${this.path}${why}.`, {
            facts: { path: this.path, slot: this.slot, slotClass: this.slotClass, offset, length },
            cause,
        });
    }
}
/** Opened exclusively by `BlockSlots`; `release` ends the exclusion after both handles are closed. */
export class PartitionTarget extends PartitionReader {
    #readBack;
    #release;
    constructor(facts, handle, readBack, release) {
        super(facts, handle);
        this.#readBack = readBack;
        this.#release = release;
    }
    get readBackKind() {
        return this.#readBack.kind;
    }
    /** Also SLOT_TOO_SMALL: a file would grow without a word. */
    async write(offset, data) {
        if (offset + data.length > this.capacity) {
            throw this.failure('SLOT_TOO_SMALL', 'write', offset, data.length, new RangeError('the partition ends before'));
        }
        this.#readBack.written();
        await this.attempt('SLOT_WRITE_FAILED', 'write', offset, data.length, async () => {
            let done = 0;
            while (done < data.length) {
                const { bytesWritten } = await this.handle.write(data, done, data.length - done, offset + done);
                if (bytesWritten === 0)
                    throw new RangeError('the device takes no more bytes');
                done += bytesWritten;
            }
        });
    }
    async flush() {
        await this.attempt('SLOT_WRITE_FAILED', 'flush', 0, this.capacity, () => this.handle.datasync());
    }
    async readBack(offset, length) {
        return this.complete('read back', offset, length, () => this.#readBack.read(offset, length));
    }
    async close() {
        try {
            await this.#readBack.close();
            await super.close();
        }
        finally {
            this.#release();
        }
    }
}
