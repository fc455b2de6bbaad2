/** The plan takes the cheapest way for each chunk, does each missing one exactly once, and nothing that is there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DeltaWay,
  firstStep,
  type ImagePlan,
  nextStep,
  planImage,
  planUpdate,
  type Step,
} from '../../agent/model/plan.ts';
import { packOf } from '../../agent/model/ways.ts';
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
function indexOf(frames: readonly Frame[], base?: { size: number; digest: string }): ChunkIndex {
  const imageSize = (frames.length - 1) * MIN_CHUNK_SIZE + 1;
  return decodeChunkIndex(
    encodeChunkIndex({
      imageSize,
      imageDigest: DIGEST,
      chunkSize: MIN_CHUNK_SIZE,
      base,
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
const deltaFrame: fc.Arbitrary<Frame> = fc.record({
  codec: fc.constantFrom<FrameCodec>('raw', 'brotli', 'delta'),
  length: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 60_000 })),
});
/** What is known of one chunk. */
interface Situation {
  readonly frame: Frame;
  readonly delta: Frame;
  readonly inSlot: boolean;
  readonly inBooted: boolean;
}
const situations: fc.Arbitrary<Situation[]> = fc.array(
  fc.record({ frame, delta: deltaFrame, inSlot: fc.boolean(), inBooted: fc.boolean() }),
  { minLength: 1, maxLength: 40 },
);

function deltaOf(frames: readonly Frame[]): DeltaWay {
  const index = indexOf(frames, { size: 1, digest: DIGEST });
  const file = (size: number) => ({ name: `x-${DIGEST.slice(0, 16)}`, size, sha256: DIGEST });
  return {
    files: { base: { size: 1, sha256: DIGEST }, pack: file(index.packSize), index: file(4096) },
    index,
  };
}

function planOf(chunks: readonly Situation[], withDelta: boolean): ImagePlan {
  const index = indexOf(chunks.map((chunk) => chunk.frame));
  const delta = withDelta ? deltaOf(chunks.map((chunk) => chunk.delta)) : undefined;
  return planImage(imageOf(index), index, delta, {
    inSlot: (chunk) => chunks[chunk]?.inSlot === true,
    inBooted: (chunk) => chunks[chunk]?.inBooted === true,
  });
}

/** All steps, each done as soon as it is named; with the chunks that were missing then. */
function allSteps(plan: ImagePlan): { step: Step; done: number[] }[] {
  const steps: { step: Step; done: number[] }[] = [];
  for (let step = nextStep(plan); step !== undefined; step = nextStep(plan)) {
    const done = chunksOf(step).filter((chunk) => plan.ways.of(chunk) !== 'in-slot');
    for (const chunk of done) plan.ways.set(chunk, 'in-slot');
    steps.push({ step, done });
  }
  return steps;
}

const chunksOf = ({ firstChunk, lastChunk }: Step): number[] =>
  Array.from({ length: lastChunk - firstChunk + 1 }, (_, at) => firstChunk + at);

describe('a chunk', () => {
  it('takes the cheapest way that there is', () => {
    fc.assert(
      fc.property(situations, fc.boolean(), (chunks, withDelta) => {
        const { ways, index, delta } = planOf(chunks, withDelta);
        for (const [chunk, { inSlot, inBooted }] of chunks.entries()) {
          const full = index.entry(chunk);
          const other = delta?.index.entry(chunk).frameLength ?? Number.POSITIVE_INFINITY;
          const byPack = other <= full.frameLength ? 'delta' : 'full';
          const without = full.codec === 'zero' ? 'zero' : inBooted ? 'copy' : byPack;
          expect(ways.of(chunk)).toBe(inSlot && chunk > 0 ? 'in-slot' : without);
        }
      }),
    );
  });

  it('that does not exist has no way', () => {
    const { ways } = planOf(
      [
        {
          frame: { codec: 'raw', length: 1 },
          delta: { codec: 'raw', length: 1 },
          inSlot: false,
          inBooted: false,
        },
      ],
      false,
    );
    expect(() => ways.of(1)).toThrow(RangeError);
    expect(() => ways.of(-1)).toThrow(RangeError);
  });
});

