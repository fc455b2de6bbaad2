/** Releases for the lab: two slot classes, 12 chunks of 64 KiB each, built and signed by the release room. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabRelease, makeKeys, type Random, seeded, type TestKeys } from '../../fixtures/index.ts';
import {
  decodeManifest,
  MANIFEST_PAYLOAD_TYPE,
  type McuFirmware,
  openEnvelope,
  releaseIdentity,
} from '../../format/index.ts';
import { type BuildOptions, buildDeltas, buildRelease } from '../../release/index.ts';

export const CHUNK = 64 * 1024;
export const CHUNKS = 12;
/** The last chunk is a remainder, the partition is larger than the image. Bytes. */
const MISSING_BYTES = 1000;
export const PARTITION_BYTES = CHUNKS * CHUNK + 4096;

export type PublishedRelease = LabRelease & { readonly published: string };

/** Images other than the usual ones, and a release that devices run, against which there will be delta packs. */
export interface MadeFrom {
  readonly images?: Readonly<Record<string, Uint8Array>>;
  readonly base?: PublishedRelease;
  /** What its firmware is said to speak; version 1 when it is not given. */
  readonly protocol?: McuFirmware['protocol'];
}

export interface LabFolder {
  readonly folder: string;
  readonly keys: TestKeys;
  publish(
    version: string,
    sequence: number,
    how?: Partial<LabRelease>,
    made?: MadeFrom,
  ): Promise<PublishedRelease>;
  remove(): Promise<void>;
}

/** `chunks` chunks in each image, CHUNKS where every codec is wanted. */
export async function labFolder(chunks = CHUNKS): Promise<LabFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'donabe-releases-'));
  const keys = makeKeys('lab');
  return {
    folder,
    keys,
    remove: () => rm(folder, { recursive: true, force: true }),
    publish: async (version, sequence, how = {}, made = {}) => {
      const published = join(folder, version);
      await mkdir(published);
      const images = made.images ?? {
        rootfs: imageBytes(sequence, chunks),
        boot: imageBytes(sequence + 1000, chunks),
      };
      const paths: { class: string; path: string }[] = [];
      for (const [slotClass, bytes] of Object.entries(images)) {
        const path = join(folder, `${slotClass}-${version}.img`);
        await writeFile(path, bytes);
        paths.push({ class: slotClass, path });
      }
      await buildRelease({
        folder: published,
        images: paths,
        compatible: 'donabe-cooker/lab',
        version,
        sequence,
        created: '2026-01-01T00:00:00Z',
        chunkSize: CHUNK,
        quality: 'fast',
        keys: keys.privateKeys,
        ...(how.data && { requires: { dataSchema: '>=1 <3' } }),
        ...(await firmwareOption(folder, how.firmware, made.protocol)),
      });
      if (made.base !== undefined) {
        const bases = [{ path: made.base.published }];
        const { privateKeys } = keys;
        await buildDeltas({ folder: published, bases, setting: 'fast', workers: 0, keys: privateKeys });
      }
      const { payload } = openEnvelope(await readFile(join(published, 'release.json')), {
        payloadType: MANIFEST_PAYLOAD_TYPE,
        ring: keys.ring,
        threshold: 1,
      });
      const manifest = decodeManifest(payload);
      const seal = {
        identity: releaseIdentity(manifest),
        version,
        sequence,
        securityVersion: 0,
        created: Date.parse(manifest.created),
        images: manifest.images.map((image) => ({
          slotClass: image.class,
          size: image.size,
          sha256: image.sha256,
        })),
      };
      return { seal, images, healthy: true, ...how, published };
    },
  };
}

/** The firmware as a file for the build; the image of a lab release carries it in memory. */
async function firmwareOption(
  folder: string,
  firmware: LabRelease['firmware'],
  protocol: McuFirmware['protocol'] | undefined,
): Promise<Pick<BuildOptions, 'mcuFirmware'>> {
  if (firmware === undefined) return {};
  const path = join(folder, `mcu-${firmware.digest}.bin`);
  await writeFile(path, firmware.bytes);
  return { mcuFirmware: { version: firmware.version, path, ...(protocol && { protocol }) } };
}

/** Half noise, half text, one chunk of zeros: every codec of a full pack occurs. */
function imageBytes(seed: number, chunks: number): Uint8Array {
  const random = seeded(seed);
  const bytes = new Uint8Array(chunks * CHUNK - MISSING_BYTES);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    if (chunk === 5) continue;
    const start = chunk * CHUNK;
    const length = Math.min(CHUNK, bytes.length - start);
    if (chunk % 2 === 0) bytes.set(random.bytes(length), start);
    else bytes.fill(65 + random.below(26), start, start + length);
  }
  return bytes;
}

/**
 * The images of a release that changes a little: by chunk, in turn, some bytes, none, new noise, a shift by some
 * bytes, zeros. Every way into a slot occurs when the lab has 12 chunks; with three a delta and a copy.
 */
export function editedImages(base: LabRelease, seed: number): Record<string, Uint8Array> {
  const random = seeded(seed);
  return Object.fromEntries(
    Object.entries(base.images).map(([slotClass, image]) => [slotClass, editedImage(image, random)]),
  );
}

function editedImage(image: Uint8Array, random: Random): Uint8Array {
  const edited = Uint8Array.from(image);
  for (let start = 0; start < image.length; start += CHUNK) {
    const chunk = edited.subarray(start, start + CHUNK);
    const number = start / CHUNK;
    if (number === 0 || number % 4 === 2) {
      for (let edit = 0; edit < 20; edit += 1) chunk.set(random.bytes(5), random.below(chunk.length - 5));
    } else if (number === 3) chunk.set(random.bytes(chunk.length));
    else if (number === 7) chunk.fill(0);
    else if (number === 8) edited.copyWithin(start, start + 100, start + CHUNK);
  }
  return edited;
}
