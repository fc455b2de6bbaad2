/** One wrong byte anywhere in a release directory is found, and the finding names the file and the chunk. */
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  decodeChunkIndex,
  encodeChunkIndex,
  generateKeyPair,
  keyRing,
  type Manifest,
  sha256Hex,
} from '../../format/index.ts';
import { buildRelease, inspectRelease, signRelease, verifyRelease } from '../../release/index.ts';
import { KIB, mixedImage, noise, openWorkshop, type Workshop } from './release-maker.ts';

let shop: Workshop;
let folder: string;
let manifest: Manifest;
beforeEach(async () => {
  shop = await openWorkshop();
  const rootfs = await shop.image('rootfs.img', mixedImage().subarray(0, 1200 * KIB));
  const boot = await shop.image('boot.img', noise(100 * KIB, 'boot'));
  ({ folder, manifest } = await buildRelease({
    ...shop.options('release', { rootfs, boot }),
    chunkSize: 64 * KIB,
  }));
});
afterEach(() => shop.remove());

const verify = () => verifyRelease(folder, shop.ring, 1);
const codes = async () => (await verify()).findings.map(({ code }) => code);

async function flip(name: string, at: number): Promise<void> {
  const bytes = await readFile(join(folder, name));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(join(folder, name), bytes);
}

function payload(slotClass: string, kind: 'pack' | 'index'): string {
  return manifest.images.find((image) => image.class === slotClass)?.[kind].name ?? 'absent';
}

/** Replaces the manifest with a changed one that is signed with the right key. */
async function resign(change: (manifest: Manifest) => Manifest): Promise<void> {
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(change(manifest)));
  await signRelease(folder, [shop.keys.privateKey]);
}

describe('one-flipped-byte', () => {
  test('in-a-pack', async () => {
    await flip(payload('boot', 'pack'), 70 * KIB);
    const { ok, findings } = await verify();
    expect(ok).toBe(false);
    expect(findings[0]).toMatchObject({ code: 'FRAME_WRONG', file: payload('boot', 'pack'), chunk: 1 });
    expect(findings.map(({ code }) => code)).toEqual(['FRAME_WRONG', 'PAYLOAD_DIGEST', 'IMAGE_DIGEST']);
  });

  test('in-an-index', async () => {
    await flip(payload('rootfs', 'index'), 200);
    expect(await codes()).toEqual(['PAYLOAD_DIGEST']);
  });

  test('in-the-signed-manifest', async () => {
    const envelope = JSON.parse(await readFile(join(folder, 'release.json'), 'utf8'));
    const text = Buffer.from(envelope.payload, 'base64').toString('utf8').replace('1.4.0', '9.4.0');
    envelope.payload = Buffer.from(text).toString('base64');
    await writeFile(join(folder, 'release.json'), JSON.stringify(envelope));
    const { findings, manifest: shown } = await verify();
    expect(findings).toMatchObject([{ code: 'ENVELOPE_REFUSED', file: 'release.json' }]);
    expect(findings[0]?.message).toMatch(/^SIGNATURE_THRESHOLD/);
    expect(shown).toBeUndefined();
  });
});

