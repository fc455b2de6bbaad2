/**
 * Build: images in, release directory out. The order is the one that a device needs: payloads first, then
 * `manifest.json`, and `release.json` last of all, so that whoever sees the release finds all of it.
 * The same images, options and Node version give the same bytes; there is no clock in here.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ApplyPolicy,
  DEFAULT_CHUNK_SIZE,
  encodeManifest,
  MANIFEST_FORMAT,
  MAX_CHUNK_SIZE,
  type Manifest,
  type McuFirmware,
  MIN_CHUNK_SIZE,
  type PrivateKey,
  type Requirements,
  releaseIdentity,
  type Severity,
} from '../format/index.ts';
import { EarlierFrames } from './earlier-frames.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { checkExpiry } from './expiry.ts';
import { digestOfFile, writeDurably } from './files.ts';
import { MANIFEST_FILE } from './folder.ts';
import { type PackedImage, packImage } from './pack.ts';
import { type OnProgress, sizesOf } from './progress.ts';
import { signRelease } from './sign.ts';

/**
 * How hard brotli tries: not at all, or its quality 1, 5 or 9. Quality 9 costs about ten times the time of 5 for some
 * per cent. `none` is for lines that are faster than the device decodes, such as those of a factory.
 */
export const QUALITIES = { none: undefined, fast: 1, default: 5, release: 9 } as const;
export type Quality = keyof typeof QUALITIES;

/** What every MCU of today speaks. */
const FIRST_PROTOCOL: McuFirmware['protocol'] = { lowest: 1, highest: 1 };

export interface BuildOptions {
  /** The release directory; made when missing, earlier payloads in it stay. */
  readonly folder: string;
  /** One per slot class. */
  readonly images: readonly { readonly class: string; readonly path: string }[];
  readonly compatible: string;
  readonly version: string;
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Default 0. */
  readonly securityVersion?: number;
  /** Default "stable". */
  readonly channel?: string;
  /** Default "normal". */
  readonly severity?: Severity;
  readonly fixes?: readonly string[];
  readonly expires?: string;
  readonly requires?: Requirements;
  /** The firmware file; only its digest goes into the manifest, the file itself lies in the system image. */
  readonly mcuFirmware?: {
    readonly version: string;
    readonly path: string;
    /** Versions of the link's protocol that it understands; version 1 when it is not given. */
    readonly protocol?: McuFirmware['protocol'];
  };
  /** Default "now". */
  readonly apply?: ApplyPolicy;
  readonly notes?: string;
  readonly critical?: readonly string[];
  /** Bytes, a power of two from 64 KiB to 4 MiB. Default 1 MiB. */
  readonly chunkSize?: number;
  /** Default "default". */
  readonly quality?: Quality;
  /** Directory of an earlier release whose frames are reused; may be `folder` itself. */
  readonly previous?: string;
  /** With keys the release is signed as well. */
  readonly keys?: readonly PrivateKey[];
}

export interface BuiltRelease {
  readonly folder: string;
  readonly identity: string;
  readonly manifest: Manifest;
  readonly images: readonly PackedImage[];
  /** Ids of the keys that signed; empty when `release.json` was not written. */
  readonly keyIds: readonly string[];
}

/** Errors: ReleaseError, and FormatError when the manifest would be refused by a device. */
export async function buildRelease(
  options: BuildOptions,
  onProgress: OnProgress = () => {},
): Promise<BuiltRelease> {
  const chunkSize = checkedChunkSize(options.chunkSize ?? DEFAULT_CHUNK_SIZE);
  checkImages(options.images);
  // The form of everything but the images, before an hour of compression and not after it.
  const mcuFirmware = await mcuFirmwareOf(options);
  encodeManifest(manifestOf(options, PLACEHOLDER_IMAGES, mcuFirmware));
  checkExpiry('release', options);
  await orReleaseError('WRITE_FAILED', `${options.folder} cannot be made`, () =>
    mkdir(options.folder, { recursive: true }),
  );
  const images = await packAll(options, chunkSize, onProgress);
  const manifest = manifestOf(
    options,
    images.map(({ image }) => image),
    mcuFirmware,
  );
  const payload = encodeManifest(manifest);
  await orReleaseError('WRITE_FAILED', `${MANIFEST_FILE} cannot be written`, () =>
    writeDurably(join(options.folder, MANIFEST_FILE), payload),
  );
  const keys = options.keys ?? [];
  const keyIds = keys.length === 0 ? [] : (await signRelease(options.folder, keys)).keyIds;
  return { folder: options.folder, identity: releaseIdentity(manifest), manifest, images, keyIds };
}

