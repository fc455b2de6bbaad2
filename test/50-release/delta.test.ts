/** Delta packs: made, signed, verified, applied as a device would, and the same whatever made them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  applyDelta,
  decodeChunkIndex,
  decodeDeltaFrame,
  decodeFrame,
  type Manifest,
  sha256Hex,
} from '../../format/index.ts';
import {
  buildDeltas,
  buildRelease,
  type DeltaOptions,
  inspectRelease,
  signRelease,
  verifyRelease,
} from '../../release/index.ts';
import { inserted, patched, replaced } from './changed-image.ts';
import { KIB, mixedImage, noise, openWorkshop, type Workshop } from './release-maker.ts';

let shop: Workshop;
beforeEach(async () => {
  shop = await openWorkshop();
});
afterEach(() => shop.remove());

const old = Buffer.concat([mixedImage().subarray(0, 1200 * KIB), noise(700 * KIB, 'program')]);
const changed = replaced(patched(inserted(old, 1210 * KIB, Buffer.from('rice')), 300), 1700 * KIB, 9000);

/** A signed release of the images, with chunks of 64 KiB. */
async function release(name: string, images: Readonly<Record<string, Uint8Array>>, version = '1.4.0') {
  const files: Record<string, string> = {};
  for (const [slotClass, bytes] of Object.entries(images)) {
    files[slotClass] = await shop.image(`${name}-${slotClass}.img`, bytes);
  }
  const built = await buildRelease({ ...shop.options(name, files), version, chunkSize: 64 * KIB });
  return built.folder;
}

const delta = (folder: string, bases: readonly string[], more: Partial<DeltaOptions> = {}) =>
  buildDeltas({
    folder,
    bases: bases.map((path) => ({ path })),
    workers: 0,
    setting: 'fast',
    keys: [shop.keys.privateKey],
    ...more,
  });

const verify = (folder: string, bases: readonly string[] = []) =>
  verifyRelease(
    folder,
    shop.ring,
    1,
    undefined,
    bases.map((path) => ({ path })),
  );

/** The image of a delta pack, as a device makes it out of the base. */
async function applied(folder: string, manifest: Manifest, base: Buffer, at = 0): Promise<Buffer> {
  const files = manifest.images[0]?.deltas[at];
  if (files === undefined) throw new Error('there is no such delta');
  const index = decodeChunkIndex(await readFile(join(folder, files.index.name)));
  const pack = await readFile(join(folder, files.pack.name));
  expect(index.base).toEqual({ size: base.length, digest: sha256Hex(base) });
  const chunks = [...index.entries()].map(({ codec, length, ...entry }) => {
    const frame = pack.subarray(entry.frameOffset, entry.frameOffset + entry.frameLength);
    if (codec !== 'delta') return decodeFrame(codec, frame, length);
    const plan = decodeDeltaFrame(frame, length, base.length);
    const reads = plan.reads.map((read) => base.subarray(read.offset, read.offset + read.length));
    return applyDelta(plan, Buffer.concat(reads));
  });
  return Buffer.concat(chunks);
}

