/**
 * What all boards of a run are made from: U-Boot in its flash bank, the settings that it starts with, a disk for
 * each layout of the environment, and images for the slots. It knows the disk's partitions, no scenario.
 *
 * | partition | byte offset | size    | holds                                          |
 * | --------- | ----------- | ------- | ---------------------------------------------- |
 * | 1         | 0x100000    | 1 MiB   | environment: 16 KiB at its start and at 0x4000 |
 * | 2         | 0x200000    | 2 MiB   | boot scripts                                   |
 * | 3         | 0x400000    | 4 MiB   | slot a: /boot/Image                            |
 * | 4         | 0x800000    | 4 MiB   | slot b                                         |
 */
import { access, mkdir, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeEnv } from '../../bootctl/uboot-env-block.ts';
import { type KernelEnd, kernelImage } from './kernel.ts';
import { tool, toolReading } from './tools.ts';

/** Debian's U-Boot for this machine (package u-boot-qemu). */
export const U_BOOT = '/usr/lib/u-boot/qemu_arm64/u-boot.bin';
/** Debian package of `U_BOOT`. */
export const U_BOOT_PACKAGE = 'u-boot-qemu';

/** npm runs us in the project's folder. */
const SHIPPED_SCRIPT = 'systemd/boot-uboot.cmd';

/** How many copies of the environment the board's lines keep. */
export type Layout = 'redundant' | 'single';
export const LAYOUTS: readonly Layout[] = ['redundant', 'single'];

/** Files of the boot partition. */
export type BootScript = 'boot.scr' | 'shipped.scr' | 'vendor.scr';

export const ENVIRONMENT_BYTES = 0x4000;
/** Byte offset of each copy on the disk. */
export const COPY_OFFSETS: Readonly<Record<Layout, readonly number[]>> = {
  redundant: [0x100000, 0x104000],
  single: [0x100000],
};
export const SLOT_OFFSETS = { a: 0x400000, b: 0x800000 } as const;

const MIB = 1024 * 1024;
const DISK_BYTES = 16 * MIB;
const BOOT_OFFSET = 0x200000;
/** A flash bank of QEMU's `virt` machine. */
const FLASH_BYTES = 64 * MIB;
/** CONFIG_ENV_SIZE of this U-Boot: its own environment, at the start of the second bank. */
const SETTINGS_BYTES = 0x40000;
/** U-Boot's settings: no wait, and straight to a boot script. */
export function settingsFor(script: BootScript): Readonly<Record<string, string>> {
  return {
    bootdelay: '0',
    bootcmd: `virtio scan; load virtio 0:2 40200000 ${script}; source 40200000`,
  };
}

/** Sectors of 512 bytes; the boot partition is the one that a stock U-Boot looks for. */
const PARTITIONS = `label: gpt
start=2048, size=2048, name=uboot-env
start=4096, size=4096, name=boot, attrs=LegacyBIOSBootable
start=8192, size=8192, name=rootfs-A
start=16384, size=8192, name=rootfs-B
`;

export interface Parts {
  readonly firmware: string;
  /** Flash bank with our settings, and one that is empty: a stock U-Boot then goes its own way. */
  readonly settings: string;
  readonly noSettings: string;
  readonly disks: Readonly<Record<Layout, string>>;
  /** ext4 images by how their kernel ends. */
  readonly slots: Readonly<Record<KernelEnd, Uint8Array>>;
}

/** Makes the parts in `folder`. */
export async function makeParts(folder: string): Promise<Parts> {
  return {
    firmware: await flashBank(join(folder, 'firmware.img'), await readFile(U_BOOT)),
    settings: await settingsBank(join(folder, 'settings.img'), settingsFor('boot.scr')),
    noSettings: await flashBank(join(folder, 'no-settings.img'), new Uint8Array()),
    disks: { redundant: await makeDisk(folder, 'redundant'), single: await makeDisk(folder, 'single') },
    slots: {
      'switches off': await slotImage(folder, 'switches off'),
      resets: await slotImage(folder, 'resets'),
    },
  };
}

/** A flash bank with an environment of one copy that we wrote; U-Boot's own code reads it. Returns `file`. */
export async function settingsBank(
  file: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const entries = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const layout = { size: SETTINGS_BYTES, redundant: false, endian: 'little' } as const;
  const bytes = encodeEnv({ entries, flags: 0 }, layout);
  if (bytes === undefined) throw new RangeError('the settings do not fit');
  return flashBank(file, bytes);
}

/** Whether this machine has the boot loader at all. */
export async function hasUBoot(): Promise<boolean> {
  try {
    await access(U_BOOT);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Writes bytes into a file without touching the others. */
export async function overwrite(file: string, offset: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.write(bytes, 0, bytes.length, offset);
  } finally {
    await handle.close();
  }
}

async function flashBank(file: string, content: Uint8Array): Promise<string> {
  await writeFile(file, content);
  await truncate(file, FLASH_BYTES);
  return file;
}

/** boot.scr: the shipped boot script behind the board's lines; shipped.scr: without them; vendor.scr: a vendor's. */
async function makeDisk(folder: string, layout: Layout): Promise<string> {
  const files = join(folder, `boot-${layout}`);
  await mkdir(files);
  const boards = 'test/uboot/boards';
  // The emulated appliance keeps its environment by the same lines.
  const environment = layout === 'redundant' ? 'fixtures/qemu/boot/environment.cmd' : `${boards}/single.cmd`;
  const board = [environment, `${boards}/start.cmd`];
  await pack([...board, SHIPPED_SCRIPT], join(files, 'boot.scr'));
  await pack([...board, `${boards}/vendor.cmd`], join(files, 'vendor.scr'));
  await pack([SHIPPED_SCRIPT], join(files, 'shipped.scr'));

  const disk = join(folder, `disk-${layout}.img`);
  await writeFile(disk, '');
  await truncate(disk, DISK_BYTES);
  await toolReading('sfdisk', PARTITIONS, '--quiet', disk);
  await overwrite(disk, BOOT_OFFSET, await fileSystem(files, 2 * MIB));
  return disk;
}

/** The texts, one behind the other, as U-Boot's `source` wants them. */
async function pack(texts: readonly string[], script: string): Promise<void> {
  const source = `${script}.cmd`;
  await writeFile(source, Buffer.concat(await Promise.all(texts.map((text) => readFile(text)))));
  await tool('mkimage', '-A', 'arm64', '-T', 'script', '-C', 'none', '-d', source, script);
}

async function slotImage(folder: string, end: KernelEnd): Promise<Uint8Array> {
  const files = join(folder, `slot-that-${end.replace(' ', '-')}`);
  await mkdir(join(files, 'boot'), { recursive: true });
  await writeFile(join(files, 'boot', 'Image'), kernelImage(end, end));
  return fileSystem(files, 4 * MIB);
}

/** An ext4 image of a folder. */
async function fileSystem(files: string, bytes: number): Promise<Uint8Array> {
  const image = `${files}.ext4`;
  await tool('mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', '-d', files, image, `${bytes / 1024}k`);
  return readFile(image);
}
