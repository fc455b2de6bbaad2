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
    for (const image of manifest.images) {
        const { class: slotClass, size, sha256 } = image;
        const deltas = [];
        for (const delta of image.deltas) {
            deltas.push({ base: delta.base, ...(await inspectPack(folder, delta)) });
        }
        images.push({ class: slotClass, size, sha256, ...(await inspectPack(folder, image)), deltas });
    }
    const identity = releaseIdentity(manifest);
    return { signaturesChecked: false, signed, claimedKeyIds, identity, manifest, images };
}
async function inspectPack(folder, { pack, index: file }) {
    const bytes = await orReleaseError('RELEASE_UNREADABLE', `${file.name} cannot be read`, () => readBounded(join(folder, file.name), file.size));
    if (sha256Hex(bytes) !== file.sha256) {
        throw new ReleaseError('PAYLOAD_MISMATCH', `${file.name} does not match its digest in the manifest`);
    }
    const index = decodeChunkIndex(bytes);
    const codecs = { zero: 0, raw: 0, brotli: 0, delta: 0 };
    for (const { codec } of index.entries())
        codecs[codec] += 1;
    const { chunkSize, count: chunks } = index;
    return { packSize: pack.size, indexSize: file.size, chunkSize, chunks, codecs };
}
