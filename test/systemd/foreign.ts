/**
 * Packages for other machines: does Debian's own Node of that machine load the addons, under user-mode emulation? Only
 * for packages that were made, and emulators that are installed; what is left out is said.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, missing, run } from './host.ts';
import { unpackForeignNode } from './tree.ts';

/** Debian's name of a machine, and QEMU's. */
const EMULATORS: Readonly<Record<string, string>> = {
  amd64: 'qemu-x86_64-static',
  arm64: 'qemu-aarch64-static',
  armhf: 'qemu-arm-static',
};

/** Loads each addon from where the package has it, and does a little with it. */
const LOADING = `
import { createRequire } from 'node:module';
const require = createRequire('/usr/lib/donabe/app/dist/bundle/donabe.mjs');
const Database = require('better-sqlite3');
const db = new Database(':memory:');
db.exec('create table t (x); insert into t values (42)');
require('node-crc');
// No serial port: the addon itself says so.
const said = await require('@serialport/bindings-cpp').autoDetect().open({ path: '/loading.mjs', baudRate: 9600 })
  .then(() => 'opened', ({ message }) => message);
console.log(JSON.stringify({ arch: process.arch, row: db.prepare('select x from t').get(), said }));
`;

/** Tries every package of `packages` (file names by architecture) that is not for this machine. */
export async function tryForeignPackages(
  folder: string,
  cache: string,
  packages: ReadonlyMap<string, string>,
): Promise<void> {
  const own = (await run('dpkg', '--print-architecture')).trim();
  for (const [architecture, emulator] of Object.entries(EMULATORS)) {
    if (architecture === own) continue;
    const file = packages.get(architecture);
    const why =
      file === undefined
        ? `npm run package -- ${architecture} was not run`
        : (await missing(emulator)).length > 0
          ? `${emulator} is missing (Debian: qemu-user-static)`
          : undefined;
    if (file === undefined || why !== undefined) {
      console.log(`       left out: the package for ${architecture}, because ${why}`);
      continue;
    }
    const tree = join(folder, architecture);
    await mkdir(tree);
    const [path = ''] = (await run('sh', '-c', 'command -v "$0"', emulator)).split('\n');
    await unpackForeignNode(cache, tree, architecture, path);
    await run('dpkg-deb', '--extract', file, tree);
    await writeFile(join(tree, 'loading.mjs'), LOADING);
    const node = [
      'env',
      '--unset=NODE_EXTRA_CA_CERTS',
      'chroot',
      tree,
      '/emulator',
      '/usr/bin/node',
    ] as const;
    const { arch, row, said } = JSON.parse(await run(...node, '/loading.mjs'));
    assert.deepEqual(row, { x: 42 });
    assert.match(said, /Inappropriate ioctl/);
    console.log(`       loaded on Debian's Node for ${architecture} (${arch})`);
    // The program itself, with what its command tells the engine: it comes as far as its configuration.
    const command = await readFile(join(tree, 'usr/bin/donabe'), 'utf8');
    const options = / \/usr\/bin\/node(.*?) \/usr\/lib/.exec(command)?.[1]?.match(/\S+/g) ?? [];
    const bundle = '/usr/lib/donabe/app/dist/bundle/donabe.mjs';
    assert.match((await attempt(...node, ...options, bundle, 'status')).output, /^CONFIG_INVALID: /);
  }
}
