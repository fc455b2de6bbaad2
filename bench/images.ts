/**
 * `node dist/bench/bench/images.js [--cache FOLDER] [--full]`: the images that the other benches compare, made from
 * real Debian packages, and kept in the cache folder. Measures nothing.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDebianTree, packagesOf, type TreeSize, type TreeVersion } from './images/debian-tree.ts';
import { type FileSystem, makeImage } from './images/file-systems.ts';
import { runTool } from './tool.ts';

const MIB = 2 ** 20;
const EXT4_BYTES: Readonly<Record<ImageSize, number>> = {
  small: 128 * MIB,
  full: 512 * MIB,
  lean: 512 * MIB,
};

/** `lean` is `full` without what no appliance has; a package that changes packs its pages anew, and they never match. */
export type ImageSize = TreeSize | 'lean';
const NOT_IN_LEAN = ['doc', 'man', 'info'];

/** What one image is; its path follows from that. */
export interface ImageName {
  readonly size: ImageSize;
  readonly version: TreeVersion;
  readonly kind: FileSystem;
}

/** Where images lie unless the caller says otherwise. */
export function defaultCache(): string {
  return join(tmpdir(), 'donabe-bench');
}

/** The path of an image, made now if the cache does not hold it; takes a minute for each new tree. */
export async function imageAt(cache: string, { size, version, kind }: ImageName): Promise<string> {
  const path = join(cache, size, `${version}.${kind}`);
  if (existsSync(path)) return path;
  const tree = await treeAt(cache, size, version);
  await makeImage(tree, `${path}.part`, kind, EXT4_BYTES[size]);
  await rename(`${path}.part`, path);
  return path;
}

/** The tree that the images of one version are made of. */
export async function treeAt(cache: string, size: ImageSize, version: TreeVersion): Promise<string> {
  const tree = join(cache, size, `tree-${version}`);
  if (existsSync(tree)) return tree;
  await mkdir(join(cache, size), { recursive: true });
  process.stderr.write(`making a Debian tree: ${size} ${version}\n`);
  if (size === 'lean') await makeLeanTree(`${tree}.part`, await treeAt(cache, 'full', version));
  else await makeDebianTree(`${tree}.part`, size, version);
  await rename(`${tree}.part`, tree);
  return tree;
}

async function makeLeanTree(folder: string, full: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await runTool('cp', ['-a', full, folder]);
  const share = join(folder, 'usr', 'share');
  for (const name of NOT_IN_LEAN) await rm(join(share, name), { recursive: true, force: true });
  // Removing changed its time, and a fixed one belongs to the image.
  await runTool('touch', ['-r', join(full, 'usr', 'share'), share]);
}

/** `name old -> new` of every package that differs between two trees. */
export async function changedPackages(oldTree: string, newTree: string): Promise<readonly string[]> {
  const [before, after] = await Promise.all([packagesOf(oldTree), packagesOf(newTree)]);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name} ${before.get(name) ?? '-'} -> ${after.get(name) ?? '-'}`);
}

/** Image bytes; for erofs and squashfs what they hold decides. */
export async function imageBytes(path: string): Promise<number> {
  return (await stat(path)).size;
}
