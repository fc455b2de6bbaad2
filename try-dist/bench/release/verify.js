/**
 * Verify: everything that a device will check, and every frame decoded, in the device's order: signatures,
 * manifest, index against manifest, frames, chunks, image. Wrong bytes are findings, so that one run tells all
 * of them; nothing of a payload is looked at before the signatures hold.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeChunkIndex, decodeFrame, decodeManifest, FormatError, MANIFEST_PAYLOAD_TYPE, openEnvelope, releaseIdentity, sha256Hex, } from '../format/index.js';
import { digestOfFile, readBounded, readFully } from './files.js';
import { readEnvelopeFile } from './folder.js';
/** A broken pack of a million chunks is one story, not a million. */
const FINDINGS_PER_FILE = 16;
/** Errors: RELEASE_UNREADABLE when there is no `release.json`; all else is a finding. */
export async function verifyRelease(folder, ring, threshold, onProgress = () => { }) {
    const findings = new Findings();
    const opened = openRelease(await readEnvelopeFile(folder), ring, threshold, findings);
    if (opened === undefined) {
        return {
            ok: false,
            findings: findings.all,
            manifest: undefined,
            identity: undefined,
            keyIds: [],
            frames: 0,
        };
    }
    const { manifest, keyIds } = opened;
    const total = manifest.images.reduce((sum, image) => sum + image.size, 0);
    let before = 0;
    let frames = 0;
    for (const image of manifest.images) {
        const base = before;
        frames += await verifyImage(folder, image, findings, (done) => onProgress({ note: image.class, done: base + done, total }));
        before += image.size;
    }
    const identity = releaseIdentity(manifest);
    return { ok: findings.all.length === 0, findings: findings.all, manifest, identity, keyIds, frames };
}
/** Returns the number of frames that were looked at. */
async function verifyImage(folder, image, findings, onBytes) {
    for (const delta of image.deltas) {
        await verifyFile(folder, delta.index, findings);
        await verifyFile(folder, delta.pack, findings);
    }
    const index = await readIndex(folder, image, findings);
    if (index === undefined) {
        await verifyFile(folder, image.pack, findings);
        return 0;
    }
    const pack = await readingPayload(image.pack.name, findings, () => open(join(folder, image.pack.name), 'r'));
    if (pack === undefined)
        return 0;
    try {
        await readingPayload(image.pack.name, findings, () => verifyPack(pack, index, image, findings, onBytes));
    }
    finally {
        await pack.close();
    }
    return index.count;
}
async function readIndex(folder, image, findings) {
    const { name, size, sha256 } = image.index;
    const bytes = await readingPayload(name, findings, () => readBounded(join(folder, name), size));
    if (bytes === undefined)
        return undefined;
    if (bytes.length !== size || sha256Hex(bytes) !== sha256) {
        findings.add('PAYLOAD_DIGEST', name, 'the chunk index is not the one that was signed');
        return undefined;
    }
    try {
        const index = decodeChunkIndex(bytes);
        const fits = index.imageSize === image.size &&
            index.imageDigest === image.sha256 &&
            index.base === undefined &&
            index.packSize === image.pack.size;
        if (fits)
            return index;
        findings.add('INDEX_REFUSED', name, 'the chunk index describes another image or pack than the manifest');
    }
    catch (cause) {
        if (!(cause instanceof FormatError))
            throw cause;
        findings.add('INDEX_REFUSED', name, cause.message);
    }
    return undefined;
}
async function verifyPack(pack, index, image, findings, onBytes) {
    const file = image.pack.name;
    const packHash = createHash('sha256');
    const imageHash = createHash('sha256');
    let number = 0;
    for (const entry of index.entries()) {
        const frame = await readFully(pack, Buffer.allocUnsafe(entry.frameLength), entry.frameOffset);
        packHash.update(frame);
        if (frame.length !== entry.frameLength || sha256Hex(frame) !== entry.frameDigest) {
            findings.add('FRAME_WRONG', file, `frame ${number} does not match its digest in the index`, number);
        }
        else {
            const chunk = decodedChunk(() => decodeFrame(entry.codec, frame, entry.length), file, number, findings);
            if (chunk !== undefined) {
                imageHash.update(chunk);
                if (sha256Hex(chunk) !== entry.digest) {
                    findings.add('CHUNK_WRONG', file, `frame ${number} decodes to another chunk than the index names`, number);
                }
            }
        }
        onBytes(entry.offset + entry.length);
        number += 1;
    }
    const isWhole = (await pack.stat()).size === image.pack.size && packHash.digest('hex') === image.pack.sha256;
    if (!isWhole)
        findings.add('PAYLOAD_DIGEST', file, 'the pack is not the one that was signed');
    if (imageHash.digest('hex') !== image.sha256) {
        findings.add('IMAGE_DIGEST', file, `the decoded chunks are not the ${image.class} image that was signed`);
    }
}
function decodedChunk(decode, file, chunk, findings) {
    try {
        return decode();
    }
    catch (cause) {
        if (!(cause instanceof FormatError))
            throw cause;
        findings.add('FRAME_WRONG', file, `frame ${chunk}: ${cause.message}`, chunk);
        return undefined;
    }
}
async function verifyFile(folder, payload, findings) {
    const { name, size, sha256 } = payload;
    const found = await readingPayload(name, findings, () => digestOfFile(join(folder, name)));
    if (found !== undefined && (found.size !== size || found.sha256 !== sha256)) {
        findings.add('PAYLOAD_DIGEST', name, 'the payload is not the one that was signed');
    }
}
function openRelease(envelope, ring, threshold, findings) {
    try {
        const opened = openEnvelope(envelope, { payloadType: MANIFEST_PAYLOAD_TYPE, ring, threshold });
        return { manifest: decodeManifest(opened.payload), keyIds: opened.keyIds };
    }
    catch (cause) {
        if (!(cause instanceof FormatError))
            throw cause;
        findings.add('ENVELOPE_REFUSED', 'release.json', `${cause.code}: ${cause.message}`);
        return undefined;
    }
}
/** File work on a payload; a file that is not there is a finding. */
async function readingPayload(file, findings, work) {
    try {
        return await work();
    }
    catch (cause) {
        if (!(cause instanceof Error))
            throw cause;
        findings.add('PAYLOAD_UNREADABLE', file, `the payload cannot be read: ${cause.message}`);
        return undefined;
    }
}
class Findings {
    all = [];
    #perFile = new Map();
    add(code, file, message, chunk) {
        const count = (this.#perFile.get(file) ?? 0) + 1;
        this.#perFile.set(file, count);
        if (count <= FINDINGS_PER_FILE) {
            this.all.push({ code, file, message, ...(chunk === undefined ? {} : { chunk }) });
        }
        else if (count === FINDINGS_PER_FILE + 1) {
            this.all.push({ code: 'FINDINGS_OMITTED', file, message: `more findings of ${file} are not listed` });
        }
    }
}
