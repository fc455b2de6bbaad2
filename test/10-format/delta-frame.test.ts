/** Delta frames: operations go in and their chunk comes out; frames that lie end in our error, within bounds. */
import { randomBytes } from 'node:crypto';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyDelta,
  type DeltaOperation,
  type DeltaPlan,
  decodeDeltaFrame,
  decodeDeltaFrameInPool,
  decodeFrame,
  encodeDeltaFrame,
  FormatError,
  MAX_READ_SHARE,
} from '../../format/index.ts';
import { hostileBytes, onlyFormatError } from './hostile-bytes.ts';

const KIB = 1024;
const refused = expect.objectContaining({ name: 'FormatError', code: 'FRAME_MALFORMED' });

/** What the operations mean, written down once more in the slowest and plainest way. */
function chunkOf(operations: readonly DeltaOperation[], base: Uint8Array): Buffer {
  return Buffer.concat(
    operations.map((operation) => {
      if (operation.kind === 'data') return operation.bytes;
      const { kind, source } = operation;
      if (kind === 'copy') return base.subarray(source, source + operation.length);
      return operation.differences.map((difference, at) => (difference + (base[source + at] ?? 0)) & 0xff);
    }),
  );
}

async function frameOf(operations: readonly DeltaOperation[], quality = 5): Promise<Uint8Array> {
  const frame = await encodeDeltaFrame(operations, quality);
  if (frame === undefined) throw new Error('the operations break a limit');
  return frame.bytes;
}

/** Reads what a plan names, as a device does. */
function readsOf(plan: DeltaPlan, base: Uint8Array): Buffer {
  return Buffer.concat(plan.reads.map(({ offset, length }) => base.subarray(offset, offset + length)));
}

/** What the format promises of every plan. */
function expectBounded(plan: DeltaPlan, baseSize: number): void {
  let end = -1;
  let sum = 0;
  for (const { offset, length } of plan.reads) {
    expect(length).toBeGreaterThan(0);
    expect(offset).toBeGreaterThan(end);
    end = offset + length;
    sum += length;
  }
  expect(end).toBeLessThanOrEqual(baseSize);
  expect(sum).toBe(plan.baseLength);
  expect(sum).toBeLessThanOrEqual(MAX_READ_SHARE * plan.chunkLength);
}

/** A body of one's own: head, runs, and what follows. */
function bodyOf(codes: readonly number[], displacements: readonly number[], rest: number): Buffer {
  const head = Buffer.from([codes.length, displacements.length]);
  return Buffer.concat([head, Buffer.from(codes), Buffer.from(displacements), Buffer.alloc(rest, 0x41)]);
}

const base = randomBytes(8 * KIB);

/** Of any kind, and as they mostly are: few that are not 0. */
const differences = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 200 }),
  fc
    .array(fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, 255), { minLength: 1, maxLength: 200 })
    .map((bytes) => Uint8Array.from(bytes)),
);

const operation: fc.Arbitrary<DeltaOperation> = fc.oneof(
  fc.record({
    kind: fc.constant('copy' as const),
    source: fc.integer({ min: 0, max: 7 * KIB }),
    length: fc.integer({ min: 1, max: KIB }),
  }),
  fc.record({
    kind: fc.constant('add' as const),
    source: fc.integer({ min: 0, max: 7 * KIB }),
    differences,
  }),
  fc.record({
    kind: fc.constant('data' as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }),
  }),
);

