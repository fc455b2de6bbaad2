/**
 * Frames: a chunk as it is transported. One row per codec; a frame decodes to exactly one chunk or to an error,
 * and never to more bytes than asked for. Delta frames need a base and are decoded by `delta-frame.ts`.
 * Knows no digests: the caller checks the frame's before decoding and the chunk's after.
 */
import { compress, compressPooled, decompress, decompressPooled } from './brotli.js';
import { FormatError } from './error.js';
/** Number of each codec in the chunk index. */
export const FRAME_CODECS = { zero: 0, raw: 1, brotli: 2, delta: 3 };
/** A frame may exceed its chunk by this, bytes; a chunk that would grow is sent `raw`. */
export const MAX_FRAME_OVERHEAD = 64 * 1024;
const NO_BYTES = new Uint8Array(0);
/** The smallest of zero, brotli (at `quality` 0..11) and raw. The same chunk gives the same frame. */
export function encodeFrame(chunk, quality) {
    if (isZero(chunk))
        return { codec: 'zero', bytes: NO_BYTES };
    return smaller(chunk, compress(chunk, quality));
}
/** Like `encodeFrame`, on a thread of libuv's pool: several calls at a time use several cores. */
export async function encodeFrameInPool(chunk, quality) {
    if (isZero(chunk))
        return { codec: 'zero', bytes: NO_BYTES };
    return smaller(chunk, await compressPooled(chunk, quality));
}
/**
 * The chunk of `chunkLength` bytes. Error: FRAME_MALFORMED, also for a delta frame, which needs more than itself.
 * For `raw` it is the frame itself, not a copy.
 */
export function decodeFrame(codec, frame, chunkLength) {
    if (codec !== 'brotli')
        return withoutBrotli(codec, frame, chunkLength);
    return ofLength(chunkLength, codec, decompress(frame, chunkLength, chunkLength));
}
/** Like `decodeFrame`, with brotli on a thread of libuv's pool. */
export async function decodeFrameInPool(codec, frame, chunkLength) {
    if (codec !== 'brotli')
        return withoutBrotli(codec, frame, chunkLength);
    return ofLength(chunkLength, codec, await decompressPooled(frame, chunkLength, chunkLength));
}
/** True when every byte is zero. */
export function isZero(bytes) {
    // Comparing with oneself, shifted by one byte, is a memcmp: many times faster than a loop over bytes.
    return (bytes.length === 0 || (bytes[0] === 0 && Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0));
}
function withoutBrotli(codec, frame, chunkLength) {
    switch (codec) {
        case 'raw':
            return ofLength(chunkLength, codec, frame);
        case 'zero':
            if (frame.length === 0)
                return new Uint8Array(chunkLength);
            throw new FormatError('FRAME_MALFORMED', `a zero frame has ${frame.length} bytes`);
        case 'delta':
            throw new FormatError('FRAME_MALFORMED', 'a delta frame cannot be decoded without its base');
    }
}
function ofLength(chunkLength, codec, chunk) {
    if (chunk.length === chunkLength)
        return chunk;
    throw new FormatError('FRAME_MALFORMED', `a ${codec} frame decodes to ${chunk.length} bytes instead of ${chunkLength}`);
}
function smaller(chunk, compressed) {
    return compressed.length < chunk.length
        ? { codec: 'brotli', bytes: compressed }
        : { codec: 'raw', bytes: chunk };
}
