/** Bytes that go to a partition past the page cache, and those that cannot. */
import { readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type DirectWriter, openDirectWriter } from '../../agent/adapters/direct-write.ts';
import { SYSTEM_TOOLS } from '../../agent/adapters/read-back.ts';
import { WorkMemory } from '../../agent/adapters/work-memory.ts';
import { freshFolders } from './workbench.ts';

const BLOCK = 4096;
const BLOCKS = 64;
const freshFolder = freshFolders();

function content(bytes: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => (at * 7 + seed) % 251);
}

/** A file of zeros, and its writer. */
async function bench(
  run: (writer: DirectWriter, path: string, memory: WorkMemory) => Promise<void>,
  { alignedMemory } = SYSTEM_TOOLS,
) {
  const path = join(freshFolder(), 'slot.img');
  writeFileSync(path, new Uint8Array(BLOCKS * BLOCK));
  const memory = new WorkMemory(alignedMemory);
  const writer = await openDirectWriter((flags) => open(path, flags), alignedMemory, memory);
  // A file system without O_DIRECT: there is no such writer, and nothing to be tried.
  if (writer === undefined) return;
  try {
    await run(writer, path, memory);
  } finally {
    await writer.close();
  }
}

it('whole blocks are written, the rest is left to the page cache', async () => {
  await bench(async (writer, path) => {
    const bytes = content(2 * BLOCK + 100, 1);
    expect(await writer.write(BLOCK, bytes)).toBe(2 * BLOCK);
    expect(await writer.write(BLOCK + 512, bytes)).toBe(0);
    expect(await writer.write(0, bytes.subarray(0, BLOCK - 1))).toBe(0);
    const expected = new Uint8Array(BLOCKS * BLOCK);
    expected.set(bytes.subarray(0, 2 * BLOCK), BLOCK);
    expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
  });
});

it('several at a time arrive each at its place, from its own memory and from any other', async () => {
  await bench(async (writer, path, memory) => {
    const expected = content(BLOCKS * BLOCK, 2);
    const own = memory.take(BLOCKS * BLOCK);
    own?.set(expected);
    const from = own ?? expected;
    const half = (BLOCKS / 2) * BLOCK;
    const written = await Promise.all([
      writer.write(0, from.subarray(0, half)),
      writer.write(half, expected.subarray(half, half + half / 2)),
      writer.write(half + half / 2, expected.subarray(half + half / 2)),
      // At an offset in its own memory that is none of a block.
      writer.write(BLOCK, from.subarray(BLOCK, 2 * BLOCK)),
    ]);
    expect(written).toEqual([half, half / 2, half / 2, BLOCK]);
    expect(await writer.write(BLOCK, from.subarray(1, BLOCK + 1))).toBe(BLOCK);
    expected.set(expected.slice(1, BLOCK + 1), BLOCK);
    expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
  });
});

it('a refusal is no error: nothing is written here, then and later', async () => {
  // Memory that does not begin at a block makes the kernel answer EINVAL, as a file system without O_DIRECT does.
  const askew = (bytes: number) => SYSTEM_TOOLS.alignedMemory(bytes + 1)?.subarray(1);
  await bench(
    async (writer, path) => {
      expect(await writer.write(0, content(BLOCK, 3))).toBe(0);
      expect(await writer.write(0, content(BLOCK, 3))).toBe(0);
      expect(readFileSync(path).every((byte) => byte === 0)).toBe(true);
    },
    { ...SYSTEM_TOOLS, alignedMemory: askew },
  );
});

it('without aligned memory there is none', async () => {
  const path = join(freshFolder(), 'slot.img');
  writeFileSync(path, '');
  const none = () => undefined;
  const opened = openDirectWriter((flags) => open(path, flags), none, new WorkMemory(none));
  expect(await opened).toBeUndefined();
});
