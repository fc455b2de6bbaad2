/**
 * From one image file to its pack and its chunk index: cut, compress, write, name by content. An image of any
 * size passes through a batch of 8 chunks; nothing else of it is in memory.
 * Knows no manifest and no keys.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { type EncodedFrame, encodeFrameInPool, type ManifestImage, sha256Hex } from '../format/index.ts';
import type { EarlierFrames } from './earlier-frames.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { readFully } from './files.ts';
import { type CodecCounts, PackWriter } from './pack-writer.ts';

/** Chunks in memory at a time: two for each of the 4 threads of libuv's pool, which compress them. */
export const BATCH_CHUNKS = 8;

export interface PackOptions {
  /** Where pack and index go. */
  readonly folder: string;
  readonly slotClass: string;
  readonly imagePath: string;
  readonly chunkSize: number;
  /** Brotli's 0..11; undefined: chunks are sent as they are. */
  readonly quality: number | undefined;
  readonly earlier: EarlierFrames | undefined;
  /** Called with the image bytes done so far. */
  readonly onBytes: (done: number) => void;
}

export interface PackedImage {
  readonly image: ManifestImage;
  readonly chunks: number;
  /** Frames taken from the earlier release. */
  readonly reusedFrames: number;
  readonly codecs: CodecCounts;
}

interface Framed {
  readonly chunk: Uint8Array;
  readonly digest: string;
  readonly frame: EncodedFrame;
  readonly reused: boolean;
}

/** Errors: IMAGE_UNREADABLE, IMAGE_CHANGED, WRITE_FAILED, PREVIOUS_UNUSABLE. */
export async function packImage(options: PackOptions): Promise<PackedImage> {
  const source = await orReleaseError(
    'IMAGE_UNREADABLE',
    `the image ${options.imagePath} cannot be opened`,
    () => open(options.imagePath, 'r'),
  );
  try {
    const size = await sizeOf(source, options.imagePath);
    const pack = await PackWriter.create(options.folder, options.slotClass);
    try {
      return await pourInto(pack, source, size, options);
    } finally {
      await pack.discard();
    }
  } finally {
    await source.close();
  }
}

async function pourInto(
  pack: PackWriter,
  source: FileHandle,
  size: number,
  options: PackOptions,
): Promise<PackedImage> {
  let reusedFrames = 0;
  let done = 0;
  for await (const batch of batches(source, size, options)) {
    const framed = await Promise.all(batch.map((chunk) => frameOf(chunk, options)));
    for (const { chunk, digest, frame, reused } of framed) {
      await pack.append(chunk, digest, frame);
      reusedFrames += reused ? 1 : 0;
      done += chunk.length;
    }
    options.onBytes(done);
  }
  if ((await source.stat()).size !== size) throw changed(options.imagePath);
  const image = await pack.finish(options.chunkSize, undefined);
  return {
    image: { class: options.slotClass, ...image, deltas: [] },
    chunks: pack.count,
    reusedFrames,
    codecs: pack.codecs,
  };
}

/** Cuts the image into batches; the buffers are used again for the next batch. */
async function* batches(source: FileHandle, size: number, options: PackOptions): AsyncGenerator<Buffer[]> {
  const buffers = Array.from({ length: BATCH_CHUNKS }, () => Buffer.allocUnsafe(options.chunkSize));
  let offset = 0;
  while (offset < size) {
    const batch: Buffer[] = [];
    for (const buffer of buffers) {
      const length = Math.min(options.chunkSize, size - offset);
      if (length === 0) break;
      const chunk = await orReleaseError(
        'IMAGE_UNREADABLE',
        `the image ${options.imagePath} cannot be read at byte ${offset}`,
        () => readFully(source, buffer.subarray(0, length), offset),
      );
      if (chunk.length < length) throw changed(options.imagePath);
      batch.push(chunk);
      offset += length;
    }
    yield batch;
  }
}

async function frameOf(chunk: Buffer, options: PackOptions): Promise<Framed> {
  const digest = sha256Hex(chunk);
  const earlier = await options.earlier?.find(digest, chunk.length);
  const frame = earlier ?? (await encodeFrameInPool(chunk, options.quality));
  return { chunk, digest, frame, reused: earlier !== undefined };
}

async function sizeOf(source: FileHandle, path: string): Promise<number> {
  const facts = await source.stat();
  if (!facts.isFile() || facts.size === 0) {
    throw new ReleaseError('IMAGE_UNREADABLE', `${path} is not a file with at least one byte`);
  }
  return facts.size;
}

function changed(path: string): ReleaseError {
  return new ReleaseError(
    'IMAGE_CHANGED',
    `the image ${path} changed its size while it was read; build again`,
  );
}
