/**
 * From a base and an image of a release to a delta pack and its index. The image is read chunk by chunk out of
 * its full pack, and where that pack's frame is not larger than the delta frame it is taken: the delta pack is
 * whole by itself apart from its base.
 * Knows no manifest but the image it is told, and no keys.
 */
import { type DeltaPack, type EncodedFrame, giveBack, type ManifestImage } from '../format/index.ts';
import type { Base } from './base.ts';
import { shapeOf, tableBytes } from './base-index.ts';
import type { DeltaWork } from './delta-encoder.ts';
import { DeltaWorkers } from './delta-workers.ts';
import { type CodecCounts, PackWriter } from './pack-writer.ts';
import { type StoredChunk, StoredImage } from './stored-image.ts';
import { tuningFor } from './tuning.ts';

/** Chunks per worker that are read ahead: one that it works on and one that waits. */
const AHEAD = 2;
/** Brotli's quality for what is small enough to be pressed as hard as can be. */
const HARDEST = 11;

export interface DeltaPackOptions {
  /** The release directory. */
  readonly folder: string;
  readonly image: ManifestImage;
  readonly base: Base;
  /** Brotli's 0..11. */
  readonly quality: number;
  /** Delta frames from the image's begin, up to this many bytes of them, are compressed at the hardest quality. */
  readonly hardBytes: number;
  /** Bytes between the windows of the base that are looked up: 4 or 8. */
  readonly stride: number;
  /** Threads; 0 for none but the calling one. */
  readonly workers: number;
  readonly program: URL;
  /** Called with the image bytes done so far. */
  readonly onBytes: (done: number) => void;
}

export interface MadeDelta {
  readonly delta: DeltaPack;
  readonly slotClass: string;
  readonly codecs: CodecCounts;
}

/** A promise of it never rejects: nobody may be waiting when a thread fails. */
type Outcome = { readonly frame: EncodedFrame } | { readonly error: unknown };

interface Pending {
  readonly chunk: StoredChunk;
  readonly outcome: Promise<Outcome>;
}

/** Errors: WRITE_FAILED, and those of reading the release. */
export async function makeDelta(options: DeltaPackOptions): Promise<MadeDelta> {
  const { folder, image, base } = options;
  const stored = await StoredImage.open(folder, image);
  const tuning = tuningFor(base.bytes);
  const shape = shapeOf(base.bytes.length, options.stride, tuning.window);
  const table = new Int32Array(new SharedArrayBuffer(tableBytes(shape)));
  const work: DeltaWork = { base: base.bytes, table, shape, tuning };
  const workers = new DeltaWorkers(work, options.workers, options.program);
  try {
    await workers.enter();
    const pack = await PackWriter.create(folder, image.class);
    try {
      await pourInto(pack, stored, workers, options);
      const facts = { size: base.bytes.length, sha256: base.sha256 };
      const made = await pack.finish(stored.index.chunkSize, { size: facts.size, digest: facts.sha256 });
      const delta = { base: facts, pack: made.pack, index: made.index };
      return { delta, slotClass: image.class, codecs: pack.codecs };
    } finally {
      await pack.discard();
    }
  } finally {
    await workers.close();
    await stored.close();
  }
}

/** Reads ahead and writes in order; what is in memory is bounded by the chunks ahead. */
async function pourInto(
  pack: PackWriter,
  stored: StoredImage,
  workers: DeltaWorkers,
  options: DeltaPackOptions,
): Promise<void> {
  const pending: Pending[] = [];
  const most = AHEAD * Math.max(1, options.workers);
  const writeOne = async ({ chunk, outcome }: Pending) => {
    const made = await outcome;
    if ('error' in made) throw made.error;
    const { length } = chunk.bytes;
    await pack.append(chunk.bytes, chunk.digest, made.frame);
    giveBack(chunk.bytes);
    options.onBytes(chunk.offset + length);
  };
  // Bytes of the delta frames before the chunk that is read next: in image order, so threads change no byte.
  let bytesBefore = Promise.resolve(0);
  for (let number = 0; number < stored.index.count; number += 1) {
    const chunk = await stored.read(number);
    const quick = settled(smallerFrame(chunk, chunk.frame, workers, options.quality));
    const both = Promise.all([quick, bytesBefore]);
    bytesBefore = both.then(([made, before]) => before + deltaBytes(made));
    const outcome = both.then(([made, before]) => {
      if (!('frame' in made) || made.frame.codec !== 'delta' || before >= options.hardBytes) return made;
      return settled(smallerFrame(chunk, made.frame, workers, HARDEST));
    });
    pending.push({ chunk, outcome });
    const first = pending.length > most ? pending.shift() : undefined;
    if (first !== undefined) await writeOne(first);
  }
  for (const rest of pending) await writeOne(rest);
}

/** A delta frame at `quality`, or `other` where that is not longer. */
async function smallerFrame(
  chunk: StoredChunk,
  other: EncodedFrame,
  workers: DeltaWorkers,
  quality: number,
): Promise<EncodedFrame> {
  if (other.codec === 'zero') return other;
  const frame = await workers.encode(chunk.bytes, chunk.offset, quality);
  const isSmaller = frame !== undefined && frame.length < other.bytes.length;
  return isSmaller ? { codec: 'delta', bytes: frame } : other;
}

function settled(frame: Promise<EncodedFrame>): Promise<Outcome> {
  return frame.then(
    (made) => ({ frame: made }),
    (error: unknown) => ({ error }),
  );
}

function deltaBytes(outcome: Outcome): number {
  return 'frame' in outcome && outcome.frame.codec === 'delta' ? outcome.frame.bytes.length : 0;
}
