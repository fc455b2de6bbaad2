/** The U-Boot environment on real block devices and real small file systems: as root only. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeEnv, openEnvMedium, UbootEnv } from '../../bootctl/index.ts';
import { expectedError } from './misc-image.ts';
import { hasTool, tool } from './real-tool.ts';

const asRoot = process.getuid?.() === 0;
const SIZE = 4096;
const MEDIUM_BYTES = 65_536;
const GOOD = ['bootcmd=run x', 'BOOT_ORDER=A', 'BOOT_A_LEFT=3', 'BOOT_B_LEFT=0'];

let folder: string;
const undo: (() => void)[] = [];
const file = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-uboot-devices-'));
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) step();
  await rm(folder, { recursive: true, force: true });
});

function encoded(redundant: boolean): Uint8Array {
  const bytes = encodeEnv({ entries: GOOD, flags: 3 }, { size: SIZE, redundant, endian: 'little' });
  if (bytes === undefined) throw new Error('the test made an environment that does not fit');
  return bytes;
}

/** A loop device whose last two pages are the environment. */
async function loopDevice(words: readonly string[] = []): Promise<string> {
  const copy = encoded(true);
  await writeFile(file('disk'), Buffer.concat([Buffer.alloc(MEDIUM_BYTES - 2 * SIZE, 7), copy, copy]));
  const device = execFileSync('losetup', [...words, '-f', '--show', file('disk')])
    .toString()
    .trim();
  undo.push(() => execFileSync('losetup', ['-d', device]));
  await writeFile(file('config'), `${device} -0x2000 0x1000\n${device} -0x1000 0x1000\n`);
  return device;
}

async function open(): Promise<UbootEnv> {
  return new UbootEnv(await openEnvMedium(file('config'), { locks: [file('lock')] }));
}

describe.runIf(asRoot)('block devices (loop devices, as root)', () => {
  it('negative offsets count from the end, and nothing else of the device changes', async () => {
    const device = await loopDevice();
    const misc = await open();
    await misc.activate('b', 3);
    expect((await misc.read()).active).toBe('b');
    await misc.close();
    execFileSync('blockdev', ['--flushbufs', device]);
    const disk = await readFile(file('disk'));
    expect(disk.subarray(0, MEDIUM_BYTES - 2 * SIZE)).toEqual(Buffer.alloc(MEDIUM_BYTES - 2 * SIZE, 7));
    expect(disk.subarray(MEDIUM_BYTES - 2 * SIZE).includes('BOOT_ORDER=B A')).toBe(true);
  });

  it.runIf(hasTool('fw_printenv', 'libubootenv-tool'))('fw_printenv finds the same', async () => {
    await loopDevice();
    const misc = await open();
    await misc.activate('b', 2);
    await misc.close();
    expect(await tool('fw_printenv', '-c', file('config'), 'BOOT_B_LEFT')).toBe('BOOT_B_LEFT=2\n');
  });

  it('a device that is read-only is refused when it is opened', async () => {
    await loopDevice(['--read-only']);
    const misc = await open().then(
      (backend) => expectedError(backend.activate('b', 3)).finally(() => backend.close()),
      (error: unknown) => expectedError(Promise.reject(error)),
    );
    expect(['REGION_OPEN_FAILED', 'REGION_WRITE_FAILED']).toContain(misc);
    expect((await readFile(file('disk'))).includes('BOOT_ORDER=A\0')).toBe(true);
  });

  it('a single copy on a device is read, and not written', async () => {
    const device = await loopDevice();
    execFileSync('dd', [`of=${device}`, 'conv=notrunc', 'status=none'], { input: encoded(false) });
    await writeFile(file('config'), `${device} 0 0x1000\n`);
    const misc = await open();
    expect((await misc.read()).active).toBe('a');
    expect(await expectedError(misc.activate('b', 3))).toBe('BOOT_CONTROL_NOT_ATOMIC');
    expect((await misc.read()).active).toBe('a');
    await misc.close();
  });
});

describe.runIf(asRoot)('a small file system (tmpfs, as root)', () => {
  beforeEach(async () => {
    await mkdir(file('boot'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${8 * SIZE}`, 'tmpfs', file('boot')]);
    undo.push(() => execFileSync('umount', [file('boot')]));
    await writeFile(file('boot/env'), encoded(false));
    await writeFile(file('config'), `${file('boot/env')} 0 0x1000\n`);
  });

  it('full: a coded error, the old environment, nothing left behind', async () => {
    await writeFile(file('boot/filler'), new Uint8Array(7 * SIZE));
    const misc = await open();
    expect(await expectedError(misc.activate('b', 3))).toBe('REGION_WRITE_FAILED');
    expect((await misc.read()).active).toBe('a');
    expect((await readdir(file('boot'))).sort()).toEqual(['env', 'filler']);
  });

  it('mounted read-only: a coded error, and the environment still reads', async () => {
    execFileSync('mount', ['-o', 'remount,ro', file('boot')]);
    const misc = await open();
    expect(await expectedError(misc.markGood('a'))).toBe('REGION_WRITE_FAILED');
    expect((await misc.read()).active).toBe('a');
  });
});
