/**
 * Delta frames: one brotli stream over a body of operations on a base. A frame decodes to a plan: first the
 * caller reads from the base what the plan names, then the plan makes the chunk.
 * Must not know where the base comes from, nor digests: the caller checks the frame's before and the chunk's after.
 */
import { compress, decompress, decompressPooled } from './brotli.js';
import { decodeDeltaBody, encodeDeltaBody, mostBodyBytes } from './delta-body.js';
/** Delta bodies compress to about an eighth; short ones further, so the first buffer is not shorter than this. */
const LIKELY_EXPANSION = 8;
const LEAST_LIKELY_BODY = 16 * 1024;
/**
 * The frame of `operations` at brotli's `quality` 0..11, or undefined when it would break a limit of the format:
 * such a chunk is sent whole. The same operations give the same frame.
 */
export function encodeDeltaFrame(operations, quality) {
    const body = encodeDeltaBody(operations);
    if (body === undefined)
        return undefined;
    return { codec: 'delta', bytes: compress(body, quality) };
}
/**
 * Decompresses a frame, bounded, and checks everything in it against `chunkLength` and `baseSize`, both bytes.
 * Error: FRAME_MALFORMED.
 */
export function decodeDeltaFrame(frame, chunkLength, baseSize) {
    const body = decompress(frame, mostBodyBytes(chunkLength), likelyBody(frame));
    return decodeDeltaBody(body, chunkLength, baseSize);
}
/** Like `decodeDeltaFrame`, with brotli on a thread of libuv's pool. */
export async function decodeDeltaFrameInPool(frame, chunkLength, baseSize) {
    const body = await decompressPooled(frame, mostBodyBytes(chunkLength), likelyBody(frame));
    return decodeDeltaBody(body, chunkLength, baseSize);
}
function likelyBody(frame) {
    return Math.max(LEAST_LIKELY_BODY, frame.length * LIKELY_EXPANSION);
}
