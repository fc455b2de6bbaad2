/**
 * Brotli (RFC 7932) with a bound on what comes out, in the calling thread and on libuv's pool.
 * Must not know what the bytes are: chunks and the bodies of delta frames pass through here alike.
 */
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import {
  type BrotliOptions,
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
  createBrotliCompress,
} from 'node:zlib';
import { FormatError } from './error.ts';
import { giveBack } from './give-back.ts';

/** Memory of this many bytes for a result, the caller's own: valid as long as the caller says. */
export type Lend = (bytes: number) => Uint8Array;

/**
 * Spare output space, bytes: with a buffer of exactly the output's length zlib would allocate a second one to
 * find out that nothing is left.
 */
const OUTPUT_SPARE = 64;

/**
 * From this quality on the encoder itself finds where to split a stream and how to code its distances: what
 * `compressPieces` asks for makes streams 0.1 % longer there.
 */
const SPLITS_BY_ITSELF = 10;
/**
 * Low bits of a distance that are sent as they are. Bodies repeat at distances that are multiples of 4 and 8, which
 * then share codes. Measured: the delta of a large update is 0.3 % shorter than with 0, and 0.1 % than with 2.
 */
const PIECE_POSTFIX_BITS = 3;
/**
 * From this quality on literals get codes by their context. Measured on a root file system, 1 MiB at a time: without
 * them a device decodes in 11 % less time and the frames are 0.2 % shorter; at quality 11 they save 1.2 %.
 */
const LEAST_FOR_CONTEXTS = 10;

const compressInPool = promisify(brotliCompress);
const decompressInPool = promisify(brotliDecompress);

/** One stream at `quality` 0..11, its window no larger than the bytes. The same bytes give the same stream. */
export function compress(bytes: Uint8Array, quality: number): Uint8Array {
  return brotliCompressSync(bytes, encoderOptions(bytes.length, quality));
}

/** Like `compress`, on a thread of libuv's pool: several calls at a time use several cores. */
export function compressPooled(bytes: Uint8Array, quality: number): Promise<Uint8Array> {
  return compressInPool(bytes, encoderOptions(bytes.length, quality));
}

/**
 * One stream over all pieces. Below quality 10, on threads of libuv's pool, each piece begins codes of its own: bytes
 * that do not compress, behind others that do, cost no more than they are. From 10 on it is made in the calling
 * thread: a second for each would keep the pool, four threads for all workers and files, from everybody else.
 * The same pieces give the same stream.
 */
export async function compressPieces(pieces: readonly Uint8Array[], quality: number): Promise<Uint8Array> {
  if (quality >= SPLITS_BY_ITSELF) return compress(Buffer.concat(pieces), quality);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const { params } = encoderOptions(length, quality);
  const stream = createBrotliCompress({
    params: { ...params, [constants.BROTLI_PARAM_NPOSTFIX]: PIECE_POSTFIX_BITS },
  });
  const compressed = buffer(stream);
  for (const [at, piece] of pieces.filter(({ length }) => length > 0).entries()) {
    if (at > 0) stream.flush(constants.BROTLI_OPERATION_FLUSH);
    stream.write(piece);
  }
  stream.end();
  return compressed;
}

/** At most `most` bytes, else FRAME_MALFORMED: a bomb ends at the limit. */
export function decompress(frame: Uint8Array, most: number): Uint8Array {
  try {
    return brotliDecompressSync(frame, decoderOptions(most));
  } catch (cause) {
    throw undecodable(cause);
  }
}

/**
 * Like `decompress`, on a thread of libuv's pool: the event loop stays free for a millisecond and more. With
 * memory that is lent nothing is left for the garbage collector, which would let dozens of megabytes wait.
 */
export async function decompressPooled(frame: Uint8Array, most: number, lend?: Lend): Promise<Uint8Array> {
  try {
    const bytes = await decompressInPool(frame, decoderOptions(most));
    if (lend === undefined) return bytes;
    const lent = lend(bytes.length);
    lent.set(bytes);
    giveBack(bytes);
    return lent;
  } catch (cause) {
    throw undecodable(cause);
  }
}

/** One buffer for whatever may come: memory that nothing is written to costs nothing, a second buffer does. */
function decoderOptions(most: number): BrotliOptions {
  return { maxOutputLength: most, chunkSize: most + OUTPUT_SPARE };
}

function encoderOptions(length: number, quality: number): BrotliOptions {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_SIZE_HINT]: length,
      // A window of the content's size loses nothing and bounds the memory of the device's decoder.
      [constants.BROTLI_PARAM_LGWIN]: windowBits(length),
      [constants.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING]: Number(quality < LEAST_FOR_CONTEXTS),
    },
  };
}

function windowBits(length: number): number {
  const bits = Math.ceil(Math.log2(Math.max(length, 1)));
  return Math.min(Math.max(bits, constants.BROTLI_MIN_WINDOW_BITS), constants.BROTLI_MAX_WINDOW_BITS);
}

function undecodable(cause: unknown): FormatError {
  return new FormatError('FRAME_MALFORMED', 'a frame cannot be decompressed within its limit', { cause });
}
