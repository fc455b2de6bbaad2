/**
 * The manifest: what a release is, as plain data, and its JSON form. The field table stands in README.md.
 * Checks form only. Whether a release suits this device, now, is the agent's business; that its bytes are
 * signed is the envelope's.
 */
import * as v from 'valibot';
import { sha256Hex } from './digest.js';
import { MAX_PAYLOAD_BYTES } from './envelope.js';
import { FormatError } from './error.js';
import { channelField, checked, compatibleField, digestField, MAX_IMAGE_SIZE, mcuFirmwareField, rangeField, shortText, timeField, versionField, whole, } from './fields.js';
import { parseStrictJson } from './strict-json.js';
/** The format that this code writes, and the newest that it reads. */
export const MANIFEST_FORMAT = 1;
/** Index of 2^20 chunks: 96 bytes and 72 per chunk, with room for a longer header. */
const MAX_INDEX_SIZE = 80 * 1024 * 1024;
/** Every frame may exceed its chunk by 64 KiB. */
const MAX_PACK_SIZE = MAX_IMAGE_SIZE + 2 ** 20 * 64 * 1024;
const MAX_IMAGES = 16;
const MAX_DELTAS = 64;
const MAX_FIXES = 256;
const MAX_CRITICAL = 64;
const MAX_NOTES_CHARACTERS = 64 * 1024;
/** Hex digits of the payload's SHA-256 in its name: enough that a name never changes its content. */
export const NAME_DIGITS = 16;
function payloadFile(least, most) {
    return v.pipe(v.looseObject({
        name: v.pipe(v.string(), v.maxLength(128), v.regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, 'one path segment of letters, digits, ".", "_", "-" is expected')),
        size: whole(least, most),
        sha256: digestField,
    }), v.check(({ name, sha256 }) => name.includes(sha256.slice(0, NAME_DIGITS)), `the name must contain the first ${NAME_DIGITS} hex digits of the SHA-256`));
}
// A pack of an image that is all zero has no bytes.
const packField = payloadFile(0, MAX_PACK_SIZE);
const indexField = payloadFile(1, MAX_INDEX_SIZE);
const deltaSchema = v.looseObject({
    base: v.looseObject({ size: whole(1, MAX_IMAGE_SIZE), sha256: digestField }),
    pack: packField,
    index: indexField,
});
const imageSchema = v.looseObject({
    class: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_-]{0,31}$/, 'a slot class in lower case is expected')),
    size: whole(1, MAX_IMAGE_SIZE),
    sha256: digestField,
    pack: packField,
    index: indexField,
    deltas: v.pipe(v.array(deltaSchema), v.maxLength(MAX_DELTAS)),
    verity: v.exactOptional(v.looseObject({
        rootHash: v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2}){1,64}$/, 'hex digits are expected')),
        hashOffset: whole(0, MAX_IMAGE_SIZE),
        salt: v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2}){0,256}$/, 'hex digits are expected')),
    })),
});
const requirementsSchema = v.looseObject({
    from: v.exactOptional(rangeField),
    agent: v.exactOptional(rangeField),
    bootLoader: v.exactOptional(rangeField),
    mcuProtocol: v.exactOptional(rangeField),
    dataSchema: v.exactOptional(rangeField),
});
const manifestSchema = v.looseObject({
    format: v.literal(MANIFEST_FORMAT),
    compatible: compatibleField,
    version: versionField,
    sequence: whole(0),
    securityVersion: whole(0),
    channel: channelField,
    severity: v.picklist(['critical', 'security', 'normal']),
    fixes: v.pipe(v.array(shortText(128)), v.maxLength(MAX_FIXES)),
    created: timeField,
    expires: v.exactOptional(timeField),
    requires: requirementsSchema,
    images: v.pipe(v.array(imageSchema), v.minLength(1), v.maxLength(MAX_IMAGES), v.check((images) => new Set(images.map((image) => image.class)).size === images.length, 'a slot class occurs twice')),
    mcuFirmware: v.exactOptional(mcuFirmwareField),
    apply: v.picklist(['now', 'next-boot', 'ask']),
    notes: v.pipe(v.string(), v.maxLength(MAX_NOTES_CHARACTERS)),
    critical: v.pipe(v.array(shortText(64)), v.maxLength(MAX_CRITICAL)),
});
/** Only what must be readable before anything else is judged: it says whether the rest can be. */
const preambleSchema = v.looseObject({
    format: whole(1),
    critical: manifestSchema.entries.critical,
    requires: v.looseObject({ agent: v.exactOptional(rangeField) }),
});
const UNDERSTOOD = new Set([
    ...Object.keys(manifestSchema.entries),
    ...Object.keys(imageSchema.entries),
    ...Object.keys(requirementsSchema.entries),
]);
/** Parses a payload that came out of `openEnvelope`. Errors: MANIFEST_MALFORMED, FORMAT_TOO_NEW. */
export function decodeManifest(payload) {
    const json = parseStrictJson(payload, { maxBytes: MAX_PAYLOAD_BYTES, code: 'MANIFEST_MALFORMED' });
    const preamble = checked(preambleSchema, json, 'MANIFEST_MALFORMED', 'manifest');
    const unknown = preamble.critical.filter((name) => !UNDERSTOOD.has(name));
    if (preamble.format > MANIFEST_FORMAT || unknown.length > 0) {
        throw tooNew(preamble.format, unknown, preamble.requires.agent);
    }
    return checked(manifestSchema, json, 'MANIFEST_MALFORMED', 'manifest');
}
/**
 * The payload bytes: JSON, two blanks of indentation, a final newline, fields in the object's order. What a
 * device would refuse is refused here first, with the same error.
 */
export function encodeManifest(manifest) {
    const payload = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`, 'utf8');
    decodeManifest(payload);
    return payload;
}
/**
 * The release identity: lower-case hex SHA-256 over these ASCII bytes, each line ended by 0x0A:
 *
 *   donabe-release-identity-v1
 *   image <slot class> <image SHA-256>     one line for each image, sorted by slot class, byte by byte
 *   mcu <MCU firmware SHA-256>             only when the release names an MCU firmware
 *
 * Versions, keys and payload names are not in it: re-signed or packed anew, it is the same release.
 */
export function releaseIdentity(release) {
    const images = release.images.map((image) => `image ${image.class} ${image.sha256}\n`).sort();
    const mcu = release.mcuFirmware === undefined ? '' : `mcu ${release.mcuFirmware.sha256}\n`;
    return sha256Hex(Buffer.from(`donabe-release-identity-v1\n${images.join('')}${mcu}`, 'ascii'));
}
function tooNew(format, unknown, agent) {
    const what = unknown.length > 0 ? `asks for ${unknown.join(', ')}` : `has format ${format}`;
    const needed = agent === undefined ? 'a newer agent' : `agent ${agent}`;
    return new FormatError('FORMAT_TOO_NEW', `the manifest ${what}, which this agent does not know; ${needed} is needed`, {
        facts: { format, unknown: unknown.join(' '), agent },
    });
}
