/**
 * `npm run bench:advice -- [--cache FOLDER] [--only WORDS]`: what each piece of advice for delta-friendly images is worth, in bytes
 * of our delta at the default setting. One thing is changed at a time, in the old and the new tree of 128 MiB or in
 * how the new image is made. docs/delta-friendly-images.md has the results.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deltaPack, fullPack } from './delta/ours.ts';
import { describeHost, hostText } from './host.ts';
import { IMAGE_TIME_S } from './images/debian-tree.ts';
import { type FileSystem, type ImageFacts, makeImage } from './images/file-systems.ts';
import {
  compressModules,
  inAnotherOrder,
  withoutCompressedInitrd,
  withoutCompressedKernel,
} from './images/variants.ts';
import { defaultCache, imageBytes, treeAt } from './images.ts';
import { markdownTable, megabytes } from './table.ts';
import { runTool } from './tool.ts';

/** Room for what is not compressed any more, bytes. */
const EXT4_BYTES = 256 * 2 ** 20;
const OTHER_FACTS: ImageFacts = {
  uuid: '0d0a0be0-5107-4000-8000-00000000ffff',
  timeS: IMAGE_TIME_S + 86_400 * 30,
};

interface Advice {
  readonly what: string;
  readonly kind?: FileSystem;
  /** Changes both trees in place. */
  readonly both?: readonly ((tree: string) => Promise<void>)[];
  /** Changes the new tree alone; gives the place of a changed copy. */
  readonly fresh?: (tree: string) => Promise<string>;
  /** Of the new image alone. */
  readonly facts?: ImageFacts;
}

const ADVICE: readonly Advice[] = [
  { what: 'as Debian packs it, ext4' },
  { what: 'initrd not compressed', both: [withoutCompressedInitrd] },
  { what: 'kernel not compressed', both: [withoutCompressedKernel] },
  { what: 'neither compressed', both: [withoutCompressedInitrd, withoutCompressedKernel] },
  { what: 'modules compressed, one by one', both: [compressModules] },
  {
    what: 'times of the build in every file',
    fresh: touched,
    facts: { ...OTHER_FACTS, uuid: undefined },
  },
  { what: 'another UUID of the file system', facts: { ...OTHER_FACTS, timeS: undefined } },
  { what: 'files in another order', fresh: inAnotherOrder },
  { what: 'erofs, not compressed', kind: 'erofs' },
  { what: 'squashfs, blocks compressed', kind: 'squashfs' },
];

const { values } = parseArgs({
  options: { cache: { type: 'string', default: defaultCache() }, only: { type: 'string', default: '' } },
});
process.stdout.write(
  `${hostText(await describeHost(['zstd', 'lz4', 'e2fsprogs', 'erofs-utils', 'squashfs-tools']))}\n`,
);
const rows: string[][] = [];
for (const advice of ADVICE.filter(({ what }) => what.includes(values.only))) {
  process.stderr.write(`${advice.what}\n`);
  rows.push([advice.what, ...(await measure(advice))]);
}
const head = ['image', 'size MB', 'full MB', 'delta MB', 'delta MB, minor update'];
process.stdout.write(`${markdownTable(head, rows)}\nbench:advice: ${rows.length} images measured\n`);

async function measure(advice: Advice): Promise<string[]> {
  const { kind = 'ext4' } = advice;
  const folder = join(values.cache, 'work', 'advice');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const oldImage = await build(advice, folder, 'v1');
  const sizes: string[] = [];
  for (const version of ['v2', 'v2m'] as const) {
    const newImage = await build(advice, folder, version);
    const pair = { name: kind, oldImage, newImage, imageBytes: 0, folder: join(folder, version) };
    const full = await fullPack.make(pair);
    const delta = await deltaPack('default').make(pair);
    if (version === 'v2') sizes.push(megabytes(await imageBytes(newImage)), megabytes(full.wireBytes));
    sizes.push(megabytes(delta.wireBytes));
  }
  await rm(folder, { recursive: true, force: true });
  return sizes;
}

async function build(advice: Advice, folder: string, version: 'v1' | 'v2' | 'v2m'): Promise<string> {
  const { kind = 'ext4', both = [] } = advice;
  const tree = join(folder, `tree-${version}`);
  await runTool('cp', ['-a', await treeAt(values.cache, 'small', version), tree]);
  for (const change of both) await change(tree);
  const image = join(folder, `${version}.${kind}`);
  if (version === 'v1') {
    await makeImage(tree, image, kind, EXT4_BYTES);
  } else {
    const changed = (await advice.fresh?.(tree)) ?? tree;
    await makeImage(changed, image, kind, EXT4_BYTES, advice.facts);
    await rm(changed, { recursive: true });
  }
  await rm(tree, { recursive: true, force: true });
  return image;
}

async function touched(tree: string): Promise<string> {
  await runTool('find', [tree, '-exec', 'touch', '-h', '-d', `@${OTHER_FACTS.timeS}`, '{}', '+']);
  return tree;
}
