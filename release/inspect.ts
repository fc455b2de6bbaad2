/**
 * Inspect: what a release directory says about itself, for people. Signatures are NOT checked, and the result
 * says so; `verify` is the verb that checks.
 */
import { join } from 'node:path';
import {
  decodeChunkIndex,
  type Manifest,
  type PayloadFile,
  releaseIdentity,
  sha256Hex,
} from '../format/index.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { readBounded } from './files.ts';
import { awaitsSignature, readUnchecked } from './folder.ts';
import type { CodecCounts } from './pack-writer.ts';

interface InspectedPack {
  /** Bytes of the frames; a device that reuses nothing fetches them and the index. */
  readonly packSize: number;
  readonly indexSize: number;
  readonly chunkSize: number;
  readonly chunks: number;
  readonly codecs: CodecCounts;
}

export interface InspectedDelta extends InspectedPack {
  readonly base: { readonly size: number; readonly sha256: string };
}

export interface InspectedImage extends InspectedPack {
  readonly class: string;
  readonly size: number;
  readonly sha256: string;
  readonly deltas: readonly InspectedDelta[];
}

export interface InspectedRelease {
  readonly signaturesChecked: false;
  readonly signed: boolean;
  /** `manifest.json` is another one than is shown here, and is not signed yet; true as well when nothing is signed. */
  readonly awaitsSignature: boolean;
  /** Key ids as the envelope claims them. */
  readonly claimedKeyIds: readonly string[];
  readonly identity: string;
  readonly manifest: Manifest;
  readonly images: readonly InspectedImage[];
}

/** Errors: RELEASE_UNREADABLE, PAYLOAD_MISMATCH, FormatError. */
export async function inspectRelease(folder: string): Promise<InspectedRelease> {
  const { manifest, claimedKeyIds, signed } = await readUnchecked(folder);
  const images: InspectedImage[] = [];
  for (const image of manifest.images) {
    const { class: slotClass, size, sha256 } = image;
    const deltas: InspectedDelta[] = [];
    for (const delta of image.deltas) {
      deltas.push({ base: delta.base, ...(await inspectPack(folder, delta)) });
    }
    images.push({ class: slotClass, size, sha256, ...(await inspectPack(folder, image)), deltas });
  }
  const identity = releaseIdentity(manifest);
  return {
    signaturesChecked: false,
    signed,
    awaitsSignature: await awaitsSignature(folder),
    claimedKeyIds,
    identity,
    manifest,
    images,
  };
}

async function inspectPack(
  folder: string,
  { pack, index: file }: { readonly pack: PayloadFile; readonly index: PayloadFile },
): Promise<InspectedPack> {
  const bytes = await orReleaseError('RELEASE_UNREADABLE', `${file.name} cannot be read`, () =>
    readBounded(join(folder, file.name), file.size),
  );
  if (sha256Hex(bytes) !== file.sha256) {
    throw new ReleaseError('PAYLOAD_MISMATCH', `${file.name} does not match its digest in the manifest`);
  }
  const index = decodeChunkIndex(bytes);
  const codecs = { zero: 0, raw: 0, brotli: 0, delta: 0 };
  for (const { codec } of index.entries()) codecs[codec] += 1;
  const { chunkSize, count: chunks } = index;
  return { packSize: pack.size, indexSize: file.size, chunkSize, chunks, codecs };
}
