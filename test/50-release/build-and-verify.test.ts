/** A release that was built is a release that verifies, whatever its images hold; the same input, the same bytes. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeChunkIndex, decodeFrame, sha256Hex } from '../../format/index.ts';
import {
  buildRelease,
  inspectRelease,
  type ReleaseProgress,
  signRelease,
  verifyRelease,
} from '../../release/index.ts';
import { KIB, MIB, mixedImage, noise, openWorkshop, type Workshop } from './release-maker.ts';

let shop: Workshop;
let images: { rootfs: string; boot: string };
beforeAll(async () => {
  shop = await openWorkshop();
  images = {
    rootfs: await shop.image('rootfs.img', mixedImage()),
    boot: await shop.image('boot.img', noise(300 * KIB, 'boot')),
  };
});
afterAll(() => shop.remove());

async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, sha256Hex(await readFile(join(folder, name)))])),
  );
}

describe('build', () => {
  test('two-slot-classes-build-and-verify', async () => {
    const seen: ReleaseProgress[] = [];
    const built = await buildRelease(shop.options('two', images), (progress) => seen.push(progress));
    expect(built.keyIds).toEqual([shop.keys.privateKey.keyId]);
    expect(built.images.map(({ codecs }) => codecs)).toEqual([
      { zero: 2, raw: 2, brotli: 2, delta: 0 },
      { zero: 0, raw: 1, brotli: 0, delta: 0 },
    ]);
    expect(seen.at(-1)).toEqual({
      note: 'boot',
      done: 5 * MIB + 1234 + 300 * KIB,
      total: 5 * MIB + 1234 + 300 * KIB,
    });

    const verified = await verifyRelease(built.folder, shop.ring, 1);
    expect(verified.findings).toEqual([]);
    expect(verified).toMatchObject({ ok: true, identity: built.identity, keyIds: built.keyIds, frames: 7 });
  });

  test('frames-put-together-are-the-image', async () => {
    const built = await buildRelease(shop.options('together', images));
    for (const { image } of built.images) {
      const index = decodeChunkIndex(await readFile(join(built.folder, image.index.name)));
      const pack = await readFile(join(built.folder, image.pack.name));
      const chunks = [...index.entries()].map(({ codec, frameOffset, frameLength, length }) =>
        decodeFrame(codec, pack.subarray(frameOffset, frameOffset + frameLength), length),
      );
      const source = await readFile(image.class === 'rootfs' ? images.rootfs : images.boot);
      expect(Buffer.concat(chunks).equals(source)).toBe(true);
      expect(image.sha256).toBe(sha256Hex(source));
    }
  });

  test('same-input-gives-the-same-bytes', async () => {
    await buildRelease(shop.options('once', images));
    await buildRelease(shop.options('again', images));
    expect(await contents(shop.path('once'))).toEqual(await contents(shop.path('again')));
  });

  test.each([64 * KIB, 128 * KIB, 4 * MIB])('chunk-size-%i-verifies', async (chunkSize) => {
    const built = await buildRelease({ ...shop.options(`chunks-${chunkSize}`, images), chunkSize });
    expect((await verifyRelease(built.folder, shop.ring, 1)).findings).toEqual([]);
    expect((await inspectRelease(built.folder)).images[0]?.chunkSize).toBe(chunkSize);
  });

  test('image-of-one-byte-and-image-of-zeros-verify', async () => {
    const small = await shop.image('small.img', Buffer.from('x'));
    const zeros = await shop.image('zeros.img', Buffer.alloc(3 * MIB));
    const built = await buildRelease(shop.options('edges', { rootfs: zeros, boot: small }));
    expect(built.manifest.images[0]?.pack.size).toBe(0);
    expect((await verifyRelease(built.folder, shop.ring, 1)).findings).toEqual([]);
  });

  test('quality-none-compresses-nothing-and-verifies', async () => {
    const built = await buildRelease({ ...shop.options('plain', images), quality: 'none' });
    for (const { codecs } of built.images) expect(codecs.brotli).toBe(0);
    expect(built.images[0]?.codecs.zero).toBeGreaterThan(0);
    expect((await verifyRelease(built.folder, shop.ring, 1)).findings).toEqual([]);
  });

  test('frames-of-an-earlier-release-are-reused', async () => {
    const first = await buildRelease({ ...shop.options('first', images), quality: 'release' });
    const bytes = mixedImage();
    bytes.write('changed', 10);
    const changed = await shop.image('rootfs-2.img', bytes);
    const options = {
      ...shop.options('second', { ...images, rootfs: changed }),
      version: '1.5.0',
      sequence: 15,
    };
    const second = await buildRelease({ ...options, previous: first.folder });
    expect(second.images.map(({ reusedFrames }) => reusedFrames)).toEqual([5, 1]);
    // Of the boot image nothing changed: its payloads keep their names.
    expect(second.manifest.images[1]).toEqual(first.manifest.images[1]);
    expect(second.identity).not.toBe(first.identity);
    expect((await verifyRelease(second.folder, shop.ring, 1)).findings).toEqual([]);
  });

  test('next-release-in-the-same-folder-leaves-earlier-payloads', async () => {
    const first = await buildRelease(shop.options('same', images));
    const before = await contents(first.folder);
    const bootPack = join(first.folder, first.manifest.images[1]?.pack.name ?? '');
    const bootFile = (await stat(bootPack)).ino;
    const changed = await shop.image('rootfs-3.img', mixedImage('other'));
    const options = {
      ...shop.options('same', { ...images, rootfs: changed }),
      version: '1.5.0',
      sequence: 15,
    };
    const second = await buildRelease({ ...options, previous: first.folder });
    const after = await contents(first.folder);
    for (const name of Object.keys(before).filter((name) => !name.endsWith('.json'))) {
      expect(after[name]).toBe(before[name]);
    }
    // Not even a new file of equal bytes: a server would give it another validator.
    expect((await stat(bootPack)).ino).toBe(bootFile);
    expect((await verifyRelease(second.folder, shop.ring, 1)).manifest?.version).toBe('1.5.0');
    expect(Object.keys(after).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('sign', () => {
  test('build-without-keys-publishes-nothing-until-signed', async () => {
    const built = await buildRelease({ ...shop.options('unsigned', images), keys: [] });
    expect(Object.keys(await contents(built.folder))).not.toContain('release.json');
    expect(await inspectRelease(built.folder)).toMatchObject({ signed: false, claimedKeyIds: [] });
    const signed = await signRelease(built.folder, [shop.keys.privateKey]);
    expect(signed.identity).toBe(built.identity);
    expect((await verifyRelease(built.folder, shop.ring, 1)).ok).toBe(true);
  });

  test('a-missing-payload-is-not-signed', async () => {
    const built = await buildRelease({ ...shop.options('missing', images), keys: [] });
    await rm(join(built.folder, built.manifest.images[0]?.pack.name ?? ''));
    await expect(signRelease(built.folder, [shop.keys.privateKey])).rejects.toMatchObject({
      code: 'PAYLOAD_MISMATCH',
    });
  });
});
