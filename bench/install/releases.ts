/** The releases that the boards are given: signed, in folders that nginx serves. It measures nothing. */
import { mkdir, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SignedReleaseFolder, seededBytes, type TestKeys } from '../../fixtures/index.ts';
import { decodeManifest, encodePrivateKey } from '../../format/index.ts';
import { buildRelease, type Quality } from '../../release/index.ts';
import { COMMAND } from '../delta/ours.ts';
import { runTool } from '../tool.ts';
import { COMPATIBLE } from './board.ts';

export const CREATED = '2026-01-01T00:00:00Z';
/** What a sparse image holds, the same in all of them, bytes. */
const SPARSE_CONTENT = 16 * 2 ** 20;

/** A release of one root file system; 1.0.0 is what the factory flashes, 2.0.0 the update. */
export async function makeRelease(
  folder: string,
  image: string,
  version: '1.0.0' | '2.0.0',
  keys: TestKeys,
  quality?: Quality,
): Promise<SignedReleaseFolder> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await buildRelease({
    folder,
    images: [{ class: 'rootfs', path: image }],
    compatible: COMPATIBLE,
    version,
    sequence: Number(version.slice(0, 1)),
    created: CREATED,
    // Ends with the activation: a reboot is no part of what is measured.
    apply: 'next-boot',
    quality: quality ?? 'default',
    keys: keys.privateKeys,
  });
  return { folder, ring: keys.ring };
}

/** Adds the delta against `base`, an image file. */
export async function addDelta(folder: string, base: string, keys: TestKeys): Promise<void> {
  const files: string[] = [];
  for (const key of keys.privateKeys) {
    const path = join(folder, '..', `${key.keyId.slice(0, 16)}.key`);
    await writeFile(path, encodePrivateKey(key));
    files.push('--key', path);
  }
  const command = ['release', 'delta', folder, '--base', `rootfs=${base}`, ...files];
  await runTool(process.execPath, [COMMAND, ...command]);
}

/** Bytes that a device fetches of a release's image: the full way, and the delta's where there is one. */
export async function wireBytes(folder: string): Promise<{ readonly full: number; readonly delta: number }> {
  const [image] = decodeManifest(await readFile(join(folder, 'manifest.json'))).images;
  const sizeOf = (way: { pack: { size: number }; index: { size: number } } | undefined): number =>
    way === undefined ? 0 : way.pack.size + way.index.size;
  return { full: sizeOf(image), delta: sizeOf(image?.deltas[0]) };
}

/** An image of nothing but noise: shares no chunk with anything. */
export async function noiseImage(path: string, bytes: number): Promise<string> {
  await writeFile(path, seededBytes(`noise ${path}`, bytes));
  return path;
}

/** An image of `bytes` that holds little: what stays flat stays flat over its length alone. */
export async function sparseImage(path: string, bytes: number): Promise<string> {
  const file = await open(path, 'w');
  try {
    await file.write(seededBytes('sparse', SPARSE_CONTENT));
  } finally {
    await file.close();
  }
  await truncate(path, bytes);
  return path;
}
