/**
 * The addons for a target. What is made for the build host already is taken as it is; the rest is compiled with
 * Debian's cross compiler and Node's headers. It must not know how a package looks.
 */
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { elfMachine } from './elf.ts';
import type { Target } from './target.ts';
import { isInstalled, run } from './tool.ts';

/** An addon that node-gyp compiles, and its file in the folder of its package. */
interface Addon {
  readonly name: string;
  readonly file: string;
}

export const ADDONS: readonly Addon[] = [
  { name: 'better-sqlite3', file: 'build/Release/better_sqlite3.node' },
  { name: 'node-crc', file: 'build/Release/crc.node' },
];

/** Where things lie on the build host. */
export interface Host {
  readonly root: string;
  /** Folder for what is compiled; what lies there from an earlier run is used again. */
  readonly cache: string;
  /** Folder with `include/node`, of the Node that the package is for. */
  readonly nodeFolder: string;
}

/** Paths of the addons' files for this target, checked to be of its machine, by the package's name. */
export async function addonsFor(target: Target, host: Host): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const addon of ADDONS) {
    const installed = join(host.root, 'node_modules', addon.name, addon.file);
    const path = target.node === process.arch ? installed : await compiled(addon, target, host);
    await requireMachine(path, target);
    files.set(addon.name, path);
  }
  return files;
}

/** Error: one that names the file and both machines. */
export async function requireMachine(path: string, target: Target): Promise<void> {
  const found = elfMachine(await readFile(path));
  if (found?.machine === target.elf.machine && found.bits === target.elf.bits) return;
  const what = found === undefined ? 'no ELF file' : `for machine ${found.machine}, ${found.bits} bit`;
  throw new Error(
    `${path} is ${what}; ${target.deb} is machine ${target.elf.machine}, ${target.elf.bits} bit`,
  );
}

async function compiled(addon: Addon, target: Target, host: Host): Promise<string> {
  const source = join(host.root, 'node_modules', addon.name);
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as { version: string };
  const folder = join(
    host.cache,
    `${addon.name}-${version}-${target.deb}-abi${process.versions.modules}`,
    addon.name,
  );
  const file = join(folder, addon.file);
  if (await isFile(file)) return file;
  const compiler = `${target.triplet}-g++`;
  if (!(await isInstalled(compiler))) {
    throw new Error(`${compiler} is missing: apt-get install g++-${target.triplet}`);
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await cp(source, folder, { recursive: true, filter: (path) => path !== join(source, 'build') });
  await run(
    process.execPath,
    [
      await nodeGyp(),
      'rebuild',
      '--release',
      `--arch=${target.node}`,
      `--nodedir=${host.nodeFolder}`,
      '--jobs=2',
    ],
    {
      cwd: folder,
      env: {
        CC: `${target.triplet}-gcc`,
        CXX: compiler,
        AR: `${target.triplet}-ar`,
        LINK: compiler,
        // The build is for the target alone: no tool of it runs here.
        GYP_CROSSCOMPILE: '1',
      },
    },
  );
  return file;
}

/** npm brings it along. */
async function nodeGyp(): Promise<string> {
  const modules = (await run('npm', ['root', '--global'])).trim();
  return join(modules, 'npm/node_modules/node-gyp/bin/node-gyp.js');
}

async function isFile(path: string): Promise<boolean> {
  return await readFile(path).then(
    () => true,
    () => false,
  );
}
