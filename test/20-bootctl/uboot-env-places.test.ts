/** The locks of the field's tools, held against real flock processes; and raw flash behind a stand-in for flash_erase. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MtdCopy } from '../../bootctl/adapters/mtd-copy.ts';
import { underLocks } from '../../bootctl/index.ts';
import { MemoryRegion } from './memory-region.ts';
import { expectedError } from './misc-image.ts';

let folder: string;
const file = (name: string): string => join(folder, name);
const locks = (): readonly string[] => [file('lock1'), file('lock2')];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-uboot-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('locks of the field', () => {
  /** Holds a lock in another process until the returned function is called. */
  async function heldElsewhere(path: string): Promise<() => Promise<void>> {
    const holder: ChildProcess = spawn('flock', ['-x', path, 'sh', '-c', 'echo held; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (holder.stdout !== null) await once(holder.stdout, 'data');
    const closed = once(holder, 'close');
    return async () => {
      holder.stdin?.end();
      await closed;
    };
  }

  const isFree = async (path: string): Promise<boolean> => {
    const [status] = await once(spawn('flock', ['-n', '-x', path, 'true']), 'close');
    return status === 0;
  };

  it('both are held while the work runs, and free afterwards, also when it fails', async () => {
    const during = await underLocks(locks(), async () => Promise.all(locks().map(isFree)));
    expect(during).toEqual([false, false]);
    await expect(underLocks(locks(), () => Promise.reject(new RangeError('x')))).rejects.toThrow(RangeError);
    expect(await Promise.all(locks().map(isFree))).toEqual([true, true]);
  });

  it.each([0, 1])('lock %s is held elsewhere: a coded error, nothing run, nothing kept', async (which) => {
    const free = await heldElsewhere(locks()[which] ?? '');
    let ran = false;
    const act = underLocks(
      locks(),
      async () => {
        ran = true;
      },
      200,
    );
    expect(await expectedError(act)).toBe('BOOT_CONTROL_LOCKED');
    expect(ran).toBe(false);
    expect(await isFree(locks()[1 - which] ?? '')).toBe(true);
    await free();
  });

  it('without flock nothing is run', async () => {
    const path = process.env['PATH'] ?? '';
    process.env['PATH'] = folder;
    try {
      const act = underLocks(locks(), async () => 'done');
      await expect(act).rejects.toThrow(/ENOENT.*flock is installed/s);
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('a tool that ends in time is waited for', async () => {
    const free = await heldElsewhere(locks()[1] ?? '');
    const act = underLocks(locks(), async () => 'done', 60_000);
    await free();
    expect(await act).toBe('done');
  });

  it('a folder that is not there has no lock to take', async () => {
    expect(await underLocks([file('nowhere/lock')], async () => 'done')).toBe('done');
  });

  it('a lock file that cannot be made is an error', async () => {
    const act = underLocks([file('x'.repeat(300))], async () => 'done');
    expect(await expectedError(act)).toBe('BOOT_CONTROL_LOCKED');
  });
});

describe('raw flash', () => {
  it('erases the blocks of its copy, keeps what else lies in the last one, and writes', async () => {
    const region = new MemoryRegion(Uint8Array.from({ length: 8192 }, (_, index) => index & 0x7f));
    await writeFile(file('flash_erase'), '#!/bin/sh\necho "$@" >"$0.log"\n');
    await chmod(file('flash_erase'), 0o755);
    const path = process.env['PATH'] ?? '';
    process.env['PATH'] = `${folder}${delimiter}${path}`;
    try {
      const copy = new MtdCopy(region, { device: '/dev/mtd1', offset: 4096, sector: 1024 }, 1500);
      await copy.write(new Uint8Array(1500).fill(0xee));
      expect(await readFile(file('flash_erase.log'), 'utf8')).toBe('--quiet /dev/mtd1 4096 2\n');
      expect(await copy.read()).toEqual(new Uint8Array(1500).fill(0xee));
      expect(region.bytes[4096 + 1500]).toBe((4096 + 1500) & 0x7f);
      expect(region.bytes[4095]).toBe(4095 & 0x7f);
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('erasing fails: coded, and the copy is as it was', async () => {
    const region = new MemoryRegion(4096);
    await writeFile(file('flash_erase'), '#!/bin/sh\nexit 1\n');
    await chmod(file('flash_erase'), 0o755);
    const path = process.env['PATH'] ?? '';
    process.env['PATH'] = `${folder}${delimiter}${path}`;
    try {
      const copy = new MtdCopy(region, { device: '/dev/mtd1', offset: 0, sector: undefined }, 1024);
      expect(await expectedError(copy.write(new Uint8Array(1024)))).toBe('REGION_WRITE_FAILED');
      expect(region.writes).toEqual([]);
    } finally {
      process.env['PATH'] = path;
    }
  });
});
