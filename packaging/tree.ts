/**
 * The tree of files that a device gets, as it lies under its root folder: the bundle with the addons of its
 * architecture, and what systemd and its friends read. The build host's and QA's rooms are not in it.
 */
import { chmod, copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { commandFor } from './command.ts';
import { ADDONS, requireMachine } from './natives.ts';
import type { Target } from './target.ts';
import { run } from './tool.ts';

/** Where the program lies on the device. */
const APP = 'usr/lib/donabe/app';
/** Settings that a board's maker changes; an upgrade asks before it replaces them. */
export const CONFFILES: readonly string[] = ['usr/lib/donabe/trial-deadline.conf'];

/** File in systemd/ and its place. Units and scripts are found by their endings. */
const PLACES: Readonly<Record<string, string>> = {
  'sysusers.conf': 'usr/lib/sysusers.d/donabe.conf',
  'tmpfiles.conf': 'usr/lib/tmpfiles.d/donabe.conf',
  'udev.rules': 'usr/lib/udev/rules.d/70-donabe.rules',
  'polkit.rules': 'usr/share/polkit-1/rules.d/50-donabe.rules',
  'trial-deadline.conf': 'usr/lib/donabe/trial-deadline.conf',
  'donabe.toml': 'usr/share/donabe/donabe.toml',
  'slots.conf': 'usr/share/donabe/slots.conf',
  'boot-uboot.cmd': 'usr/share/donabe/boot-uboot.cmd',
  'boot-grub.cfg': 'usr/share/donabe/boot-grub.cfg',
  'alerts.yml': 'usr/share/donabe/alerts.yml',
  'README.md': 'usr/share/donabe/README.md',
};

/** JavaScript that the addons are loaded by: package, and its parts that a device needs. */
const LOADERS: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['package.json', 'LICENSE', 'lib'],
  'node-crc': ['package.json', 'LICENSE', 'src'],
  bindings: ['package.json', 'LICENSE.md', 'bindings.js'],
  'file-uri-to-path': ['package.json', 'LICENSE', 'index.js'],
  '@serialport/bindings-cpp': ['package.json', 'LICENSE', 'dist', 'node_modules'],
  '@serialport/bindings-interface': ['package.json', 'LICENSE', 'dist'],
  'node-gyp-build': ['package.json', 'LICENSE', 'index.js', 'node-gyp-build.js'],
  debug: ['package.json', 'LICENSE', 'src'],
  ms: ['package.json', 'license.md', 'index.js'],
};

export interface TreeParts {
  /** The project's folder, with dist/bundle made. */
  readonly root: string;
  readonly version: string;
  readonly addons: ReadonlyMap<string, string>;
}

/** Fills the empty folder `tree`. */
export async function layOut(
  tree: string,
  target: Target,
  { root, version, addons }: TreeParts,
): Promise<void> {
  const app = join(tree, APP);
  await cp(join(root, 'dist/bundle'), join(app, 'dist/bundle'), { recursive: true });
  // The command reads its version here, and for which Node its addons were made.
  const facts = {
    name: 'donabe',
    version,
    private: true,
    type: 'module',
    donabe: { nodeAbi: process.versions.modules, arch: target.node },
  };
  await writeFile(join(app, 'package.json'), `${JSON.stringify(facts, undefined, 2)}\n`);
  await layLoaders(join(root, 'node_modules'), join(app, 'node_modules'));
  await layAddons(join(root, 'node_modules'), join(app, 'node_modules'), target, addons);
  await laySystemFiles(join(root, 'systemd'), tree);
  await layCommand(join(root, 'packaging/debian/donabe.sh'), join(tree, 'usr/bin/donabe'));
  await put(join(root, 'LICENSE'), join(tree, 'usr/share/doc/donabe/copyright'));
}

async function layLoaders(from: string, to: string): Promise<void> {
  for (const [name, parts] of Object.entries(LOADERS)) {
    for (const part of parts) {
      await cp(join(from, name, part), join(to, name, part), {
        recursive: true,
        dereference: true,
        // Types and maps are for who programs.
        filter: (path) => !/\.d\.ts$|\.map$|\/README\.md$/.test(path),
      });
    }
  }
}

async function layAddons(
  from: string,
  to: string,
  target: Target,
  addons: TreeParts['addons'],
): Promise<void> {
  for (const { name, file } of ADDONS) {
    const built = addons.get(name);
    if (built === undefined) throw new Error(`no addon of ${name}`);
    await put(built, join(to, name, file), 0o644);
    // The symbols are two thirds of it.
    await run(`${target.triplet}-strip`, ['--strip-unneeded', join(to, name, file)]);
  }
  const serial = join('@serialport/bindings-cpp/prebuilds', target.serialPrebuild);
  await requireMachine(join(from, serial), target);
  await put(join(from, serial), join(to, serial), 0o644);
}

async function layCommand(from: string, to: string): Promise<void> {
  await put(from, to);
  await writeFile(to, commandFor(await readFile(from, 'utf8'), process.execPath));
  await chmod(to, 0o755);
}

async function laySystemFiles(from: string, tree: string): Promise<void> {
  for (const name of await readdir(from)) {
    await put(join(from, name), join(tree, placeOf(name)), name.endsWith('.sh') ? 0o755 : 0o644);
  }
}

/** Error: a file that nobody has given a place. */
export function placeOf(name: string): string {
  const place = PLACES[name];
  if (place !== undefined) return place;
  if (name.endsWith('.service')) return join('usr/lib/systemd/system', name);
  if (name.endsWith('.sh')) return join('usr/lib/donabe', name);
  throw new Error(`systemd/${name} has no place on the device: name one in packaging/tree.ts`);
}

async function put(from: string, to: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, mode);
}

/** Bytes of all files, for the package's `Installed-Size`. */
export async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await readFile(join(entry.parentPath, entry.name))).length;
  }
  return bytes;
}
