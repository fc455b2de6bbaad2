/** Frames come out whole, however the stream is cut. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BufferRing } from '../../agent/model/buffer-ring.ts';
import { FrameAssembler } from '../../agent/model/frame-assembler.ts';

/** What the walk does: leading frames without bytes, then piece by piece. Frames are copied: views are reused. */
function assemble(
  lengths: readonly number[],
  firstChunk: number,
  pieces: readonly Uint8Array[],
  isNeeded: (chunk: number) => boolean = () => true,
): { chunk: number; bytes: string }[] {
  const run = { firstChunk, lastChunk: firstChunk + lengths.length - 1 };
  const lengthOf = (chunk: number): number => lengths[chunk - firstChunk] ?? 1;
  const assembler = new FrameAssembler(run, { lengthOf, isNeeded }, new BufferRing(1));
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

it('passes over what is not needed, without memory for it', () => {
  fc.assert(
    fc.property(frameLengths, fc.array(fc.nat(), { maxLength: 40 }), fc.nat(), (lengths, places, mask) => {
      const stream = streamOf(lengths);
      const isNeeded = (chunk: number): boolean => ((mask >> (chunk % 20)) & 1) === 1;
      const all = assemble(lengths, 0, cut(stream, places));
      const expected = all.map(({ chunk, bytes }) => ({ chunk, bytes: isNeeded(chunk) ? bytes : '' }));
      expect(assemble(lengths, 0, cut(stream, places), isNeeded)).toEqual(expected);
    }),
  );
});

it('leaves a frame alone while as many others come as its memory has places', () => {
  const places = 3;
  const lengths = Array.from({ length: 12 }, () => 10);
  const stream = streamOf(lengths);
  const lengthOf = (chunk: number): number => lengths[chunk] ?? 0;
  const run = { firstChunk: 0, lastChunk: lengths.length - 1 };
  const isNeeded = (chunk: number): boolean => chunk % 2 === 0;
  const assembler = new FrameAssembler(run, { lengthOf, isNeeded }, new BufferRing(places));
  const inUse: { readonly bytes: Uint8Array; readonly was: string }[] = [];
  for (let at = 0; at < stream.length; at += 7) {
    assembler.push(stream.subarray(at, at + 7));
    for (let frame = assembler.take(); frame !== undefined; frame = assembler.take()) {
      if (!isNeeded(frame.chunk)) continue;
      inUse.push({ bytes: frame.bytes, was: Buffer.from(frame.bytes).toString('hex') });
      // One place is for the frame that is not whole.
      if (inUse.length === places) inUse.shift();
      for (const { bytes, was } of inUse) expect(Buffer.from(bytes).toString('hex')).toBe(was);
    }
  }
});
