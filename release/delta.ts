/**
 * Delta: a release directory gets delta packs for devices that run an earlier release. The order is that of a
 * build: payloads first, then `manifest.json`, and `release.json` last. The release identity stays what it was,
 * since packs have no part in it; the signatures do not, so the release is signed again.
 * The same releases, options and Node version give the same bytes, whatever the number of worker threads.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  type DeltaPack,
  encodeManifest,
  type Manifest,
  type ManifestImage,
  type PrivateKey,
  releaseIdentity,
} from '../format/index.ts';
import { type BaseSource, findBases } from './base.ts';
import { type MadeDelta, makeDelta } from './delta-pack.ts';
import { WORKER_PROGRAM } from './delta-workers.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { writeDurably } from './files.ts';
import { awaitsSignature, MANIFEST_FILE } from './folder.ts';
import type { OnProgress } from './progress.ts';
import { manifestToSign, signRelease } from './sign.ts';

/**
 * How hard it is tried: brotli's quality, bytes between the base's windows that are looked up, and bytes of delta
 * frames that are compressed at quality 11 all the same. The finer stride makes the table as large as the base,
 * not half of it, and about 1.5 % fewer bytes are sent. 1 MiB holds a whole minor update, which gets 8 % shorter;
 * a large one takes ten seconds more of one thread.
 */
export const DELTA_SETTINGS = {
  fast: { quality: 5, stride: 8, hardBytes: 0 },
  default: { quality: 9, stride: 4, hardBytes: 1024 * 1024 },
  release: { quality: 11, stride: 4, hardBytes: 0 },
} as const;
export type DeltaSetting = keyof typeof DELTA_SETTINGS;

/** More threads than this are starved by the one that reads and writes. */
const MOST_WORKERS = 8;

export interface DeltaOptions {
  /** The release directory that gets the deltas. */
  readonly folder: string;
  /** What devices run: earlier releases, or image files. Each gets its deltas; an image that is given twice counts once. */
  readonly bases: readonly BaseSource[];
  /** Default "default". */
  readonly setting?: DeltaSetting;
  /** Worker threads; 0: none but the calling one. Default: one per core, at most 8. */
  readonly workers?: number;
  /** The program of the worker threads; for runtimes that load no TypeScript in threads. */
  readonly workerProgram?: URL;
  /** With keys the release is signed again. */
  readonly keys?: readonly PrivateKey[];
}

export interface BuiltDeltas {
  readonly folder: string;
  readonly identity: string;
  readonly manifest: Manifest;
  readonly deltas: readonly MadeDelta[];
  /** Images that the base has already, byte for byte: such a device needs no delta. */
  readonly unchanged: readonly { readonly slotClass: string; readonly base: string }[];
  /** Ids of the keys that signed; empty when `release.json` was not written anew. */
  readonly keyIds: readonly string[];
  /** The manifest is not what `release.json` signs. */
  readonly awaitsSignature: boolean;
}

/** Errors: ReleaseError, and FormatError when a release is malformed. */
export async function buildDeltas(
  options: DeltaOptions,
  onProgress: OnProgress = () => {},
): Promise<BuiltDeltas> {
  const { folder } = options;
  if (options.bases.length === 0) throw new ReleaseError('OPTIONS_INVALID', 'a delta needs a base');
  const { manifest: before } = await manifestToSign(folder);
  const { deltas, unchanged } = await deltasOf(before, options, onProgress);
  const images = before.images.map((image) => withDeltas(image, deltas));
  const manifest = { ...before, images };
  await orReleaseError('WRITE_FAILED', `${MANIFEST_FILE} cannot be written`, () =>
    writeDurably(join(folder, MANIFEST_FILE), encodeManifest(manifest)),
  );
  const keys = options.keys ?? [];
  const keyIds = keys.length === 0 ? [] : (await signRelease(folder, keys)).keyIds;
  return {
    folder,
    identity: releaseIdentity(manifest),
    manifest,
    deltas,
    unchanged,
    keyIds,
    awaitsSignature: await awaitsSignature(folder),
  };
}

async function deltasOf(manifest: Manifest, options: DeltaOptions, onProgress: OnProgress) {
  const classes = manifest.images.map((image) => image.class);
  // All bases are looked for before an hour of matching, not after it.
  const found = (await Promise.all(options.bases.map((base) => findBases(base, classes)))).flat();
  const pairs = found.flatMap(({ slotClass, load }) =>
    manifest.images.filter((image) => image.class === slotClass).map((image) => ({ image, load })),
  );
  const total = pairs.reduce((sum, { image }) => sum + image.size, 0);
  const setting = DELTA_SETTINGS[options.setting ?? 'default'];
  const workers = options.workers ?? Math.min(availableParallelism(), MOST_WORKERS);
  const program = options.workerProgram ?? WORKER_PROGRAM;
  const deltas: MadeDelta[] = [];
  const unchanged: { slotClass: string; base: string }[] = [];
  const seen = new Set<string>();
  let done = 0;
  for (const { image, load } of pairs) {
    onProgress({ note: `${image.class}: reading the base`, done, total });
    const base = await load();
    const name = `${image.class} ${base.sha256}`;
    if (seen.has(name)) {
      onProgress({ note: `${image.class}: the same base again`, done: done + image.size, total });
    } else if (base.sha256 === image.sha256) {
      unchanged.push({ slotClass: image.class, base: base.sha256 });
    } else {
      const from = done;
      const onBytes = (bytes: number) => onProgress({ note: image.class, done: from + bytes, total });
      const { folder } = options;
      deltas.push(await makeDelta({ ...setting, folder, image, base, workers, program, onBytes }));
    }
    seen.add(name);
    done += image.size;
  }
  return { deltas, unchanged };
}

/** The image with its new deltas; an earlier one against the same base is replaced. */
function withDeltas(image: ManifestImage, made: readonly MadeDelta[]): ManifestImage {
  const byBase = new Map<string, DeltaPack>(image.deltas.map((delta) => [delta.base.sha256, delta]));
  for (const { delta, slotClass } of made) {
    if (slotClass === image.class) byBase.set(delta.base.sha256, delta);
  }
  return { ...image, deltas: [...byBase.values()] };
}
