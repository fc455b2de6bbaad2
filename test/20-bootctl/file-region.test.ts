/** The file region and the table of backends over real files. */
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AndroidMisc, openBackend, openFileRegion } from '../../bootctl/index.ts';
import { expectedError, MISC_BYTES } from './misc-image.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-region-'));
  path = join(folder, 'misc');
  await writeFile(path, new Uint8Array(MISC_BYTES));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('file region', () => {
  it('writes in place, keeps the rest, and reads back', async () => {
    const region = await openFileRegion(path);
    await region.write(100, Buffer.from('donabe'));
    await region.flush();
    expect(Buffer.from(await region.read(99, 8)).toString('latin1')).toBe('\0donabe\0');
    await region.close();
    expect((await readFile(path)).length).toBe(MISC_BYTES);
  });

  it('missing file is not made', async () => {
    expect(await expectedError(openFileRegion(join(folder, 'nowhere')))).toBe('REGION_OPEN_FAILED');
    await expect(readFile(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('file that ends too early', async () => {
    const region = await openFileRegion(path);
    await truncate(path, 2100);
    const failed = region.read(2048, 512);
    await expect(failed).rejects.toThrow(`could not read 460 bytes at offset 2100 of ${path}`);
    expect(await expectedError(failed)).toBe('REGION_READ_FAILED');
    await region.close();
  });

  it('device that takes nothing', async () => {
    const region = await openFileRegion('/dev/full');
    expect(await expectedError(region.write(0, new Uint8Array(1)))).toBe('REGION_WRITE_FAILED');
    await region.close();
  });

  it('after close every verb is our error', async () => {
    const region = await openFileRegion(path);
    await region.close();
    expect(await expectedError(region.read(0, 1))).toBe('REGION_READ_FAILED');
    expect(await expectedError(region.write(0, new Uint8Array(1)))).toBe('REGION_WRITE_FAILED');
    expect(await expectedError(region.flush())).toBe('REGION_WRITE_FAILED');
  });
});

describe('backends', () => {
  it('android-misc over a file: what one opening wrote the next one reads', async () => {
    const factory = new AndroidMisc(await openFileRegion(path));
    await factory.initialise('a');
    await factory.close();
    const first = await openBackend('android-misc', { path });
    await first.activate('b', 3);
    await first.close();
    const second = await openBackend('android-misc', { path });
    expect((await second.read()).active).toBe('b');
    expect(second.abilities).toEqual({
      name: 'android-misc',
      mostTries: 7,
      trialSurvivesPowerOff: true,
      hasUnbootable: true,
      oneWriteFlip: true,
    });
    await second.close();
  });

  it.each(['uboot-nowhere', '', 'toString'])('unknown name %j', async (name) => {
    expect(await expectedError(openBackend(name, { path }))).toBe('BACKEND_UNKNOWN');
  });
});