describe('round-trip', () => {
  test('any-operations-make-their-chunk', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(1, 5, 9),
        async (operations, quality) => {
          const chunk = chunkOf(operations, base);
          const plan = decodeDeltaFrame(await frameOf(operations, quality), chunk.length, base.length);
          expectBounded(plan, base.length);
          expect(chunk.equals(applyDelta(plan, readsOf(plan, base)))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('in-the-pool-it-is-the-same-plan', async () => {
    const operations: DeltaOperation[] = [
      { kind: 'data', bytes: Buffer.from('rice') },
      { kind: 'add', source: 100, differences: Uint8Array.of(255, 0, 1) },
      { kind: 'copy', source: 103, length: 50 },
      { kind: 'copy', source: 0, length: 99 },
    ];
    const frame = await frameOf(operations);
    const plan = await decodeDeltaFrameInPool(frame, 156, base.length);
    expect(plan).toEqual(decodeDeltaFrame(frame, 156, base.length));
    const chunk = new Uint8Array(156).fill(0xee);
    expect(applyDelta(plan, readsOf(plan, base), chunk)).toBe(chunk);
    expect(chunkOf(operations, base).equals(chunk)).toBe(true);
  });

  test('a-moved-chunk-is-a-few-bytes', async () => {
    const frame = await frameOf([{ kind: 'copy', source: 3 * 2 ** 30, length: 1024 * KIB }], 9);
    expect(frame.length).toBeLessThan(20);
  });

  test('the-same-operations-give-the-same-frame', async () => {
    const operations: DeltaOperation[] = [{ kind: 'data', bytes: Buffer.alloc(5000, 'grain ') }];
    expect(await frameOf(operations, 9)).toEqual(await frameOf(operations, 9));
  });

  /** Runs that compress to less than half, and after them bytes that do not at all. */
  const packed: readonly DeltaOperation[] = [
    { kind: 'add', source: 0, differences: Buffer.alloc(7 * KIB, Uint8Array.of(0, 0, 0, 0, 4, 0, 8)) },
    { kind: 'data', bytes: randomBytes(96 * KIB) },
  ];

  test.each([0, 5, 9, 10, 11])(
    'literals-that-do-not-compress-cost-no-more-than-they-are-at-%d',
    async (quality) => {
      const frame = await frameOf(packed, quality);
      // Ends of pieces and heads of stored stretches, of at most 16 KiB at the lowest quality.
      expect(frame.length).toBeLessThan(96 * KIB + 300);
      const chunk = chunkOf(packed, base);
      const plan = decodeDeltaFrame(frame, chunk.length, base.length);
      expect(chunk.equals(applyDelta(plan, readsOf(plan, base)))).toBe(true);
    },
  );

  test('and-less-than-in-one-piece-with-the-runs-before-them', async () => {
    const random = randomBytes(300 * KIB);
    const differences = random.map((byte, at) => (byte < 40 ? (random[at - 1] ?? 1) : 0));
    const bytes = Buffer.from(randomBytes(225 * KIB).toString('base64'));
    const operations: DeltaOperation[] = [
      { kind: 'add', source: 0, differences },
      { kind: 'data', bytes },
    ];
    const frame = await frameOf(operations, 9);
    const onePiece = brotliCompressSync(brotliDecompressSync(frame), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_NPOSTFIX]: 3 },
    });
    // Measured: about 1 KiB less; in one piece it is the same stream.
    expect(frame.length).toBeLessThan(onePiece.length);
  });

  test.each([1, 9])('frames-of-many-at-a-time-are-those-of-one-at-a-time-at-%d', async (quality) => {
    const all = Array.from({ length: 16 }, (_, at): DeltaOperation[] => [
      { kind: 'copy', source: at, length: 100 },
      { kind: 'data', bytes: Buffer.alloc(4 * KIB, `grain ${at}`) },
      ...packed,
    ]);
    const together = await Promise.all(all.map((operations) => frameOf(operations, quality)));
    for (const [at, operations] of all.entries()) {
      expect(Buffer.compare(together[at] ?? Buffer.alloc(0), await frameOf(operations, quality))).toBe(0);
    }
  });

  test('one-window-size-whatever-the-pieces', async () => {
    // The first bits of a brotli stream name its window: it bounds the memory of the device's decoder.
    const length = 64 * KIB - 8;
    const [alone, behind] = await Promise.all([
      frameOf([{ kind: 'data', bytes: Buffer.alloc(length, 'oats ') }], 9),
      frameOf(
        [
          { kind: 'copy', source: 0, length: 1 },
          { kind: 'data', bytes: Buffer.alloc(length, 'oats ') },
        ],
        9,
      ),
    ]);
    // Header 0: 16 bits (RFC 7932, 9.1).
    expect([(alone[0] ?? 1) & 1, (behind[0] ?? 1) & 1]).toEqual([0, 0]);
  });
});

