/**
 * What an update will do, as plain data: which chunks are already in the slot, which byte ranges are fetched.
 * Pure; executing it is the walk's business.
 */
import type { ChunkIndex, Manifest } from '../../format/index.ts';
import type { SlotName } from '../ports.ts';

type ManifestImage = Manifest['images'][number];

/** Neighbouring chunks whose frames are fetched by one range request. `end` is the offset after the last byte. */
export interface FetchRun {
  readonly firstChunk: number;
  readonly lastChunk: number;
  readonly start: number;
  readonly end: number;
}

export interface ImagePlan {
  readonly slotClass: string;
  readonly image: ManifestImage;
  readonly index: ChunkIndex;
  /** Chunks 1.. that are missing in the slot, as runs in image order. Chunk 0 is never in one. */
  readonly runs: readonly FetchRun[];
  /** Chunk 0: withheld, fetched last, by a request of its own. */
  readonly first: FetchRun;
  readonly reusedBytes: number;
}

export interface UpdatePlan {
  readonly identity: string;
  readonly version: string;
  readonly slot: SlotName;
  readonly images: readonly ImagePlan[];
  /** Bytes over the wire, the first chunks included. */
  readonly fetchBytes: number;
  readonly imageBytes: number;
  /** Size of the smallest complete way to this release: the base of the byte budget. */
  readonly smallestWay: number;
}

/** `present[i]` says that chunk i is in the slot at its place; index 0 is ignored. */
export function planImage(
  image: ManifestImage,
  index: ChunkIndex,
  present: (chunk: number) => boolean,
): ImagePlan {
  const runs: FetchRun[] = [];
  let reusedBytes = 0;
  let run: FetchRun | undefined;
  for (let chunk = 1; chunk < index.count; chunk += 1) {
    const entry = index.entry(chunk);
    if (present(chunk)) {
      reusedBytes += entry.length;
      if (run !== undefined) runs.push(run);
      run = undefined;
      continue;
    }
    const end = entry.frameOffset + entry.frameLength;
    run =
      run === undefined
        ? { firstChunk: chunk, lastChunk: chunk, start: entry.frameOffset, end }
        : { ...run, lastChunk: chunk, end };
  }
  if (run !== undefined) runs.push(run);
  return { slotClass: image.class, image, index, runs, first: runOf(index, 0), reusedBytes };
}

/** The part of a run from `chunk` on: where an interrupted run continues. */
export function restOfRun(index: ChunkIndex, run: FetchRun, chunk: number): FetchRun {
  return { ...run, firstChunk: chunk, start: index.entry(chunk).frameOffset };
}

/** The whole update. */
export function planUpdate(
  release: { readonly identity: string; readonly version: string },
  slot: SlotName,
  images: readonly ImagePlan[],
): UpdatePlan {
  const sum = (of: (plan: ImagePlan) => number): number =>
    images.reduce((total, plan) => total + of(plan), 0);
  return {
    identity: release.identity,
    version: release.version,
    slot,
    images,
    fetchBytes: sum((plan) =>
      [plan.first, ...plan.runs].reduce((total, run) => total + run.end - run.start, 0),
    ),
    imageBytes: sum((plan) => plan.image.size),
    smallestWay: sum((plan) => plan.image.pack.size + plan.image.index.size),
  };
}

function runOf(index: ChunkIndex, chunk: number): FetchRun {
  const entry = index.entry(chunk);
  return {
    firstChunk: chunk,
    lastChunk: chunk,
    start: entry.frameOffset,
    end: entry.frameOffset + entry.frameLength,
  };
}
