/**
 * An emulated board for the real command: partitions (loop devices where root, else files), boot control, vault and
 * run folder as a boot leaves them, slot a from a factory release, slot b full of what no release has.
 * It must not know what is measured.
 */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  configurationTemplate,
  createAppliance,
  renderConfiguration,
  type SignedReleaseFolder,
  type TestKeys,
} from '../../fixtures/index.ts';
import { encodePublicKey, encodeReleaseInfo } from '../../format/index.ts';
import { fillWithNoise } from '../noise.ts';
import { outputOf, runTool } from '../tool.ts';
import { CREATED } from './releases.ts';

export const COMPATIBLE = 'bench/board';
/** The agent's own default, s. */
const POLL_INTERVAL_S = 3600;

export interface BoardOptions {
  readonly folder: string;
  readonly keys: TestKeys;
  readonly factory: SignedReleaseFolder;
  readonly slotBytes: number;
  /** False: slot b is left sparse, for images that are larger than the disk. */
  readonly noise: boolean;
  /** Where an agent on this board looks for releases, once an hour; none: it is told by a command. */
  readonly baseUrls?: readonly string[];
}

export class Board {
  readonly configuration: string;
  /** The inactive slot's partition, as a program names it. */
  readonly inactive: string;
  readonly #options: BoardOptions;
  readonly #loops: readonly string[];

  private constructor(
    options: BoardOptions,
    configuration: string,
    inactive: string,
    loops: readonly string[],
  ) {
    this.#options = options;
    this.configuration = configuration;
    this.inactive = inactive;
    this.#loops = loops;
  }

  static async create(options: BoardOptions): Promise<Board> {
    const { folder, factory, slotBytes } = options;
    const appliance = await createAppliance({
      folder,
      factoryRelease: factory,
      slotSizes: { rootfs: slotBytes },
    });
    const files = (['a', 'b'] as const).map((slot) => appliance.places.partition('rootfs', slot));
    const loops: string[] = [];
    if (process.getuid?.() === 0) {
      for (const file of files) {
        loops.push((await outputOf('losetup', ['--find', '--show', file])).trim());
      }
    }
    const [active = '', inactive = ''] = loops.length > 0 ? loops : files;
    const configuration = await boot(appliance, options, files, [active, inactive]);
    const board = new Board(options, configuration, inactive, loops);
    await board.#keep();
    return board;
  }

  get isBlock(): boolean {
    return this.#loops.length > 0;
  }

  /** The state that the factory left, and fresh noise in slot b: nothing of an earlier run can be used. */
  async reset(): Promise<void> {
    const { folder, noise, slotBytes } = this.#options;
    for (const name of ['misc.img', 'vault-0.img', 'vault-1.img', 'run', 'data']) {
      await rm(join(folder, name), { recursive: true, force: true });
      await cp(join(folder, 'factory', name), join(folder, name), { recursive: true });
    }
    if (noise) await fillWithNoise(this.inactive, slotBytes);
    else await runTool('truncate', ['-s', '0', join(folder, 'slots', 'rootfs_b.img')]);
    if (!noise) await runTool('truncate', ['-s', String(slotBytes), join(folder, 'slots', 'rootfs_b.img')]);
  }

  /** Compares the inactive slot with what should be in it. */
  async expect(image: string, bytes: number): Promise<void> {
    if (this.isBlock) await runTool('blockdev', ['--flushbufs', this.inactive]);
    await runTool('cmp', ['-n', String(bytes), this.inactive, image]);
  }

  async remove(): Promise<void> {
    for (const loop of this.#loops) await runTool('losetup', ['--detach', loop]);
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  async #keep(): Promise<void> {
    const { folder } = this.#options;
    for (const name of ['misc.img', 'vault-0.img', 'vault-1.img', 'run', 'data']) {
      await cp(join(folder, name), join(folder, 'factory', name), { recursive: true });
    }
  }
}

/** What boot loader, kernel and mounts leave before the agent starts. Returns the path of the configuration. */
async function boot(
  { places, description, factorySeal }: Appliance,
  { keys, baseUrls = [] }: BoardOptions,
  files: readonly string[],
  devices: readonly string[],
): Promise<string> {
  const { folder, run } = places;
  const root = join(folder, 'root');
  await mkdir(join(root, 'etc', 'donabe', 'keys.d'), { recursive: true });
  await mkdir(join(root, 'usr', 'lib', 'donabe'), { recursive: true });
  for (const key of keys.trustedKeys) {
    await writeFile(
      join(root, 'etc', 'donabe', 'keys.d', `${key.keyId.slice(0, 16)}.pub`),
      encodePublicKey(key),
    );
  }
  const { version, sequence, securityVersion } = factorySeal;
  const facts = { compatible: COMPATIBLE, channel: 'stable', created: CREATED };
  await writeFile(
    join(root, 'usr', 'lib', 'donabe', 'release-info.json'),
    encodeReleaseInfo({ version, sequence, securityVersion, ...facts }),
  );
  await writeFile(join(run, 'cmdline'), 'androidboot.slot_suffix=_a\n');
  await writeFile(join(run, 'boot_id'), '0d0a0be0-5107-4000-8000-00000000b007\n');
  await writeFile(join(run, 'uptime'), '100.00 100.00\n');
  await writeFile(join(run, 'synchronised'), '');
  const template = configurationTemplate({
    compatible: COMPATIBLE,
    slotClasses: ['rootfs'],
    baseUrls,
    pollIntervalS: POLL_INTERVAL_S,
    mcu: false,
  });
  const tokens = { APPLIANCE: folder, ROOT: root, DEVICE: description.device };
  let text = renderConfiguration(template.replace(/\[(boot-params|metrics)\][^[]*/g, ''), tokens);
  for (const [at, file] of files.entries()) text = text.replace(file, devices[at] ?? file);
  const path = join(folder, 'donabe.toml');
  await writeFile(path, text);
  return path;
}
