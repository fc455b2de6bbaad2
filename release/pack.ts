/**
 * From one image file to its pack and its chunk index: cut, compress, write, name by content. An image of any
 * size passes through a batch of 8 chunks; nothing else of it is in memory.
 * Knows no manifest and no keys.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChunkIndexParts,
  encodeChunkIndex,
  encodeFrameInPool,
  type FrameCodec,
  type ManifestImage,
  type PayloadFile,
  sha256Hex,
} from '../format/index.ts';
import type { EarlierFrames } from './earlier-frames.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { digestOfFile, readFully, TemporaryFile } from './files.ts';
import { exists, payloadName } from './folder.ts';

/** Chunks in memory at a time: two for each of the 4 threads of libuv's pool, which compress them. */
export const BATCH_CHUNKS = 8;

export interface PackOptions {
  /** Where pack and index go. */
  readonly folder: string;
  readonly slotClass: string;
  readonly imagePath: string;
  readonly chunkSize: number;
  /** Brotli's 0..11. */
  readonly quality: number;
  readonly earlier: EarlierFrames | undefined;
  /** Called with the image bytes done so far. */
  readonly onBytes: (done: number) => void;
}

export interface PackedImage {
  readonly image: ManifestImage;
  readonly chunks: number;
  /** Frames taken from the earlier release. */
  readonly reusedFrames: number;
  /** Frames of each codec. */
  readonly codecs: Readonly<Record<FrameCodec, number>>;
}

type Entry = ChunkIndexParts['entries'] extends Iterable<infer E> ? E : never;
interface Framed {
  readonly entry: Entry;
  readonly bytes: Uint8Array;
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
    const pack = await orReleaseError('WRITE_FAILED', `${options.folder} cannot be written`, () =>
      TemporaryFile.create(options.folder, `${options.slotClass}.pack`),
    );
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
  pack: TemporaryFile,
  source: FileHandle,
  size: number,
  options: PackOptions,
): Promise<PackedImage> {
  const { folder, slotClass, chunkSize } = options;
  const imageHash = createHash('sha256');
  const entries: Entry[] = [];
  const codecs = { zero: 0, raw: 0, brotli: 0, delta: 0 };
  let reusedFrames = 0;
  let done = 0;
  for await (const batch of batches(source, size, options)) {
    for (const chunk of batch) imageHash.update(chunk);
    const framed = await Promise.all(batch.map((chunk) => frameOf(chunk, options)));
    for (const { entry, bytes, reused } of framed) {
      await orReleaseError('WRITE_FAILED', `the pack of ${slotClass} cannot be written`, () =>
        pack.append(bytes),
      );
      entries.push(entry);
      codecs[entry.codec] += 1;
      reusedFrames += reused ? 1 : 0;
    }
    done += batch.reduce((sum, chunk) => sum + chunk.length, 0);
    options.onBytes(done);
  }
  if ((await source.stat()).size !== size) throw changed(options.imagePath);
  const imageDigest = imageHash.digest('hex');
  const indexBytes = encodeChunkIndex({ imageSize: size, imageDigest, chunkSize, base: undefined, entries });
  const index = await orReleaseError(
    'WRITE_FAILED',
    `the index of ${slotClass} cannot be written`,
    async () => {
      const file = await TemporaryFile.create(folder, `${slotClass}.index`);
      try {
        await file.append(indexBytes);
        return await publish(file, folder, slotClass, 'index');
      } finally {
        await file.discard();
      }
    },
  );
  const packFile = await orReleaseError('WRITE_FAILED', `the pack of ${slotClass} cannot be published`, () =>
    publish(pack, folder, slotClass, 'pack'),
  );
  const image = { class: slotClass, size, sha256: imageDigest, pack: packFile, index, deltas: [] };
  return { image, chunks: entries.length, reusedFrames, codecs };
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
  const frameDigest = earlier?.digest ?? sha256Hex(frame.bytes);
  const entry = { digest, frameLength: frame.bytes.length, frameDigest, codec: frame.codec };
  return { entry, bytes: frame.bytes, reused: earlier !== undefined };
}

/** Gives the file its content's name, unless a file with this name and content is there already. */
async function publish(
  file: TemporaryFile,
  folder: string,
  slotClass: string,
  kind: 'pack' | 'index',
): Promise<PayloadFile> {
  const payload = { size: file.size, sha256: file.digest() };
  const name = payloadName(slotClass, payload.sha256, kind);
  const path = join(folder, name);
  // A published payload stays untouched: a new file of equal bytes would get another validator from a server,
  // and devices in the middle of a download would take it for a change.
  const isThere = (await exists(path)) && (await digestOfFile(path)).sha256 === payload.sha256;
  if (!isThere) await file.publish(name);
  return { name, ...payload };
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
