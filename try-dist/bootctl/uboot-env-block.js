/**
 * The codec of one copy of U-Boot's environment, and the rule by which one of two copies counts. Pure: bytes in,
 * values out. It does not know where the copies lie, nor what a variable means.
 *
 * Source of the layout: `include/env_internal.h`, `env/common.c` and `tools/env/fw_env.c` of U-Boot.
 *
 * | offset, one copy | offset, of two | size | field                                                       |
 * | ---------------- | -------------- | ---- | ----------------------------------------------------------- |
 * | 0                | 0              | 4    | CRC-32 (the one of zlib) over the data, in CPU byte order   |
 * | -                | 4              | 1    | flags: serial number, or active/obsolete; not in the CRC    |
 * | 4                | 5              | rest | data: `name=value` and NUL, ...; one more NUL; filler       |
 *
 * An environment without variables is two NULs. The filler is in the CRC; we write zeros, and read anything.
 */
import { crc32 } from 'node:zlib';
/** Smaller ones have no room for the boot order; larger ones are no environment of any board that we know. */
export const LEAST_ENV_BYTES = 64;
export const MOST_ENV_BYTES = 1_048_576;
const CRC_BYTES = 4;
const FLAGS_AT = 4;
const NUL = 0;
/** Decodes a copy of exactly `layout.size` bytes; another length is a `crc` fault. Never throws. */
export function decodeEnv(bytes, layout) {
    if (bytes.length !== layout.size || bytes.length <= dataAt(layout)) {
        return fault('crc', 0, `${bytes.length} bytes instead of ${layout.size}`);
    }
    const start = dataAt(layout);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const stored = view.getUint32(0, layout.endian === 'little');
    const computed = crc32(bytes.subarray(start));
    if (stored !== computed)
        return fault('crc', 0, `CRC-32 is ${hex(stored)}, computed ${hex(computed)}`);
    const flags = layout.redundant ? view.getUint8(FLAGS_AT) : 0;
    const entries = [];
    let at = start;
    while (at < bytes.length && bytes[at] !== NUL) {
        const end = bytes.indexOf(NUL, at);
        if (end < 0)
            return fault('list', at, 'the last variable has no end', flags);
        entries.push(Buffer.from(bytes.subarray(at, end)).toString('latin1'));
        at = end + 1;
    }
    if (at >= bytes.length)
        return fault('list', bytes.length, 'the list of variables has no end', flags);
    return { kind: 'env', env: { entries, flags } };
}
/** The bytes of a copy, filled up with zeros; undefined when the entries do not fit. */
export function encodeEnv(env, layout) {
    const start = dataAt(layout);
    // Each entry ends with one NUL, the list with one more; an empty list is two.
    const text = Buffer.from(env.entries.map((entry) => `${entry}\0`).join('') || '\0', 'latin1');
    if (start + text.length + 1 > layout.size)
        return undefined;
    const bytes = new Uint8Array(layout.size);
    bytes.set(text, start);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, crc32(bytes.subarray(start)), layout.endian === 'little');
    if (layout.redundant)
        view.setUint8(FLAGS_AT, env.flags);
    return bytes;
}
/** The value that U-Boot would see: of several entries of one name the last. */
export function envVariable(env, name) {
    return env.entries.findLast((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}
/** With the variables set in place, or at the end; undefined takes one out. All other entries stay as they are. */
export function withEnvVariables(env, changes) {
    let entries = env.entries;
    for (const [name, value] of Object.entries(changes)) {
        const own = (entry) => entry.startsWith(`${name}=`);
        const first = entries.findIndex(own);
        const others = entries.filter((entry) => !own(entry));
        const place = first < 0 ? others.length : first;
        entries = value === undefined ? others : others.toSpliced(place, 0, `${name}=${value}`);
    }
    return { ...env, entries };
}
const SERIALS = 256;
const OLDEST_SERIAL = 0;
const LAST_SERIAL = 255;
const ACTIVE = 1;
const OBSOLETE = 0;
const ERASED = 0xff;
/** Flags byte of each copy, undefined for any, and which copy then counts. The first row that matches wins. */
const BOOLEAN_TABLE = [
    { first: OBSOLETE, second: ACTIVE, counts: 1 },
    { first: ACTIVE, second: OBSOLETE, counts: 0 },
    // Both alike: power was lost between the two steps of a save.
    { first: ACTIVE, second: ACTIVE, counts: 0 },
    // Written, but its flag never was: newer than any that was.
    { first: ERASED, second: undefined, counts: 0 },
    { first: undefined, second: ERASED, counts: 1 },
];
const serial = (number) => (number + SERIALS) % SERIALS;
/**
 * `incremental`: a serial number of eight bits; 0 is newer than 255 and nothing else wraps (MMC, NAND, UBI, files).
 * `boolean`: NOR flash, where a bit can be cleared in place.
 */
export const FLAG_SCHEMES = {
    incremental: {
        newer: (first, second) => {
            if (first === LAST_SERIAL && second === OLDEST_SERIAL)
                return 1;
            if (second === LAST_SERIAL && first === OLDEST_SERIAL)
                return 0;
            return second > first ? 1 : 0;
        },
        fresh: (current) => serial(current + 1),
        follower: (current) => serial(current + 2),
        behind: (current) => serial(current - 1),
    },
    boolean: {
        newer: (first, second) => {
            const row = BOOLEAN_TABLE.find((row) => (row.first ?? first) === first && (row.second ?? second) === second);
            return row?.counts ?? 0;
        },
        fresh: () => ACTIVE,
        follower: () => OBSOLETE,
        behind: () => OBSOLETE,
    },
};
/**
 * Index of the copy that U-Boot takes; undefined when neither has a right CRC. Only the CRC counts: a copy whose
 * list has no end is taken as well, and then refused, for U-Boot would not look at the other one either.
 */
export function countingCopy(copies, scheme) {
    const whole = copies.flatMap((copy, index) => copy.kind === 'env' || copy.fault === 'list' ? [{ copy, index }] : []);
    const [first, second] = whole;
    if (first === undefined || second === undefined)
        return first?.index;
    return scheme.newer(flagsOf(first.copy), flagsOf(second.copy));
}
function flagsOf(copy) {
    return copy.kind === 'env' ? copy.env.flags : copy.flags;
}
function dataAt({ redundant }) {
    return redundant ? FLAGS_AT + 1 : CRC_BYTES;
}
function fault(kind, offset, detail, flags = 0) {
    return { kind: 'fault', fault: kind, offset, detail, flags };
}
function hex(value) {
    return `0x${value.toString(16).padStart(8, '0')}`;
}
