/** The plan fetches each missing chunk exactly once, and nothing that is there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FetchRun, planImage, planUpdate, restOfRun } from '../../agent/model/plan.ts';
import {
  type ChunkIndex,
  decodeChunkIndex,
  encodeChunkIndex,
  type FrameCodec,
  type ManifestImage,
  MIN_CHUNK_SIZE,
} from '../../format/index.ts';

const DIGEST = 'ab'.repeat(32);

interface Frame {
  readonly codec: FrameCodec;
  /** Bytes, where the codec leaves a choice. */
  readonly length: number;
}

/** An index with these frames; its last chunk is one byte long. */
function indexOf(frames: readonly Frame[]): ChunkIndex {
  const imageSize = (frames.length - 1) * MIN_CHUNK_SIZE + 1;
  return decodeChunkIndex(
    encodeChunkIndex({
      imageSize,
      imageDigest: DIGEST,
      chunkSize: MIN_CHUNK_SIZE,
      base: undefined,
      entries: frames.map(({ codec, length }, chunk) => {
        const chunkLength = chunk === frames.length - 1 ? 1 : MIN_CHUNK_SIZE;
        const frameLength = codec === 'zero' ? 0 : codec === 'raw' ? chunkLength : length;
        return { digest: DIGEST, frameDigest: DIGEST, frameLength, codec };
      }),
    }),
  );
}

function imageOf(index: ChunkIndex): ManifestImage {
  const file = (size: number) => ({ name: `x-${DIGEST.slice(0, 16)}`, size, sha256: DIGEST });
  return {
    class: 'rootfs',
    size: index.imageSize,
    sha256: DIGEST,
    pack: file(index.packSize),
    index: file(4096),
    deltas: [],
  };
}

const frame: fc.Arbitrary<Frame> = fc.record({
  codec: fc.constantFrom<FrameCodec>('zero', 'raw', 'brotli'),
  length: fc.integer({ min: 1, max: 60_000 }),
});
/** Frames, and for each whether its chunk is in the slot already. */
const situation = fc
  .array(fc.tuple(frame, fc.boolean()), { minLength: 1, maxLength: 40 })
  .map((pairs) => ({ frames: pairs.map(([one]) => one), present: pairs.map(([, there]) => there) }));

const chunksOf = ({ firstChunk, lastChunk }: FetchRun): number[] =>
  Array.from({ length: lastChunk - firstChunk + 1 }, (_, at) => firstChunk + at);

describe('an image', () => {
  it('is covered: each missing chunk but the first in exactly one run, in order', () => {
    fc.assert(
      fc.property(situation, ({ frames, present }) => {
        const index = indexOf(frames);
        const plan = planImage(imageOf(index), index, (chunk) => present[chunk] === true);
        const missing = frames.map((_, chunk) => chunk).filter((chunk) => chunk > 0 && !present[chunk]);
        expect(plan.runs.flatMap(chunksOf)).toEqual(missing);
      }),
    );
  });

  it('is fetched by ranges that are exactly the frames of their chunks', () => {
    fc.assert(
      fc.property(situation, ({ frames, present }) => {
        const index = indexOf(frames);
        const plan = planImage(imageOf(index), index, (chunk) => present[chunk] === true);
        for (const run of [plan.first, ...plan.runs]) {
          let at = run.start;
          for (const chunk of chunksOf(run)) {
            expect(index.entry(chunk).frameOffset).toBe(at);
            at += index.entry(chunk).frameLength;
          }
          expect(run.end).toBe(at);
        }
      }),
    );
  });

  it('is fetched by as few requests as there are gaps', () => {
    fc.assert(
      fc.property(situation, ({ frames, present }) => {
        const index = indexOf(frames);
        const { runs } = planImage(imageOf(index), index, (chunk) => present[chunk] === true);
        for (const [at, run] of runs.entries()) {
          const next = runs[at + 1];
          if (next !== undefined) expect(next.firstChunk).toBeGreaterThan(run.lastChunk + 1);
        }
      }),
    );
  });

  it('always fetches its first chunk, by a request of its own', () => {
    const index = indexOf([
      { codec: 'brotli', length: 10 },
      { codec: 'brotli', length: 20 },
    ]);
    const { first, runs } = planImage(imageOf(index), index, () => true);
    expect(first).toEqual({ firstChunk: 0, lastChunk: 0, start: 0, end: 10 });
    expect(runs).toEqual([]);
  });

  it('counts what is reused by the chunks, not by their frames', () => {
    fc.assert(
      fc.property(situation, ({ frames, present }) => {
        const index = indexOf(frames);
        const plan = planImage(imageOf(index), index, (chunk) => present[chunk] === true);
        const there = frames.map((_, chunk) => chunk).filter((chunk) => chunk > 0 && present[chunk]);
        expect(plan.reusedBytes).toBe(there.reduce((sum, chunk) => sum + index.entry(chunk).length, 0));
      }),
    );
  });
});

it('an interrupted run goes on at the frame of the first missing chunk', () => {
  fc.assert(
    fc.property(situation, fc.nat(), ({ frames }, place) => {
      const index = indexOf(frames);
      const [run] = planImage(imageOf(index), index, () => false).runs;
      if (run === undefined) return;
      const chunk = run.firstChunk + (place % (run.lastChunk - run.firstChunk + 1));
      expect(restOfRun(index, run, chunk)).toEqual({
        ...run,
        firstChunk: chunk,
        start: index.entry(chunk).frameOffset,
      });
    }),
  );
});

it('an update adds up its images', () => {
  const index = indexOf([
    { codec: 'brotli', length: 10 },
    { codec: 'zero', length: 0 },
    { codec: 'brotli', length: 30 },
    { codec: 'raw', length: 1 },
  ]);
  const image = imageOf(index);
  const update = planUpdate({ identity: 'i', version: '2.0.0' }, 'b', [
    planImage(image, index, () => false),
    planImage(image, index, (chunk) => chunk === 2),
  ]);
  expect(update).toMatchObject({ identity: 'i', version: '2.0.0', slot: 'b' });
  expect(update.fetchBytes).toBe(10 + 30 + 1 + (10 + 1));
  expect(update.imageBytes).toBe(2 * image.size);
  expect(update.smallestWay).toBe(2 * (41 + 4096));
});
