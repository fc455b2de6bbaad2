/**
 * An image of a directory tree, ext4, erofs or squashfs: the same tree on the same host gives the same bytes.
 * It must not know what the tree holds.
 */
import { rm, stat, truncate, writeFile } from 'node:fs/promises';
import { outputOf, runTool } from '../tool.ts';
import { IMAGE_TIME_S } from './debian-tree.ts';

export const FILE_SYSTEMS = ['ext4', 'erofs', 'squashfs'] as const;
export type FileSystem = (typeof FILE_SYSTEMS)[number];

/** What stays the same from release to release, so that nothing differs but the content. */
export interface ImageFacts {
  readonly uuid?: string | undefined;
  /** Of the file system, and of every inode's change; epoch seconds. */
  readonly timeS?: number | undefined;
}

const UUID = '0d0a0be0-5107-4000-8000-0000000000be';
const HASH_SEED = '0d0a0be0-5107-4000-8000-0000000000bf';
/** Debian's files are about 30 KiB each, bytes. */
const BYTES_PER_INODE = 16_384;
/** A partition's size is a multiple of so many bytes. */
const ALIGNMENT = 4096;

/** `sizeBytes` is for ext4; erofs (not compressed) and squashfs (zstd) are as large as what they hold. */
export async function makeImage(
  tree: string,
  path: string,
  kind: FileSystem,
  sizeBytes: number,
  { uuid = UUID, timeS = IMAGE_TIME_S }: ImageFacts = {},
): Promise<void> {
  await rm(path, { force: true });
  const time = String(timeS);
  if (kind === 'ext4') {
    await makeExt4(tree, path, sizeBytes, uuid, time);
  } else if (kind === 'erofs') {
    await runTool('mkfs.erofs', ['--quiet', '-U', uuid, '-T', time, path, tree]);
  } else {
    const fixed = ['-mkfs-time', time, '-reproducible', '-noappend', '-no-progress', '-quiet'];
    await runTool('mksquashfs', [tree, path, '-comp', 'zstd', ...fixed]);
  }
  const { size } = await stat(path);
  await truncate(path, Math.ceil(size / ALIGNMENT) * ALIGNMENT);
}

async function makeExt4(
  tree: string,
  path: string,
  sizeBytes: number,
  uuid: string,
  time: string,
): Promise<void> {
  const clock = { SOURCE_DATE_EPOCH: time, E2FSPROGS_FAKE_TIME: time };
  await writeFile(path, '');
  await truncate(path, sizeBytes);
  const shape = ['-q', '-F', '-t', 'ext4', '-b', String(ALIGNMENT), '-m', '0', '-i', String(BYTES_PER_INODE)];
  const features = ['-O', '^has_journal,^resize_inode'];
  const fixed = ['-U', uuid, '-E', `hash_seed=${HASH_SEED},lazy_itable_init=0,root_owner=0:0`];
  await runTool('mke2fs', [...shape, ...features, ...fixed, '-d', tree, path], clock);
  // `mke2fs -d` takes change and access times from the host's files, and they differ from build to build.
  const script = `${path}.debugfs`;
  const paths = (await outputOf('find', [tree, '-printf', '/%P\\n'])).trim().split('\n');
  const lines = paths.flatMap((name) =>
    ['atime', 'ctime', 'crtime'].map((field) => `set_inode_field "${name}" ${field} @${time}\n`),
  );
  await writeFile(script, lines.join(''));
  await runTool('debugfs', ['-w', '-f', script, path], clock);
  await rm(script);
}
