/**
 * Inspect: what a release directory says about itself, for people. Signatures are NOT checked, and the result
 * says so; `verify` is the verb that checks.
 */
import { join } from 'node:path';
import {
  decodeChunkIndex,
  type FrameCodec,
  type Manifest,
  releaseIdentity,
  sha256Hex,
} from '../format/index.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { readBounded } from './files.ts';
import { readUnchecked } from './folder.ts';

export interface InspectedImage {
  readonly class: string;
  readonly size: number;
  readonly sha256: string;
  /** Bytes that a device fetches when it reuses nothing. */
  readonly packSize: number;
  readonly chunkSize: number;
  readonly chunks: number;
  /** Frames of each codec. */
  readonly codecs: Readonly<Record<FrameCodec, number>>;
}

export interface InspectedRelease {
  readonly signaturesChecked: false;
  readonly signed: boolean;
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
  for (const { class: slotClass, size, sha256, pack, index } of manifest.images) {
    const bytes = await orReleaseError('RELEASE_UNREADABLE', `${index.name} cannot be read`, () =>
      readBounded(join(folder, index.name), index.size),
    );
    if (sha256Hex(bytes) !== index.sha256) {
      throw new ReleaseError('PAYLOAD_MISMATCH', `${index.name} does not match its digest in the manifest`);
    }
    const { chunkSize, count: chunks, codecs } = summaryOf(bytes);
    images.push({ class: slotClass, size, sha256, packSize: pack.size, chunkSize, chunks, codecs });
  }
  const identity = releaseIdentity(manifest);
  return { signaturesChecked: false, signed, claimedKeyIds, identity, manifest, images };
}

function summaryOf(bytes: Uint8Array) {
  const index = decodeChunkIndex(bytes);
  const codecs = { zero: 0, raw: 0, brotli: 0, delta: 0 };
  for (const { codec } of index.entries()) codecs[codec] += 1;
  return { chunkSize: index.chunkSize, count: index.count, codecs };
}
