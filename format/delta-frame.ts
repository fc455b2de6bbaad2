/**
 * Delta frames: one brotli stream over a body of operations on a base. A frame decodes to a plan: first the
 * caller reads from the base what the plan names, then the plan makes the chunk.
 * Must not know where the base comes from, nor digests: the caller checks the frame's before and the chunk's after.
 */
import { compressPieces, decompress, decompressPooled, type Lend } from './brotli.ts';
import { type DeltaOperation, decodeDeltaBody, encodeDeltaBody, mostBodyBytes } from './delta-body.ts';
import type { DeltaPlan } from './delta-plan.ts';
import type { EncodedFrame } from './frame.ts';

/**
 * The frame of `operations` at brotli's `quality` 0..11, or undefined when it would break a limit of the format:
 * such a chunk is sent whole. The same operations give the same frame. Literals are a piece of their own, since
 * they are often packed bytes and the runs before them never.
 */
export async function encodeDeltaFrame(
  operations: Iterable<DeltaOperation>,
  quality: number,
): Promise<EncodedFrame | undefined> {
  const body = encodeDeltaBody(operations);
  if (body === undefined) return undefined;
  return { codec: 'delta', bytes: await compressPieces([body.runs, body.literals], quality) };
}

/**
 * Decompresses a frame, bounded, and checks everything in it against `chunkLength` and `baseSize`, both bytes.
 * Error: FRAME_MALFORMED.
 */
export function decodeDeltaFrame(frame: Uint8Array, chunkLength: number, baseSize: number): DeltaPlan {
  const body = decompress(frame, mostBodyBytes(chunkLength));
  return decodeDeltaBody(body, chunkLength, baseSize);
}

/**
 * Like `decodeDeltaFrame`, with brotli on a thread of libuv's pool. Memory that is lent holds what the plan shows,
 * up to 64 KiB more than the chunk: it has to last as long as the plan.
 */
export async function decodeDeltaFrameInPool(
  frame: Uint8Array,
  chunkLength: number,
  baseSize: number,
  lend?: Lend,
): Promise<DeltaPlan> {
  const body = await decompressPooled(frame, mostBodyBytes(chunkLength), lend);
  return decodeDeltaBody(body, chunkLength, baseSize);
}
