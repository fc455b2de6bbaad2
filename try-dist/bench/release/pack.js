/**
 * From one image file to its pack and its chunk index: cut, compress, write, name by content. An image of any
 * size passes through a batch of 8 chunks; nothing else of it is in memory.
 * Knows no manifest and no keys.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeChunkIndex, encodeFrameInPool, sha256Hex, } from '../format/index.js';
import { orReleaseError, ReleaseError } from './error.js';
import { digestOfFile, readFully, TemporaryFile } from './files.js';
import { exists, payloadName } from './folder.js';
/** Chunks in memory at a time: two for each of the 4 threads of libuv's pool, which compress them. */
export const BATCH_CHUNKS = 8;
/** Errors: IMAGE_UNREADABLE, IMAGE_CHANGED, WRITE_FAILED, PREVIOUS_UNUSABLE. */
export async function packImage(options) {
    const source = await orReleaseError('IMAGE_UNREADABLE', `the image ${options.imagePath} cannot be opened`, () => open(options.imagePath, 'r'));
    try {
        const size = await sizeOf(source, options.imagePath);
        const pack = await orReleaseError('WRITE_FAILED', `${options.folder} cannot be written`, () => TemporaryFile.create(options.folder, `${options.slotClass}.pack`));
        try {
            return await pourInto(pack, source, size, options);
        }
        finally {
            await pack.discard();
        }
    }
    finally {
        await source.close();
    }
}
async function pourInto(pack, source, size, options) {
    const { folder, slotClass, chunkSize } = options;
    const imageHash = createHash('sha256');
    const entries = [];
    const codecs = { zero: 0, raw: 0, brotli: 0, delta: 0 };
    let reusedFrames = 0;
    let done = 0;
    for await (const batch of batches(source, size, options)) {
        for (const chunk of batch)
            imageHash.update(chunk);
        const framed = await Promise.all(batch.map((chunk) => frameOf(chunk, options)));
        for (const { entry, bytes, reused } of framed) {
            await orReleaseError('WRITE_FAILED', `the pack of ${slotClass} cannot be written`, () => pack.append(bytes));
            entries.push(entry);
            codecs[entry.codec] += 1;
            reusedFrames += reused ? 1 : 0;
        }
        done += batch.reduce((sum, chunk) => sum + chunk.length, 0);
        options.onBytes(done);
    }
    if ((await source.stat()).size !== size)
        throw changed(options.imagePath);
    const imageDigest = imageHash.digest('hex');
    const indexBytes = encodeChunkIndex({ imageSize: size, imageDigest, chunkSize, base: undefined, entries });
    const index = await orReleaseError('WRITE_FAILED', `the index of ${slotClass} cannot be written`, async () => {
        const file = await TemporaryFile.create(folder, `${slotClass}.index`);
        try {
            await file.append(indexBytes);
            return await publish(file, folder, slotClass, 'index');
        }
        finally {
            await file.discard();
        }
    });
    const packFile = await orReleaseError('WRITE_FAILED', `the pack of ${slotClass} cannot be published`, () => publish(pack, folder, slotClass, 'pack'));
    const image = { class: slotClass, size, sha256: imageDigest, pack: packFile, index, deltas: [] };
    return { image, chunks: entries.length, reusedFrames, codecs };
}
/** Cuts the image into batches; the buffers are used again for the next batch. */
async function* batches(source, size, options) {
    const buffers = Array.from({ length: BATCH_CHUNKS }, () => Buffer.allocUnsafe(options.chunkSize));
    let offset = 0;
    while (offset < size) {
        const batch = [];
        for (const buffer of buffers) {
            const length = Math.min(options.chunkSize, size - offset);
            if (length === 0)
                break;
            const chunk = await orReleaseError('IMAGE_UNREADABLE', `the image ${options.imagePath} cannot be read at byte ${offset}`, () => readFully(source, buffer.subarray(0, length), offset));
            if (chunk.length < length)
                throw changed(options.imagePath);
            batch.push(chunk);
            offset += length;
        }
        yield batch;
    }
}
async function frameOf(chunk, options) {
    const digest = sha256Hex(chunk);
    const earlier = await options.earlier?.find(digest, chunk.length);
    const frame = earlier ?? (await encodeFrameInPool(chunk, options.quality));
    const frameDigest = earlier?.digest ?? sha256Hex(frame.bytes);
    const entry = { digest, frameLength: frame.bytes.length, frameDigest, codec: frame.codec };
    return { entry, bytes: frame.bytes, reused: earlier !== undefined };
}
/** Gives the file its content's name, unless a file with this name and content is there already. */
async function publish(file, folder, slotClass, kind) {
    const payload = { size: file.size, sha256: file.digest() };
    const name = payloadName(slotClass, payload.sha256, kind);
    const path = join(folder, name);
    // A published payload stays untouched: a new file of equal bytes would get another validator from a server,
    // and devices in the middle of a download would take it for a change.
    const isThere = (await exists(path)) && (await digestOfFile(path)).sha256 === payload.sha256;
    if (!isThere)
        await file.publish(name);
    return { name, ...payload };
}
async function sizeOf(source, path) {
    const facts = await source.stat();
    if (!facts.isFile() || facts.size === 0) {
        throw new ReleaseError('IMAGE_UNREADABLE', `${path} is not a file with at least one byte`);
    }
    return facts.size;
}
function changed(path) {
    return new ReleaseError('IMAGE_CHANGED', `the image ${path} changed its size while it was read; build again`);
}
