/** Releases for the lab: two slot classes, 12 chunks of 64 KiB each, built and signed by the release room. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabRelease, makeKeys, seeded, type TestKeys } from '../../fixtures/index.ts';
import { decodeManifest, MANIFEST_PAYLOAD_TYPE, openEnvelope, releaseIdentity } from '../../format/index.ts';
import { type BuildOptions, buildRelease } from '../../release/index.ts';

export const CHUNK = 64 * 1024;
export const CHUNKS = 12;
/** The last chunk is a remainder, the partition is larger than the image. Bytes. */
const MISSING_BYTES = 1000;
export const PARTITION_BYTES = CHUNKS * CHUNK + 4096;

export interface LabFolder {
  readonly folder: string;
  readonly keys: TestKeys;
  publish(
    version: string,
    sequence: number,
    how?: Partial<LabRelease>,
  ): Promise<LabRelease & { readonly published: string }>;
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
    publish: async (version, sequence, how = {}) => {
      const published = join(folder, version);
      await mkdir(published);
      const images = { rootfs: imageBytes(sequence, chunks), boot: imageBytes(sequence + 1000, chunks) };
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
        ...(await firmwareOption(folder, how.firmware)),
      });
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
): Promise<Pick<BuildOptions, 'mcuFirmware'>> {
  if (firmware === undefined) return {};
  const path = join(folder, `mcu-${firmware.digest}.bin`);
  await writeFile(path, firmware.bytes);
  return { mcuFirmware: { version: firmware.version, path } };
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
