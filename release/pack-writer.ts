/**
 * Frames in, pack and chunk index out: durable, under names that tell their content. Frames are appended in
 * image order; nothing is there under its final name before `finish`.
 * Must not know how a frame was made.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  type ChunkIndexParts,
  type EncodedFrame,
  encodeChunkIndex,
  type FrameCodec,
  type PayloadFile,
  sha256Hex,
} from '../format/index.ts';
import { orReleaseError } from './error.ts';
import { digestOfFile, TemporaryFile } from './files.ts';
import { exists, payloadName } from './folder.ts';

/** Frames of each codec in a pack. */
export type CodecCounts = Readonly<Record<FrameCodec, number>>;

type Entry = ChunkIndexParts['entries'] extends Iterable<infer E> ? E : never;

/** A pack as it grows. Error of all methods: WRITE_FAILED. */
export class PackWriter {
  readonly #folder: string;
  readonly #slotClass: string;
  readonly #pack: TemporaryFile;
  readonly #entries: Entry[] = [];
  readonly #codecs = { zero: 0, raw: 0, brotli: 0, delta: 0 };
  readonly #image = createHash('sha256');
  #imageSize = 0;

  constructor(folder: string, slotClass: string, pack: TemporaryFile) {
    this.#folder = folder;
    this.#slotClass = slotClass;
    this.#pack = pack;
  }

  static create(folder: string, slotClass: string): Promise<PackWriter> {
    return orReleaseError('WRITE_FAILED', `${folder} cannot be written`, async () => {
      const pack = await TemporaryFile.create(folder, `${slotClass}.pack`);
      return new PackWriter(folder, slotClass, pack);
    });
  }

  get codecs(): CodecCounts {
    return { ...this.#codecs };
  }

  /** Frames so far. */
  get count(): number {
    return this.#entries.length;
  }

  /** The next chunk, its digest (lower-case hex), and its frame. */
  async append(chunk: Uint8Array, digest: string, frame: EncodedFrame): Promise<void> {
    const { codec, bytes } = frame;
    this.#image.update(chunk);
    this.#imageSize += chunk.length;
    await orReleaseError('WRITE_FAILED', `the pack of ${this.#slotClass} cannot be written`, () =>
      this.#pack.append(bytes),
    );
    this.#entries.push({ digest, frameLength: bytes.length, frameDigest: sha256Hex(bytes), codec });
    this.#codecs[codec] += 1;
  }

  /** Publishes index and pack, the index first. */
  async finish(chunkSize: number, base: ChunkIndexParts['base']) {
    const imageDigest = this.#image.digest('hex');
    const entries = this.#entries;
    const bytes = encodeChunkIndex({ imageSize: this.#imageSize, imageDigest, chunkSize, base, entries });
    const index = await orReleaseError(
      'WRITE_FAILED',
      `the index of ${this.#slotClass} cannot be written`,
      async () => {
        const file = await TemporaryFile.create(this.#folder, `${this.#slotClass}.index`);
        try {
          await file.append(bytes);
          return await this.#publish(file, 'index');
        } finally {
          await file.discard();
        }
      },
    );
    const pack = await orReleaseError(
      'WRITE_FAILED',
      `the pack of ${this.#slotClass} cannot be published`,
      () => this.#publish(this.#pack, 'pack'),
    );
    return { size: this.#imageSize, sha256: imageDigest, pack, index };
  }

  /** Removes what was not published; does nothing after `finish`. */
  discard(): Promise<void> {
    return this.#pack.discard();
  }

  /** Gives the file its content's name, unless a file with this name and content is there already. */
  async #publish(file: TemporaryFile, kind: 'pack' | 'index'): Promise<PayloadFile> {
    const payload = { size: file.size, sha256: file.digest() };
    const name = payloadName(this.#slotClass, payload.sha256, kind);
    const path = join(this.#folder, name);
    // A published payload stays untouched: a new file of equal bytes would get another validator from a server,
    // and devices in the middle of a download would take it for a change.
    const isThere = (await exists(path)) && (await digestOfFile(path)).sha256 === payload.sha256;
    if (!isThere) await file.publish(name);
    return { name, ...payload };
  }
}
