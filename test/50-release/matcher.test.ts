/** The matcher: what it finds, that what it finds is right, and that no image makes it slow. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyDelta, type DeltaOperation, decodeDeltaFrame, encodeDeltaFrame } from '../../format/index.ts';
import { fillTable, shapeOf, tableBytes } from '../../release/base-index.ts';
import { Matcher } from '../../release/matcher.ts';
import { PACKED, PLAIN, type Tuning, tuningFor } from '../../release/tuning.ts';
import { inserted, patched, replaced } from './changed-image.ts';
import { KIB, noise } from './release-maker.ts';

/** The bytes in memory whose length is a multiple of a word, as `base.ts` makes it. */
function wordAligned(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new ArrayBuffer(Math.ceil(bytes.length / 4) * 4), 0, bytes.length);
  copy.set(bytes);
  return copy;
}

function tableFor(bytes: Uint8Array, stride: number, parts: number, window: Tuning['window']): Int32Array {
  const shape = shapeOf(bytes.length, stride, window);
  const table = new Int32Array(tableBytes(shape) / 4);
  for (let part = parts - 1; part >= 0; part -= 1) fillTable(table, bytes, shape, part, parts);
  return table;
}

/** A maker of matchers with windows of that length. */
function matchersAt(window: Tuning['window']) {
  return (base: Uint8Array, stride = 4): Matcher => {
    const bytes = wordAligned(base);
    const shape = shapeOf(bytes.length, stride, window);
    return new Matcher(bytes, tableFor(bytes, stride, 1, window), shape);
  };
}

/** The chunk as a device makes it. */
async function made(
  operations: readonly DeltaOperation[],
  base: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  const frame = await encodeDeltaFrame(operations, 1);
  if (frame === undefined) throw new Error('the operations break a limit');
  const plan = decodeDeltaFrame(frame.bytes, length, base.length);
  const reads = plan.reads.map((read) => base.subarray(read.offset, read.offset + read.length));
  return applyDelta(plan, Buffer.concat(reads));
}

function dataBytes(operations: readonly DeltaOperation[]): number {
  return operations.reduce((sum, step) => sum + (step.kind === 'data' ? step.bytes.length : 0), 0);
}

const image = noise(200 * KIB, 'program');
const WINDOWS: readonly Tuning['window'][] = [8, 12];

describe.each(WINDOWS)('finds, with windows of %d bytes', (window) => {
  const matcherFor = matchersAt(window);

  test('an-equal-chunk-as-one-copy', () => {
    expect(matcherFor(image).match(image.subarray(64 * KIB, 128 * KIB), 64 * KIB)).toEqual([
      { kind: 'copy', source: 64 * KIB, length: 64 * KIB },
    ]);
  });

  test.each([1, 2, 3, 4, 5, 7, 8, 4096])('a-chunk-that-moved-by-%d', (shift) => {
    const moved = inserted(image, 100, noise(shift, 'new')).subarray(64 * KIB, 128 * KIB);
    expect(matcherFor(image).match(moved, 64 * KIB)).toEqual([
      { kind: 'copy', source: 64 * KIB - shift, length: 64 * KIB },
    ]);
  });

  test('patches-as-additions-on-one-displacement', () => {
    const chunk = patched(image, 50).subarray(0, 64 * KIB);
    const operations = matcherFor(image).match(chunk, 0);
    expect(dataBytes(operations)).toBe(0);
    expect(new Set(operations.map(({ kind }) => kind))).toEqual(new Set(['copy', 'add']));
  });

  test('what-was-never-there-as-data-and-no-more-of-it', () => {
    const chunk = replaced(image, 20 * KIB, 5000).subarray(0, 64 * KIB);
    const operations = matcherFor(image).match(chunk, 0);
    expect(dataBytes(operations)).toBeGreaterThan(4900);
    expect(dataBytes(operations)).toBeLessThanOrEqual(5000);
  });

  test('pieces-of-other-places-in-any-order', () => {
    const pieces = [150, 10, 90, 40, 10].map((at) => image.subarray(at * KIB + 3, at * KIB + 3 + 7001));
    const chunk = Buffer.concat(pieces);
    const operations = matcherFor(image).match(chunk, 0);
    expect(dataBytes(operations)).toBe(0);
    expect(operations.length).toBeLessThanOrEqual(10);
  });

  test('short-runs-between-what-the-base-does-not-know', () => {
    // Nine bytes in forty are the base's: too few for an addition, and each run too short for a window of its own.
    const chunk = noise(32 * KIB, 'other');
    for (let at = 1000; at < 31 * KIB; at += 40) image.copy(chunk, at, at, at + 9);
    image.copy(chunk, 0, 0, 1000);
    const operations = matcherFor(image).match(chunk, 0);
    expect(dataBytes(operations)).toBeLessThan(chunk.length - 1000 - 9 * 700);
  });

  test('a-short-match-on-a-displacement-that-it-has-left-a-little-before', async () => {
    // Ten bytes are no window of the table: only who remembers the displacement finds them.
    const chunk = noise(20 * 400, 'new');
    for (let at = 0; at < chunk.length; at += 400) {
      image.copy(chunk, at, at, at + 100);
      image.copy(chunk, at + 100, at + 90 * KIB, at + 90 * KIB + 100);
      image.copy(chunk, at + 200, at + 200, at + 210);
    }
    const operations = matcherFor(image).match(chunk, 0);
    expect(Buffer.compare(await made(operations, image, chunk.length), chunk)).toBe(0);
    expect(dataBytes(operations)).toBeLessThan(20 * 195);
  });

  test('content-that-the-base-has-at-a-wider-stride-as-well', () => {
    const chunk = image.subarray(30 * KIB + 1, 60 * KIB);
    expect(dataBytes(matcherFor(image, 8).match(chunk, 100 * KIB))).toBe(0);
  });
});

