/** What a vendor may do to a tree before it becomes an image, each change alone. It must not know what it is worth. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../tool.ts';
import { IMAGE_TIME_S } from './debian-tree.ts';

/** Fields of the x86 boot protocol: sectors of the setup code, where the compressed kernel begins after them, its length. */
const SETUP_SECTORS_AT = 0x1f1;
const PAYLOAD_OFFSET_AT = 0x248;
const PAYLOAD_LENGTH_AT = 0x24c;
const SECTOR = 512;
/** Behind the compressed kernel stands its plain length. */
const PAYLOAD_TRAILER = 4;

/** As `COMPRESS=none` would make it. */
export async function withoutCompressedInitrd(tree: string): Promise<void> {
  await inBoot(tree, 'for file in initrd.img-*; do zstd -q -d -c "$file" > plain; mv plain "$file"; done');
}

/** The kernel proper, packed by LZ4 in Debian, in place of the program that unpacks it; boards without such a program boot it as it is. */
export async function withoutCompressedKernel(tree: string): Promise<void> {
  await inBoot(tree, 'ln vmlinuz-* packed');
  const packed = await readFile(join(tree, 'boot', 'packed'));
  const begin = (packed.readUInt8(SETUP_SECTORS_AT) + 1) * SECTOR + packed.readUInt32LE(PAYLOAD_OFFSET_AT);
  const length = packed.readUInt32LE(PAYLOAD_LENGTH_AT) - PAYLOAD_TRAILER;
  await writeFile(join(tree, 'boot', 'payload'), packed.subarray(begin, begin + length));
  await inBoot(
    tree,
    'lz4 -q -d -c payload > plain; for file in vmlinuz-*; do mv plain "$file"; done; rm packed payload',
  );
}

/** As later Debian releases do by themselves. */
export async function compressModules(tree: string): Promise<void> {
  await runTool('find', [
    join(tree, 'usr', 'lib', 'modules'),
    '-name',
    '*.ko',
    '-exec',
    'xz',
    '-q',
    '{}',
    '+',
  ]);
}

/**
 * A copy with the entries of its folders in another order, as another build host's file system may give: on a tmpfs
 * the order is that of creation, and it is shuffled. Returns the copy's place; the caller removes it.
 */
export async function inAnotherOrder(tree: string): Promise<string> {
  const copy = await mkdtemp('/dev/shm/donabe-order-');
  const script = `cd "$1"
find . -mindepth 1 -print0 | shuf -z --random-source=<(yes) | tar -c --no-recursion --null -T - | tar -xp -C "$2"`;
  await runTool('bash', ['-ec', script, 'bash', tree, copy]);
  return copy;
}

async function inBoot(tree: string, script: string): Promise<void> {
  const settle = `touch -d @${IMAGE_TIME_S} * .`;
  await runTool('sh', ['-ec', `cd "$1"; ${script}; ${settle}`, 'sh', join(tree, 'boot')]);
}