describe('an image', () => {
  it('is covered: each missing chunk but the first in exactly one step, in order', () => {
    fc.assert(
      fc.property(situations, fc.boolean(), (chunks, withDelta) => {
        const plan = planOf(chunks, withDelta);
        const missing = chunks
          .map((_, chunk) => chunk)
          .filter((chunk) => chunk > 0 && plan.ways.of(chunk) !== 'in-slot');
        expect(allSteps(plan).flatMap(({ done }) => done)).toEqual(missing);
        expect(plan.ways.firstMissing).toBe(chunks.length);
      }),
    );
  });

  it('is fetched by ranges that are exactly the frames of their chunks', () => {
    fc.assert(
      fc.property(situations, fc.boolean(), (chunks, withDelta) => {
        const plan = planOf(chunks, withDelta);
        const { delta, index } = plan;
        for (const { range, ...step } of [firstStep(plan), ...allSteps(plan).map((each) => each.step)]) {
          if (range === undefined) continue;
          const frames = range.pack === 'full' ? index : delta?.index;
          let at = range.start;
          for (const chunk of chunksOf({ ...step, range })) {
            expect(frames?.entry(chunk).frameOffset).toBe(at);
            at += frames?.entry(chunk).frameLength ?? 0;
          }
          expect(range.end).toBe(at);
        }
      }),
    );
  });

  it('fetches frames that nobody needs only between needed ones, 4 KiB at most', () => {
    fc.assert(
      fc.property(situations, (chunks) => {
        const plan = planOf(chunks, true);
        const ways = chunks.map((_, chunk) => plan.ways.of(chunk));
        const length = (chunk: number): number => plan.delta?.index.entry(chunk).frameLength ?? 0;
        for (const { step } of allSteps(plan)) {
          if (step.range?.pack !== 'delta') continue;
          const needed = chunksOf(step).filter((chunk) => ways[chunk] === 'delta');
          expect([needed[0], needed.at(-1)]).toEqual([step.firstChunk, step.lastChunk]);
          let gap = 0;
          for (const chunk of chunksOf(step)) {
            gap = ways[chunk] === 'delta' ? 0 : gap + length(chunk);
            expect(gap).toBeLessThanOrEqual(4096);
          }
        }
      }),
    );
  });

  it('always takes its first chunk by a step of its own, even when the slot has it', () => {
    const chunk = { frame: { codec: 'brotli', length: 10 }, delta: { codec: 'delta', length: 5 } } as const;
    const plan = planOf(
      [1, 2].map(() => ({ ...chunk, inSlot: true, inBooted: false })),
      false,
    );
    expect(firstStep(plan)).toEqual({
      firstChunk: 0,
      lastChunk: 0,
      range: { pack: 'full', start: 0, end: 10 },
    });
    expect(nextStep(plan)).toBeUndefined();
    const other = planOf(
      [1, 2].map(() => ({ ...chunk, inSlot: true, inBooted: false })),
      true,
    );
    expect(firstStep(other).range).toEqual({ pack: 'delta', start: 0, end: 5 });
    const copied = planOf(
      [1, 2].map(() => ({ ...chunk, inSlot: true, inBooted: true })),
      true,
    );
    expect(firstStep(copied).range).toBeUndefined();
  });

  it('counts what is in the slot by the chunks, not by their frames', () => {
    fc.assert(
      fc.property(situations, (chunks) => {
        const plan = planOf(chunks, false);
        const there = chunks.map((_, chunk) => chunk).filter((chunk) => plan.ways.of(chunk) === 'in-slot');
        expect(plan.inSlotBytes).toBe(there.reduce((sum, chunk) => sum + plan.index.entry(chunk).length, 0));
      }),
    );
  });

  it('goes on at the first chunk that is missing, wherever it was interrupted', () => {
    fc.assert(
      fc.property(situations, fc.nat(), (chunks, place) => {
        const plan = planOf(chunks, true);
        const step = nextStep(plan);
        if (step === undefined) return;
        const stop = step.firstChunk + (place % (step.lastChunk - step.firstChunk + 1));
        for (const chunk of chunksOf(step)) if (chunk < stop) plan.ways.set(chunk, 'in-slot');
        const next = nextStep(plan);
        const first = plan.ways.firstMissing;
        expect(first).toBeGreaterThanOrEqual(stop);
        expect(next?.firstChunk).toBe(first === chunks.length ? undefined : first);
        if (next?.range === undefined) return;
        const frames = next.range.pack === 'full' ? plan.index : plan.delta?.index;
        expect(next.range.start).toBe(frames?.entry(next.firstChunk).frameOffset);
      }),
    );
  });

  it('comes back to a chunk that fell, by its full frame', () => {
    const chunk = { frame: { codec: 'brotli', length: 9000 }, delta: { codec: 'delta', length: 5 } } as const;
    const plan = planOf(
      [1, 2, 3, 4].map(() => ({ ...chunk, inSlot: false, inBooted: false })),
      true,
    );
    expect(nextStep(plan)).toMatchObject({ firstChunk: 1, lastChunk: 3, range: { pack: 'delta' } });
    plan.ways.set(1, 'in-slot');
    plan.ways.set(2, 'full');
    plan.ways.set(3, 'in-slot');
    expect(nextStep(plan)).toEqual({
      firstChunk: 2,
      lastChunk: 2,
      range: { pack: 'full', start: 18_000, end: 27_000 },
    });
  });
});

it('an update adds up its images, and its smallest way is the smaller of the two packs', () => {
  const frames: Frame[] = [
    { codec: 'brotli', length: 10 },
    { codec: 'zero', length: 0 },
    { codec: 'brotli', length: 30 },
    { codec: 'raw', length: 1 },
  ];
  const index = indexOf(frames);
  const image = imageOf(index);
  const delta = deltaOf([10, 1, 2, 1].map((length) => ({ codec: 'delta', length })));
  const nothing = { inSlot: () => false, inBooted: () => false };
  const update = planUpdate({ identity: 'i', version: '2.0.0' }, 'b', [
    planImage(image, index, undefined, nothing),
    planImage(image, index, undefined, { ...nothing, inSlot: (chunk) => chunk === 2 }),
    planImage(image, index, delta, { ...nothing, inBooted: (chunk) => chunk === 3 }),
  ]);
  expect(update).toMatchObject({ identity: 'i', version: '2.0.0', slot: 'b' });
  expect(update.fetchBytes).toBe(10 + 30 + 1 + (10 + 1) + (10 + 2));
  expect(update.chunks).toEqual({ 'in-slot': 1, zero: 3, copy: 1, delta: 2, full: 5 });
  expect(update.imageBytes).toBe(3 * image.size);
  expect(update.smallestWay).toBe(3 * (41 + 4096));
  expect(update.largestWay).toBe(
    3 * (41 + 4096) + (delta?.files.pack.size ?? 0) + (delta?.files.index.size ?? 0),
  );
});

it('a way through a pack is one that needs a frame', () => {
  expect((['in-slot', 'zero', 'copy', 'delta', 'full'] as const).map(packOf)).toEqual([
    undefined,
    undefined,
    undefined,
    'delta',
    'full',
  ]);
});
