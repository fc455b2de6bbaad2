/** A delta's base is read with several reads under way: every byte at its place, and none after a failure. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ImageReader } from '../../agent/index.ts';
import { readExtents } from '../../agent/walk/base-bytes.ts';

const IMAGE = Uint8Array.from({ length: 4096 }, (_, at) => at % 251);
const READS = Array.from({ length: 200 }, (_, at) => ({ offset: at * 20, length: 1 + (at % 17) }));
const TOTAL = READS.reduce((sum, { length }) => sum + length, 0);

/** Answers later reads first, and counts how many wait at a time. */
function reader(fails: (offset: number) => boolean = () => false) {
  const seen = { underWay: 0, most: 0 };
  const readInto = async (offset: number, memory: Uint8Array): Promise<void> => {
    seen.underWay += 1;
    seen.most = Math.max(seen.most, seen.underWay);
    for (let turn = offset % 7; turn >= 0; turn -= 1) await setImmediate();
    seen.underWay -= 1;
    if (fails(offset)) throw new Error(`no bytes at ${offset}`);
    memory.set(IMAGE.subarray(offset, offset + memory.length));
  };
  const nothing = async () => undefined;
  const source: ImageReader = {
    slot: 'a',
    slotClass: 'rootfs',
    capacity: IMAGE.length,
    read: async () => IMAGE,
    readInto,
    close: nothing,
  };
  return { source, seen };
}

describe('reading what a delta needs of its base', () => {
  it('puts every read at its place, in whatever order they end', async () => {
    const { source, seen } = reader();
    const memory = new Uint8Array(TOTAL);
    await readExtents(source, READS, memory);
    const expected = READS.flatMap(({ offset, length }) => [...IMAGE.subarray(offset, offset + length)]);
    expect([...memory]).toEqual(expected);
    expect(seen.most).toBeGreaterThan(1);
    expect(seen.most).toBeLessThanOrEqual(32);
  });

  it('does not touch the memory any more once it has failed', async () => {
    const { source, seen } = reader((offset) => offset === 400);
    const memory = new Uint8Array(TOTAL);
    await expect(readExtents(source, READS, memory)).rejects.toThrow('no bytes at 400');
    expect(seen.underWay).toBe(0);
    expect([...memory.subarray(TOTAL / 2)].every((byte) => byte === 0)).toBe(true);
  });

  it('reads nothing for a frame that needs nothing', async () => {
    const { source, seen } = reader();
    await readExtents(source, [], new Uint8Array(0));
    expect(seen.most).toBe(0);
  });
});