describe('a base beyond 2^32', () => {
  const far = 2 ** 42;
  /** Content of a base that nobody has room for. */
  const byteAt = (offset: number) => (offset % 251) ^ (Math.floor(offset / 2 ** 32) % 256);
  const bytesAt = (offset: number, length: number) =>
    Buffer.from(Array.from({ length }, (_, at) => byteAt(offset + at)));

  test.each([2 ** 31 - 5, 2 ** 31, 2 ** 32 - 5, 2 ** 32, 2 ** 40 + 12_345, far - 60])(
    'at %d',
    async (source) => {
      const operations: DeltaOperation[] = [
        { kind: 'copy', source, length: 40 },
        { kind: 'add', source: source + 3, differences: Uint8Array.of(1, 2, 3) },
        { kind: 'copy', source: 7, length: 10 },
        { kind: 'copy', source: source + 1, length: 20 },
      ];
      const plan = decodeDeltaFrame(await frameOf(operations), 73, far);
      expectBounded(plan, far);
      expect(plan.reads.at(-1)?.offset).toBe(source);
      const read = Buffer.concat(plan.reads.map(({ offset, length }) => bytesAt(offset, length)));
      const expected = Buffer.concat([
        bytesAt(source, 40),
        bytesAt(source + 3, 3).map((byte, at) => (byte + at + 1) & 0xff),
        bytesAt(7, 10),
        bytesAt(source + 1, 20),
      ]);
      expect(expected.equals(applyDelta(plan, read))).toBe(true);
    },
  );

  test('one-byte-past-its-end-is-refused', async () => {
    const frame = await frameOf([{ kind: 'copy', source: far - 39, length: 40 }]);
    expect(() => decodeDeltaFrame(frame, 40, far)).toThrow(refused);
    expect(decodeDeltaFrame(frame, 40, far + 1).reads).toEqual([{ offset: far - 39, length: 40 }]);
  });
});

describe('reads', () => {
  const copies = (sources: readonly number[], length: number): DeltaOperation[] =>
    sources.map((source) => ({ kind: 'copy', source, length }));

  test('neighbours-are-one-read', async () => {
    const frame = await frameOf(copies([90 * KIB, 0, 70 * KIB], 20 * KIB));
    const { reads } = decodeDeltaFrame(frame, 60 * KIB, 110 * KIB);
    expect(reads).toEqual([
      { offset: 0, length: 20 * KIB },
      { offset: 70 * KIB, length: 40 * KIB },
    ]);
  });

  test('a-small-gap-is-read-along', async () => {
    const frame = await frameOf(copies([0, 28 * KIB], 20 * KIB));
    const { reads } = decodeDeltaFrame(frame, 40 * KIB, 1024 * KIB);
    expect(reads).toEqual([{ offset: 0, length: 48 * KIB }]);
  });

  test('gaps-are-not-read-along-when-they-are-the-larger-part', async () => {
    const sources = Array.from({ length: 512 }, (_, at) => at * 8 * KIB);
    const plan = decodeDeltaFrame(await frameOf(copies(sources, 128)), 64 * KIB, 8192 * KIB);
    expect(plan.reads).toHaveLength(512);
    expect(plan.baseLength).toBe(64 * KIB);
  });

  test('one-place-read-many-times-is-one-read', async () => {
    const operations = Array.from({ length: 100 }, (): DeltaOperation[] => [
      { kind: 'copy', source: 0, length: 600 },
      { kind: 'copy', source: 40, length: 55 },
    ]).flat();
    expect(decodeDeltaFrame(await frameOf(operations), 65_500, 5000).reads).toEqual([
      { offset: 0, length: 600 },
    ]);
  });

  test('data-alone-reads-nothing', async () => {
    const plan = decodeDeltaFrame(await frameOf([{ kind: 'data', bytes: Buffer.from('rice') }]), 4, 1);
    expect(plan.reads).toEqual([]);
    expect(Buffer.from(applyDelta(plan, new Uint8Array(0))).toString()).toBe('rice');
  });

  test('bytes-of-another-length-are-our-own-mistake', async () => {
    const plan = decodeDeltaFrame(await frameOf([{ kind: 'copy', source: 1, length: 40 }]), 40, 100);
    expect(() => applyDelta(plan, new Uint8Array(39))).toThrow(RangeError);
    expect(() => applyDelta(plan, new Uint8Array(40), new Uint8Array(41))).toThrow(RangeError);
  });
});

