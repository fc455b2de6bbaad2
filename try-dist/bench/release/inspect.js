/**
 * Inspect: what a release directory says about itself, for people. Signatures are NOT checked, and the result
 * says so; `verify` is the verb that checks.
 */
import { join } from 'node:path';
import { decodeChunkIndex, releaseIdentity, sha256Hex, } from '../format/index.js';
import { orReleaseError, ReleaseError } from './error.js';
import { readBounded } from './files.js';
import { readUnchecked } from './folder.js';
/** Errors: RELEASE_UNREADABLE, PAYLOAD_MISMATCH, FormatError. */
export async function inspectRelease(folder) {
    const { manifest, claimedKeyIds, signed } = await readUnchecked(folder);
    const images = [];
    for (const { class: slotClass, size, sha256, pack, index } of manifest.images) {
        const bytes = await orReleaseError('RELEASE_UNREADABLE', `${index.name} cannot be read`, () => readBounded(join(folder, index.name), index.size));
        if (sha256Hex(bytes) !== index.sha256) {
            throw new ReleaseError('PAYLOAD_MISMATCH', `${index.name} does not match its digest in the manifest`);
        }
        const { chunkSize, count: chunks, codecs } = summaryOf(bytes);
        images.push({ class: slotClass, size, sha256, packSize: pack.size, chunkSize, chunks, codecs });
    }
    const identity = releaseIdentity(manifest);
    return { signaturesChecked: false, signed, claimedKeyIds, identity, manifest, images };
}
function summaryOf(bytes) {
    const index = decodeChunkIndex(bytes);
    const codecs = { zero: 0, raw: 0, brotli: 0, delta: 0 };
    for (const { codec } of index.entries())
        codecs[codec] += 1;
    return { chunkSize: index.chunkSize, count: index.count, codecs };
}