describe.each(WINDOWS)('is-right, with windows of %d bytes', (window) => {
  const matcherFor = matchersAt(window);

  test('for-any-base-and-any-chunk-made-of-it', async () => {
    const edit = fc.record({
      at: fc.nat(7 * KIB),
      length: fc.integer({ min: 1, max: 900 }),
      kind: fc.constantFrom('keep', 'patch', 'new', 'zero'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(noise(8 * KIB, 'b'), Buffer.alloc(8 * KIB, 'abcdefg'), randomBytes(8 * KIB - 3)),
        fc.constantFrom(4, 8),
        fc.nat(10 * KIB),
        async (edits, base, stride, place) => {
          const chunk = Buffer.concat(
            edits.map(({ at, length, kind }) => {
              const piece = base.subarray(at, at + length);
              if (kind === 'patch') return patched(Buffer.from(piece), 20);
              if (kind === 'new') return noise(piece.length, `new ${at}`);
              return kind === 'zero' ? Buffer.alloc(piece.length) : piece;
            }),
          );
          const operations = matcherFor(base, stride).match(chunk, place);
          expect(chunk.equals(await made(operations, base, chunk.length))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([1, 3, 15, 16, 17, 31])('for-a-base-and-a-chunk-of-%d-bytes', async (length) => {
    const base = noise(length, 'tiny');
    for (const chunk of [base, Buffer.from(base).reverse(), base.subarray(0, 1)]) {
      const operations = matcherFor(base).match(chunk, 0);
      expect(Buffer.compare(await made(operations, base, chunk.length), chunk)).toBe(0);
    }
  });

  test('and-the-table-is-the-same-whoever-filled-which-part-of-it', () => {
    const bytes = wordAligned(image);
    const alone = Buffer.from(tableFor(bytes, 4, 1, window).buffer);
    for (const parts of [2, 3, 8]) {
      expect(alone.equals(Buffer.from(tableFor(bytes, 4, parts, window).buffer))).toBe(true);
    }
  });
});

describe.each(WINDOWS)('stays-linear, with windows of %d bytes', (window) => {
  const matcherFor = matchersAt(window);
  const length = 256 * KIB;
  const periodic = (period: number) => Buffer.alloc(length, noise(period, 'period'));
  test.each<[string, Buffer, Buffer]>([
    ['zeros', Buffer.alloc(length), replaced(Buffer.alloc(length), 1000, 10)],
    ['one byte value', Buffer.alloc(length, 0xff), inserted(Buffer.alloc(length, 0xff), 5, Buffer.from('a'))],
    ['a period of 24 bytes', periodic(24), inserted(periodic(24), 7, Buffer.from('a'))],
    ['a period of 24 bytes, patched', periodic(24), patched(inserted(periodic(24), 7, Buffer.from('a')), 40)],
    ['a period of 100 bytes, patched', periodic(100), patched(periodic(100), 33)],
    ['a period of 4096 bytes', periodic(4096), inserted(periodic(4096), 9, Buffer.from('abc'))],
    ['two periods', periodic(24), periodic(40)],
    ['noise', noise(length, 'one'), noise(length, 'two')],
    ['noise, patched', noise(length, 'one'), patched(noise(length, 'one'), 30)],
  ])('%s', async (_name, base, chunk) => {
    const matcher = matcherFor(base);
    const operations = matcher.match(chunk, 0);
    // Bytes of candidates that were compared, a few dozen for each byte of the chunk.
    expect(matcher.work).toBeLessThan(64 * chunk.length);
    expect(Buffer.compare(await made(operations, base, chunk.length), chunk)).toBe(0);
  });
});

describe('a large base', () => {
  test.each([1, 2 ** 20, 2 ** 29, 2 ** 31, 2 ** 32])('of-%d-bytes-has-a-table-that-fits', (size) => {
    const shape = shapeOf(size, 4, 12);
    expect(tableBytes(shape)).toBeLessThanOrEqual(512 * KIB * KIB);
    // Every position has an entry, and the tag has room beside it.
    expect(Math.floor((size - 1) / shape.stride)).toBeLessThan(2 ** (32 - shape.tagBits));
    expect(shape.bucketBits + shape.tagBits).toBeLessThanOrEqual(32);
  });
});

test('short-windows-find-what-is-too-short-for-long-ones', () => {
  // Eleven bytes from anywhere: a window of eight lies in them wherever they begin, one of twelve does not.
  const chunk = noise(16 * KIB, 'new');
  const places = Array.from({ length: 80 }, (_, number) => number * 200);
  for (const at of places) image.copy(chunk, at, at * 7, at * 7 + 11);
  const [short = 0, long = 0] = WINDOWS.map((window) =>
    dataBytes(matchersAt(window)(image).match(chunk, 100 * KIB)),
  );
  // By chance one of them goes on for a byte, and is a long one.
  expect(long).toBeGreaterThan(chunk.length - 11 * 5);
  expect(short).toBeLessThan(chunk.length - 11 * (places.length - 5));
});

describe('the tuning', () => {
  const text = Buffer.from('the rice is done '.repeat(20_000));

  test.each<[string, Buffer, Tuning]>([
    ['packed bytes', noise(4 * 1024 * KIB, 'packed'), PACKED],
    ['text', text, PLAIN],
    ['zeros', Buffer.alloc(1024 * KIB), PLAIN],
    ['text around a packed file', Buffer.concat([text, noise(64 * KIB, 'initrd'), text]), PLAIN],
    ['one byte', Buffer.of(7), PACKED],
  ])('for a base of %s', (_name, base, tuning) => {
    expect(tuningFor(base)).toBe(tuning);
  });
});
