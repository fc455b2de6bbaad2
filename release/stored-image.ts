/**
 * An image of a release directory, chunk by chunk, out of its full pack: what a build host holds of a release
 * once the image file is gone. Every frame and every chunk is checked against the index, and the index against
 * the manifest. Signatures are not looked at: all that is taken from here is judged by its digest.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChunkIndex,
  decodeChunkIndex,
  decodeFrameInPool,
  type EncodedFrame,
  type ManifestImage,
  sha256Hex,
} from '../format/index.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { readBounded, readFully } from './files.ts';

export interface StoredChunk {
  /** Offset in the image, bytes. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly frame: EncodedFrame;
}

/** Errors of all methods: RELEASE_UNREADABLE, PAYLOAD_MISMATCH, FormatError. */
export class StoredImage {
  readonly index: ChunkIndex;
  readonly #name: string;
  readonly #pack: FileHandle;

  constructor(name: string, index: ChunkIndex, pack: FileHandle) {
    this.#name = name;
    this.index = index;
    this.#pack = pack;
  }

  static async open(folder: string, image: ManifestImage): Promise<StoredImage> {
    const { index: file, pack } = image;
    const bytes = await orReleaseError('RELEASE_UNREADABLE', `${file.name} cannot be read`, () =>
      readBounded(join(folder, file.name), file.size),
    );
    if (sha256Hex(bytes) !== file.sha256) throw mismatch(file.name, 'its digest in the manifest');
    const index = decodeChunkIndex(bytes);
    const fits = index.imageDigest === image.sha256 && index.imageSize === image.size && !index.base;
    if (!fits) throw mismatch(file.name, 'the image that the manifest names');
    const handle = await orReleaseError('RELEASE_UNREADABLE', `${pack.name} cannot be opened`, () =>
      open(join(folder, pack.name), 'r'),
    );
    return new StoredImage(pack.name, index, handle);
  }

  async read(chunk: number): Promise<StoredChunk> {
    const { offset, length, digest, codec, ...entry } = this.index.entry(chunk);
    const frame = await orReleaseError('RELEASE_UNREADABLE', `${this.#name} cannot be read`, () =>
      readFully(this.#pack, Buffer.allocUnsafe(entry.frameLength), entry.frameOffset),
    );
    if (sha256Hex(frame) !== entry.frameDigest) throw mismatch(this.#name, `its index at frame ${chunk}`);
    const bytes = await decodeFrameInPool(codec, frame, length);
    if (sha256Hex(bytes) !== digest) throw mismatch(this.#name, `its index at chunk ${chunk}`);
    return { offset, bytes, digest, frame: { codec, bytes: frame } };
  }

  close(): Promise<void> {
    return this.#pack.close();
  }
}

function mismatch(name: string, what: string): ReleaseError {
  return new ReleaseError('PAYLOAD_MISMATCH', `${name} does not match ${what}`);
}
