/** Our own packs, made by the command as on a build host: the full one, and deltas at each setting. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compiledFile } from '../../fixtures/index.ts';
import { decodeManifest, type Manifest } from '../../format/index.ts';
import { measured } from '../measured.ts';
import { fillWithNoise } from '../noise.ts';
import { NODE, UNIT } from '../unit.ts';
import type { Applied, Method, Pair } from './method.ts';

export type Setting = 'fast' | 'default' | 'release';

/** What the aim for the time of making asks for. */
const WORKERS = 2;
const CREATED = '2026-01-01T00:00:00Z';

export const COMMAND = compiledFile('cli', 'main.js');

/** The full pack at the default quality; deltas of the same pair are made beside copies of it. */
export const fullPack: Method = {
  name: 'full pack',
  async make(pair) {
    const folder = releaseFolder(pair, 'full');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const facts = [
      '--compatible',
      'bench/pair',
      '--release-version',
      '2.0.0',
      '--sequence',
      '2',
      '--created',
      CREATED,
    ];
    const command = [
      'release',
      'build',
      '--out',
      folder,
      '--image',
      `rootfs=${pair.newImage}`,
      ...facts,
      '--json',
    ];
    const cost = await measured([process.execPath, COMMAND, ...command]);
    const { pack, index } = rootfsOf(await manifestIn(folder));
    return { wireBytes: pack.size + index.size, cost };
  },
  async apply(pair, output) {
    return await applied(pair, 'full', 'full', output);
  },
};

export function deltaPack(setting: Setting): Method {
  return {
    name: `ours, ${setting}`,
    async make(pair) {
      const folder = await copyOfFull(pair, setting);
      const how = ['--quality', setting, '--workers', String(WORKERS), '--json'];
      const base = `rootfs=${pair.oldImage}`;
      const cost = await measured([
        process.execPath,
        COMMAND,
        'release',
        'delta',
        folder,
        '--base',
        base,
        ...how,
      ]);
      const { pack, index } = deltaOf(await manifestIn(folder));
      return { wireBytes: pack.size + index.size, cost };
    },
    async apply(pair, output) {
      return await applied(pair, setting, 'delta', output);
    },
  };
}

/** Node's own time for hashing and writing the image. */
export async function nodeFloor(pair: Pair, output: string): Promise<Applied> {
  await rm(output, { force: true });
  return await inside([programOf('node-floor'), pair.newImage, output]);
}

/** Into a file that has its blocks, as a slot has. */
async function applied(pair: Pair, folder: string, how: 'full' | 'delta', output: string): Promise<Applied> {
  await writeFile(output, '');
  await fillWithNoise(output, pair.imageBytes);
  return await inside([programOf('apply-ours'), releaseFolder(pair, folder), how, pair.oldImage, output]);
}

async function inside(args: readonly string[]): Promise<Applied> {
  const run = await measured([...NODE, ...args], { environment: UNIT });
  const { insideS, baseBytes } = JSON.parse(run.stdout) as { insideS: number; baseBytes?: number };
  return { ...run, insideS, ...(baseBytes === undefined ? {} : { baseBytes }) };
}

function programOf(name: string): string {
  return join(import.meta.dirname, `${name}.js`);
}

function releaseFolder(pair: Pair, name: string): string {
  return join(pair.folder, `release-${name}`);
}

async function copyOfFull(pair: Pair, setting: Setting): Promise<string> {
  const full = releaseFolder(pair, 'full');
  if (!existsSync(full)) await fullPack.make(pair);
  const folder = releaseFolder(pair, setting);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const name of await readdir(full)) await copyFile(join(full, name), join(folder, name));
  return folder;
}

async function manifestIn(folder: string): Promise<Manifest> {
  return decodeManifest(await readFile(join(folder, 'manifest.json')));
}

function rootfsOf(manifest: Manifest): Manifest['images'][number] {
  const [image] = manifest.images;
  if (image === undefined) throw new Error('a release without an image');
  return image;
}

function deltaOf(manifest: Manifest): Manifest['images'][number]['deltas'][number] {
  const [delta] = rootfsOf(manifest).deltas;
  if (delta === undefined) throw new Error('a release without a delta');
  return delta;
}
