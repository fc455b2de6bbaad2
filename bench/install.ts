/**
 * `npm run bench:install -- [--cache FOLDER] [--rounds N]`: 512 MiB from nginx into a slot, a loop device as root and
 * a file otherwise. Ours is the bundled command on an emulated board; beside it the peers and what shell tools need.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeKeys } from '../fixtures/index.ts';
import { type Figure, figureRow, summary } from './figure.ts';
import { describeHost, hostText } from './host.ts';
import { defaultCache, imageAt, imageBytes } from './images.ts';
import { installAims } from './install/aims.ts';
import { Board } from './install/board.ts';
import { killedAtHalf } from './install/kill.ts';
import { limitMemory } from './install/limit.ts';
import type { Way } from './install/method.ts';
import { ours } from './install/ours.ts';
import { floor, type PeerOptions, pass, rauc, swupdate } from './install/peers.ts';
import { addDelta, makeRelease, noiseImage, sparseImage } from './install/releases.ts';
import type { Run } from './measured.ts';
import { markdownTable, median, megabytes, seconds } from './table.ts';
import { isInstalled } from './tool.ts';
import { Web } from './web.ts';

const MIB = 2 ** 20;
/** Noise that the factory flashed where nothing of the release may be found on the board. */
const FACTORY_BYTES = 4 * MIB;
const SPARSE = { small: 64 * MIB, large: 4096 * MIB } as const;
/** The smallest boards have no more. */
const LIMIT_BYTES = 128_000_000;
/** A slow enough line to be cut in the middle, bytes a second. */
const KILL_RATE = 50_000_000;

const { values } = parseArgs({
  options: {
    cache: { type: 'string', default: defaultCache() },
    rounds: { type: 'string', default: '3' },
  },
});
const folder = join(tmpdir(), `donabe-install-${process.pid}`);
const www = join(folder, 'www');
const keys = makeKeys('bench');
const note = (text: string): boolean => process.stderr.write(`${text}\n`);

await mkdir(www, { recursive: true });
const host = await describeHost(['swupdate', 'rauc', 'nginx-light', 'curl', 'openssl', 'coreutils']);
process.stdout.write(`${hostText(host)}\n`);
try {
  await bench();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const [v1, v2] = [await imageOf('v1'), await imageOf('v2')];
  const bytes = await imageBytes(v2);
  note('making releases');
  const noise = await noiseImage(join(folder, 'noise.img'), FACTORY_BYTES);
  const factory = await makeRelease(join(folder, 'factory'), noise, '1.0.0', keys);
  const old = await makeRelease(join(folder, 'old'), v1, '1.0.0', keys);
  const release = await makeRelease(join(www, 'release'), v2, '2.0.0', keys);
  await addDelta(release.folder, v1, keys);
  await makeRelease(join(www, 'uncompressed'), v2, '2.0.0', keys, 'none');

  const common = { keys, slotBytes: bytes, noise: true };
  const fullBoard = await Board.create({ folder: join(folder, 'full'), factory, ...common });
  const deltaBoard = await Board.create({ folder: join(folder, 'delta'), factory: old, ...common });
  const figures: Figure[] = [];
  try {
    process.stdout.write(`slots are ${fullBoard.isBlock ? 'loop devices' : 'files: not root'}\n\n`);
    const compared = await compare(fullBoard, deltaBoard, v2, bytes);
    const sparse = await growth(factory);
    const limited = await underLimit(fullBoard, deltaBoard, bytes);
    figures.push(...installAims({ compared: compared.runs, sparse, limited }));
    for (const figure of figures) process.stdout.write(`${figureRow(figure)}\n`);
    const report = join(values.cache, 'install.json');
    await writeFile(report, JSON.stringify({ host, ...compared, sparse, limited, figures }, undefined, 1));
    process.stdout.write(`\nas JSON: ${report}\n${summary('bench:install', figures)}\n`);
  } finally {
    await fullBoard.remove();
    await deltaBoard.remove();
  }
}

function imageOf(version: 'v1' | 'v2'): Promise<string> {
  return imageAt(values.cache, { size: 'full', version, kind: 'ext4' });
}