describe('refused', () => {
  const COPY_40 = [0xc9, 0x01]; // 5 * 40 + 1
  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['a head cut short', Buffer.from([0])],
    ['no operation', bodyOf([], [], 0)],
    ['runs longer than the body', Buffer.from([2, 9, ...COPY_40])],
    ['an operation cut short', bodyOf([0xc9], [], 0)],
    ['an operation of no bytes', bodyOf([...COPY_40, 0x01], [], 0)],
    ['less than a chunk', bodyOf([0xc4, 0x01], [], 39)], // 5 * 39 + 1
    ['more than a chunk', bodyOf([0xce, 0x01], [], 0)], // 5 * 41 + 1
    ['one operation after the chunk', bodyOf([...COPY_40, 0x05], [], 1)],
    ['another spelling of a number', bodyOf([0xc9, 0x81, 0x00], [], 0)],
    ['a number of eight bytes', bodyOf([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [], 0)],
    ['a displacement before the base', bodyOf([0xcb, 0x01], [0x01], 0)], // kind 3, -1
    ['a displacement behind the base', bodyOf([0xcb, 0x01], [0x7a], 0)], // 61: 61 + 40 > 100
    ['a displacement missing', bodyOf([0xcb, 0x01], [], 0)],
    ['a displacement too many', bodyOf(COPY_40, [0x02], 0)],
    ['differences missing', bodyOf([0xca, 0x01], [], 39)], // kind 2
    ['literals missing', bodyOf([0xc8, 0x01], [], 39)], // kind 0
    ['literals too many', bodyOf(COPY_40, [], 1)],
  ])('%s', (_name, body) => {
    expect(() => decodeDeltaFrame(brotliCompressSync(body), 40, 100)).toThrow(refused);
  });

  test('the-same-bodies-made-right-are-taken', () => {
    for (const body of [
      bodyOf(COPY_40, [], 0),
      bodyOf([0xcb, 0x01], [0x78], 0), // 60: 60 + 40 = 100
      bodyOf([0xca, 0x01], [], 40),
      bodyOf([0xc8, 0x01], [], 40),
    ]) {
      expect(decodeDeltaFrame(brotliCompressSync(body), 40, 100).chunkLength).toBe(40);
    }
  });

  test('a-body-of-one-byte-more-than-its-limit', () => {
    const incompressible = randomBytes(128 * KIB + 1);
    expect(() => decodeDeltaFrame(brotliCompressSync(incompressible), 64 * KIB, 100)).toThrow(refused);
  });

  test('more-operations-than-one-for-eight-bytes', async () => {
    const copies = (count: number) =>
      Array.from({ length: count }, (_, at): DeltaOperation => ({ kind: 'copy', source: 9 * at, length: 1 }));
    expect(await encodeDeltaFrame(copies(74), 1)).toBeUndefined(); // 74 / 8 + 64 = 73
    expect((await encodeDeltaFrame(copies(73), 1))?.codec).toBe('delta');
    const many = Buffer.alloc(64 * KIB, 0x06); // 5 * 1 + 1: a copy of one byte
    const body = Buffer.concat([Buffer.from([0x80, 0x80, 0x04, 0x00]), many]);
    expect(() => decodeDeltaFrame(brotliCompressSync(body), 64 * KIB, 64 * KIB)).toThrow(/more operations/);
  });

  test('a-bomb-of-256-MiB-is-stopped-at-the-limit', () => {
    const bomb = brotliCompressSync(Buffer.alloc(256 * 1024 * KIB), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
    });
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodeDeltaFrame(bomb, 64 * KIB, 100)).toThrow(refused);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * KIB);
  });

  test('in-the-pool-as-well', async () => {
    await expect(decodeDeltaFrameInPool(Buffer.alloc(9, 0xff), 40, 100)).rejects.toThrow(refused);
    const short = brotliCompressSync(bodyOf(COPY_40, [], 1));
    await expect(decodeDeltaFrameInPool(short, 40, 100)).rejects.toThrow(refused);
  });

  test('without-a-base', async () => {
    const frame = await frameOf([{ kind: 'copy', source: 0, length: 40 }]);
    expect(() => decodeFrame('delta', frame, 40)).toThrow(refused);
  });
});

