/** Reads the chunks of a partition one after the other, the next ones while one is looked at. Writes nothing. */
import { type ChunkIndex, isZero, sha256Hex } from '../../format/index.ts';
import { BufferRing } from '../model/buffer-ring.ts';
import { ChunkSet } from '../model/chunk-set.ts';
import type { ImageReader } from '../ports.ts';
import { inOrder } from './in-order.ts';
import { Stopped } from './stopped.ts';

/** Chunks that are read while one is hashed: enough to keep a disk busy. */
const READ_AHEAD = 2;

/**
 * Chunks that are looked for before a whole slot is read: a slot with a tenth of the image shows it 29 times in
 * 30, and where nothing is to be found the time for reading and hashing all of it is saved, 5 s for 512 MiB of eMMC.
 */
const PROBES = 32;

/** `bytes` is valid until the next chunk is asked for. */
export interface SlotChunk {
  readonly chunk: number;
  readonly bytes: Uint8Array;
}

/** The chunks of an image that `wanted` says, in order. Errors: SLOT_READ_FAILED; Stopped. */
export async function* chunksOf(
  reader: ImageReader,
  image: { readonly size: number; readonly chunkSize: number },
  signal: AbortSignal,
  wanted: (chunk: number) => boolean = () => true,
): AsyncGenerator<SlotChunk, void, undefined> {
  const { size, chunkSize } = image;
  const memory = new BufferRing(READ_AHEAD + 1);
  async function* places(): AsyncGenerator<number, void, undefined> {
    for (let chunk = 0; chunk * chunkSize < size; chunk += 1) {
      if (signal.aborted) throw new Stopped(signal.reason);
      if (wanted(chunk)) yield chunk;
    }
  }
  yield* inOrder(places(), READ_AHEAD, async (chunk) => {
    const offset = chunk * chunkSize;
    const bytes = memory.next().take(Math.min(chunkSize, size - offset));
    await reader.readInto(offset, bytes);
    return { chunk, bytes };
  });
}

/** Those of the wanted chunks that the partition holds at their places. */
export async function heldChunks(
  reader: ImageReader,
  index: ChunkIndex,
  signal: AbortSignal,
  wanted: (chunk: number) => boolean,
): Promise<ChunkSet> {
  const held = new ChunkSet(index.count);
  const image = { size: index.imageSize, chunkSize: index.chunkSize };
  for await (const { chunk, bytes } of chunksOf(reader, image, signal, wanted)) {
    const { codec, digest } = index.entry(chunk);
    // A blank slot is told from any content without hashing it.
    const isHeld = isZero(bytes) ? codec === 'zero' : sha256Hex(bytes) === digest;
    if (isHeld) held.add(chunk);
  }
  return held;
}

/**
 * True when none of a few chunks all over the image is in the partition: the others are not worth looking for. A
 * mistake costs the bytes of chunks that were there, and nothing else. False for an image of few chunks.
 */
export async function seemsForeign(
  reader: ImageReader,
  index: ChunkIndex,
  signal: AbortSignal,
): Promise<boolean> {
  const stride = Math.ceil(index.count / PROBES);
  if (stride === 1) return false;
  const isProbe = (chunk: number): boolean => chunk > 0 && chunk % stride === 0;
  return (await heldChunks(reader, index, signal, isProbe)).isEmpty;
}
