/**
 * The base of a delta in memory that threads share: read from an image file, or put together from the full pack
 * of an earlier release. Its digest is what a device's booted slot is later compared with.
 * Must not know matching or frames.
 */
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import type { Manifest, ManifestImage } from '../format/index.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { readFully } from './files.ts';
import { readUnchecked } from './folder.ts';
import { StoredImage } from './stored-image.ts';

/** Where an earlier image is: a release directory, or an image file. */
export interface BaseSource {
  readonly path: string;
  /** The slot class of an image file; not needed when the release has one image only. */
  readonly class?: string;
}

export interface Base {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly sha256: string;
}

/** The longest base that is held, bytes: what one array of the runtime holds. */
const MOST_BASE_BYTES = 2 ** 32;
/** Bytes of one read of an image file. */
const STEP_BYTES = 1024 * 1024;
/** The matcher looks at whole 32-bit words. */
const WORD_BYTES = 4;

/** One image that a delta can be made against, before it is read. */
export interface FoundBase {
  readonly slotClass: string;
  readonly load: () => Promise<Base>;
}

/** The bases at `source` for the slot classes of a release. Errors: BASE_UNUSABLE, and those of its reading. */
export async function findBases(source: BaseSource, slotClasses: readonly string[]): Promise<FoundBase[]> {
  const { path } = source;
  const facts = await orReleaseError('BASE_UNUSABLE', `the base ${path} cannot be found`, () => stat(path));
  if (!facts.isDirectory()) {
    const [only, ...others] = slotClasses;
    const slotClass = source.class ?? (others.length === 0 ? only : undefined);
    if (slotClass === undefined || !slotClasses.includes(slotClass)) {
      throw unusable(path, `say which of ${slotClasses.join(', ')} it is, such as ${only}=${path}`);
    }
    return [{ slotClass, load: () => loadFile(path, facts.size) }];
  }
  const manifest = await manifestAt(path);
  const wanted = source.class === undefined ? slotClasses : [source.class];
  const images = manifest.images.filter((image) => wanted.includes(image.class));
  if (images.length === 0) throw unusable(path, `it has no image for ${wanted.join(', ')}`);
  return images.map((image) => ({ slotClass: image.class, load: () => loadStored(path, image) }));
}

async function manifestAt(path: string): Promise<Manifest> {
  try {
    return (await readUnchecked(path)).manifest;
  } catch (cause) {
    if (!(cause instanceof ReleaseError)) throw cause;
    const why = `name an image file or a release directory; ${cause.message}`;
    throw unusable(path, why, { cause });
  }
}

async function loadFile(path: string, size: number): Promise<Base> {
  const bytes = room(path, size);
  return await orReleaseError('BASE_UNUSABLE', `the base ${path} cannot be read`, async () => {
    const file = await open(path, 'r');
    try {
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(STEP_BYTES);
      for (let offset = 0; offset < size; offset += STEP_BYTES) {
        const piece = await readFully(file, buffer, offset);
        if (piece.length !== Math.min(STEP_BYTES, size - offset)) throw unusable(path, 'its size changes');
        bytes.set(piece, offset);
        hash.update(piece);
      }
      return { bytes, sha256: hash.digest('hex') };
    } finally {
      await file.close();
    }
  });
}

async function loadStored(folder: string, image: ManifestImage): Promise<Base> {
  const bytes = room(folder, image.size);
  const stored = await StoredImage.open(folder, image);
  try {
    const hash = createHash('sha256');
    for (let number = 0; number < stored.index.count; number += 1) {
      const chunk = await stored.read(number);
      bytes.set(chunk.bytes, chunk.offset);
      hash.update(chunk.bytes);
    }
    const sha256 = hash.digest('hex');
    if (sha256 !== image.sha256) throw unusable(folder, `its ${image.class} image is not the one it names`);
    return { bytes, sha256 };
  } finally {
    await stored.close();
  }
}

function room(path: string, size: number): Uint8Array<SharedArrayBuffer> {
  if (size === 0 || size > MOST_BASE_BYTES) {
    throw unusable(path, `it has ${size} bytes, and a base has 1 to ${MOST_BASE_BYTES}`);
  }
  const buffer = new SharedArrayBuffer(Math.ceil(size / WORD_BYTES) * WORD_BYTES);
  return new Uint8Array(buffer, 0, size);
}

function unusable(path: string, why: string, more: { cause?: unknown } = {}): ReleaseError {
  return new ReleaseError('BASE_UNUSABLE', `the base ${path} cannot be used: ${why}`, more);
}
