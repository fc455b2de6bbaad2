/**
 * Opens the places that `fw_env.config` names: two copies in files or block devices in place, one copy in a file by
 * replacing it, flash through `mtd-copy.ts`. It knows files and devices, nothing of what a copy says.
 */
import { existsSync } from 'node:fs';
import { readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BootControlError } from '../error.js';
import { MOST_CONFIG_BYTES, parseFwEnvConfig } from '../fw-env-config.js';
import { openFileRegion } from './file-region.js';
import { MtdCopy } from './mtd-copy.js';
import { ReplacedFile } from './replaced-file.js';
import { TOOL_LOCKS, underLocks } from './tool-locks.js';
/** A file with one copy is read and replaced whole; a larger one is no environment. */
const MOST_FILE_BYTES = 16 * 1_048_576;
/** Two copies in one sector are lost together. */
const SECTOR_BYTES = 512;
/** The unit of `size` in sysfs, whatever the device's own. */
const SYSFS_SECTOR_BYTES = 512;
/** `Documentation/admin-guide/devices.txt` of Linux. */
const MTD_MAJOR = 90;
/**
 * The medium behind a `fw_env.config`. Opens devices for writing, and writes nothing.
 * Errors: REGION_OPEN_FAILED, REGION_READ_FAILED, BOOT_CONTROL_OPTION.
 */
