/**
 * The codec of a boot loader's parameter page: what it leaves in memory for the system that it starts. Pure: bytes
 * in, values out. Nothing here writes one on a device; the encoder is for boot loaders (the emulated one).
 *
 * The page is 4096 bytes, little-endian:
 *
 * | offset | size | field                                        |
 * | ------ | ---- | -------------------------------------------- |
 * | 0      | 4    | magic 0x55AA55AA                             |
 * | 4      | 2    | version, 1                                   |
 * | 6      | 2    | flags, none is known here                    |
 * | 8      | 4    | unknown here                                 |
 * | 12     | 1    | boot mode: 0 normal, 1 recovery              |
 * | 13     | 3    | unknown here                                 |
 * | 16     | 8    | physical address of the device tree, 0: none |
 * | 24     | 4072 | unknown here                                 |
 */
import { BootControlError } from './error.js';
export const BOOT_PARAMS_BYTES = 4096;
export const BOOT_PARAMS_VERSION = 1;
const MAGIC = 0x55aa55aa;
const MAGIC_AT = 0;
const VERSION_AT = 4;
const FLAGS_AT = 6;
const BOOT_MODE_AT = 0x0c;
const DEVICE_TREE_AT = 0x10;
/** Index is the number in the page. */
export const BOOT_MODES = ['normal', 'recovery'];
/** Decodes a page; more bytes are ignored. Error: BOOT_PARAMS_BAD, with the offset of what is wrong. */
export function decodeBootParams(page) {
    if (page.length < BOOT_PARAMS_BYTES) {
        throw bad(page.length, `the page has ${page.length} of ${BOOT_PARAMS_BYTES} bytes`);
    }
    const view = new DataView(page.buffer, page.byteOffset, BOOT_PARAMS_BYTES);
    const magic = view.getUint32(MAGIC_AT, true);
    if (magic !== MAGIC)
        throw bad(MAGIC_AT, `the magic is ${hex(magic)}, not ${hex(MAGIC)}`);
    const version = view.getUint16(VERSION_AT, true);
    if (version !== BOOT_PARAMS_VERSION) {
        throw bad(VERSION_AT, `the version is ${version}, known is ${BOOT_PARAMS_VERSION}`);
    }
    const mode = view.getUint8(BOOT_MODE_AT);
    const bootMode = BOOT_MODES[mode];
    if (bootMode === undefined)
        throw bad(BOOT_MODE_AT, `the boot mode ${mode} is not known`);
    return {
        version,
        flags: view.getUint16(FLAGS_AT, true),
        bootMode,
        deviceTree: view.getBigUint64(DEVICE_TREE_AT, true),
    };
}
/** The page as a boot loader leaves it; what is unknown here is zero. */
export function encodeBootParams(params) {
    const page = new Uint8Array(BOOT_PARAMS_BYTES);
    const view = new DataView(page.buffer);
    view.setUint32(MAGIC_AT, MAGIC, true);
    view.setUint16(VERSION_AT, params.version, true);
    view.setUint16(FLAGS_AT, params.flags, true);
    view.setUint8(BOOT_MODE_AT, BOOT_MODES.indexOf(params.bootMode));
    view.setBigUint64(DEVICE_TREE_AT, params.deviceTree, true);
    return page;
}
function bad(offset, what) {
    return new BootControlError('BOOT_PARAMS_BAD', `${what} (byte ${offset} of the parameter page); check where the boot loader puts it`, { facts: { offset } });
}
function hex(value) {
    return `0x${value.toString(16).padStart(8, '0')}`;
}
