/** Crash images out of a log of writes: what was flushed is there, and of the rest any part. */
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLog } from '../../fixtures/qemu/block-log.ts';
import { CrashDisk } from '../../fixtures/qemu/crash-images.ts';
import { drawCuts, inOrder, MOMENTS } from '../../fixtures/qemu/moments.ts';
import { seeded } from '../../fixtures/seed.ts';

const SECTOR = 512;
const MAGIC = 0x6a736677736872n;
const FLUSH = 1n;
const FUA = 2n;
const DISCARD = 4n;

interface Entry {
  readonly sector: number;
  readonly fill?: number;
  readonly sectors?: number;
  readonly flags?: bigint;
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-crash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function logOf(entries: readonly Entry[]): Buffer {
  const head = Buffer.alloc(SECTOR);
  head.writeBigUInt64LE(MAGIC, 0);
  head.writeBigUInt64LE(1n, 8);
  head.writeBigUInt64LE(BigInt(entries.length), 16);
  head.writeUInt32LE(SECTOR, 24);
  const parts = entries.flatMap(({ sector, fill = 0, sectors = 0, flags = 0n }) => {
    const entry = Buffer.alloc(SECTOR);
    entry.writeBigUInt64LE(BigInt(sector), 0);
    entry.writeBigUInt64LE(BigInt(sectors), 8);
    entry.writeBigUInt64LE(flags, 16);
    return (flags & DISCARD) === 0n ? [entry, Buffer.alloc(sectors * SECTOR, fill)] : [entry];
  });
  return Buffer.concat([head, ...parts]);
}

/** A disk of 8 sectors of `.`, and the log of what was written to it. */
async function crashDisk(entries: readonly Entry[]): Promise<CrashDisk> {
  await writeFile(join(folder, 'disk'), Buffer.alloc(8 * SECTOR, '.'));
  await writeFile(join(folder, 'log'), logOf(entries));
  return CrashDisk.open(join(folder, 'log'), join(folder, 'disk'));
}

/** First byte of each sector, as text; a sector of mixed bytes shows as `?`. */
async function sectorsOf(path: string): Promise<string> {
  const bytes = await readFile(path);
  return Array.from({ length: bytes.length / SECTOR }, (_, at) => {
    const sector = bytes.subarray(at * SECTOR, (at + 1) * SECTOR);
    return sector.every((byte) => byte === sector[0]) ? String.fromCharCode(sector[0] ?? 0) : '?';
  }).join('');
}

const A = 'a'.charCodeAt(0);

describe('a log of writes', () => {
  it('is read with places, lengths and flags', async () => {
    const entries = [
      { sector: 3, sectors: 2, fill: A },
      { sector: 0, flags: FLUSH },
      { sector: 5, sectors: 1, flags: DISCARD },
      { sector: 1, sectors: 1, fill: A + 1, flags: FUA },
    ];
    await writeFile(join(folder, 'log'), logOf(entries));
    const file = await open(join(folder, 'log'));
    try {
      const [first, second, third, last] = await readLog(file);
      expect(first).toMatchObject({ offset: 3 * SECTOR, bytes: 2 * SECTOR, flush: false, durable: false });
      expect(second).toMatchObject({ bytes: 0, flush: true });
      expect(third).toMatchObject({ offset: 5 * SECTOR, discard: true });
      expect(last).toMatchObject({ offset: SECTOR, durable: true });
    } finally {
      await file.close();
    }
  });

  it('that is none is refused', async () => {
    await writeFile(join(folder, 'log'), Buffer.alloc(4 * SECTOR, 1));
    const file = await open(join(folder, 'log'));
    await expect(readLog(file)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
    await file.close();
  });
});

describe('a crash image', () => {
  const entries = [
    { sector: 0, sectors: 2, fill: A },
    { sector: 0, flags: FLUSH },
    { sector: 2, sectors: 4, fill: A + 1 },
    { sector: 6, sectors: 1, fill: A + 2 },
    { sector: 7, sectors: 1, fill: A + 3, flags: FUA },
  ];

  it('has all that was flushed and what is durable by itself; of the rest any part, by sectors', async () => {
    const disk = await crashDisk(entries);
    const seen = new Set<string>();
    try {
      for (let seed = 0; seed < 30; seed += 1) {
        const path = join(folder, 'crashed');
        const fate = await disk.crash({ entries: entries.length }, seeded(seed), path);
        const sectors = await sectorsOf(path);
        expect(sectors).toMatch(/^aa(b{0,4}\.{0,4})[.c]d$/);
        expect(fate.kept + fate.torn + fate.lost).toBe(3);
        seen.add(sectors);
      }
    } finally {
      await disk.close();
    }
    // The first write whole, torn and lost; the second one both ways.
    expect(seen.size).toBeGreaterThan(6);
    expect([...seen].some((text) => /^aabbbbc/.test(text))).toBe(true);
    expect([...seen].some((text) => /^aa\.\.\.\.\./.test(text))).toBe(true);
  });

  it('of an earlier place knows nothing of what came later', async () => {
    const disk = await crashDisk(entries);
    const path = join(folder, 'crashed');
    await disk.crash({ entries: 2 }, seeded(1), path);
    expect(await sectorsOf(path)).toBe('aa......');
    await disk.close();
  });
});

describe('drawn cuts', () => {
  it('give each moment its share, fall into it, and are the same for the same seed', () => {
    const cuts = drawCuts(seeded(7), 2 * MOMENTS.length);
    for (const moment of MOMENTS) {
      expect(cuts.filter((cut) => cut.moment === moment)).toHaveLength(2);
    }
    expect(cuts.every(({ moment, afterMs }) => afterMs >= 0 && afterMs < moment.lastsMs)).toBe(true);
    expect(drawCuts(seeded(7), 2 * MOMENTS.length)).toEqual(cuts);
    const places = inOrder(cuts).map(({ moment }) => MOMENTS.indexOf(moment));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });
});
