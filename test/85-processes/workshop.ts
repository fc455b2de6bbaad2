/**
 * The build host of these tests: fresh keys, a factory release 1.0.0 and whatever else a test publishes, all small
 * and signed. One workshop per test file; the compiled agent is inside every image. It must not know appliances.
 */
import { copyFile, link, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildSystemRelease,
  type FirmwareImage,
  makeFirmware,
  makeKeys,
  SMALL_SIZES,
  type SystemRelease,
  type SystemReleaseOptions,
  type TestKeys,
} from '../../fixtures/index.ts';

export const ENVELOPE = 'release.json';
/** Bytes of each release that no other one has: enough for a download that can be interrupted. */
const ASSET_BYTES = 1024 * 1024;

/** What the MCU leaves the factory with, and what a release brings: eight pages of its flash each. */
export const OLD_FIRMWARE = makeFirmware({ version: '2.4.0', size: 16 * 1024, seed: 1 });
export const NEW_FIRMWARE = makeFirmware({ version: '2.5.0', size: 16 * 1024, seed: 2 });

export interface ReleaseOptions {
  readonly version: string;
  readonly sequence: number;
  readonly tree?: SystemReleaseOptions['tree'];
  readonly manifest?: SystemReleaseOptions['manifest'];
  /** Default: the release leaves the MCU alone. */
  readonly mcuFirmware?: FirmwareImage;
  readonly dataSchema?: string;
  /** Who signs it, and whom its image trusts; the workshop's own by default. */
  readonly keys?: Pick<TestKeys, 'privateKeys' | 'trustedKeys'>;
}

export class Workshop {
  readonly folder: string;
  readonly keys: TestKeys;
  #built = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.keys = makeKeys('workshop');
  }

  static async open(): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(tmpdir(), 'donabe-workshop-')));
  }

  /** A release in a release directory of its own. */
  async build({
    version,
    sequence,
    tree,
    manifest,
    mcuFirmware,
    dataSchema,
    keys = this.keys,
  }: ReleaseOptions): Promise<SystemRelease> {
    this.#built += 1;
    const folder = join(this.folder, String(this.#built));
    const published = join(folder, 'release');
    await mkdir(published, { recursive: true });
    return await buildSystemRelease({
      folder: published,
      workFolder: join(folder, 'work'),
      version,
      sequence,
      privateKeys: keys.privateKeys,
      trustedKeys: keys.trustedKeys,
      sizes: SMALL_SIZES,
      // Of two releases of one version, too, no chunk of the assets is the same.
      tree: { node: 'link', assets: { seed: `${version} ${this.#built}`, bytes: ASSET_BYTES }, ...tree },
      manifest: { ...manifest },
      ...(dataSchema && { dataSchema }),
      ...(mcuFirmware === undefined ? {} : { mcuFirmware }),
    });
  }

  /** What every appliance leaves the factory with. */
  async factory(): Promise<SystemRelease> {
    return await this.build({ version: '1.0.0', sequence: 1 });
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Into the folder that a server serves: payloads first, the envelope last and by rename. */
export async function publish(release: SystemRelease, folder: string): Promise<void> {
  const there = new Set(await readdir(folder));
  for (const name of await readdir(release.folder)) {
    if (name !== ENVELOPE && !there.has(name)) await link(join(release.folder, name), join(folder, name));
  }
  await copyFile(join(release.folder, ENVELOPE), join(folder, `${ENVELOPE}.new`));
  await rename(join(folder, `${ENVELOPE}.new`), join(folder, ENVELOPE));
}
