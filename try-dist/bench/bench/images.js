/**
 * `node dist/bench/bench/images.js [--cache FOLDER] [--full]`: the images that the other benches compare, made from
 * real Debian packages, and kept in the cache folder. Measures nothing.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDebianTree, packagesOf } from './images/debian-tree.js';
import { makeImage } from './images/file-systems.js';
const MIB = 2 ** 20;
const EXT4_BYTES = { small: 128 * MIB, full: 512 * MIB };
/** Where images lie unless the caller says otherwise. */
export function defaultCache() {
    return join(tmpdir(), 'donabe-bench');
}
/** The path of an image, made now if the cache does not hold it; takes a minute for each new tree. */
export async function imageAt(cache, { size, version, kind }) {
    const path = join(cache, size, `${version}.${kind}`);
    if (existsSync(path))
        return path;
    const tree = await treeAt(cache, size, version);
    await makeImage(tree, `${path}.part`, kind, EXT4_BYTES[size]);
    await rename(`${path}.part`, path);
    return path;
}
/** The tree that the images of one version are made of. */
export async function treeAt(cache, size, version) {
    const tree = join(cache, size, `tree-${version}`);
    if (existsSync(tree))
        return tree;
    await mkdir(join(cache, size), { recursive: true });
    process.stderr.write(`making a Debian tree: ${size} ${version}\n`);
    await makeDebianTree(`${tree}.part`, size, version);
    await rename(`${tree}.part`, tree);
    return tree;
}
/** `name old -> new` of every package that differs between two trees. */
export async function changedPackages(oldTree, newTree) {
    const [before, after] = await Promise.all([packagesOf(oldTree), packagesOf(newTree)]);
    const names = [...new Set([...before.keys(), ...after.keys()])].sort();
    return names
        .filter((name) => before.get(name) !== after.get(name))
        .map((name) => `${name} ${before.get(name) ?? '-'} -> ${after.get(name) ?? '-'}`);
}
/** Image bytes; for erofs and squashfs what they hold decides. */
export async function imageBytes(path) {
    return (await stat(path)).size;
}