describe('made', () => {
  test('from-an-earlier-release-and-applied', async () => {
    const before = await release('before', { rootfs: old });
    const folder = await release('now', { rootfs: changed }, '1.5.0');
    const { identity } = await inspectRelease(folder);
    const steps: number[] = [];
    const built = await buildDeltas(
      { folder, bases: [{ path: before }], workers: 0, keys: [shop.keys.privateKey] },
      ({ done, total }) => steps.push(done / total),
    );
    expect(steps.at(-1)).toBe(1);
    expect(built).toMatchObject({ identity, unchanged: [], keyIds: [shop.keys.privateKey.keyId] });
    const [image] = built.manifest.images;
    expect(image?.deltas[0]?.pack.size).toBeLessThan(0.1 * (image?.pack.size ?? 0));
    expect(changed.equals(await applied(folder, built.manifest, old))).toBe(true);
    expect(await verify(folder, [before])).toMatchObject({
      ok: true,
      findings: [],
      identity,
      deltas: [{ slotClass: 'rootfs', base: sha256Hex(old), applied: true }],
    });
  });

  test('from-an-image-file', async () => {
    const folder = await release('now', { rootfs: changed });
    const image = await shop.image('old.img', old);
    const { manifest } = await delta(folder, [image]);
    expect(changed.equals(await applied(folder, manifest, old))).toBe(true);
    expect((await verify(folder, [image])).deltas[0]?.applied).toBe(true);
    const inspected = await inspectRelease(folder);
    expect(inspected.images[0]?.deltas[0]).toMatchObject({
      base: { size: old.length, sha256: sha256Hex(old) },
      codecs: { zero: expect.any(Number), delta: expect.any(Number) },
    });
  });

  test('from-several-bases-in-one-run-or-in-two', async () => {
    const older = await shop.image('older.img', patched(old, 90));
    const before = await release('before', { rootfs: old });
    const folder = await release('now', { rootfs: changed });
    const once = await delta(folder, [older, before]);
    expect(once.manifest.images[0]?.deltas).toHaveLength(2);
    expect(changed.equals(await applied(folder, once.manifest, old, 1))).toBe(true);
    expect((await verify(folder, [before, older])).deltas).toMatchObject([
      { applied: true },
      { applied: true },
    ]);

    const again = await release('again', { rootfs: changed });
    await delta(again, [older]);
    const twice = await delta(again, [before]);
    expect(twice.manifest).toEqual(once.manifest);
    const thrice = await delta(again, [before]);
    expect(thrice.manifest).toEqual(once.manifest);
  });

  test('once-from-a-base-that-is-given-twice', async () => {
    const boot = noise(100 * KIB, 'boot');
    const before = await release('before', { rootfs: old, boot });
    const folder = await release('now', { rootfs: changed, boot });
    const steps: number[] = [];
    const bases = [
      { path: shop.path('before-rootfs.img'), class: 'rootfs' },
      { path: before },
      { path: before },
    ];
    const built = await buildDeltas({ folder, bases, workers: 0, setting: 'fast' }, ({ done, total }) =>
      steps.push(done / total),
    );
    expect(built.deltas).toHaveLength(1);
    expect(built.unchanged).toHaveLength(1);
    expect(built.manifest.images[0]?.deltas).toHaveLength(1);
    expect(steps.at(-1)).toBe(1);
  });

  test('for-each-slot-class-that-changed', async () => {
    const boot = noise(100 * KIB, 'boot');
    const before = await release('before', { rootfs: old, boot });
    const folder = await release('now', { rootfs: changed, boot });
    const built = await delta(folder, [before]);
    expect(built.deltas.map(({ slotClass }) => slotClass)).toEqual(['rootfs']);
    expect(built.unchanged).toEqual([{ slotClass: 'boot', base: sha256Hex(boot) }]);
    expect((await verify(folder, [before])).ok).toBe(true);
  });

  test('without-keys-the-old-signature-stays-until-sign-replaces-it', async () => {
    const image = await shop.image('old.img', old);
    const folder = await release('now', { rootfs: changed });
    await delta(folder, [image], { keys: [] });
    expect(await verify(folder)).toMatchObject({ ok: true, deltas: [] });
    await signRelease(folder, [shop.keys.privateKey]);
    expect(await verify(folder)).toMatchObject({ ok: true, deltas: [{ applied: false }] });
  });

  test('the-whole-frame-stands-where-a-delta-is-not-smaller', async () => {
    const image = await shop.image('old.img', noise(300 * KIB, 'one'));
    const folder = await release('now', { rootfs: noise(300 * KIB, 'two') });
    const { deltas, manifest } = await delta(folder, [image]);
    expect(deltas[0]?.codecs).toEqual({ zero: 0, raw: 5, brotli: 0, delta: 0 });
    expect(manifest.images[0]?.deltas[0]?.pack).toEqual(manifest.images[0]?.pack);
    expect((await verify(folder, [image])).ok).toBe(true);
  });
});

describe('the-same-bytes', () => {
  test('whatever-the-number-of-threads', async () => {
    const image = await shop.image('old.img', old);
    const setting = 'default';
    const alone = await delta(await release('alone', { rootfs: changed }), [image], { setting });
    for (const workers of [1, 3]) {
      const folder = await release(`threads-${workers}`, { rootfs: changed });
      const workerProgram = new URL('./typescript-worker.mjs', import.meta.url);
      const made = await delta(folder, [image], { setting, workers, workerProgram });
      expect(made.manifest).toEqual(alone.manifest);
    }
  });

  test('or-fewer-of-a-small-update-at-the-default-setting-than-at-the-hardest-one', async () => {
    const image = await shop.image('old.img', old);
    const words =
      'rice water heat steam keep warm fuzzy brown quick sushi porridge timer lid bowl cup done'.split(' ');
    const text = Array.from(noise(8000, 'text'), (byte) => words[byte % words.length]).join(' ');
    const written = inserted(old, 500 * KIB, Buffer.from(text));
    const [usual, hard] = await Promise.all(
      (['default', 'release'] as const).map(async (setting) => {
        const made = await delta(await release(setting, { rootfs: written }), [image], { setting });
        return made.manifest.images[0]?.deltas[0]?.pack;
      }),
    );
    // Each frame is the shorter one of both.
    expect(usual?.size).toBeLessThanOrEqual(hard?.size ?? 0);
  });

  test('a-thread-that-fails-is-an-error-and-leaves-nothing', async () => {
    const image = await shop.image('old.img', old);
    const folder = await release('now', { rootfs: changed });
    const before = await readFile(join(folder, 'manifest.json'));
    const broken = new URL(`data:text/javascript,throw new Error('no thread today')`);
    await expect(delta(folder, [image], { workers: 2, workerProgram: broken })).rejects.toThrow('no thread');
    expect(before.equals(await readFile(join(folder, 'manifest.json')))).toBe(true);
    expect((await verify(folder)).ok).toBe(true);
  });
});

