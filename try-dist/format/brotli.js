/**
 * Brotli (RFC 7932) with a bound on what comes out, in the calling thread and on libuv's pool.
 * Must not know what the bytes are: chunks and the bodies of delta frames pass through here alike.
 */
import { promisify } from 'node:util';
import { brotliCompress, brotliCompressSync, brotliDecompress, brotliDecompressSync, constants, } from 'node:zlib';
import { FormatError } from './error.js';
/**
 * Spare output space, bytes: with a buffer of exactly the output's length zlib would allocate a second one to
 * find out that nothing is left.
 */
const OUTPUT_SPARE = 64;
const compressInPool = promisify(brotliCompress);
const decompressInPool = promisify(brotliDecompress);
/** One stream at `quality` 0..11, its window no larger than the bytes. The same bytes give the same stream. */
export function compress(bytes, quality) {
    return brotliCompressSync(bytes, encoderOptions(bytes.length, quality));
}
/** Like `compress`, on a thread of libuv's pool: several calls at a time use several cores. */
export function compressPooled(bytes, quality) {
    return compressInPool(bytes, encoderOptions(bytes.length, quality));
}
/**
 * At most `most` bytes, else FRAME_MALFORMED: a bomb ends at the limit. `likely` is the length that is expected,
 * bytes; another one costs a little time and nothing else.
 */
export function decompress(frame, most, likely) {
    try {
        return brotliDecompressSync(frame, decoderOptions(most, likely));
    }
    catch (cause) {
        throw undecodable(cause);
    }
}
/** Like `decompress`, on a thread of libuv's pool: the event loop stays free for a millisecond and more. */
export async function decompressPooled(frame, most, likely) {
    try {
        return await decompressInPool(frame, decoderOptions(most, likely));
    }
    catch (cause) {
        throw undecodable(cause);
    }
}
function decoderOptions(most, likely) {
    return { maxOutputLength: most, chunkSize: Math.min(likely, most) + OUTPUT_SPARE };
}
function encoderOptions(length, quality) {
    return {
        params: {
            [constants.BROTLI_PARAM_QUALITY]: quality,
            [constants.BROTLI_PARAM_SIZE_HINT]: length,
            // A window of the content's size loses nothing and bounds the memory of the device's decoder.
            [constants.BROTLI_PARAM_LGWIN]: windowBits(length),
        },
    };
}
function windowBits(length) {
    const bits = Math.ceil(Math.log2(Math.max(length, 1)));
    return Math.min(Math.max(bits, constants.BROTLI_MIN_WINDOW_BITS), constants.BROTLI_MAX_WINDOW_BITS);
}
function undecodable(cause) {
    return new FormatError('FRAME_MALFORMED', 'a frame cannot be decompressed within its limit', { cause });
}
