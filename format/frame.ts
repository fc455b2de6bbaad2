/**
 * Frames: a chunk as it is transported. One row per codec; a frame decodes to exactly one chunk or to an error,
 * and never to more bytes than asked for. Delta frames need a base and are decoded by `delta-frame.ts`.
 * Knows no digests: the caller checks the frame's before decoding and the chunk's after.
 */
import { compress, compressPooled, decompress, decompressPooled, type Lend } from './brotli.ts';
import { FormatError } from './error.ts';

/** Number of each codec in the chunk index. */
export const FRAME_CODECS = { zero: 0, raw: 1, brotli: 2, delta: 3 } as const;

export type FrameCodec = keyof typeof FRAME_CODECS;

export interface EncodedFrame {
  readonly codec: FrameCodec;
  readonly bytes: Uint8Array;
}

/** A frame may exceed its chunk by this, bytes; a chunk that would grow is sent `raw`. */
export const MAX_FRAME_OVERHEAD = 64 * 1024;

const NO_BYTES = new Uint8Array(0);

/**
 * The smallest of zero, brotli (at `quality` 0..11) and raw; without a quality zero or raw. The same chunk gives
 * the same frame.
 */
export function encodeFrame(chunk: Uint8Array, quality: number | undefined): EncodedFrame {
  if (isZero(chunk)) return { codec: 'zero', bytes: NO_BYTES };
  return smaller(chunk, quality === undefined ? chunk : compress(chunk, quality));
}

/** Like `encodeFrame`, on a thread of libuv's pool: several calls at a time use several cores. */
export async function encodeFrameInPool(
  chunk: Uint8Array,
  quality: number | undefined,
): Promise<EncodedFrame> {
  if (isZero(chunk)) return { codec: 'zero', bytes: NO_BYTES };
  return smaller(chunk, quality === undefined ? chunk : await compressPooled(chunk, quality));
}

/**
 * The chunk of `chunkLength` bytes. Error: FRAME_MALFORMED, also for a delta frame, which needs more than itself.
 * For `raw` it is the frame itself, not a copy.
 */
export function decodeFrame(codec: FrameCodec, frame: Uint8Array, chunkLength: number): Uint8Array {
  if (codec !== 'brotli') return withoutBrotli(codec, frame, chunkLength);
  return ofLength(chunkLength, codec, decompress(frame, chunkLength));
}

/** Like `decodeFrame`, with brotli on a thread of libuv's pool; the chunk goes to memory that is lent. */
export async function decodeFrameInPool(
  codec: FrameCodec,
  frame: Uint8Array,
  chunkLength: number,
  lend?: Lend,
): Promise<Uint8Array> {
  if (codec !== 'brotli') {
    const chunk = withoutBrotli(codec, frame, chunkLength);
    if (lend === undefined) return chunk;
    const lent = lend(chunk.length);
    lent.set(chunk);
    return lent;
  }
  return ofLength(chunkLength, codec, await decompressPooled(frame, chunkLength, lend));
}

/** True when every byte is zero. */
export function isZero(bytes: Uint8Array): boolean {
  // Comparing with oneself, shifted by one byte, is a memcmp: many times faster than a loop over bytes.
  return (
    bytes.length === 0 || (bytes[0] === 0 && Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0)
  );
}

function withoutBrotli(
  codec: Exclude<FrameCodec, 'brotli'>,
  frame: Uint8Array,
  chunkLength: number,
): Uint8Array {
  switch (codec) {
    case 'raw':
      return ofLength(chunkLength, codec, frame);
    case 'zero':
      if (frame.length === 0) return new Uint8Array(chunkLength);
      throw new FormatError('FRAME_MALFORMED', `a zero frame has ${frame.length} bytes`);
    case 'delta':
      throw new FormatError('FRAME_MALFORMED', 'a delta frame cannot be decoded without its base');
  }
}

function ofLength(chunkLength: number, codec: FrameCodec, chunk: Uint8Array): Uint8Array {
  if (chunk.length === chunkLength) return chunk;
  throw new FormatError(
    'FRAME_MALFORMED',
    `a ${codec} frame decodes to ${chunk.length} bytes instead of ${chunkLength}`,
  );
}

function smaller(chunk: Uint8Array, compressed: Uint8Array): EncodedFrame {
  return compressed.length < chunk.length
    ? { codec: 'brotli', bytes: compressed }
    : { codec: 'raw', bytes: chunk };
}
