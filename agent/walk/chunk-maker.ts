/**
 * From what the plan says of a chunk to its verified bytes: zeros, a copy from the booted slot, or a frame that
 * is decoded. The frame's digest was checked before; the chunk's is checked here, before anything is written.
 */
import {
  applyDelta,
  type ChunkEntry,
  decodeDeltaFrameInPool,
  decodeFrameInPool,
  FormatError,
  sha256Hex,
} from '../../format/index.ts';
import { AgentError } from '../errors.ts';
import { BufferRing, type GrowingBuffer } from '../model/buffer-ring.ts';
import { indexOf } from '../model/plan.ts';
import { packOf, type Way } from '../model/ways.ts';
import type { ImageReader } from '../ports.ts';
import { readExtents } from './base-bytes.ts';
import type { OpenImage } from './open-slot.ts';

/** A chunk that is to be made; `frame` is empty for ways that need none. */
export interface ChunkOrder {
  readonly chunk: number;
  readonly way: Exclude<Way, 'in-slot'>;
  readonly frame: Uint8Array;
}

/**
 * `data` is valid until as many chunks were made as the maker has places. Without it the chunk fell: the booted
 * slot does not hold what the release was made against, and the full frame is needed.
 */
export type MadeChunk =
  | { readonly chunk: number; readonly data: Uint8Array }
  | { readonly chunk: number; readonly data: undefined; readonly why: string };

/** What one chunk in the making needs. */
interface Place {
  readonly body: GrowingBuffer;
  readonly base: GrowingBuffer;
  readonly chunk: GrowingBuffer;
}

export class ChunkMaker {
  readonly #image: OpenImage;
  readonly #bodies: BufferRing;
  readonly #bases: BufferRing;
  readonly #chunks: BufferRing;
  /** By length in bytes: that of a whole chunk, and perhaps that of the last one. */
  readonly #zeroDigests = new Map<number, string>();

  /**
   * @param making chunks that are in the making at a time
   * @param places chunks that are in the making or in use at a time
   */
  constructor(image: OpenImage, making: number, places: number) {
    this.#image = image;
    this.#bodies = new BufferRing(making);
    this.#bases = new BufferRing(making);
    this.#chunks = new BufferRing(places, image.target.memory(places * image.plan.index.chunkSize));
  }

  /** To be called in the chunks' order. Error: PAYLOAD_REJECTED when a full frame is not what was signed. */
  async make({ chunk, way, frame }: ChunkOrder): Promise<MadeChunk> {
    const { plan } = this.#image;
    // Taken before anything is waited for: memory in turn is only safe in the chunks' order.
    const place = { body: this.#bodies.next(), base: this.#bases.next(), chunk: this.#chunks.next() };
    const entry = indexOf(plan, packOf(way) ?? 'full').entry(chunk);
    try {
      const data = await this.#bytesOf(entry, way, frame, place);
      const digest = this.#digestOf(entry, way, data);
      if (digest === entry.digest) return { chunk, data };
      if (way === 'full' || way === 'zero')
        throw this.#rejected(chunk, 'decodes to other bytes than its index names');
      return { chunk, data: undefined, why: 'the booted slot holds other bytes.' };
    } catch (error) {
      if (error instanceof FormatError && way === 'full') {
        throw this.#rejected(chunk, `is malformed: ${error.message}`, error);
      }
      const falls =
        error instanceof FormatError || (error instanceof AgentError && error.code === 'SLOT_READ_FAILED');
      if (!falls) throw error;
      return { chunk, data: undefined, why: error.message };
    }
  }

  async #bytesOf(entry: ChunkEntry, way: Way, frame: Uint8Array, place: Place): Promise<Uint8Array> {
    if (way === 'zero') return place.chunk.take(entry.length).fill(0);
    if (way === 'copy') {
      const chunk = place.chunk.take(entry.length);
      await this.#base().readInto(entry.offset, chunk);
      return chunk;
    }
    if (entry.codec !== 'delta') {
      return decodeFrameInPool(entry.codec, frame, entry.length, (bytes) => place.chunk.take(bytes));
    }
    const { size } = this.#image.plan.delta?.files.base ?? { size: 0 };
    const delta = await decodeDeltaFrameInPool(frame, entry.length, size, (bytes) => place.body.take(bytes));
    const base = place.base.take(delta.baseLength);
    await readExtents(this.#base(), delta.reads, base);
    return applyDelta(delta, base, place.chunk.take(entry.length));
  }

  #base(): ImageReader {
    const { base, plan } = this.#image;
    if (base === undefined) throw new RangeError(`${plan.slotClass} was planned without the booted slot`);
    return base;
  }

  /** Not hashed again: zeros, and a frame that is the chunk itself, which was hashed as a frame. */
  #digestOf(entry: ChunkEntry, way: Way, data: Uint8Array): string {
    if (way === 'zero') return this.#digestOfZeros(data);
    return way !== 'copy' && entry.codec === 'raw' ? entry.frameDigest : sha256Hex(data);
  }

  #digestOfZeros(zeros: Uint8Array): string {
    const digest = this.#zeroDigests.get(zeros.length) ?? sha256Hex(zeros);
    this.#zeroDigests.set(zeros.length, digest);
    return digest;
  }

  #rejected(chunk: number, what: string, cause?: unknown): AgentError {
    const { plan } = this.#image;
    return new AgentError('PAYLOAD_REJECTED', `Frame ${chunk} of ${plan.image.pack.name} ${what}.`, {
      facts: { slotClass: plan.slotClass, chunk },
      cause,
    });
  }
}
