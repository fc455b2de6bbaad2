/**
 * The version reply: fields <-> value. Decoding throws LinkError MCU_REPLY_MALFORMED and nothing else.
 * Knows no frame; offsets count from the first byte after the frame number, numbers are little-endian.
 */
import { nameOf } from './commands.js';
import { LinkError } from './error.js';
import { FieldReader, FieldWriter, known, malformed } from './fields.js';
const LENGTH = 36;
const DIGEST_BYTES = 8;
const NO_DIGEST = '0'.repeat(2 * DIGEST_BYTES);
/** Wire value of "there is no firmware". */
export const NO_FIRMWARE = '0.0.0';
const ANSWERING = { application: 1, 'boot-loader': 2 };
/** Bits of the byte at offset 3. */
const KEEPS_PREVIOUS = 0x01;
export function encodeVersion(version) {
    const writer = new FieldWriter()
        .u8(version.protocol.lowest)
        .u8(version.protocol.highest)
        .u8(ANSWERING[version.answering])
        .u8(version.keepsPrevious ? KEEPS_PREVIOUS : 0)
        .u16(version.hardware.product)
        .u16(version.hardware.revision);
    for (const text of [version.bootLoader, version.firmware ?? NO_FIRMWARE]) {
        putVersion(writer, text);
    }
    return writer
        .u32(version.capacity)
        .u32(version.pageSize)
        .hex(version.firmwareDigest ?? NO_DIGEST, DIGEST_BYTES)
        .finish();
}
export function decodeVersion(fields) {
    const reader = FieldReader.exactly(fields, LENGTH);
    const lowest = reader.u8();
    const highest = reader.u8();
    const answering = reader.u8();
    const answeringName = nameOf(ANSWERING, answering);
    if (answeringName === undefined)
        throw malformed(`nobody answers as ${answering}`, { answering });
    if (lowest > highest)
        throw malformed(`protocol range ${lowest} to ${highest}`, { lowest, highest });
    const abilities = reader.u8();
    const hardware = { product: reader.u16(), revision: reader.u16() };
    const bootLoader = versionText(reader);
    const firmware = versionText(reader);
    const capacity = reader.u32();
    const pageSize = reader.u32();
    const digest = reader.hex(DIGEST_BYTES);
    return {
        protocol: { lowest, highest },
        answering: answeringName,
        keepsPrevious: (abilities & KEEPS_PREVIOUS) !== 0,
        hardware,
        bootLoader,
        firmware: known(firmware, NO_FIRMWARE),
        capacity,
        pageSize,
        firmwareDigest: known(digest, NO_DIGEST),
    };
}
/** Three u16: major, minor, patch. Error: LINK_MISUSED when `text` is no such version. */
export function putVersion(writer, text) {
    const parts = text.split('.');
    if (parts.length !== 3) {
        throw new LinkError('LINK_MISUSED', `A version is major.minor.patch, not "${text}"`, { facts: { text } });
    }
    for (const part of parts)
        writer.u16(Number(part));
}
/** The three u16 that come next, as `major.minor.patch`. */
export function versionText(reader) {
    return [reader.u16(), reader.u16(), reader.u16()].join('.');
}
