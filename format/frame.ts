/**
 * Frames: a chunk as it is transported. One row per codec; a frame decodes to exactly one chunk or to an error,
 * and never to more bytes than asked for. A delta codec is one more row, with the base as a further argument.
 * Knows no digests: the caller checks the frame's before decoding and the chunk's after.
 */
import { promisify } from 'node:util';
import { brotliCompress, brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { FormatError } from './error.ts';

/** Number of each codec in the chunk index. */
export const FRAME_CODECS = { zero: 0, raw: 1, brotli: 2 } as const;

export type FrameCodec = keyof typeof FRAME_CODECS;

export interface EncodedFrame {
  readonly codec: FrameCodec;
  readonly bytes: Uint8Array;
}

/** A frame may exceed its chunk by this, bytes; a chunk that would grow is sent `raw`. */
export const MAX_FRAME_OVERHEAD = 64 * 1024;

/**
 * Spare output space, bytes: with a buffer of exactly the chunk's length zlib would allocate a second one to
 * find out that nothing is left.
 */
const OUTPUT_SPARE = 64;

const NO_BYTES = new Uint8Array(0);
const compressInPool = promisify(brotliCompress);

/** The smallest of zero, brotli (at `quality` 0..11) and raw. The same chunk gives the same frame. */
export function encodeFrame(chunk: Uint8Array, quality: number): EncodedFrame {
  if (isZero(chunk)) return { codec: 'zero', bytes: NO_BYTES };
  return smaller(chunk, brotliCompressSync(chunk, brotliOptions(chunk.length, quality)));
}

/** Like `encodeFrame`, on a thread of libuv's pool: several calls at a time use several cores. */
export async function encodeFrameInPool(chunk: Uint8Array, quality: number): Promise<EncodedFrame> {
  if (isZero(chunk)) return { codec: 'zero', bytes: NO_BYTES };
  return smaller(chunk, await compressInPool(chunk, brotliOptions(chunk.length, quality)));
}

/**
 * The chunk of `chunkLength` bytes. Error: FRAME_MALFORMED. For `raw` it is the frame itself, not a copy.
 */
export function decodeFrame(codec: FrameCodec, frame: Uint8Array, chunkLength: number): Uint8Array {
  const chunk = DECODERS[codec](frame, chunkLength);
  if (chunk.length !== chunkLength) {
    throw new FormatError(
      'FRAME_MALFORMED',
      `a ${codec} frame decodes to ${chunk.length} bytes instead of ${chunkLength}`,
    );
  }
  return chunk;
}

/** True when every byte is zero. */
export function isZero(bytes: Uint8Array): boolean {
  // Comparing with oneself, shifted by one byte, is a memcmp: many times faster than a loop over bytes.
  return (
    bytes.length === 0 || (bytes[0] === 0 && Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0)
  );
}

const DECODERS: Readonly<Record<FrameCodec, (frame: Uint8Array, chunkLength: number) => Uint8Array>> = {
  zero(frame, chunkLength) {
    if (frame.length > 0) throw new FormatError('FRAME_MALFORMED', `a zero frame has ${frame.length} bytes`);
    return new Uint8Array(chunkLength);
  },
  raw: (frame) => frame,
  brotli(frame, chunkLength) {
    try {
      return brotliDecompressSync(frame, {
        maxOutputLength: chunkLength,
        chunkSize: chunkLength + OUTPUT_SPARE,
      });
    } catch (cause) {
      throw new FormatError('FRAME_MALFORMED', 'a brotli frame cannot be decoded to one chunk', { cause });
    }
  },
};

function smaller(chunk: Uint8Array, compressed: Uint8Array): EncodedFrame {
  return compressed.length < chunk.length
    ? { codec: 'brotli', bytes: compressed }
    : { codec: 'raw', bytes: chunk };
}

function brotliOptions(chunkLength: number, quality: number) {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_SIZE_HINT]: chunkLength,
      // A window of the chunk's size loses nothing and bounds the memory of the device's decoder.
      [constants.BROTLI_PARAM_LGWIN]: windowBits(chunkLength),
    },
  };
}

function windowBits(chunkLength: number): number {
  const bits = Math.ceil(Math.log2(Math.max(chunkLength, 1)));
  return Math.min(Math.max(bits, constants.BROTLI_MIN_WINDOW_BITS), constants.BROTLI_MAX_WINDOW_BITS);
}