describe('files', () => {
  test('pack-cut-short', async () => {
    await truncate(join(folder, payload('boot', 'pack')), 99 * KIB);
    expect(await codes()).toContain('FRAME_WRONG');
  });

  test('pack-with-a-byte-too-many', async () => {
    await writeFile(join(folder, payload('boot', 'pack')), 'x', { flag: 'a' });
    expect(await codes()).toEqual(['PAYLOAD_DIGEST']);
  });

  test('index-with-a-byte-too-many', async () => {
    await writeFile(join(folder, payload('boot', 'index')), 'x', { flag: 'a' });
    expect(await codes()).toEqual(['PAYLOAD_UNREADABLE']);
  });

  test.each(['pack', 'index'] as const)('%s-missing', async (kind) => {
    await rm(join(folder, payload('rootfs', kind)));
    expect(await codes()).toEqual(['PAYLOAD_UNREADABLE']);
  });

  test('release-json-missing-is-an-error-and-no-finding', async () => {
    await rm(join(folder, 'release.json'));
    await expect(verify()).rejects.toMatchObject({ name: 'ReleaseError', code: 'RELEASE_UNREADABLE' });
  });

  test('a-release-that-is-not-signed-yet-is-said', async () => {
    await rm(join(folder, 'release.json'));
    await expect(verify()).rejects.toMatchObject({
      code: 'RELEASE_UNREADABLE',
      message: expect.stringContaining('not signed yet'),
    });
    await rm(join(folder, 'manifest.json'));
    await expect(verify()).rejects.toMatchObject({
      code: 'RELEASE_UNREADABLE',
      message: expect.stringContaining('release.json'),
    });
  });

  test.each([
    ['release.json', '{ broken', 'ENVELOPE_MALFORMED'],
    ['manifest.json', '{ broken', 'MANIFEST_MALFORMED'],
    ['manifest.json', '{}', 'MANIFEST_MALFORMED'],
  ])('a-broken-one-is-named: %s %s', async (name, text, code) => {
    await writeFile(join(folder, name), text);
    const named = {
      name: 'FormatError',
      code,
      message: expect.stringContaining(join(folder, name)),
      cause: expect.objectContaining({ code }),
    };
    await expect(signRelease(folder, [shop.keys.privateKey])).rejects.toMatchObject(named);
    if (name === 'manifest.json') await rm(join(folder, 'release.json'));
    await expect(inspectRelease(folder)).rejects.toMatchObject(named);
    await rm(join(folder, 'manifest.json'));
    if (name === 'release.json')
      await expect(signRelease(folder, [shop.keys.privateKey])).rejects.toMatchObject(named);
  });

  test('a-broken-pack-is-one-story', async () => {
    const name = payload('rootfs', 'pack');
    await writeFile(join(folder, name), noise((await readFile(join(folder, name))).length, 'rubbish'));
    const { findings } = await verify();
    expect(findings).toHaveLength(17);
    expect(findings.at(-1)?.code).toBe('FINDINGS_OMITTED');
  });
});

describe('signed-but-wrong', () => {
  test('manifest-names-another-image-than-its-index', async () => {
    await resign((good) => ({
      ...good,
      images: good.images.map((image) => ({ ...image, sha256: 'ab'.repeat(32) })),
    }));
    expect(await codes()).toEqual(['INDEX_REFUSED', 'INDEX_REFUSED']);
  });

  test('index-names-another-chunk-than-its-frame', async () => {
    const name = payload('boot', 'index');
    const index = decodeChunkIndex(await readFile(join(folder, name)));
    const entries = [...index.entries()].map((entry, at) =>
      at === 1 ? { ...entry, digest: 'cd'.repeat(32) } : entry,
    );
    const { imageSize, imageDigest, chunkSize } = index;
    const bytes = encodeChunkIndex({ imageSize, imageDigest, chunkSize, base: undefined, entries });
    const file = {
      name: `wrong-${sha256Hex(bytes).slice(0, 16)}.index`,
      size: bytes.length,
      sha256: sha256Hex(bytes),
    };
    await writeFile(join(folder, file.name), bytes);
    await resign((good) => ({
      ...good,
      images: good.images.map((image) => (image.class === 'boot' ? { ...image, index: file } : image)),
    }));
    expect((await verify()).findings).toMatchObject([{ code: 'CHUNK_WRONG', chunk: 1 }]);
  });

  test('other-key-or-too-few-keys', async () => {
    const other = generateKeyPair('other');
    const stranger = await verifyRelease(folder, keyRing([other.publicKey]), 1);
    expect(stranger.findings[0]?.code).toBe('ENVELOPE_REFUSED');
    const both = keyRing([shop.keys.publicKey, other.publicKey]);
    expect((await verifyRelease(folder, both, 2)).ok).toBe(false);
    await signRelease(folder, [other.privateKey]);
    const signed = await verifyRelease(folder, both, 2);
    expect(signed.ok).toBe(true);
    expect(signed.keyIds).toHaveLength(2);
  });
});
