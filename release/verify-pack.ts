/**
 * One pack and its index against the manifest: the index is the signed one and describes this image, base and
 * pack, every frame is the one that the index names, and decodes to the chunk that it names. A delta frame is
 * decoded as far as it can be: without its base everything but the chunk's bytes is checked.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  applyDelta,
  type ChunkEntry,
  type ChunkIndex,
  decodeChunkIndex,
  decodeDeltaFrame,
  decodeFrame,
  FormatError,
  type PayloadFile,
  sha256Hex,
} from '../format/index.ts';
import { digestOfFile, readBounded, readFully } from './files.ts';
import type { Findings } from './findings.ts';

/** A pack as the manifest names it. */
export interface SignedPack {
  readonly slotClass: string;
  readonly image: { readonly size: number; readonly sha256: string };
  readonly pack: PayloadFile;
  readonly index: PayloadFile;
  /** Of a delta pack. */
  readonly base?: { readonly size: number; readonly sha256: string };
}

/** Returns the number of frames that were looked at. `base`: the base's bytes, when they are at hand. */
export async function verifyPack(
  folder: string,
  signed: SignedPack,
  base: Uint8Array | undefined,
  findings: Findings,
  onBytes: (done: number) => void,
): Promise<number> {
  const { name } = signed.pack;
  const index = await readIndex(folder, signed, findings);
  if (index === undefined) {
    await verifyFile(folder, signed.pack, findings);
    return 0;
  }
  const pack = await findings.reading(name, () => open(join(folder, name), 'r'));
  if (pack === undefined) return 0;
  try {
    await findings.reading(name, () => verifyFrames(pack, index, signed, base, findings, onBytes));
  } finally {
    await pack.close();
  }
  return index.count;
}

async function readIndex(
  folder: string,
  signed: SignedPack,
  findings: Findings,
): Promise<ChunkIndex | undefined> {
  const { name, size, sha256 } = signed.index;
  const bytes = await findings.reading(name, () => readBounded(join(folder, name), size));
  if (bytes === undefined) return undefined;
  if (bytes.length !== size || sha256Hex(bytes) !== sha256) {
    findings.add('PAYLOAD_DIGEST', name, 'the chunk index is not the one that was signed');
    return undefined;
  }
  try {
    const index = decodeChunkIndex(bytes);
    const fits =
      index.imageSize === signed.image.size &&
      index.imageDigest === signed.image.sha256 &&
      index.base?.size === signed.base?.size &&
      index.base?.digest === signed.base?.sha256 &&
      index.packSize === signed.pack.size;
    if (fits) return index;
    findings.add(
      'INDEX_REFUSED',
      name,
      'the chunk index describes another image, base or pack than the manifest',
    );
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    findings.add('INDEX_REFUSED', name, cause.message);
  }
  return undefined;
}

async function verifyFrames(
  pack: FileHandle,
  index: ChunkIndex,
  signed: SignedPack,
  base: Uint8Array | undefined,
  findings: Findings,
  onBytes: (done: number) => void,
): Promise<void> {
  const file = signed.pack.name;
  const packHash = createHash('sha256');
  const imageHash = createHash('sha256');
  // Without its base a delta says nothing about the image's bytes.
  const isDecoded = signed.base === undefined || base !== undefined;
  let number = 0;
  for (const entry of index.entries()) {
    const frame = await readFully(pack, Buffer.allocUnsafe(entry.frameLength), entry.frameOffset);
    packHash.update(frame);
    if (frame.length !== entry.frameLength || sha256Hex(frame) !== entry.frameDigest) {
      findings.add('FRAME_WRONG', file, `frame ${number} does not match its digest in the index`, number);
    } else {
      const chunk = chunkOf(entry, frame, index, base, file, number, findings);
      if (chunk !== undefined) {
        imageHash.update(chunk);
        if (sha256Hex(chunk) !== entry.digest) {
          findings.add(
            'CHUNK_WRONG',
            file,
            `frame ${number} decodes to another chunk than the index names`,
            number,
          );
        }
      }
    }
    onBytes(entry.offset + entry.length);
    number += 1;
  }
  const isWhole =
    (await pack.stat()).size === signed.pack.size && packHash.digest('hex') === signed.pack.sha256;
  if (!isWhole) findings.add('PAYLOAD_DIGEST', file, 'the pack is not the one that was signed');
  if (isDecoded && imageHash.digest('hex') !== signed.image.sha256) {
    findings.add(
      'IMAGE_DIGEST',
      file,
      `the decoded chunks are not the ${signed.slotClass} image that was signed`,
    );
  }
}

/** The chunk; undefined when the frame is wrong, which is a finding, or needs a base that is not at hand. */
function chunkOf(
  { codec, length }: ChunkEntry,
  frame: Uint8Array,
  index: ChunkIndex,
  base: Uint8Array | undefined,
  file: string,
  chunk: number,
  findings: Findings,
): Uint8Array | undefined {
  try {
    if (codec !== 'delta') return decodeFrame(codec, frame, length);
    const plan = decodeDeltaFrame(frame, length, index.base?.size ?? 0);
    if (base === undefined) return undefined;
    const reads = plan.reads.map((read) => base.subarray(read.offset, read.offset + read.length));
    return applyDelta(plan, Buffer.concat(reads));
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    findings.add('FRAME_WRONG', file, `frame ${chunk}: ${cause.message}`, chunk);
    return undefined;
  }
}

async function verifyFile(folder: string, payload: PayloadFile, findings: Findings): Promise<void> {
  const { name, size, sha256 } = payload;
  const found = await findings.reading(name, () => digestOfFile(join(folder, name)));
  if (found !== undefined && (found.size !== size || found.sha256 !== sha256)) {
    findings.add('PAYLOAD_DIGEST', name, 'the payload is not the one that was signed');
  }
}
