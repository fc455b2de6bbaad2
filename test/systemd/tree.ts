/**
 * The tree of a distribution in which the package is tried: Debian's, with its own Node. Made once, and kept as an
 * archive beside the build. It must not know what is tried.
 */
import { copyFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './host.ts';

/** The release of Debian whose own Node is new enough, and what a board would have beside it. */
const SUITE = 'trixie';
/** Major release of its Node. */
export const NODE_MAJOR = 20;
const PACKAGES = 'systemd,systemd-sysv,udev,dbus,polkitd,libpam-systemd,nodejs,util-linux';

/** Unpacks the distribution into the empty folder `tree`; makes its archive in `cache` first where there is none. */
export async function unpackDistribution(cache: string, tree: string): Promise<void> {
  const archive = join(cache, `${SUITE}.tar`);
  if (!(await isThere(archive))) {
    await run('mmdebstrap', '--quiet', '--variant=minbase', `--include=${PACKAGES}`, SUITE, archive);
  }
  await run('tar', '--extract', '--numeric-owner', '--file', archive, '--directory', tree);
}

/**
 * The distribution's Node for another machine, unpacked and not set up (no program of it runs here but under
 * `emulator`, which is put beside it), with the merged folders that Debian has.
 */
export async function unpackForeignNode(
  cache: string,
  tree: string,
  architecture: string,
  emulator: string,
): Promise<void> {
  const archive = join(cache, `${SUITE}-node-${architecture}.tar`);
  if (!(await isThere(archive))) {
    const what = ['--variant=extract', `--architectures=${architecture}`, '--include=nodejs'];
    await run('mmdebstrap', '--quiet', ...what, SUITE, archive);
  }
  await run(
    'tar',
    '--extract',
    '--numeric-owner',
    '--exclude=./dev/*',
    '--file',
    archive,
    '--directory',
    tree,
  );
  for (const name of ['bin', 'sbin', 'lib']) {
    if (!(await isThere(join(tree, name)))) await symlink(`usr/${name}`, join(tree, name));
  }
  await copyFile(emulator, join(tree, 'emulator'));
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
