/**
 * What is known of the image that the booted slot runs: the base of a delta, and chunks that need no wire. The
 * index of every installed image is kept in the store; where it is lost it is made again by hashing the slot.
 * It is a hint and nothing more: whatever is made of the booted slot is checked by digest before it is written.
 */
import {
  type ChunkIndex,
  decodeChunkIndex,
  encodeChunkIndex,
  FormatError,
  sha256Hex,
} from '../../format/index.ts';
import type { Device } from '../device.ts';
import type { ImageReader, SlotName, Store } from '../ports.ts';
import { chunksOf } from './slot-chunks.ts';

export interface BootedImage {
  readonly size: number;
  readonly sha256: string;
  readonly index: ChunkIndex;
}

/** Undefined when neither vault nor store know the image, or the partition cannot hold it. Errors: slot and store. */
export async function bootedImage(
  device: Device,
  slotClass: string,
  chunkSize: number,
  signal: AbortSignal,
): Promise<BootedImage | undefined> {
  const { record } = await device.vault.read();
  const seal = record.seals[device.booted]?.images.find((image) => image.slotClass === slotClass);
  const kept = keptIndex(device.store, device.booted, slotClass);
  const known = seal ?? (kept && { size: kept.imageSize, sha256: kept.imageDigest });
  if (known === undefined) return undefined;
  const { size, sha256 } = known;
  if (kept?.imageDigest === sha256 && kept.imageSize === size && kept.chunkSize === chunkSize) {
    return { size, sha256, index: kept };
  }
  const reader = await device.slots.openForReading(device.booted, slotClass);
  try {
    if (size > reader.capacity) return undefined;
    return { size, sha256, index: await rebuildIndex(device, reader, { size, sha256, chunkSize }, signal) };
  } finally {
    await reader.close();
  }
}

/**
 * Remembers which index belongs to what a slot holds or is about to hold. A slot that never came to hold it is
 * told by its seal, or cannot be booted.
 */
export function rememberIndex(store: Store, slot: SlotName, slotClass: string, digest: string): void {
  store.setFact(factOf(slot, slotClass), digest);
}

/** What `rememberIndex` was told last. */
export function rememberedIndex(store: Store, slot: SlotName, slotClass: string): string | undefined {
  return store.fact(factOf(slot, slotClass));
}

function keptIndex(store: Store, slot: SlotName, slotClass: string): ChunkIndex | undefined {
  const digest = rememberedIndex(store, slot, slotClass);
  const bytes = digest === undefined ? undefined : store.index(digest);
  if (bytes === undefined) return undefined;
  try {
    return decodeChunkIndex(bytes);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** An index in which every frame is the chunk itself: only its chunk digests are of use. */
async function rebuildIndex(
  { store }: Device,
  reader: ImageReader,
  image: { readonly size: number; readonly sha256: string; readonly chunkSize: number },
  signal: AbortSignal,
): Promise<ChunkIndex> {
  const digests: string[] = [];
  for await (const { bytes } of chunksOf(reader, image, signal)) digests.push(sha256Hex(bytes));
  const bytes = encodeChunkIndex({
    imageSize: image.size,
    imageDigest: image.sha256,
    chunkSize: image.chunkSize,
    base: undefined,
    entries: digests.map((digest, chunk) => ({
      digest,
      frameLength: Math.min(image.chunkSize, image.size - chunk * image.chunkSize),
      frameDigest: digest,
      codec: 'raw',
    })),
  });
  const digest = sha256Hex(bytes);
  store.keepIndex(digest, bytes);
  rememberIndex(store, reader.slot, reader.slotClass, digest);
  return decodeChunkIndex(bytes);
}

function factOf(slot: SlotName, slotClass: string): string {
  return `index-${slot}-${slotClass}`;
}
