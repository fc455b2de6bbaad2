/**
 * An image of a directory tree, ext4, erofs or squashfs: the same tree on the same host gives the same bytes.
 * It must not know what the tree holds.
 */
import { rm, stat, truncate, writeFile } from 'node:fs/promises';
import { outputOf, runTool } from '../tool.js';
import { IMAGE_TIME_S } from './debian-tree.js';
export const FILE_SYSTEMS = ['ext4', 'erofs', 'squashfs'];
const UUID = '0d0a0be0-5107-4000-8000-0000000000be';
const HASH_SEED = '0d0a0be0-5107-4000-8000-0000000000bf';
const FIXED_TIME = { SOURCE_DATE_EPOCH: String(IMAGE_TIME_S), E2FSPROGS_FAKE_TIME: String(IMAGE_TIME_S) };
/** Debian's files are about 30 KiB each, bytes. */
const BYTES_PER_INODE = 16_384;
/** A partition's size is a multiple of so many bytes. */
const ALIGNMENT = 4096;
/** `sizeBytes` is for ext4; erofs (not compressed) and squashfs (zstd) are as large as what they hold. */
export async function makeImage(tree, path, kind, sizeBytes) {
    await rm(path, { force: true });
    if (kind === 'ext4')
        return await makeExt4(tree, path, sizeBytes);
    const time = String(IMAGE_TIME_S);
    if (kind === 'erofs') {
        await runTool('mkfs.erofs', ['--quiet', '-U', UUID, '-T', time, path, tree]);
    }
    else {
        const fixed = ['-mkfs-time', time, '-reproducible', '-noappend', '-no-progress', '-quiet'];
        await runTool('mksquashfs', [tree, path, '-comp', 'zstd', ...fixed]);
    }
    const { size } = await stat(path);
    await truncate(path, Math.ceil(size / ALIGNMENT) * ALIGNMENT);
}
async function makeExt4(tree, path, sizeBytes) {
    await writeFile(path, '');
    await truncate(path, sizeBytes);
    const shape = ['-q', '-F', '-t', 'ext4', '-b', String(ALIGNMENT), '-m', '0', '-i', String(BYTES_PER_INODE)];
    const features = ['-O', '^has_journal,^resize_inode'];
    const fixed = ['-U', UUID, '-E', `hash_seed=${HASH_SEED},lazy_itable_init=0,root_owner=0:0`];
    await runTool('mke2fs', [...shape, ...features, ...fixed, '-d', tree, path], FIXED_TIME);
    await settleTimes(tree, path);
}
/** `mke2fs -d` takes change and access times from the host's files, and they differ from build to build. */
async function settleTimes(tree, path) {
    const script = `${path}.debugfs`;
    const paths = (await outputOf('find', [tree, '-printf', '/%P\\n'])).trim().split('\n');
    const lines = paths.flatMap((name) => ['atime', 'ctime', 'crtime'].map((field) => `set_inode_field "${name}" ${field} @${IMAGE_TIME_S}\n`));
    await writeFile(script, lines.join(''));
    await runTool('debugfs', ['-w', '-f', script, path], FIXED_TIME);
    await rm(script);
}
