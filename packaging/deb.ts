/** A Debian package from a tree: control data, maintainer scripts, dpkg-deb. It must not know what is in the tree. */
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Target } from './target.ts';
import { run } from './tool.ts';
import { CONFFILES, sizeOf } from './tree.ts';

const SCRIPTS = ['postinst', 'prerm', 'postrm'] as const;

/** The control file. `major` is the Node release whose ABI the addons have. */
export function controlText(version: string, target: Target, major: number, bytes: number): string {
  // An addon is bound to one ABI, and an ABI to one major release; 20.19 is the oldest that the agent runs on.
  const least = major === 20 ? '20.19' : String(major);
  return `${[
    'Package: donabe',
    `Version: ${version}`,
    `Architecture: ${target.deb}`,
    'Maintainer: Donabe project <donabe@localhost>',
    'Section: admin',
    'Priority: optional',
    `Installed-Size: ${Math.ceil(bytes / 1024)}`,
    `Depends: nodejs (>= ${least}), nodejs (<< ${major + 1}~), libc6 (>= 2.34), libstdc++6, systemd (>= 250), util-linux`,
    'Recommends: polkitd, udev',
    'Description: over-the-air update agent for appliances with two system slots',
    ' One system slot runs, the other one is written, and the boot loader goes back by',
    ' itself when the new one does not prove itself. The agent installs signed releases,',
    ' keeps a microcontroller on a serial line in step, and ends every trial in time.',
  ].join('\n')}\n`;
}

/** Makes `<out>/donabe_<version>_<arch>.deb` of the tree, whose files get owner root; returns its path. */
export async function makeDeb(
  tree: string,
  scripts: string,
  out: string,
  version: string,
  target: Target,
): Promise<string> {
  const major = Number.parseInt(process.versions.node, 10);
  const control = join(tree, 'DEBIAN');
  const text = controlText(version, target, major, await sizeOf(tree));
  await mkdir(control);
  await writeFile(join(control, 'control'), text);
  await writeFile(join(control, 'conffiles'), CONFFILES.map((path) => `/${path}\n`).join(''));
  for (const name of SCRIPTS) {
    await copyFile(join(scripts, name), join(control, name));
    await chmod(join(control, name), 0o755);
  }
  const path = join(out, `donabe_${version}_${target.deb}.deb`);
  await run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree, path]);
  return path;
}
