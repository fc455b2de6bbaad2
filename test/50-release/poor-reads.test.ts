/** Reads that are not worth their price: what goes, what stays, and that the chunk stays what it is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyDelta, type DeltaOperation, decodeDeltaFrame, encodeDeltaFrame } from '../../format/index.ts';
import { shapeOf, tableBytes } from '../../release/base-index.ts';
import { DeltaEncoder } from '../../release/delta-encoder.ts';
import { withoutPoorReads } from '../../release/poor-reads.ts';
import { PLAIN } from '../../release/tuning.ts';
import { KIB, noise } from './release-maker.ts';

const LEAST = 512;
const base = noise(1024 * KIB, 'base');

/** A chunk of the base's pieces, with new bytes between them, and the operations that make it. */
function made(pieces: readonly (readonly [source: number, length: number, different?: number])[]) {
  const operations: DeltaOperation[] = [];
  const parts: Buffer[] = [];
  for (const [at, [source, length, different = 0]] of pieces.entries()) {
    const fresh = noise(10, `fresh ${at}`);
    const differences = new Uint8Array(length).fill(1, 0, different);
    const piece = base
      .subarray(source, source + length)
      .map((byte, place) => byte + (differences[place] ?? 0));
    parts.push(fresh, Buffer.from(piece));
    operations.push({ kind: 'data', bytes: fresh });
    operations.push(
      different === 0 ? { kind: 'copy', source, length } : { kind: 'add', source, differences },
    );
  }
  return { chunk: Buffer.concat(parts), operations };
}

function without({ chunk, operations }: ReturnType<typeof made>): DeltaOperation[] {
  return withoutPoorReads(operations, chunk, LEAST);
}

function sourcesOf(operations: readonly DeltaOperation[]): number[] {
  return operations.flatMap((operation) => (operation.kind === 'data' ? [] : [operation.source]));
}

/** Bytes that are the base's as they are. */
function givenBy(operations: readonly DeltaOperation[]): number {
  return operations.reduce((sum, move) => {
    if (move.kind === 'data') return sum;
    return sum + (move.kind === 'copy' ? move.length : move.differences.filter((byte) => byte === 0).length);
  }, 0);
}

/** Far enough from each other to be reads of their own. */
const [HERE, THERE, BEYOND] = [0, 300 * KIB, 700 * KIB];

describe('a read of its own', () => {
  test('stays when it gives enough', () => {
    const delta = made([[HERE, LEAST]]);
    expect(without(delta)).toEqual(delta.operations);
  });

  test('goes when it gives a byte less, and is data', () => {
    const delta = made([[HERE, LEAST - 1]]);
    expect(without(delta)).toEqual([{ kind: 'data', bytes: delta.chunk }]);
  });

  test('stays for many pieces of one read that give enough together', () => {
    const pieces = Array.from({ length: 8 }, (_, number) => [HERE + 1000 * number, LEAST / 8] as const);
    // The last piece lets the chunk's reads be long enough to have gaps.
    const delta = made([...pieces, [BEYOND, 8 * KIB]]);
    expect(without(delta)).toEqual(delta.operations);
  });

  test('gives nothing where an addition changes every byte', () => {
    const delta = made([
      [HERE, 2 * LEAST, LEAST + 1],
      [THERE, 2 * LEAST, LEAST],
    ]);
    expect(sourcesOf(without(delta))).toEqual([THERE]);
  });
});

test('data-beside-what-goes-becomes-one-piece-with-it', () => {
  const delta = made([
    [HERE, 4 * LEAST],
    [THERE, 20],
    [BEYOND, 30],
    [HERE + 8 * KIB, 4 * LEAST],
  ]);
  expect(without(delta).map(({ kind }) => kind)).toEqual(['data', 'copy', 'data', 'copy']);
});

test('a-chunk-without-moves-stays-as-it-is', () => {
  const chunk = noise(100, 'new');
  expect(withoutPoorReads([{ kind: 'data', bytes: chunk }], chunk, LEAST)).toEqual([
    { kind: 'data', bytes: chunk },
  ]);
  expect(withoutPoorReads([], new Uint8Array(0), LEAST)).toEqual([]);
});

test('the-chunk-stays-what-it-is-and-no-read-gives-less', async () => {
  const piece = fc.tuple(fc.nat(900 * KIB), fc.integer({ min: 1, max: 3000 }), fc.constantFrom(0, 0, 1));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 40 }), async (pieces) => {
      const delta = made(pieces);
      const operations = without(delta);
      const frame = await encodeDeltaFrame(operations, 1);
      if (frame === undefined) throw new Error('the operations break a limit');
      const plan = decodeDeltaFrame(frame.bytes, delta.chunk.length, base.length);
      const read = Buffer.concat(
        plan.reads.map(({ offset, length }) => base.subarray(offset, offset + length)),
      );
      const chunk = applyDelta(plan, read, new Uint8Array(plan.chunkLength));
      expect(Buffer.compare(chunk, delta.chunk)).toBe(0);
      // Of the chunk: pieces may come from the same bytes of the base, and gaps between them give nothing.
      for (const { offset, length } of plan.reads) {
        const from = operations.filter(
          (move) => move.kind !== 'data' && move.source >= offset && move.source < offset + length,
        );
        expect(givenBy(from)).toBeGreaterThanOrEqual(LEAST);
      }
    }),
    { numRuns: 200 },
  );
});

test.each([
  [PLAIN.leastOfRead, 1],
  [0, 2],
])(
  'a-frame-whose-reads-have-to-give-%d-bytes-has-%d-for-a-chunk-with-a-piece-from-afar',
  async (leastOfRead, count) => {
    const shared = new Uint8Array(new SharedArrayBuffer(base.length));
    shared.set(base);
    const shape = shapeOf(base.length, 4, PLAIN.window);
    const table = new Int32Array(new SharedArrayBuffer(tableBytes(shape)));
    const encoder = new DeltaEncoder({ base: shared, table, shape, tuning: { ...PLAIN, leastOfRead } });
    encoder.enter(0, 1);
    const [before, piece, after] = [
      base.subarray(0, 32 * KIB),
      base.subarray(BEYOND, BEYOND + 40),
      base.subarray(32 * KIB, 64 * KIB),
    ];
    const chunk = Buffer.concat([before, piece, after]);
    const frame = await encoder.encode(chunk, 0, 1);
    expect(decodeDeltaFrame(frame ?? new Uint8Array(0), chunk.length, base.length).reads).toHaveLength(count);
  },
);
