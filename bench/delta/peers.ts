/**
 * The peers, driven as their own users do for the fewest bytes: whole old image as the window, and a seed where
 * there is one. casync and zchunk fetch from nginx; the others have their patch as a file.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { measured } from '../measured.ts';
import { Web } from '../web.ts';
import type { Method, Pair } from './method.ts';

/** Average chunk of casync, bytes: of its sizes the one with the fewest bytes over the wire. */
const CASYNC_CHUNK = 16_384;

const xdelta3: Method = {
  name: 'xdelta3 -9',
  package: 'xdelta3',
  program: 'xdelta3',
  async make(pair) {
    const patch = await placeOf(pair, 'patch.xd3');
    const window = await windowOf(pair);
    const cost = await measured([
      'xdelta3',
      '-e',
      '-9',
      '-f',
      '-B',
      window,
      '-s',
      pair.oldImage,
      pair.newImage,
      patch,
    ]);
    return { wireBytes: (await stat(patch)).size, cost };
  },
  async apply(pair, output) {
    const patch = join(pair.folder, 'patch.xd3');
    const window = await windowOf(pair);
    return await measured(
      flushing(['xdelta3', '-d', '-f', '-B', window, '-s', pair.oldImage, patch, output], output),
    );
  },
};

const zstd: Method = {
  name: 'zstd --patch-from',
  package: 'zstd',
  program: 'zstd',
  async make(pair) {
    const patch = await placeOf(pair, 'patch.zst');
    const cost = await measured([
      'zstd',
      '-q',
      '-f',
      '--long=31',
      `--patch-from=${pair.oldImage}`,
      pair.newImage,
      '-o',
      patch,
    ]);
    return { wireBytes: (await stat(patch)).size, cost };
  },
  async apply(pair, output) {
    const patch = join(pair.folder, 'patch.zst');
    const command = [
      'zstd',
      '-q',
      '-f',
      '-d',
      '--long=31',
      `--patch-from=${pair.oldImage}`,
      patch,
      '-o',
      output,
    ];
    return await measured(flushing(command, output));
  },
};

const casync: Method = {
  name: 'casync 16k',
  package: 'casync',
  program: 'casync',
  async make(pair) {
    const folder = await emptyFolder(pair, 'casync');
    const make = (image: string, name: string): readonly string[] => [
      'casync',
      'make',
      `--chunk-size=${CASYNC_CHUNK}`,
      `--store=${join(folder, `${name}.castr`)}`,
      join(folder, `${name}.caibx`),
      image,
    ];
    await measured(make(pair.oldImage, 'old'));
    const cost = await measured(make(pair.newImage, 'new'));
    const known = new Set((await chunksIn(join(folder, 'old.castr'))).map((path) => basename(path)));
    const fresh = (await chunksIn(join(folder, 'new.castr'))).filter((path) => !known.has(basename(path)));
    const sizes = await Promise.all(
      [...fresh, join(folder, 'new.caibx')].map(async (path) => (await stat(path)).size),
    );
    return { wireBytes: sizes.reduce((sum, size) => sum + size, 0), cost };
  },
  async apply(pair, output) {
    const folder = join(pair.folder, 'casync');
    await rm(output, { force: true });
    return await overHttp(pair, folder, (url) =>
      measured(
        flushing(
          [
            'casync',
            'extract',
            `--store=${url}/new.castr`,
            `--seed=${pair.oldImage}`,
            '--seed-output=no',
            join(folder, 'new.caibx'),
            output,
          ],
          output,
        ),
      ),
    );
  },
};

const zchunk: Method = {
  name: 'zchunk',
  package: 'zchunk',
  program: 'zck',
  async make(pair) {
    const folder = await emptyFolder(pair, 'zchunk');
    await measured(['zck', '-o', join(folder, 'old.zck'), pair.oldImage]);
    const cost = await measured(['zck', '-o', join(folder, 'new.zck'), pair.newImage]);
    const { wireBytes } = await download(pair);
    return { wireBytes, cost };
  },
  async apply(pair, output) {
    const { run, fetched } = await download(pair);
    const unpack = await measured(
      flushing(['sh', '-c', 'unzck -c "$1" > "$2"', 'sh', fetched, output], output),
    );
    return {
      ...run,
      wallS: run.wallS + unpack.wallS,
      cpuS: run.cpuS + unpack.cpuS,
      rss: Math.max(run.rss, unpack.rss),
      pss: Math.max(run.pss, unpack.pss),
    };
  },
};

export const PEERS: readonly Method[] = [xdelta3, zstd, casync, zchunk];

async function download(pair: Pair) {
  const folder = join(pair.folder, 'zchunk');
  const fetched = join(folder, 'fetched');
  await rm(fetched, { recursive: true, force: true });
  await mkdir(fetched);
  const web = await Web.start(folder, join(pair.folder, 'nginx'));
  try {
    await web.sent();
    const run = await measured(['zckdl', '-s', join(folder, 'old.zck'), `${web.url}/new.zck`], {
      folder: fetched,
    });
    await web.stop();
    return { run, fetched: join(fetched, 'new.zck'), wireBytes: (await web.sent()).bytes };
  } catch (error) {
    await web.stop();
    throw error;
  }
}

async function overHttp<T>(pair: Pair, folder: string, work: (url: string) => Promise<T>): Promise<T> {
  const web = await Web.start(folder, join(pair.folder, 'nginx'));
  try {
    return await work(web.url);
  } finally {
    await web.stop();
  }
}

/** The command, and then what it wrote onto the disk. */
function flushing(command: readonly string[], output: string): readonly string[] {
  return ['sh', '-c', 'out=$1; shift; "$@" && sync "$out"', 'sh', output, ...command];
}

async function chunksIn(store: string): Promise<readonly string[]> {
  const entries = await readdir(store, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function windowOf({ oldImage }: Pair): Promise<string> {
  return String((await stat(oldImage)).size);
}

async function placeOf({ folder }: Pair, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return join(folder, name);
}

async function emptyFolder({ folder }: Pair, name: string): Promise<string> {
  await rm(join(folder, name), { recursive: true, force: true });
  await mkdir(join(folder, name), { recursive: true });
  return join(folder, name);
}
