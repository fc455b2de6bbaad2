/**
 * release-info: the JSON file inside each system image (`/usr/lib/donabe/release-info.json`) that names the
 * release it was built for, so that a booted slot knows itself without store and vault.
 * Form only; knows no paths and does not read the file.
 */
import * as v from 'valibot';
import { channelField, checked, compatibleField, mcuFirmwareField, timeField, versionField, whole, } from './fields.js';
import { parseStrictJson } from './strict-json.js';
/** Some hundred bytes in practice. */
const MAX_RELEASE_INFO_BYTES = 64 * 1024;
const releaseInfoSchema = v.looseObject({
    compatible: compatibleField,
    version: versionField,
    sequence: whole(0),
    securityVersion: whole(0),
    channel: channelField,
    created: timeField,
    dataSchema: v.exactOptional(versionField),
    mcuFirmware: v.exactOptional(mcuFirmwareField),
});
/** Error: RELEASE_INFO_MALFORMED. */
export function decodeReleaseInfo(bytes) {
    const json = parseStrictJson(bytes, { maxBytes: MAX_RELEASE_INFO_BYTES, code: 'RELEASE_INFO_MALFORMED' });
    return checked(releaseInfoSchema, json, 'RELEASE_INFO_MALFORMED', 'release-info');
}
/** The file's bytes; refused like in `decodeReleaseInfo`. */
export function encodeReleaseInfo(info) {
    const bytes = Buffer.from(`${JSON.stringify(info, null, 2)}\n`, 'utf8');
    decodeReleaseInfo(bytes);
    return bytes;
}
