import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BlockSlots, type BlockSlotsOptions } from '../../agent/adapters/block-slots.ts';
import { SYSTEM_TOOLS } from '../../agent/adapters/read-back.ts';
import type { ImageTarget, SlotName } from '../../agent/ports.ts';
import { firstLine, freshFolders, killChild, startChild } from './workbench.ts';

const MIB = 1_048_576;
/** Not a multiple of any block. */
const ODD_BYTES = 3 * MIB + 1_234;

const folder = freshFolders();
const asRoot = process.getuid?.() === 0;

/** Four files of slots and a run folder, all in one. */
function bench(over: Partial<BlockSlotsOptions> = {}) {
  const where = folder();
  const paths: Record<SlotName, Record<string, string>> = { a: {}, b: {} };
  for (const slot of ['a', 'b'] as const) {
    for (const slotClass of ['rootfs', 'boot']) {
      const path = join(where, `${slotClass}_${slot}`);
      writeFileSync(path, new Uint8Array(ODD_BYTES).fill(slot.charCodeAt(0)));
      paths[slot][slotClass] = path;
    }
  }
  const options: BlockSlotsOptions = { partitions: paths, booted: 'a', lockFolder: where, ...over };
  return { where, paths, options, slots: new BlockSlots(options) };
}

function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed + (at >> 8)) & 0xff);
}

/** Writes at odd places, flushes, and reads the same back in other cuts. */
async function writeAndReadBack(target: ImageTarget): Promise<void> {
  const first = pattern(MIB, 1);
  const tail = pattern(1_234, 2);
  await target.write(0, first);
  await target.write(target.capacity - tail.length, tail);
  await target.flush();
  expect(Buffer.from(await target.readBack(0, MIB)).equals(first)).toBe(true);
  expect(Buffer.from(await target.readBack(4_095, 513)).equals(first.subarray(4_095, 4_608))).toBe(true);
  expect(Buffer.from(await target.readBack(target.capacity - 1_234, 1_234)).equals(tail)).toBe(true);
  expect(Buffer.from(await target.read(17, 100)).equals(first.subarray(17, 117))).toBe(true);
  await target.write(4_096, tail);
  await target.flush();
  expect(Buffer.from(await target.readBack(4_096, 1_234)).equals(tail)).toBe(true);
  expect(await target.readBack(target.capacity, 0)).toHaveLength(0);
}

