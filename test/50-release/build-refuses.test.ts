/** What build, sign and keygen refuse: with a code, before anything was published, and leaving no rubbish. */
import { mkdir, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  BATCH_CHUNKS,
  buildRelease,
  generateKeys,
  readKeyRing,
  readPrivateKey,
  signRelease,
} from '../../release/index.ts';
import { KIB, MIB, noise, openWorkshop, type Workshop } from './release-maker.ts';

let shop: Workshop;
let rootfs: string;
beforeEach(async () => {
  shop = await openWorkshop();
  rootfs = await shop.image('rootfs.img', noise(MIB, 'rootfs'));
});
afterEach(() => shop.remove());

describe('build-refuses', () => {
  test.each([
    ['no image', { images: [] }, 'OPTIONS_INVALID'],
    ['a slot class that climbs out', { images: [{ class: '../x', path: 'rootfs.img' }] }, 'OPTIONS_INVALID'],
    ['a chunk size between powers of two', { chunkSize: 100_000 }, 'OPTIONS_INVALID'],
    ['a chunk size of 8 MiB', { chunkSize: 8 * MIB }, 'OPTIONS_INVALID'],
    ['a version with a v', { version: 'v1.0.0' }, 'MANIFEST_MALFORMED'],
    ['a day that does not exist', { created: '2025-02-30T00:00:00Z' }, 'MANIFEST_MALFORMED'],
    ['an expiry before its making', { expires: '2025-03-01T11:59:59Z' }, 'OPTIONS_INVALID'],
    ['an expiry at its making', { expires: '2025-03-01T12:00:00Z' }, 'OPTIONS_INVALID'],
    ['an expiry that is no time', { expires: 'tomorrow' }, 'MANIFEST_MALFORMED'],
    ['a critical name that nobody knows', { critical: ['encryption'] }, 'FORMAT_TOO_NEW'],
    ['an earlier release that is none', { previous: '/nowhere' }, 'PREVIOUS_UNUSABLE'],
    [
      'an MCU firmware that is missing',
      { mcuFirmware: { version: '2.0.0', path: '/nowhere' } },
      'IMAGE_UNREADABLE',
    ],
  ])('%s', async (_name, change, code) => {
    await expect(buildRelease({ ...shop.options('out', { rootfs }), ...change })).rejects.toMatchObject({
      code,
    });
    const left = await readdir(shop.path('out')).catch(() => []);
    expect(left).toEqual([]);
  });

  test('a slot class that comes twice', async () => {
    const images = [
      { class: 'rootfs', path: rootfs },
      { class: 'rootfs', path: rootfs },
    ];
    await expect(buildRelease({ ...shop.options('out', {}), images })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
  });

  test('an image that is missing, empty or a folder', async () => {
    const empty = await shop.image('empty.img', Buffer.alloc(0));
    for (const path of [shop.path('missing'), empty, shop.folder]) {
      await expect(buildRelease(shop.options('out', { rootfs: path }))).rejects.toMatchObject({
        code: 'IMAGE_UNREADABLE',
      });
    }
  });

  test('an MCU firmware that is empty', async () => {
    const path = await shop.image('mcu.bin', Buffer.alloc(0));
    const options = { ...shop.options('out', { rootfs }), mcuFirmware: { version: '2.0.0', path } };
    await expect(buildRelease(options)).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
      message: expect.stringContaining(`${path} is empty`),
    });
  });

  test('an image that shrinks while it is read', async () => {
    const long = await shop.image('long.img', noise(2 * BATCH_CHUNKS * 64 * KIB, 'long'));
    const options = { ...shop.options('out', { rootfs: long }), chunkSize: 64 * KIB };
    let cut: Promise<void> | undefined;
    const built = buildRelease(options, () => {
      cut ??= truncate(long, 64 * KIB);
    });
    await expect(built).rejects.toMatchObject({ code: 'IMAGE_CHANGED' });
    await cut;
    expect(await readdir(shop.path('out'))).toEqual([]);
  });

  test('an earlier release with a damaged pack', async () => {
    const first = await buildRelease(shop.options('first', { rootfs }));
    const pack = await open(join(first.folder, first.manifest.images[0]?.pack.name ?? ''), 'r+');
    await pack.write(Buffer.from('damage'), 0, 6, 1000);
    await pack.close();
    await expect(
      buildRelease({ ...shop.options('second', { rootfs }), previous: first.folder }),
    ).rejects.toMatchObject({ code: 'PREVIOUS_UNUSABLE' });
  });
});

describe('rubbish', () => {
  test('what-an-interrupted-build-left-is-overwritten', async () => {
    await mkdir(shop.path('out'));
    await writeFile(join(shop.path('out'), 'rootfs.pack.tmp'), noise(3 * MIB, 'left over'));
    const built = await buildRelease(shop.options('out', { rootfs }));
    expect(built.manifest.images[0]?.pack.size).toBe(MIB);
  });

  test('a-damaged-payload-under-its-right-name-is-replaced', async () => {
    const first = await buildRelease(shop.options('out', { rootfs }));
    const path = join(first.folder, first.manifest.images[0]?.pack.name ?? '');
    const good = await readFile(path);
    await writeFile(path, 'damage');
    await buildRelease(shop.options('out', { rootfs }));
    expect((await readFile(path)).equals(good)).toBe(true);
  });
});

describe('keys', () => {
  test('made-once-and-never-overwritten', async () => {
    const made = await generateKeys(shop.path('keys'), 'vendor-2025');
    expect((await stat(made.privateKeyPath)).mode & 0o777).toBe(0o600);
    expect((await readPrivateKey(made.privateKeyPath)).keyId).toBe(made.keyId);
    expect((await readKeyRing([shop.path('keys')])).keys.map(({ keyId }) => keyId)).toEqual([made.keyId]);
    await expect(generateKeys(shop.path('keys'), 'vendor-2025')).rejects.toMatchObject({
      code: 'KEY_EXISTS',
    });
  });

  test('refused-with-a-code', async () => {
    await expect(generateKeys(shop.folder, '../up')).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    await expect(readPrivateKey(shop.path('none'))).rejects.toMatchObject({ code: 'KEY_UNREADABLE' });
    await expect(readPrivateKey(rootfs)).rejects.toMatchObject({ code: 'KEY_UNREADABLE' });
    const { publicKeyPath } = await generateKeys(shop.folder, 'one');
    await expect(readPrivateKey(publicKeyPath)).rejects.toMatchObject({ code: 'KEY_MALFORMED' });
    await expect(readKeyRing([publicKeyPath, publicKeyPath])).rejects.toMatchObject({
      code: 'KEY_DUPLICATE',
    });
    await mkdir(shop.path('empty'));
    await expect(readKeyRing([publicKeyPath, shop.path('empty')])).rejects.toMatchObject({
      code: 'KEY_UNREADABLE',
      message: expect.stringContaining(`no *.pub in ${shop.path('empty')}`),
    });
    await expect(signRelease(shop.folder, [])).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });
});