describe('refused', () => {
  test('a-base-that-is-not-there-or-empty', async () => {
    const folder = await release('now', { rootfs: changed });
    await expect(delta(folder, [shop.path('nowhere')])).rejects.toMatchObject({ code: 'BASE_UNUSABLE' });
    const empty = await shop.image('empty.img', Buffer.alloc(0));
    await expect(delta(folder, [empty])).rejects.toMatchObject({ code: 'BASE_UNUSABLE' });
    await expect(delta(folder, [])).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });

  test('a-folder-that-holds-no-release', async () => {
    const folder = await release('now', { rootfs: changed });
    const path = shop.path('nothing');
    await mkdir(path);
    for (const base of [{ path }, { path, class: 'rootfs' }]) {
      await expect(delta(folder, [], { bases: [base] })).rejects.toMatchObject({
        code: 'BASE_UNUSABLE',
        message: expect.stringContaining(`the base ${path} cannot be used`),
        cause: expect.objectContaining({ code: 'RELEASE_UNREADABLE' }),
      });
    }
  });

  test('an-image-file-of-which-slot-class', async () => {
    const folder = await release('now', { rootfs: changed, boot: old });
    const path = await shop.image('old.img', old);
    await expect(delta(folder, [path])).rejects.toMatchObject({ code: 'BASE_UNUSABLE' });
    const other = { bases: [{ path, class: 'recovery' }] };
    await expect(delta(folder, [], other)).rejects.toMatchObject({ code: 'BASE_UNUSABLE' });
    const { deltas } = await delta(folder, [], { bases: [{ path, class: 'rootfs' }] });
    expect(deltas).toHaveLength(1);
  });

  test('an-earlier-release-that-is-damaged', async () => {
    const before = await release('before', { rootfs: old });
    const folder = await release('now', { rootfs: changed });
    const { manifest } = await inspectRelease(before);
    const pack = join(before, manifest.images[0]?.pack.name ?? '');
    const bytes = await readFile(pack);
    bytes[999] = (bytes[999] ?? 0) ^ 1;
    await writeFile(pack, bytes);
    await expect(delta(folder, [before])).rejects.toMatchObject({ code: 'PAYLOAD_MISMATCH' });
  });
});

describe('verify-finds', () => {
  const tamper = async (change: (bytes: Buffer) => void, kind: 'pack' | 'index' = 'pack') => {
    const image = await shop.image('old.img', old);
    const folder = await release('now', { rootfs: changed });
    const { manifest } = await delta(folder, [image]);
    const path = join(folder, manifest.images[0]?.deltas[0]?.[kind].name ?? '');
    const bytes = await readFile(path);
    change(bytes);
    await writeFile(path, bytes);
    const codes = async (bases: string[]) => (await verify(folder, bases)).findings.map(({ code }) => code);
    return { without: await codes([]), withBase: await codes([image]) };
  };

  test('a-flipped-byte-in-a-delta-pack', async () => {
    const found = await tamper((bytes) => bytes.writeUInt8((bytes[50] ?? 0) ^ 1, 50));
    expect(found.without).toEqual(['FRAME_WRONG', 'PAYLOAD_DIGEST']);
    expect(found.withBase).toEqual(['FRAME_WRONG', 'PAYLOAD_DIGEST', 'IMAGE_DIGEST']);
  });

  test('a-flipped-byte-in-a-delta-index', async () => {
    const found = await tamper((bytes) => bytes.writeUInt8((bytes[300] ?? 0) ^ 1, 300), 'index');
    expect(found.without).toEqual(['PAYLOAD_DIGEST']);
  });

  test('nothing-wrong-with-a-base-that-is-given-twice', async () => {
    const image = await shop.image('old.img', old);
    const folder = await release('now', { rootfs: changed });
    await delta(folder, [image]);
    expect((await verify(folder, [image])).ok).toBe(true);
    const twice = await verify(folder, [image, image]);
    expect(twice.ok).toBe(true);
    expect(twice.deltas.map(({ applied }) => applied)).toEqual([true]);
    expect(twice.frames).toEqual((await verify(folder, [image])).frames);
  });

  test('a-manifest-that-names-another-base', async () => {
    const image = await shop.image('old.img', old);
    const folder = await release('now', { rootfs: changed });
    const { manifest } = await delta(folder, [image]);
    const images = manifest.images.map((one) => ({
      ...one,
      deltas: one.deltas.map((entry) => ({ ...entry, base: { ...entry.base, sha256: 'ab'.repeat(32) } })),
    }));
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, images }));
    await signRelease(folder, [shop.keys.privateKey]);
    expect((await verify(folder)).findings).toMatchObject([{ code: 'INDEX_REFUSED' }]);
    await expect(verify(folder, [image])).rejects.toMatchObject({ code: 'BASE_UNUSABLE' });
  });

  test('a-missing-delta-before-it-is-signed', async () => {
    const image = await shop.image('old.img', old);
    const folder = await release('now', { rootfs: changed });
    const { manifest } = await delta(folder, [image], { keys: [] });
    await writeFile(join(folder, manifest.images[0]?.deltas[0]?.pack.name ?? ''), 'short');
    const signing = signRelease(folder, [shop.keys.privateKey]);
    await expect(signing).rejects.toMatchObject({ code: 'PAYLOAD_MISMATCH' });
  });
});
