/**
 * CRC-16, the checksum of every frame, in the variants that vendors use. This is the only file that may import
 * `node-crc`: called with arguments that it does not expect, that addon takes the whole process down.
 *
 * The addon says what the CRC is, but a call into it costs some 4 microseconds, whatever the length: too much for
 * noise, where every byte may have to be judged as the start of a frame. So it is asked once for the CRC of each
 * of the 256 bytes, when a variant is first used, and its answers are the table of the usual bytewise loop.
 */
import nodeCrc from 'node-crc';
import { LinkError } from './error.js';
/** "CRC-16-CCITT" on a data sheet means one of the first five: the check value tells which. */
export const CRC_VARIANTS = {
    xmodem: { polynomial: 0x1021, start: 0x0000, reflected: false, finalXor: 0x0000, check: 0x31c3 },
    'ccitt-false': { polynomial: 0x1021, start: 0xffff, reflected: false, finalXor: 0x0000, check: 0x29b1 },
    kermit: { polynomial: 0x1021, start: 0x0000, reflected: true, finalXor: 0x0000, check: 0x2189 },
    'x-25': { polynomial: 0x1021, start: 0xffff, reflected: true, finalXor: 0xffff, check: 0x906e },
    'spi-fujitsu': { polynomial: 0x1021, start: 0x1d0f, reflected: false, finalXor: 0x0000, check: 0xe5cc },
    genibus: { polynomial: 0x1021, start: 0xffff, reflected: false, finalXor: 0xffff, check: 0xd64e },
    mcrf4xx: { polynomial: 0x1021, start: 0xffff, reflected: true, finalXor: 0x0000, check: 0x6f91 },
    arc: { polynomial: 0x8005, start: 0x0000, reflected: true, finalXor: 0x0000, check: 0xbb3d },
    modbus: { polynomial: 0x8005, start: 0xffff, reflected: true, finalXor: 0x0000, check: 0x4b37 },
    usb: { polynomial: 0x8005, start: 0xffff, reflected: true, finalXor: 0xffff, check: 0xb4c8 },
    dnp: { polynomial: 0x3d65, start: 0x0000, reflected: true, finalXor: 0xffff, check: 0xea82 },
};
const TABLES = new Map();
const NINE_DIGITS = new TextEncoder().encode('123456789');
/** CRC of `bytes` as a number 0..65535; of no bytes it is the variant's start value, finally XORed. */
export function crc16(bytes, variant = 'xmodem') {
    const { start, reflected, finalXor } = CRC_VARIANTS[variant];
    const table = tableOf(variant);
    let crc = start;
    // By index, which is nearly twice as fast as an iterator; `?? 0` is for the compiler alone.
    for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at] ?? 0;
        crc = reflected
            ? (crc >> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0)
            : ((crc & 0xff) << 8) ^ (table[(crc >> 8) ^ byte] ?? 0);
    }
    return crc ^ finalXor;
}
/** CRC of the nine digits `123456789`: the value by which both sides check that they mean the same CRC. */
export function crcCheckValue(variant = 'xmodem') {
    return crc16(NINE_DIGITS, variant);
}
/** The same by one call into the addon: what the table was made from, for tests and measurements. */
export function crc16OfAddon(bytes, variant) {
    const { start, finalXor } = CRC_VARIANTS[variant];
    return askAddon(bytes, variant, start, finalXor);
}
function tableOf(variant) {
    const known = TABLES.get(variant);
    if (known !== undefined)
        return known;
    const table = Uint16Array.from({ length: 256 }, (_, byte) => askAddon(Uint8Array.of(byte), variant, 0, 0));
    TABLES.set(variant, table);
    return table;
}
function askAddon(bytes, variant, start, finalXor) {
    const { polynomial, reflected } = CRC_VARIANTS[variant];
    // A view, not a copy: the addon reads the bytes in place.
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const wanted = reflected ? mirrored(polynomial) : polynomial;
    // bits, reflected, then low and high 32-bit halves of polynomial, start value and final XOR.
    const digest = nodeCrc.crc(16, reflected, wanted, 0, start, 0, finalXor, 0, view);
    if (digest === false) {
        throw new LinkError('LINK_MISUSED', 'The CRC addon refused its input; report this with the Node version', {
            facts: { length: bytes.length, variant },
        });
    }
    return digest.readUInt16BE(0);
}
/** The 16 bits in the other order: how the addon wants the polynomial of a reflected variant. */
function mirrored(polynomial) {
    let result = 0;
    for (let bit = 0; bit < 16; bit++)
        if (polynomial & (1 << bit))
            result |= 0x8000 >> bit;
    return result;
}