describe('hostile', async () => {
  const operations: DeltaOperation[] = [
    { kind: 'copy', source: 512, length: 700 },
    { kind: 'add', source: 1212, differences: randomBytes(64) },
    { kind: 'copy', source: 1276, length: 90 },
    { kind: 'data', bytes: Buffer.from('a few words that were not there before') },
    { kind: 'copy', source: 7000, length: 300 },
  ];
  const length = chunkOf(operations, base).length;
  const good = await frameOf(operations);
  const goodBody = brotliDecompressSync(good);

  /** A frame is refused, or makes exactly one chunk within every bound. */
  function expectHarmless(frame: Uint8Array): void {
    onlyFormatError(() => {
      const plan = decodeDeltaFrame(frame, length, base.length);
      expectBounded(plan, base.length);
      expect(applyDelta(plan, readsOf(plan, base))).toHaveLength(length);
    });
  }

  test('every-truncation', () => {
    for (let end = 0; end < good.length; end += 1) {
      expect(() => decodeDeltaFrame(good.subarray(0, end), length, base.length)).toThrow(FormatError);
    }
    for (let end = 0; end < goodBody.length; end += 1) {
      const frame = brotliCompressSync(goodBody.subarray(0, end));
      expect(() => decodeDeltaFrame(frame, length, base.length)).toThrow(FormatError);
    }
  });

  test('every-flipped-byte', () => {
    for (const [bytes, wrap] of [
      [good, (frame: Buffer) => frame],
      [goodBody, (body: Buffer) => brotliCompressSync(body)],
    ] as const) {
      for (let at = 0; at < bytes.length; at += 1) {
        for (const mask of [0x01, 0x80, 0xff]) {
          const flipped = Buffer.from(bytes);
          flipped[at] = (flipped[at] ?? 0) ^ mask;
          expectHarmless(wrap(flipped));
        }
      }
    }
  });

  test('any-bytes', () => {
    fc.assert(fc.property(hostileBytes(good), expectHarmless), { numRuns: 2000 });
    const bodies = hostileBytes(goodBody).map((body) => brotliCompressSync(body));
    fc.assert(fc.property(bodies, expectHarmless), { numRuns: 2000 });
  });

  test('any-numbers-in-the-runs', () => {
    const run = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 100 });
    fc.assert(
      fc.property(run, run, fc.nat(2000), (codes, displacements, rest) => {
        expectHarmless(brotliCompressSync(bodyOf(codes, displacements, rest)));
      }),
      { numRuns: 2000 },
    );
  });
});
