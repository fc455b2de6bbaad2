/** Frames come out whole, however the stream is cut. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameAssembler } from '../../agent/model/frame-assembler.ts';

/** What the walk does: leading frames without bytes, then piece by piece. Frames are copied: views are reused. */
function assemble(
  lengths: readonly number[],
  firstChunk: number,
  pieces: readonly Uint8Array[],
): { chunk: number; bytes: string }[] {
  const run = { firstChunk, lastChunk: firstChunk + lengths.length - 1 };
  const lengthOf = (chunk: number): number => lengths[chunk - firstChunk] ?? 1;
  const assembler = new FrameAssembler(run, lengthOf, Math.max(1, ...lengths));
  const frames: { chunk: number; bytes: string }[] = [];
  const drain = (): void => {
    for (let frame = assembler.take(); frame !== undefined; frame = assembler.take()) {
      frames.push({ chunk: frame.chunk, bytes: Buffer.from(frame.bytes).toString('hex') });
    }
  };
  drain();
  for (const piece of pieces) {
    assembler.push(piece);
    drain();
  }
  return frames;
}

/** `stream` in pieces that end at the given places. */
function cut(stream: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set([...places.map((place) => place % (stream.length + 1)), stream.length])];
  ends.sort((left, right) => left - right);
  return ends.map((end, at) => stream.subarray(ends[at - 1] ?? 0, end));
}

function streamOf(lengths: readonly number[]): Uint8Array {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return Uint8Array.from({ length: total }, (_, at) => (at * 31 + (at >> 8)) % 251);
}

const frameLengths = fc.array(fc.oneof(fc.constant(0), fc.nat(40)), { minLength: 1, maxLength: 20 });

it('gives the same frames for every cut of the stream', () => {
  fc.assert(
    fc.property(
      frameLengths,
      fc.nat(1000),
      fc.array(fc.nat(), { maxLength: 40 }),
      (lengths, first, places) => {
        const stream = streamOf(lengths);
        let offset = 0;
        const expected = lengths.map((length, at) => {
          const bytes = Buffer.from(stream.subarray(offset, offset + length)).toString('hex');
          offset += length;
          return { chunk: first + at, bytes };
        });
        expect(assemble(lengths, first, cut(stream, places))).toEqual(expected);
      },
    ),
    { numRuns: 500 },
  );
});

it('keeps a frame back until its last byte is there', () => {
  fc.assert(
    fc.property(frameLengths, fc.nat(), (lengths, place) => {
      const stream = streamOf(lengths);
      const given = place % (stream.length + 1);
      let end = 0;
      let whole = 0;
      for (const length of lengths) {
        end += length;
        if (end > given) break;
        whole += 1;
      }
      expect(assemble(lengths, 1, [stream.subarray(0, given)])).toHaveLength(whole);
    }),
  );
});

it('gives nothing beyond its run', () => {
  expect(assemble([3, 0], 7, [Uint8Array.of(1, 2, 3, 4, 5)])).toEqual([
    { chunk: 7, bytes: '010203' },
    { chunk: 8, bytes: '' },
  ]);
});
