/**
 * `node apply-ours.js INDEX PACK BASE OUTPUT`: our delta pack applied as the agent does, without agent, slot and
 * network: frames are decoded in the pool, one after the other is applied, hashed, written; flushed at the end.
 * Prints what it took as JSON. A chunk that is not what its index says ends the program.
 */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { applyDelta, decodeChunkIndex, decodeDeltaFrameInPool, decodeFrameInPool, } from '../../format/index.js';
/** Frames in hand: one is applied, the next ones are decompressed. */
const AHEAD = 3;
const [indexPath = '', packPath = '', basePath = '', outputPath = ''] = process.argv.slice(2);
const index = decodeChunkIndex(await readFile(indexPath));
const [pack, base, output] = await Promise.all([open(packPath), open(basePath), open(outputPath, 'w')]);
const counts = { baseBytes: 0, baseReads: 0 };
const started = performance.now();
const cpu = process.cpuUsage();
const pending = [];
let written = Promise.resolve();
for (let chunk = 0; chunk < index.count; chunk += 1) {
    while (pending.length < AHEAD && chunk + pending.length < index.count) {
        pending.push(chunkBytes(index, chunk + pending.length));
    }
    const bytes = (await pending.shift()) ?? new Uint8Array();
    const { offset, digest } = index.entry(chunk);
    if (createHash('sha256').update(bytes).digest('hex') !== digest)
        throw new Error(`chunk ${chunk} is wrong`);
    await written;
    written = output.write(bytes, 0, bytes.length, offset);
}
await written;
await output.datasync();
const { user, system } = process.cpuUsage(cpu);
const insideS = (performance.now() - started) / 1000;
process.stdout.write(JSON.stringify({ insideS, cpuS: (user + system) / 1e6, ...counts }));
async function chunkBytes(from, chunk) {
    const { codec, frameOffset, frameLength, length } = from.entry(chunk);
    if (codec === 'zero')
        return new Uint8Array(length);
    const frame = await readAt(pack, frameOffset, Buffer.allocUnsafe(frameLength));
    if (codec !== 'delta')
        return await decodeFrameInPool(codec, frame, length);
    const plan = await decodeDeltaFrameInPool(frame, length, from.base?.size ?? 0);
    const needed = Buffer.allocUnsafe(plan.baseLength);
    let at = 0;
    for (const read of plan.reads) {
        await readAt(base, read.offset, needed.subarray(at, at + read.length));
        at += read.length;
    }
    counts.baseBytes += at;
    counts.baseReads += plan.reads.length;
    return applyDelta(plan, needed);
}
async function readAt(file, offset, into) {
    const { bytesRead } = await file.read(into, 0, into.length, offset);
    if (bytesRead !== into.length)
        throw new Error(`the file ends at byte ${offset + bytesRead}`);
    return into;
}