describe('a partition', () => {
  it('is read and written in any cut, up to its end and never past it', async () => {
    const { slots, paths } = bench();
    const target = await slots.openForUpdate('b', 'rootfs');
    expect(target.capacity).toBe(ODD_BYTES);
    await writeAndReadBack(target);
    await expect(target.write(ODD_BYTES - 1, new Uint8Array(2))).rejects.toMatchObject({
      code: 'SLOT_TOO_SMALL',
    });
    await expect(target.read(ODD_BYTES - 1, 2)).rejects.toMatchObject({ code: 'SLOT_READ_FAILED' });
    await expect(target.readBack(ODD_BYTES - 1, 2)).rejects.toMatchObject({ code: 'SLOT_READ_FAILED' });
    await expect(target.read(0, 4 * MIB + 1)).rejects.toMatchObject({ code: 'SLOT_READ_FAILED' });
    await target.close();
    expect(readFileSync(paths.b['rootfs'] ?? '')).toHaveLength(ODD_BYTES);
    expect(readFileSync(paths.a['rootfs'] ?? '').every((byte) => byte === 97)).toBe(true);
  });

  it('that shrinks while it is open fails to be read', async () => {
    const { slots, paths } = bench();
    const target = await slots.openForUpdate('b', 'boot');
    truncateSync(paths.b['boot'] ?? '', 5_000);
    await expect(target.read(4_999, 2)).rejects.toMatchObject({ code: 'SLOT_READ_FAILED' });
    await expect(target.readBack(4_999, 2)).rejects.toMatchObject({ code: 'SLOT_READ_FAILED' });
    expect(await target.readBack(4_998, 2)).toHaveLength(2);
    await target.close();
  });

  it('of the booted slot can be read', async () => {
    const { slots } = bench();
    const reader = await slots.openForReading('a', 'rootfs');
    expect(reader.capacity).toBe(ODD_BYTES);
    expect(await reader.read(ODD_BYTES - 3, 3)).toEqual(new Uint8Array([97, 97, 97]));
    await reader.close();
  });

  it('that is missing, unknown or no partition at all cannot be opened', async () => {
    const { slots, where, paths, options } = bench();
    await expect(slots.openForUpdate('b', 'kernel')).rejects.toMatchObject({ code: 'SLOT_OPEN_FAILED' });
    await expect(slots.openForReading('b', 'constructor')).rejects.toMatchObject({
      code: 'SLOT_OPEN_FAILED',
    });
    for (const path of [join(where, 'missing'), where, '/dev/null']) {
      const odd = new BlockSlots({ ...options, partitions: { ...paths, b: { rootfs: path } } });
      await expect(odd.openForUpdate('b', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_OPEN_FAILED' });
    }
  });
});

describe('the booted slot is never opened for an update', () => {
  it('not by its own name', async () => {
    const { slots } = bench();
    await expect(slots.openForUpdate('a', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_IS_BOOTED' });
  });

  it('not by the other slot when that is a symbolic or a hard link to it', async () => {
    const { where, paths, options } = bench();
    const booted = paths.a['boot'] ?? '';
    symlinkSync(booted, join(where, 'symbolic'));
    linkSync(booted, join(where, 'hard'));
    for (const name of ['symbolic', 'hard']) {
      const partitions = { ...paths, b: { rootfs: join(where, name) } };
      const slots = new BlockSlots({ ...options, partitions });
      await expect(slots.openForUpdate('b', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_IS_BOOTED' });
    }
    expect(readFileSync(booted).every((byte) => byte === 97)).toBe(true);
  });

  it('not when it is only named among the further places of the running system', async () => {
    const { paths, options } = bench();
    const slots = new BlockSlots({ ...options, bootedPaths: ['/', paths.b['boot'] ?? ''] });
    await expect(slots.openForUpdate('b', 'boot')).rejects.toMatchObject({ code: 'SLOT_IS_BOOTED' });
    await (await slots.openForUpdate('b', 'rootfs')).close();
  });

  it('nothing is opened when the booted slot cannot be told', async () => {
    const { where, paths, options } = bench();
    const partitions = { ...paths, a: { rootfs: join(where, 'missing') } };
    const slots = new BlockSlots({ ...options, partitions });
    await expect(slots.openForUpdate('b', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_OPEN_FAILED' });
  });
});

describe('one opener at a time', () => {
  it('the second in this process is refused, by whatever path, until the first has closed', async () => {
    const { where, paths, options, slots } = bench();
    linkSync(paths.b['rootfs'] ?? '', join(where, 'hard'));
    const byLink = new BlockSlots({
      ...options,
      partitions: { ...paths, b: { rootfs: join(where, 'hard') } },
    });
    const first = await slots.openForUpdate('b', 'rootfs');
    await expect(slots.openForUpdate('b', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_BUSY' });
    await expect(byLink.openForUpdate('b', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_BUSY' });
    const other = await slots.openForUpdate('b', 'boot');
    await first.close();
    await (await byLink.openForUpdate('b', 'rootfs')).close();
    await other.close();
  });

  it('another process that dies leaves nothing locked', async () => {
    const { where, paths, slots } = bench();
    const { dev, ino } = statSync(paths.b['boot'] ?? '', { bigint: true });
    const child = startChild('./hold-lock.ts', [join(where, `slot--${dev}-${ino}.lock`), '']);
    try {
      expect(await firstLine(child)).toBe(`held ${child.pid}`);
      await expect(slots.openForUpdate('b', 'boot')).rejects.toMatchObject({ code: 'SLOT_BUSY' });
    } finally {
      await killChild(child);
    }
    await (await slots.openForUpdate('b', 'boot')).close();
  });
});

describe('reading back', () => {
  it('of a file goes past the cache where the file system can, and says so', async () => {
    const { slots } = bench();
    const target = await slots.openForUpdate('b', 'rootfs');
    expect(['direct', 'cached']).toContain(target.readBackKind);
    await target.close();
  });

  it('of a part leaves the part before alone, also when it is longer', async () => {
    const { slots } = bench();
    const target = await slots.openForUpdate('b', 'rootfs');
    await target.write(0, pattern(24_576, 1));
    await target.flush();
    const first = await target.readBack(0, 4_096);
    const second = await target.readBack(4_096, 8_192);
    expect(Buffer.compare(first, pattern(24_576, 1).subarray(0, 4_096))).toBe(0);
    const third = await target.readBack(12_288, 512);
    expect(Buffer.compare(second, pattern(24_576, 1).subarray(4_096, 12_288))).toBe(0);
    expect(Buffer.compare(third, pattern(24_576, 1).subarray(12_288, 12_800))).toBe(0);
    await target.close();
  });

  it('of a file goes through the cache without aligned memory, and says so', async () => {
    const { slots } = bench({ tools: { ...SYSTEM_TOOLS, alignedMemory: () => undefined } });
    const target = await slots.openForUpdate('b', 'rootfs');
    expect(target.readBackKind).toBe('cached');
    await writeAndReadBack(target);
    await target.close();
  });

  it('of a file goes through the cache when direct reads are refused', async () => {
    // Memory that does not start on a block makes the kernel answer EINVAL, as a file system without O_DIRECT does.
    const askew = (bytes: number) => SYSTEM_TOOLS.alignedMemory(bytes + 1)?.subarray(1);
    const { slots } = bench({ tools: { ...SYSTEM_TOOLS, alignedMemory: askew } });
    const target = await slots.openForUpdate('b', 'rootfs');
    await writeAndReadBack(target);
    await target.close();
  });
});

describe.runIf(asRoot)('block devices (loop devices, as root)', () => {
  const devices: string[] = [];
  afterEach(() => {
    for (const device of devices.splice(0)) execFileSync('losetup', ['-d', device]);
  });
  function loopDevice(file: string): string {
    const device = execFileSync('losetup', ['-f', '--show', file]).toString().trim();
    devices.push(device);
    return device;
  }

  function loopBench(over: Partial<BlockSlotsOptions> = {}) {
    const where = folder();
    const files = ['a', 'b'].map((name) => join(where, name));
    for (const file of files) writeFileSync(file, new Uint8Array(3 * MIB + 512));
    const [a = '', b = ''] = files.map(loopDevice);
    const options = {
      partitions: { a: { rootfs: a }, b: { rootfs: b } },
      booted: 'a',
      lockFolder: where,
    } as const;
    return { where, a, b, files, options, slots: new BlockSlots({ ...options, ...over }) };
  }

  it('tell their size and are written, flushed and read back past the cache', async () => {
    const { slots, files } = loopBench();
    const target = await slots.openForUpdate('b', 'rootfs');
    expect(target.capacity).toBe(3 * MIB + 512);
    expect(target.readBackKind).toBe('direct');
    await writeAndReadBack(target);
    await target.close();
    expect(
      readFileSync(files[1] ?? '')
        .subarray(0, 4_096)
        .equals(pattern(4_096, 1)),
    ).toBe(true);
  });

  it('are read back after dropping the cache where there is no aligned memory', async () => {
    const { slots } = loopBench({ tools: { ...SYSTEM_TOOLS, alignedMemory: () => undefined } });
    const target = await slots.openForUpdate('b', 'rootfs');
    expect(target.readBackKind).toBe('flushed');
    await writeAndReadBack(target);
    await target.close();
  });

  for (const [kind, alignedMemory] of [
    ['direct', SYSTEM_TOOLS.alignedMemory],
    ['flushed', () => undefined],
  ] as const) {
    it(`answer a ${kind} read-back themselves, whatever the page cache remembers`, async () => {
      const { slots, files } = loopBench({ tools: { ...SYSTEM_TOOLS, alignedMemory } });
      const target = await slots.openForUpdate('b', 'rootfs');
      await target.write(8_192, pattern(512, 1));
      await target.flush();
      expect((await target.read(0, 4))[0]).toBe(0);
      // The medium changes behind the device's back, as rotten flash does.
      const medium = openSync(files[1] ?? '', 'r+');
      writeSync(medium, new Uint8Array(512).fill(7), 0, 512, 0);
      fsyncSync(medium);
      closeSync(medium);
      expect((await target.read(0, 4))[0]).toBe(0);
      expect((await target.readBack(0, 4))[0]).toBe(7);
      await target.close();
    });
  }

  it('that can only be read through the cache are refused', async () => {
    const tools = { alignedMemory: () => undefined, dropCache: async () => 'no such tool' };
    const { slots } = loopBench({ tools });
    await expect(slots.openForUpdate('b', 'rootfs')).rejects.toMatchObject({
      code: 'SLOT_OPEN_FAILED',
      message: expect.stringContaining('no such tool'),
    });
  });

  it('are told by their number: another node of the booted device is refused', async () => {
    const { a, where, options } = loopBench();
    const { rdev } = statSync(a);
    const node = join(where, 'node');
    execFileSync('mknod', [node, 'b', String((rdev >> 8) & 0xfff), String(rdev & 0xff)]);
    const slots = new BlockSlots({ ...options, partitions: { ...options.partitions, b: { rootfs: node } } });
    await expect(slots.openForUpdate('b', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_IS_BOOTED' });
  });

  it('that are mounted, or mounted as the running system, are refused', async () => {
    const { b, where, options, slots } = loopBench();
    execFileSync('mke2fs', ['-q', '-t', 'ext4', b], {
      env: { ...process.env, PATH: `${process.env['PATH']}:/sbin:/usr/sbin` },
    });
    const mount = join(where, 'mount');
    execFileSync('mkdir', [mount]);
    execFileSync('mount', ['-o', 'ro', b, mount]);
    try {
      await expect(slots.openForUpdate('b', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_BUSY' });
      const running = new BlockSlots({ ...options, bootedPaths: [mount] });
      await expect(running.openForUpdate('b', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_IS_BOOTED' });
    } finally {
      execFileSync('umount', [mount]);
    }
  });

  it('have one opener at a time', async () => {
    const { slots } = loopBench();
    const first = await slots.openForUpdate('b', 'rootfs');
    await expect(slots.openForUpdate('b', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_BUSY' });
    await first.close();
    await (await slots.openForUpdate('b', 'rootfs')).close();
  });
});
