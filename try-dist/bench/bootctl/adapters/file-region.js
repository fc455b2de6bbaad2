/**
 * A `Region` over a file or block device. It knows the file system and nothing of boot control: no layout,
 * no retries. Reads after a flush come through the page cache: they prove what the kernel holds and that the
 * flush succeeded, not what the medium would answer.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { BootControlError } from '../error.js';
/** Opens an existing file or device for reading and writing. Error: REGION_OPEN_FAILED. */
export async function openFileRegion(path) {
    try {
        return new FileRegion(path, await open(path, constants.O_RDWR));
    }
    catch (cause) {
        throw new BootControlError('REGION_OPEN_FAILED', `${path} could not be opened for reading and writing`, {
            facts: { path },
            cause,
        });
    }
}
class FileRegion {
    #path;
    #handle;
    constructor(path, handle) {
        this.#path = path;
        this.#handle = handle;
    }
    async read(offset, length) {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
            const got = await this.#try('REGION_READ_FAILED', 'read', offset + done, length - done, async () => {
                const { bytesRead } = await this.#handle.read(bytes, done, length - done, offset + done);
                if (bytesRead === 0)
                    throw new RangeError('the file or device ends here');
                return bytesRead;
            });
            done += got;
        }
        return bytes;
    }
    async write(offset, data) {
        let done = 0;
        while (done < data.length) {
            const put = await this.#try('REGION_WRITE_FAILED', 'write', offset + done, data.length - done, async () => {
                const { bytesWritten } = await this.#handle.write(data, done, data.length - done, offset + done);
                if (bytesWritten === 0)
                    throw new RangeError('the device takes no more bytes');
                return bytesWritten;
            });
            done += put;
        }
    }
    async flush() {
        await this.#try('REGION_WRITE_FAILED', 'flush', 0, 0, () => this.#handle.datasync());
    }
    async close() {
        await this.#handle.close();
    }
    async #try(code, verb, offset, length, step) {
        try {
            return await step();
        }
        catch (cause) {
            const where = verb === 'flush' ? this.#path : `${length} bytes at offset ${offset} of ${this.#path}`;
            throw new BootControlError(code, `could not ${verb} ${where}`, {
                facts: { path: this.#path, offset, length },
                cause,
            });
        }
    }
}