async function compare(fullBoard: Board, deltaBoard: Board, image: string, bytes: number) {
  let web = await Web.start(www, join(folder, 'nginx'));
  const url = (): string => web.url;
  const release = (): string => `${web.url}/release/`;
  const peer: PeerOptions = {
    folder: join(folder, 'peers'),
    www,
    image,
    imageBytes: bytes,
    slot: fullBoard.inactive,
    url,
    reset: () => fullBoard.reset(),
  };
  const full = { board: fullBoard, imageBytes: bytes, url: release };
  const ways: Way[] = [
    ours({ name: 'ours, full', ...full }),
    // As the floor and swupdate do it: of equal bytes, to compare what the processor does.
    ours({ name: 'ours, full, uncompressed', ...full, url: () => `${web.url}/uncompressed/` }),
    ours({ name: 'ours, delta', ...full, board: deltaBoard }),
    ours({ name: 'ours, full, not bundled', ...full, bundled: false }),
    await floor(peer),
    pass(peer),
  ];
  for (const [program, make] of [
    ['swupdate', swupdate],
    ['rauc', rauc],
  ] as const) {
    if (!(await isInstalled(program)))
      process.stdout.write(`the Debian package ${program} is not installed\n`);
    else if (program === 'rauc' && !fullBoard.isBlock)
      process.stdout.write('rauc wants root for its mount\n');
    else ways.push(await make(peer));
  }
  const runs: Record<string, Run[]> = {};
  const sent: Record<string, number> = {};
  try {
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const way of ways) {
        note(`round ${round + 1}: ${way.name}`);
        await way.reset();
        await web.sent();
        const run = await way.run();
        runs[way.name] = [...(runs[way.name] ?? []), run];
        if (round > 0) continue;
        sent[way.name] = (await web.sent()).bytes;
        await (way.name === 'ours, delta' ? deltaBoard : fullBoard).expect(image, bytes);
      }
    }
    process.stdout.write(tableOf(runs, sent));
    await web.stop();
    web = await Web.start(www, join(folder, 'nginx'), KILL_RATE);
    const killable = ways.filter(({ name }) => !/pass|floor|not bundled|full, uncompressed/.test(name));
    const killed: Record<string, Awaited<ReturnType<typeof killedAtHalf>>> = {};
    for (const way of killable) {
      note(`killed at half: ${way.name}`);
      killed[way.name] = await killedAtHalf(way, web, sent[way.name] ?? 0);
    }
    process.stdout.write(killTable(killed));
    return { runs, sent, killed };
  } finally {
    for (const way of ways) await way.close?.();
    await web.stop();
  }
}

/** Peak memory of installs that differ in the length of the image alone. */
async function growth(factory: Awaited<ReturnType<typeof makeRelease>>) {
  const peaks: Record<keyof typeof SPARSE, Run | undefined> = { small: undefined, large: undefined };
  for (const name of ['small', 'large'] as const) {
    note(`sparse image, ${SPARSE[name] / MIB} MiB`);
    const image = await sparseImage(join(folder, 'sparse.img'), SPARSE[name]);
    const served = join(folder, `sparse-${name}`);
    await makeRelease(served, image, '2.0.0', keys);
    const board = await Board.create({
      folder: join(folder, `board-${name}`),
      keys,
      factory,
      slotBytes: SPARSE[name],
      noise: false,
    });
    const web = await Web.start(served, join(folder, 'nginx'));
    try {
      const way = ours({ name, board, imageBytes: SPARSE[name], url: () => web.url });
      peaks[name] = await way.run();
      await board.expect(image, SPARSE[name]);
    } finally {
      await web.stop();
      await board.remove();
      await rm(image);
    }
  }
  const rows = Object.entries(peaks).map(([name, run]) => [
    `sparse ${SPARSE[name === 'small' ? 'small' : 'large'] / MIB} MiB`,
    megabytes(run?.rss ?? 0),
    megabytes(run?.pss ?? 0),
    seconds(run?.wallS ?? 0),
  ]);
  process.stdout.write(`${markdownTable(['image', 'RSS MB', 'PSS MB', 'wall s'], rows)}\n`);
  return peaks;
}

/** Whether both installs end under the limit; a sentence where there can be none. */
async function underLimit(fullBoard: Board, deltaBoard: Board, bytes: number) {
  const limit = await limitMemory(LIMIT_BYTES);
  if (typeof limit === 'string') {
    process.stdout.write(`no install under a memory limit: ${limit}\n`);
    return undefined;
  }
  const web = await Web.start(www, join(folder, 'nginx'));
  try {
    const ended: Record<string, boolean> = {};
    for (const [name, board] of [
      ['full', fullBoard],
      ['delta', deltaBoard],
    ] as const) {
      note(`under ${LIMIT_BYTES / 1e6} MB: ${name}`);
      const url = (): string => `${web.url}/release/`;
      const way = ours({ name, board, imageBytes: bytes, url, under: limit.under });
      await way.reset();
      const run = await way.run({ mayFail: true });
      ended[name] = run.status === 0;
      process.stdout.write(
        `${name} under a limit of ${LIMIT_BYTES / 1e6} MB: status ${run.status}, ${seconds(run.wallS)} s\n`,
      );
    }
    return ended;
  } finally {
    await web.stop();
    await limit.remove();
  }
}

function tableOf(
  runs: Readonly<Record<string, readonly Run[]>>,
  sent: Readonly<Record<string, number>>,
): string {
  const head = ['way', 'wire MB', 'wall s', 'min to max', 'CPU s', 'RSS MB', 'PSS MB'];
  const rows = Object.entries(runs).map(([name, of]) => {
    const walls = of.map(({ wallS }) => wallS);
    return [
      name,
      megabytes(sent[name] ?? 0),
      seconds(median(walls)),
      `${seconds(Math.min(...walls))} to ${seconds(Math.max(...walls))}`,
      seconds(median(of.map(({ cpuS }) => cpuS))),
      megabytes(Math.max(...of.map(({ rss }) => rss))),
      megabytes(Math.max(...of.map(({ pss }) => pss))),
    ];
  });
  return `${markdownTable(head, rows)}\n`;
}

function killTable(
  killed: Readonly<Record<string, { first: number; second: number; again: number }>>,
): string {
  const head = ['killed at half', 'MB until then', 'MB after', 'MB fetched again'];
  const rows = Object.entries(killed).map(([name, { first, second, again }]) => [
    name,
    megabytes(first),
    megabytes(second),
    megabytes(again),
  ]);
  return `${markdownTable(head, rows)}\n`;
}
