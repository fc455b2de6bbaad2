/**
 * `npm run bench:delta -- [--full] [--lean] [--cache FOLDER] [--rounds N]`: bytes, time and memory of our deltas beside the
 * peers', on pairs of images of real Debian packages. Each is made once and applied in rounds, one after the other.
 * 128 MiB, ext4 by default; `--full` is 512 MiB, erofs, squashfs and the release setting too; `--lean` is 512 MiB
 * of ext4 without documentation.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { aimsOf } from './delta/aims.ts';
import type { Applied, Made, Method, Pair } from './delta/method.ts';
import { deltaPack, fullPack, nodeFloor, type Setting } from './delta/ours.ts';
import { PEERS } from './delta/peers.ts';
import { type Figure, figureRow, summary } from './figure.ts';
import { describeHost, hostText } from './host.ts';
import type { FileSystem } from './images/file-systems.ts';
import { defaultCache, imageAt, imageBytes } from './images.ts';
import { markdownTable, median, megabytes, seconds } from './table.ts';
import { isInstalled, runTool } from './tool.ts';

const { values } = parseArgs({
  options: {
    cache: { type: 'string', default: defaultCache() },
    full: { type: 'boolean', default: false },
    lean: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
});
const size = values.lean ? 'lean' : values.full ? 'full' : 'small';
const rounds = Number(values.rounds);

/** Which pairs, and whose settings. */
const PLAN: readonly {
  readonly kind: FileSystem;
  readonly update: 'large' | 'minor';
  readonly fullOnly: boolean;
}[] = [
  { kind: 'ext4', update: 'large', fullOnly: false },
  { kind: 'ext4', update: 'minor', fullOnly: false },
  { kind: 'erofs', update: 'large', fullOnly: true },
  { kind: 'erofs', update: 'minor', fullOnly: true },
  { kind: 'squashfs', update: 'large', fullOnly: true },
];
const settings: readonly Setting[] = values.full ? ['fast', 'default', 'release'] : ['fast', 'default'];

export interface Row {
  readonly method: string;
  readonly made: Made;
  readonly applied: readonly Applied[];
}

const packages = PEERS.flatMap((peer) => (peer.package === undefined ? [] : [peer.package]));
const host = await describeHost([...packages, 'nginx-light', 'e2fsprogs', 'erofs-utils', 'squashfs-tools']);
process.stdout.write(`${hostText(host)}\n`);

const figures: Figure[] = [];
const results: { pair: string; rows: readonly Row[] }[] = [];
for (const { kind, update, fullOnly } of PLAN) {
  const name = `${kind} ${update}`;
  if ((fullOnly && !values.full) || !name.startsWith(values.only)) continue;
  const pair = await pairOf(kind, update);
  const { rows, floor } = await comparePair(pair);
  results.push({ pair: name, rows });
  process.stdout.write(`## ${name}, ${megabytes(pair.imageBytes)} MB\n\n${tableOf(rows, floor)}\n`);
  for (const figure of aimsOf({ kind, update, size, rows, floor, imageBytes: pair.imageBytes })) {
    figures.push(figure);
    process.stdout.write(`${figureRow(figure)}\n`);
  }
  process.stdout.write('\n');
}
const report = join(values.cache, `delta-${size}.json`);
await writeFile(report, JSON.stringify({ host, results, figures }, undefined, 1));
process.stdout.write(`as JSON: ${report}\n${summary('bench:delta', figures)}\n`);

async function pairOf(kind: FileSystem, update: 'large' | 'minor'): Promise<Pair> {
  const oldImage = await imageAt(values.cache, { size, version: 'v1', kind });
  const newImage = await imageAt(values.cache, { size, version: update === 'large' ? 'v2' : 'v2m', kind });
  const folder = join(values.cache, 'work', size, `${kind}-${update}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return { name: `${kind} ${update}`, oldImage, newImage, folder, imageBytes: await imageBytes(newImage) };
}

async function comparePair(pair: Pair): Promise<{ rows: readonly Row[]; floor: number }> {
  const methods: { method: Method; made: Made; applied: Applied[] }[] = [];
  for (const method of [fullPack, ...settings.map(deltaPack), ...PEERS]) {
    if (method.program !== undefined && !(await isInstalled(method.program))) {
      process.stdout.write(`${method.name}: the Debian package ${method.package} is not installed\n`);
      continue;
    }
    process.stderr.write(`${pair.name}: making ${method.name}\n`);
    methods.push({ method, made: await method.make(pair), applied: [] });
  }
  const output = join(pair.folder, 'output');
  const floors: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`${pair.name}: applying, round ${round + 1}\n`);
    floors.push((await nodeFloor(pair, output)).insideS ?? 0);
    for (const { method, applied } of methods) {
      await rm(output, { force: true });
      applied.push(await method.apply(pair, output));
      if (round === 0) await runTool('cmp', [output, pair.newImage]);
    }
  }
  await rm(pair.folder, { recursive: true, force: true });
  const rows = methods.map(({ method, made, applied }) => ({ method: method.name, made, applied }));
  return { rows, floor: median(floors) };
}

function tableOf(rows: readonly Row[], floor: number): string {
  const full = rows.find(({ method }) => method === 'full pack')?.made.wireBytes ?? 0;
  const head = [
    'way',
    'wire MB',
    '% of full',
    'make s',
    'make RSS MB',
    'apply s',
    'apply CPU s',
    'apply RSS MB',
  ];
  const body = rows.map(({ method, made, applied }) => [
    method,
    megabytes(made.wireBytes),
    ((100 * made.wireBytes) / full).toFixed(1),
    made.cost.wallS.toFixed(1),
    (made.cost.rss / 1e6).toFixed(0),
    seconds(median(applied.map(({ wallS }) => wallS))),
    seconds(median(applied.map(({ cpuS }) => cpuS))),
    (median(applied.map(({ rss }) => rss)) / 1e6).toFixed(0),
  ]);
  return `${markdownTable(head, body)}\nNode alone hashes and writes the image in ${seconds(floor)} s.\n`;
}
