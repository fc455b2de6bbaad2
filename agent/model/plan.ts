/**
 * What an update will do, as plain data: how each chunk comes into the slot, cheapest first, and which byte
 * ranges that means. Pure; executing it is the walk's business.
 */
import type { ChunkEntry, ChunkIndex, DeltaPack, Manifest } from '../../format/index.ts';
import type { SlotName } from '../ports.ts';
import { ChunkWays, type PackName, packOf, type Way } from './ways.ts';

type ManifestImage = Manifest['images'][number];

/**
 * Frames that nobody needs are fetched along when they and their neighbours together are no larger than this,
 * bytes: on a slow line another request costs more time than they do.
 */
const MOST_BRIDGED_BYTES = 4096;

/** Neighbouring chunks that are done at one go. Chunks of it that need no frame are done on the way. */
export interface Step {
  readonly firstChunk: number;
  readonly lastChunk: number;
  /** The frames of all its chunks in a pack; `end` is the offset after the last byte. Undefined: no byte is fetched. */
  readonly range: { readonly pack: PackName; readonly start: number; readonly end: number } | undefined;
}

/** A delta pack whose index fits this image, its pack and the booted slot's image. */
export interface DeltaWay {
  readonly files: DeltaPack;
  readonly index: ChunkIndex;
}

export interface ImagePlan {
  readonly slotClass: string;
  readonly image: ManifestImage;
  readonly index: ChunkIndex;
  readonly delta: DeltaWay | undefined;
  /** Kept up to date while the plan is executed. */
  readonly ways: ChunkWays;
  /** Bytes of chunks that are in the slot already. */
  readonly inSlotBytes: number;
}

/** What is known of a chunk's whereabouts. */
export interface AtHand {
  /** The inactive slot holds it at its place. Not asked for chunk 0, which is withheld and never reused. */
  readonly inSlot: (chunk: number) => boolean;
  /** The booted slot holds it at the same place. */
  readonly inBooted: (chunk: number) => boolean;
}

export interface UpdatePlan {
  readonly identity: string;
  readonly version: string;
  readonly slot: SlotName;
  readonly images: readonly ImagePlan[];
  /** Chunks that go each way, over all images. */
  readonly chunks: Readonly<Record<Way, number>>;
  /** Bytes of the frames that are needed, the first chunks included. */
  readonly fetchBytes: number;
  readonly imageBytes: number;
  /** Size of the smallest complete way to this release: the base of the byte budget. */
  readonly smallestWay: number;
  /** The same when every chunk of every delta pack falls to its full frame. */
  readonly largestWay: number;
}

export function planImage(
  image: ManifestImage,
  index: ChunkIndex,
  delta: DeltaWay | undefined,
  atHand: AtHand,
): ImagePlan {
  const ways = new ChunkWays(index.count);
  let inSlotBytes = 0;
  for (let chunk = 0; chunk < index.count; chunk += 1) {
    const entry = index.entry(chunk);
    const way = cheapestWay(chunk, entry, delta?.index.entry(chunk), atHand);
    ways.set(chunk, way);
    if (way === 'in-slot') inSlotBytes += entry.length;
  }
  return { slotClass: image.class, image, index, delta, ways, inSlotBytes };
}

function cheapestWay(chunk: number, full: ChunkEntry, delta: ChunkEntry | undefined, atHand: AtHand): Way {
  if (chunk > 0 && atHand.inSlot(chunk)) return 'in-slot';
  if (full.codec === 'zero') return 'zero';
  if (atHand.inBooted(chunk)) return 'copy';
  return delta !== undefined && delta.frameLength <= full.frameLength ? 'delta' : 'full';
}

/** True when the booted slot's partition is read. */
export function needsBase({ ways, delta }: ImagePlan): boolean {
  if (delta !== undefined) return true;
  for (let chunk = 0; chunk < ways.count; chunk += 1) if (ways.of(chunk) === 'copy') return true;
  return false;
}

/** What is to be done next in chunks 1..; undefined when all of them are in the slot. */
export function nextStep(plan: ImagePlan): Step | undefined {
  const { ways } = plan;
  const firstChunk = ways.firstMissing;
  if (firstChunk === ways.count) return undefined;
  const pack = packOf(ways.of(firstChunk));
  let lastChunk = firstChunk;
  if (pack === undefined) {
    while (lastChunk + 1 < ways.count && packOf(ways.of(lastChunk + 1)) === undefined) lastChunk += 1;
    return { firstChunk, lastChunk, range: undefined };
  }
  const index = indexOf(plan, pack);
  const start = index.entry(firstChunk).frameOffset;
  let end = frameEnd(index, firstChunk);
  for (let chunk = firstChunk + 1; chunk < ways.count; chunk += 1) {
    const next = packOf(ways.of(chunk));
    if (next === pack) {
      lastChunk = chunk;
      end = frameEnd(index, chunk);
    } else if (next !== undefined || frameEnd(index, chunk) - end > MOST_BRIDGED_BYTES) break;
  }
  return { firstChunk, lastChunk, range: { pack, start, end } };
}

/** Chunk 0: withheld, taken last, by a request of its own. RangeError when somebody put it into the slot. */
export function firstStep(plan: ImagePlan): Step {
  const way = plan.ways.of(0);
  if (way === 'in-slot') throw new RangeError(`the first chunk of ${plan.slotClass} is not withheld`);
  const pack = packOf(way);
  if (pack === undefined) return { firstChunk: 0, lastChunk: 0, range: undefined };
  const end = frameEnd(indexOf(plan, pack), 0);
  return { firstChunk: 0, lastChunk: 0, range: { pack, start: 0, end } };
}

/** The index of a pack; RangeError for the delta pack of a plan without one. */
export function indexOf(plan: ImagePlan, pack: PackName): ChunkIndex {
  if (pack === 'full') return plan.index;
  if (plan.delta === undefined) throw new RangeError(`the plan of ${plan.slotClass} has no delta pack`);
  return plan.delta.index;
}

/** The whole update. */
export function planUpdate(
  release: { readonly identity: string; readonly version: string },
  slot: SlotName,
  images: readonly ImagePlan[],
): UpdatePlan {
  const chunks = { 'in-slot': 0, zero: 0, copy: 0, delta: 0, full: 0 };
  let fetchBytes = 0;
  for (const plan of images) {
    for (let chunk = 0; chunk < plan.ways.count; chunk += 1) {
      const way = plan.ways.of(chunk);
      const pack = packOf(way);
      chunks[way] += 1;
      if (pack !== undefined) fetchBytes += indexOf(plan, pack).entry(chunk).frameLength;
    }
  }
  return {
    identity: release.identity,
    version: release.version,
    slot,
    images,
    chunks,
    fetchBytes,
    imageBytes: images.reduce((total, { image }) => total + image.size, 0),
    smallestWay: images.reduce((total, plan) => total + smallestWayOf(plan), 0),
    largestWay: images.reduce((total, plan) => total + largestWayOf(plan), 0),
  };
}

/** The full index is fetched on the delta way too: it says what each chunk must be. */
function smallestWayOf({ image, delta }: ImagePlan): number {
  const full = image.pack.size;
  const other = delta === undefined ? full : delta.files.pack.size + delta.files.index.size;
  return Math.min(full, other) + image.index.size;
}

function largestWayOf({ image, delta }: ImagePlan): number {
  const besides = delta === undefined ? 0 : delta.files.pack.size + delta.files.index.size;
  return image.pack.size + image.index.size + besides;
}

function frameEnd(index: ChunkIndex, chunk: number): number {
  const { frameOffset, frameLength } = index.entry(chunk);
  return frameOffset + frameLength;
}