async function packAll(
  options: BuildOptions,
  chunkSize: number,
  onProgress: OnProgress,
): Promise<PackedImage[]> {
  const total = await sizesOf(options.images.map((image) => image.path));
  const earlier = options.previous === undefined ? undefined : await EarlierFrames.open(options.previous);
  try {
    const packed: PackedImage[] = [];
    let before = 0;
    for (const { class: slotClass, path } of options.images) {
      const result = await packImage({
        folder: options.folder,
        slotClass,
        imagePath: path,
        chunkSize,
        quality: QUALITIES[options.quality ?? 'default'],
        earlier,
        onBytes: (done) => onProgress({ note: slotClass, done: before + done, total }),
      });
      before += result.image.size;
      packed.push(result);
    }
    return packed;
  } finally {
    await earlier?.close();
  }
}

function manifestOf(
  options: BuildOptions,
  images: Manifest['images'],
  mcuFirmware: Manifest['mcuFirmware'],
): Manifest {
  return {
    format: MANIFEST_FORMAT,
    compatible: options.compatible,
    version: options.version,
    sequence: options.sequence,
    securityVersion: options.securityVersion ?? 0,
    channel: options.channel ?? 'stable',
    severity: options.severity ?? 'normal',
    fixes: options.fixes ?? [],
    created: options.created,
    ...(options.expires === undefined ? {} : { expires: options.expires }),
    requires: options.requires ?? {},
    images,
    ...(mcuFirmware === undefined ? {} : { mcuFirmware }),
    apply: options.apply ?? 'now',
    notes: options.notes ?? '',
    critical: options.critical ?? [],
  };
}

const NO_FILE_DIGEST = '0'.repeat(64);
const PLACEHOLDER_FILE = { name: NO_FILE_DIGEST, size: 1, sha256: NO_FILE_DIGEST };
const PLACEHOLDER_IMAGES: Manifest['images'] = [
  {
    class: 'rootfs',
    size: 1,
    sha256: NO_FILE_DIGEST,
    pack: PLACEHOLDER_FILE,
    index: PLACEHOLDER_FILE,
    deltas: [],
  },
];

async function mcuFirmwareOf({ mcuFirmware }: BuildOptions): Promise<Manifest['mcuFirmware']> {
  if (mcuFirmware === undefined) return undefined;
  const file = await orReleaseError(
    'IMAGE_UNREADABLE',
    `the MCU firmware ${mcuFirmware.path} cannot be read`,
    () => digestOfFile(mcuFirmware.path),
  );
  if (file.size === 0) {
    throw new ReleaseError(
      'IMAGE_UNREADABLE',
      `the MCU firmware ${mcuFirmware.path} is empty; name the file that lies in the system image`,
    );
  }
  return { version: mcuFirmware.version, ...file, protocol: mcuFirmware.protocol ?? FIRST_PROTOCOL };
}

function checkImages(images: BuildOptions['images']): void {
  const classes = images.map((image) => image.class);
  if (images.length === 0) throw new ReleaseError('OPTIONS_INVALID', 'a release needs at least one image');
  const wrong = classes.find((name, at) => !SLOT_CLASS.test(name) || classes.indexOf(name) !== at);
  if (wrong !== undefined) {
    throw new ReleaseError(
      'OPTIONS_INVALID',
      `the slot class ${JSON.stringify(wrong)} is malformed or comes twice`,
    );
  }
}

/** As in the manifest; checked here because it becomes part of a file name first. */
const SLOT_CLASS = /^[a-z][a-z0-9_-]{0,31}$/;

function checkedChunkSize(chunkSize: number): number {
  if (!Number.isInteger(Math.log2(chunkSize)) || chunkSize < MIN_CHUNK_SIZE || chunkSize > MAX_CHUNK_SIZE) {
    throw new ReleaseError(
      'OPTIONS_INVALID',
      `the chunk size ${chunkSize} is not a power of two from ${MIN_CHUNK_SIZE} to ${MAX_CHUNK_SIZE} bytes`,
    );
  }
  return chunkSize;
}
