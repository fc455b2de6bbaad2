/**
 * The field types that more than one document uses, as valibot schemas, and the one way to apply a schema.
 * Schemas keep fields that they do not know: a newer build host may have written them.
 * Must not know which document they stand in.
 */
import semver from 'semver';
import * as v from 'valibot';
import { FormatError } from './error.js';
/** 2^20 chunks of 4 MiB: what a chunk index can describe, bytes. */
export const MAX_IMAGE_SIZE = 2 ** 42;
/** A microcontroller's flash is a few MiB at most; 16 MiB bounds the transfer buffer. */
const MAX_MCU_FIRMWARE_SIZE = 16 * 1024 * 1024;
/** semver's own limit for a version or a range, characters. */
const MAX_VERSION_CHARACTERS = 256;
const UTC_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;
/** A text without control characters, at most `most` characters. */
export function shortText(most) {
    return v.pipe(v.string(), v.minLength(1), v.maxLength(most), v.regex(/^[^\p{Cc}]*$/u, 'control characters'));
}
/** A whole number from `least` to `most`. */
export function whole(least, most = Number.MAX_SAFE_INTEGER) {
    return v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most));
}
/** SHA-256 in lower-case hex. */
export const digestField = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits are expected'));
/** Semantic Versioning 2.0.0, spelled as the specification spells it (no leading "v", no blanks). */
export const versionField = v.pipe(v.string(), v.maxLength(MAX_VERSION_CHARACTERS), v.check(isStrictVersion, 'a semantic version such as 1.4.0 is expected'));
/** A range as npm's semver reads it, such as ">=1.2.0 <2.0.0". */
export const rangeField = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_VERSION_CHARACTERS), v.check((range) => semver.validRange(range) !== null, 'a version range such as ">=1.2.0 <2.0.0" is expected'));
/** ISO 8601 in UTC, to the second or the millisecond, a date that the calendar has. */
export const timeField = v.pipe(v.string(), v.check(isUtcTime, 'a time such as 2025-03-01T12:00:00Z is expected'));
/** `<product>/<board>`. */
export const compatibleField = v.pipe(v.string(), v.maxLength(128), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/, '"product/board" is expected'));
/** A channel's name, such as "stable". */
export const channelField = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/, 'a lower-case name is expected'));
/** The MCU firmware that belongs to a release. The version is the MCU's own spelling. */
export const mcuFirmwareField = v.looseObject({
    version: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, 'a version is expected')),
    size: whole(1, MAX_MCU_FIRMWARE_SIZE),
    sha256: digestField,
});
/** The value as the schema sees it, or FormatError `code` that names the first wrong field. */
export function checked(schema, value, code, document) {
    const result = v.safeParse(schema, value, { abortEarly: true });
    if (result.success)
        return result.output;
    const [issue] = result.issues;
    const field = v.getDotPath(issue) ?? '(the whole document)';
    throw new FormatError(code, `the ${document} is malformed at ${field}: ${issue.message}`, {
        facts: { field },
    });
}
function isStrictVersion(version) {
    const parsed = semver.parse(version);
    if (parsed === null)
        return false;
    const build = parsed.build.length === 0 ? '' : `+${parsed.build.join('.')}`;
    return parsed.version + build === version;
}
function isUtcTime(time) {
    if (!UTC_TIME.test(time))
        return false;
    const parsed = new Date(time);
    // 30 February parses as 1 March; only a date that comes back unchanged exists.
    return !Number.isNaN(parsed.getTime()) && parsed.toISOString().slice(0, 19) === time.slice(0, 19);
}
