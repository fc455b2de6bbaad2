/**
 * The chunk indexes that the plan needs: of the full pack, and of the delta pack against the booted image. What
 * is kept in the store is not fetched; nothing is used whose digest is not the signed one.
 */
import {
  type ChunkIndex,
  decodeChunkIndex,
  FormatError,
  type PayloadFile,
  sha256Hex,
} from '../../format/index.ts';
import type { Device } from '../device.ts';
import { AgentError, type AgentErrorCode } from '../errors.ts';
import type { DeltaWay } from '../model/plan.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import type { Source } from '../ports.ts';

export type ManifestImage = VerifiedManifest['manifest']['images'][number];

/** The same frame or index wrong this often is no accident of the line: the payload is not what was signed. */
export const MOST_WRONG_FETCHES = 3;

/** Faults of a delta's files on the source: the full way is still there. */
export const DELTA_FAULTS: ReadonlySet<AgentErrorCode> = new Set([
  'PAYLOAD_REJECTED',
  'HTTP_STATUS',
  'PAYLOAD_LENGTH',
  'SOURCE_UNREADABLE',
  'SOURCE_DAMAGED',
]);

/**
 * Of bytes that were wrong that often. A bad stick must not keep the release away that a server or another stick has:
 * it is a fault of the way, and not counted (rule 17).
 */
export function codeOfWrongBytes({ isCopy }: Source): 'SOURCE_DAMAGED' | 'PAYLOAD_REJECTED' {
  return isCopy === true ? 'SOURCE_DAMAGED' : 'PAYLOAD_REJECTED';
}

/** Errors: PAYLOAD_REJECTED or SOURCE_DAMAGED when it is not what was signed or describes something else; those of the source. */
export async function fullIndex(
  device: Device,
  source: Source,
  image: ManifestImage,
  signal: AbortSignal,
): Promise<ChunkIndex> {
  const index = await keptOrFetched(device, source, image.index, signal);
  const fits =
    index.imageSize === image.size &&
    index.imageDigest === image.sha256 &&
    index.base === undefined &&
    index.packSize === image.pack.size;
  if (fits) return index;
  throw rejected(image.index.name, 'describes another image or pack', { slotClass: image.class });
}

/**
 * The delta pack against the image that the booted slot holds. One that is not at hand or does not fit is
 * dropped with a word, and the full way is planned. Errors: those of the source that may pass.
 */
export async function deltaAgainst(
  device: Device,
  source: Source,
  image: ManifestImage,
  full: ChunkIndex,
  booted: { readonly size: number; readonly sha256: string },
  signal: AbortSignal,
): Promise<DeltaWay | undefined> {
  const files = image.deltas.find(({ base }) => base.sha256 === booted.sha256 && base.size === booted.size);
  if (files === undefined) return undefined;
  try {
    const index = await keptOrFetched(device, source, files.index, signal);
    const why = misfit(index, full, files);
    if (why !== undefined) throw rejected(files.index.name, why, { slotClass: image.class });
    return { files, index };
  } catch (error) {
    if (!(error instanceof AgentError) || !DELTA_FAULTS.has(error.code)) throw error;
    device.reporter.happened('delta-dropped', `The full pack is taken: ${error.message}`, {
      code: error.code,
      slotClass: image.class,
    });
    return undefined;
  }
}

/** Why a delta index cannot stand for the full one. */
function misfit(delta: ChunkIndex, full: ChunkIndex, files: DeltaWay['files']): string | undefined {
  if (delta.base?.digest !== files.base.sha256 || delta.base.size !== files.base.size) {
    return 'is for another base';
  }
  if (delta.packSize !== files.pack.size) return 'describes another pack';
  const sameImage =
    delta.imageDigest === full.imageDigest &&
    delta.imageSize === full.imageSize &&
    delta.chunkSize === full.chunkSize;
  if (!sameImage) return 'describes another image, or cuts it otherwise';
  for (let chunk = 0; chunk < full.count; chunk += 1) {
    if (delta.entry(chunk).digest !== full.entry(chunk).digest) return `has another chunk ${chunk}`;
  }
  return undefined;
}

async function keptOrFetched(
  { store }: Device,
  source: Source,
  file: PayloadFile,
  signal: AbortSignal,
): Promise<ChunkIndex> {
  const bytes = store.index(file.sha256) ?? (await readIndex(source, file, signal));
  const index = parseIndex(file.name, bytes);
  store.keepIndex(file.sha256, bytes);
  return index;
}

/** Lines and proxies damage bytes: only one that is wrong again and again is not what was signed. */
async function readIndex(
  source: Source,
  { name, size, sha256 }: PayloadFile,
  signal: AbortSignal,
): Promise<Uint8Array> {
  let found = '';
  for (let fetched = 0; fetched < MOST_WRONG_FETCHES; fetched += 1) {
    const bytes = await source.read(name, size, signal);
    found = sha256Hex(bytes);
    if (found === sha256) return bytes;
  }
  const what = `The chunk index ${name} does not match the signed manifest.`;
  throw new AgentError(codeOfWrongBytes(source), what, { facts: { name, expected: sha256, found } });
}

function parseIndex(name: string, bytes: Uint8Array): ChunkIndex {
  try {
    return decodeChunkIndex(bytes);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw rejected(name, `is malformed: ${cause.message}`, {}, cause);
  }
}

function rejected(name: string, what: string, facts: Record<string, string>, cause?: unknown): AgentError {
  return new AgentError('PAYLOAD_REJECTED', `The chunk index ${name} ${what}.`, {
    facts: { name, ...facts },
    cause,
  });
}
