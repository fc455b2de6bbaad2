import { shapeOf, tableBytes } from './base-index.js';
import { DeltaWorkers } from './delta-workers.js';
import { PackWriter } from './pack-writer.js';
import { StoredImage } from './stored-image.js';
/** Chunks per worker that are read ahead: one that it works on and one that waits. */
const AHEAD = 2;
/** Errors: WRITE_FAILED, and those of reading the release. */
export async function makeDelta(options) {
    const { folder, image, base } = options;
    const stored = await StoredImage.open(folder, image);
    const shape = shapeOf(base.bytes.length, options.stride);
    const table = new Int32Array(new SharedArrayBuffer(tableBytes(shape)));
    const work = { base: base.bytes, table, shape, quality: options.quality };
    const workers = new DeltaWorkers(work, options.workers, options.program);
    try {
        await workers.enter();
        const pack = await PackWriter.create(folder, image.class);
        try {
            await pourInto(pack, stored, workers, options);
            const facts = { size: base.bytes.length, sha256: base.sha256 };
            const made = await pack.finish(stored.index.chunkSize, { size: facts.size, digest: facts.sha256 });
            const delta = { base: facts, pack: made.pack, index: made.index };
            return { delta, slotClass: image.class, codecs: pack.codecs };
        }
        finally {
            await pack.discard();
        }
    }
    finally {
        await workers.close();
        await stored.close();
    }
}
/** Reads ahead and writes in order; what is in memory is bounded by the chunks ahead. */
async function pourInto(pack, stored, workers, options) {
    const pending = [];
    const most = AHEAD * Math.max(1, options.workers);
    const writeOne = async ({ chunk, outcome }) => {
        const settled = await outcome;
        if ('error' in settled)
            throw settled.error;
        await pack.append(chunk.bytes, chunk.digest, settled.frame);
        options.onBytes(chunk.offset + chunk.bytes.length);
    };
    for (let number = 0; number < stored.index.count; number += 1) {
        const chunk = await stored.read(number);
        const outcome = smallerFrame(chunk, workers).then((frame) => ({ frame }), (error) => ({ error }));
        pending.push({ chunk, outcome });
        const first = pending.length > most ? pending.shift() : undefined;
        if (first !== undefined)
            await writeOne(first);
    }
    for (const rest of pending)
        await writeOne(rest);
}
async function smallerFrame(chunk, workers) {
    if (chunk.frame.codec === 'zero')
        return chunk.frame;
    const frame = await workers.encode(chunk.bytes, chunk.offset);
    const isSmaller = frame !== undefined && frame.length < chunk.frame.bytes.length;
    return isSmaller ? { codec: 'delta', bytes: frame } : chunk.frame;
}
