/**
 * One copy of the environment on raw flash, an MTD character device: whole erase blocks are erased by `flash_erase`
 * of mtd-utils and then written. It knows erase blocks, nothing of what a copy says. Bad blocks are not skipped: an
 * environment on NAND that has some wants a UBI volume.
 *
 * While the blocks are erased the copy is lost; so it is written only while the other copy is whole, and never the
 * only one (the order of writes in `uboot-env.ts`).
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BootControlError } from '../error.js';
const run = promisify(execFile);
/** Erasing 1 MiB of slow NOR flash takes some 10 s; a minute means that it hangs. */
const ERASE_LIMIT_MS = 60_000;
export class MtdCopy {
    name;
    #region;
    #device;
    #offset;
    #size;
    #sector;
    /** `place.offset` in bytes from the beginning; without `place.sector` one copy is one erase block. */
    constructor(region, place, size) {
        this.name = `${place.device} at ${place.offset}`;
        this.#region = region;
        this.#device = place.device;
        this.#offset = place.offset;
        this.#size = size;
        this.#sector = place.sector ?? size;
    }
    read() {
        return this.#region.read(this.#offset, this.#size);
    }
    /** What else lies in the last erase block is written back with it. */
    async write(bytes) {
        const start = Math.floor(this.#offset / this.#sector) * this.#sector;
        const count = Math.ceil((this.#offset + this.#size - start) / this.#sector);
        const blocks = await this.#region.read(start, count * this.#sector);
        blocks.set(bytes, this.#offset - start);
        try {
            await run('flash_erase', ['--quiet', this.#device, String(start), String(count)], {
                timeout: ERASE_LIMIT_MS,
            });
        }
        catch (cause) {
            throw new BootControlError('REGION_WRITE_FAILED', `could not erase ${count} blocks at offset ${start} of ${this.#device}; is flash_erase of mtd-utils installed, and the sector size in fw_env.config right?`, { facts: { path: this.#device, offset: start, length: blocks.length }, cause });
        }
        // No flush: a write to raw flash is done when it returns, and the device refuses fsync.
        await this.#region.write(start, blocks);
    }
}
