/**
 * The tree of a distribution in which the package is tried: Debian's, with its own Node. Made once, and kept as an
 * archive beside the build. It must not know what is tried.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './host.ts';

/** The release of Debian whose own Node is new enough, and what a board would have beside it. */
const SUITE = 'trixie';
const PACKAGES = 'systemd,systemd-sysv,udev,dbus,polkitd,libpam-systemd,nodejs,util-linux';

/** Unpacks the distribution into the empty folder `tree`; makes its archive in `cache` first where there is none. */
export async function unpackDistribution(cache: string, tree: string): Promise<void> {
  const archive = join(cache, `${SUITE}.tar`);
  const there = await stat(archive).then(
    () => true,
    () => false,
  );
  if (!there)
    await run('mmdebstrap', '--quiet', '--variant=minbase', `--include=${PACKAGES}`, SUITE, archive);
  await run('tar', '--extract', '--numeric-owner', '--file', archive, '--directory', tree);
}
