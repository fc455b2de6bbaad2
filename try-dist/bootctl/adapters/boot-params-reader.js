/**
 * Reads the boot loader's parameter page from a memory device, an nvmem cell or a file. Read-only: it opens for
 * reading and writes nowhere. What the bytes mean is `boot-params.ts`'s business.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { BOOT_PARAMS_BYTES, decodeBootParams } from '../boot-params.js';
import { BootControlError } from '../error.js';
/** `offset`: bytes from the begin of the file or device. Errors: REGION_OPEN_FAILED, REGION_READ_FAILED, BOOT_PARAMS_BAD. */
export async function readBootParams(path, offset) {
    const handle = await open(path, constants.O_RDONLY).catch((cause) => {
        throw new BootControlError('REGION_OPEN_FAILED', `${path} could not be opened for reading; check the configured path`, { facts: { path }, cause });
    });
    try {
        const page = new Uint8Array(BOOT_PARAMS_BYTES);
        let length = 0;
        while (length < page.length) {
            const { bytesRead } = await handle
                .read(page, length, page.length - length, offset + length)
                .catch((cause) => {
                throw new BootControlError('REGION_READ_FAILED', `could not read the parameter page at offset ${offset + length} of ${path}; the kernel may forbid it`, { facts: { path, offset: offset + length }, cause });
            });
            if (bytesRead === 0)
                break;
            length += bytesRead;
        }
        return decodeBootParams(page.subarray(0, length));
    }
    finally {
        await handle.close();
    }
}