export async function openEnvMedium(configPath, system = {}) {
    const config = await readConfig(configPath);
    const sysClass = system.sysClass ?? '/sys/class';
    const opened = [];
    const kinds = [];
    let scheme = 'incremental';
    const close = async () => {
        for (const { close } of opened)
            await close();
    };
    try {
        for (const place of config.places) {
            const kind = await kindOf(place.device);
            kinds.push(kind);
            opened.push(await openPlace(place, kind, config, sysClass));
        }
        refuseSharedSector(config, kinds[0] === 'mtd', configPath);
        const [first] = config.places;
        if (first !== undefined && kinds[0] === 'mtd')
            scheme = await mtdScheme(first.device, sysClass);
    }
    catch (error) {
        await close();
        throw error;
    }
    return {
        size: config.size,
        scheme,
        copies: opened.map(({ copy }) => copy),
        alone: (work) => underLocks(system.locks ?? TOOL_LOCKS, work),
        close,
    };
}
async function openPlace(place, kind, config, sysClass) {
    const { size, places } = config;
    const isOnly = places.length === 1;
    if (kind === 'file' && isOnly) {
        return { copy: new FileCopy(place, size), close: async () => undefined };
    }
    const region = await openFileRegion(place.device);
    try {
        const offset = place.offset < 0 ? (await lengthOf(place.device, kind, sysClass)) + place.offset : place.offset;
        const name = `${place.device} at ${offset}`;
        const copy = (write) => ({
            name,
            read: () => region.read(offset, size),
            write,
        });
        const close = () => region.close();
        if (kind === 'other' || isOnly)
            return { copy: copy(() => Promise.reject(notAtomic(name, kind))), close };
        if (kind === 'mtd')
            return { copy: new MtdCopy(region, { ...place, offset }, size), close };
        return { copy: copy((bytes) => writeInPlace(region, offset, bytes, place.device, sysClass)), close };
    }
    catch (error) {
        await region.close();
        throw error;
    }
}
/** One copy in a regular file: the old file or the new one, never a mixture. */
class FileCopy {
    name;
    #file;
    #place;
    #size;
    constructor(place, size) {
        this.name = place.device;
        this.#file = new ReplacedFile(place.device);
        this.#place = place;
        this.#size = size;
    }
    async read() {
        const { bytes, start } = await this.#whole();
        return bytes.slice(start, start + this.#size);
    }
    async write(copy) {
        const { bytes, start } = await this.#whole();
        bytes.set(copy, start);
        await this.#file.replace(bytes);
    }
    async #whole() {
        const bytes = await this.#file.read(MOST_FILE_BYTES);
        const { device, offset } = this.#place;
        const start = offset < 0 ? (bytes?.length ?? 0) + offset : offset;
        if (bytes !== undefined && start >= 0 && start + this.#size <= bytes.length)
            return { bytes, start };
        throw new BootControlError('REGION_READ_FAILED', `${device} has no ${this.#size} bytes at offset ${offset}; check fw_env.config`, { facts: { path: device, offset, length: this.#size } });
    }
}
/** eMMC boot partitions are read-only until their `force_ro` says otherwise; afterwards they are so again. */
async function writeInPlace(region, offset, bytes, device, sysClass) {
    const lock = join(sysClass, 'block', basename(device), 'force_ro');
    const isBootPartition = /^mmcblk\d+boot\d+$/.test(basename(device)) && existsSync(lock);
    if (isBootPartition)
        await writeFile(lock, '0');
    try {
        await region.write(offset, bytes);
        await region.flush();
    }
    finally {
        if (isBootPartition)
            await writeFile(lock, '1');
    }
}
async function readConfig(path) {
    let text;
    try {
        text = await readFile(path, 'utf8');
    }
    catch (cause) {
        throw new BootControlError('REGION_OPEN_FAILED', `${path} could not be read; it says where the U-Boot environment lies`, { facts: { path }, cause });
    }
    if (text.length <= MOST_CONFIG_BYTES)
        return parseFwEnvConfig(text, path);
    throw new BootControlError('BOOT_CONTROL_OPTION', `${path} is larger than ${MOST_CONFIG_BYTES} bytes`, {
        facts: { path, length: text.length },
    });
}
async function kindOf(device) {
    try {
        const found = await stat(device);
        if (found.isFile())
            return 'file';
        if (found.isBlockDevice())
            return 'block';
        // Linux's own split of a device number: 12 bits of major above 8 bits of minor.
        return found.isCharacterDevice() && ((found.rdev >> 8) & 0xfff) === MTD_MAJOR ? 'mtd' : 'other';
    }
    catch (cause) {
        throw new BootControlError('REGION_OPEN_FAILED', `${device} is not there; check fw_env.config`, {
            facts: { path: device },
            cause,
        });
    }
}
/** NOR flash (and data flash) is written with the boolean scheme, everything else with serial numbers. */
async function mtdScheme(device, sysClass) {
    const path = join(sysClass, 'mtd', basename(device), 'type');
    try {
        const type = (await readFile(path, 'utf8')).trim();
        return type === 'nor' || type === 'dataflash' ? 'boolean' : 'incremental';
    }
    catch (cause) {
        throw new BootControlError('REGION_OPEN_FAILED', `${path} does not say what kind of flash ${device} is`, {
            facts: { path },
            cause,
        });
    }
}
/** Bytes of a file, or of a block device by sysfs: its own stat has none. */
async function lengthOf(device, kind, sysClass) {
    try {
        if (kind === 'file')
            return (await stat(device)).size;
        const path = join(sysClass, 'block', basename(await realpath(device)), 'size');
        return Number(await readFile(path, 'utf8')) * SYSFS_SECTOR_BYTES;
    }
    catch (cause) {
        throw new BootControlError('REGION_READ_FAILED', `the size of ${device} could not be found out`, {
            facts: { path: device },
            cause,
        });
    }
}
/** Erase blocks on flash; sectors elsewhere, whatever the configuration says there. */
function refuseSharedSector({ places, size }, isFlash, path) {
    const [first, second] = places;
    if (first === undefined || second === undefined || first.device !== second.device)
        return;
    const unit = isFlash ? (first.sector ?? size) : SECTOR_BYTES;
    const [low, high] = [first.offset, second.offset].sort((left, right) => left - right);
    if (low === undefined || high === undefined)
        return;
    if (Math.floor((low + size - 1) / unit) < Math.floor(high / unit))
        return;
    throw new BootControlError('BOOT_CONTROL_OPTION', `${path}: a part of both copies lies in the same ${unit} bytes of ${first.device}, and they would be lost together; align them to ${unit} bytes`, { facts: { path, device: first.device, unit } });
}
function notAtomic(name, kind) {
    const why = kind === 'other'
        ? 'this kind of device cannot be written in place'
        : 'it is the only copy, and a power cut in a write would lose it';
    return new BootControlError('BOOT_CONTROL_NOT_ATOMIC', `the U-Boot environment at ${name} is not written: ${why}; build U-Boot with CONFIG_SYS_REDUNDAND_ENVIRONMENT and name both copies in fw_env.config`, { facts: { path: name } });
}
