/**
 * The codec of Android's `bootloader_control`, the 32 bytes that U-Boot's A/B code reads from `misc`.
 * Pure: bytes in, values out. It does not know where the block lies, who wins or what a slot holds.
 *
 * Source of the layout: `include/android_bootloader_message.h` of U-Boot. Numbers are little-endian.
 *
 * | offset | size | field                                                                             |
 * | ------ | ---- | --------------------------------------------------------------------------------- |
 * | 0      | 4    | slot suffix of the slot booted last, NUL-padded text (`_a`)                       |
 * | 4      | 4    | magic 0x42414342 (the bytes spell BCAB)                                           |
 * | 8      | 1    | version, 1                                                                        |
 * | 9      | 1    | bits 0..2 number of slots; bits 3..5 recovery tries, kept; 6..7: merge status     |
 * | 10     | 2    | bit 0: merge status, highest bit; the rest reserved, kept                         |
 * | 12     | 8    | 4 slots of 2 bytes                                                                |
 * | 20     | 8    | reserved, kept                                                                    |
 * | 28     | 4    | CRC-32 (the one of zlib) over bytes 0..27                                         |
 *
 * The merge status is of newer writers (`boot_control_definition.h` of AOSP): three bits over bytes 9 and 10, zero
 * where older ones wrote reserved bits. It is shown and kept, never changed.
 *
 * Slot byte 0: bits 0..3 priority (15 best, 1 lowest, 0 unbootable), bits 4..6 tries remaining, bit 7
 * successful. Slot byte 1: bit 0 verity corrupted, bits 1..7 reserved, kept.
 */
import { crc32 } from 'node:zlib';
export const BLOCK_BYTES = 32;
export const BLOCK_VERSION = 1;
export const MAX_PRIORITY = 15;
export const MAX_TRIES = 7;
/** Room for slots in the block; U-Boot looks at the first `slotCount` of them. */
export const BLOCK_SLOTS = 4;
const MAGIC = 0x42414342;
const SUFFIX_BYTES = 4;
const MAGIC_AT = 4;
const VERSION_AT = 8;
const COUNTS_AT = 9;
const SLOT_COUNT_MASK = 0b0000_0111;
const MERGE_LOW_SHIFT = 6;
const MERGE_HIGH_AT = 10;
const MERGE_HIGH_MASK = 0b0000_0001;
const MERGE_HIGH_SHIFT = 2;
const SLOTS_AT = 12;
const SLOT_BYTES = 2;
const CRC_AT = 28;
const PRIORITY_MASK = 0b0000_1111;
const TRIES_SHIFT = 4;
const TRIES_MASK = 0b0111_0000;
const SUCCESSFUL_BIT = 0b1000_0000;
const VERITY_CORRUPTED_BIT = 0b0000_0001;
/** Decodes the first 32 bytes; fewer than 32 are a `crc` fault. Never throws. */
export function decodeAndroidBlock(bytes) {
    if (bytes.length < BLOCK_BYTES)
        return fault('crc', `only ${bytes.length} of ${BLOCK_BYTES} bytes`);
    const kept = bytes.slice(0, BLOCK_BYTES);
    const view = new DataView(kept.buffer);
    const stored = view.getUint32(CRC_AT, true);
    const computed = crc32(kept.subarray(0, CRC_AT));
    if (stored !== computed)
        return fault('crc', `CRC-32 is ${hex(stored)}, computed ${hex(computed)}`);
    const magic = view.getUint32(MAGIC_AT, true);
    if (magic !== MAGIC)
        return fault('magic', `magic is ${hex(magic)}, not ${hex(MAGIC)}`);
    const version = view.getUint8(VERSION_AT);
    if (version > BLOCK_VERSION)
        return fault('too-new', `version is ${version}, known is ${BLOCK_VERSION}`);
    const block = {
        suffix: Buffer.from(kept.subarray(0, SUFFIX_BYTES)).toString('latin1'),
        slotCount: view.getUint8(COUNTS_AT) & SLOT_COUNT_MASK,
        slots: Array.from({ length: BLOCK_SLOTS }, (_, index) => decodeSlot(view, SLOTS_AT + index * SLOT_BYTES)),
        kept,
    };
    return { kind: 'block', block };
}
/** The 32 bytes of a block, CRC included. Encoding what was decoded gives the same bytes. */
export function encodeAndroidBlock(block) {
    const bytes = block.kept.slice(0, BLOCK_BYTES);
    const view = new DataView(bytes.buffer);
    bytes.set(Buffer.from(block.suffix, 'latin1').subarray(0, SUFFIX_BYTES), 0);
    view.setUint8(COUNTS_AT, (view.getUint8(COUNTS_AT) & ~SLOT_COUNT_MASK) | block.slotCount);
    for (const [index, slot] of block.slots.entries())
        encodeSlot(view, SLOTS_AT + index * SLOT_BYTES, slot);
    view.setUint32(CRC_AT, crc32(bytes.subarray(0, CRC_AT)), true);
    return bytes;
}
/** Where a merge of Android's snapshots stands. Index is the number in the block; others are none that is known. */
export const MERGE_STATUSES = ['none', 'unknown', 'snapshotted', 'merging', 'cancelled'];
/** The merge status that newer writers keep; `none` in older blocks, undefined for a number without a name. */
export function mergeStatusOf(block) {
    const low = (block.kept[COUNTS_AT] ?? 0) >> MERGE_LOW_SHIFT;
    const high = (block.kept[MERGE_HIGH_AT] ?? 0) & MERGE_HIGH_MASK;
    return MERGE_STATUSES[low | (high << MERGE_HIGH_SHIFT)];
}
/** A block made from nothing, of two slots; slots 2 and 3 and all reserved bits are zero. */
export function newAndroidBlock(suffix, slots) {
    const kept = new Uint8Array(BLOCK_BYTES);
    const view = new DataView(kept.buffer);
    view.setUint32(MAGIC_AT, MAGIC, true);
    view.setUint8(VERSION_AT, BLOCK_VERSION);
    return { suffix, slotCount: slots.length, slots: [...slots, UNUSED_SLOT, UNUSED_SLOT], kept };
}
/** A slot that no boot loader takes: the state of an unused place, and of a slot that is being written. */
export const UNUSED_SLOT = {
    priority: 0,
    triesRemaining: 0,
    successful: false,
    verityCorrupted: false,
    reserved: 0,
};
function decodeSlot(view, offset) {
    const first = view.getUint8(offset);
    const second = view.getUint8(offset + 1);
    return {
        priority: first & PRIORITY_MASK,
        triesRemaining: (first & TRIES_MASK) >> TRIES_SHIFT,
        successful: (first & SUCCESSFUL_BIT) !== 0,
        verityCorrupted: (second & VERITY_CORRUPTED_BIT) !== 0,
        reserved: second & ~VERITY_CORRUPTED_BIT,
    };
}
function encodeSlot(view, offset, slot) {
    const successful = slot.successful ? SUCCESSFUL_BIT : 0;
    view.setUint8(offset, successful | (slot.triesRemaining << TRIES_SHIFT) | slot.priority);
    view.setUint8(offset + 1, slot.reserved | (slot.verityCorrupted ? VERITY_CORRUPTED_BIT : 0));
}
function fault(kind, detail) {
    return { kind: 'fault', fault: kind, detail };
}
function hex(value) {
    return `0x${value.toString(16).padStart(8, '0')}`;
}
