/**
 * `npm run package -- [ARCH...]`: Debian packages of the agent in dist/packages, and beside each its tree of files for
 * images that are made without dpkg. Without a name: for the architecture of this machine.
 */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDeb } from './deb.ts';
import { addonsFor, type Host } from './natives.ts';
import { TARGETS, type Target, targetNamed } from './target.ts';
import { layOut } from './tree.ts';

const root = join(import.meta.dirname, '../..');
const out = join(root, 'dist/packages');

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
const host: Host = { root, cache: join(out, 'natives'), nodeFolder: await nodeFolder() };
for (const target of wanted(process.argv.slice(2))) await makePackage(target);

function wanted(names: readonly string[]): readonly Target[] {
  if (names.length > 0) return names.map(targetNamed);
  const own = TARGETS.filter(({ node }) => node === process.arch);
  if (own.length > 0) return own;
  throw new Error(`no package for a machine like this one (${process.arch}): name a target`);
}

async function makePackage(target: Target): Promise<void> {
  const tree = join(out, target.deb);
  await rm(tree, { recursive: true, force: true });
  await mkdir(tree, { recursive: true });
  const addons = await addonsFor(target, host);
  await layOut(tree, target, { root, version, addons });
  const path = await makeDeb(tree, join(root, 'packaging/debian'), out, version, target);
  await rm(join(tree, 'DEBIAN'), { recursive: true });
  const { size } = await stat(path);
  process.stdout.write(
    `${path}: ${(size / 1e6).toFixed(1)} MB, ${target.deb}, Node ABI ${process.versions.modules}\n`,
  );
}

/** Headers: of the folder that npm is told to take, else of the Node that runs this. */
async function nodeFolder(): Promise<string> {
  const folder = process.env['npm_config_nodedir'] ?? dirname(dirname(process.execPath));
  await stat(join(folder, 'include/node/node.h')).catch((cause: unknown) => {
    throw new Error(`${folder} has no include/node: let npm_config_nodedir name a folder of Node's headers`, {
      cause,
    });
  });
  return folder;
}
