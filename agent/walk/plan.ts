/**
 * Step 3, plan: fetch the chunk indexes, look what both slots hold already, say what will be done, cheapest
 * first. Reads the slots, writes nothing to them.
 */

import { otherSlot } from '../../bootctl/index.ts';
import type { ChunkIndex } from '../../format/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { Checkpoint } from '../model/deployment.ts';
import { type ImagePlan, planImage, planUpdate, type UpdatePlan } from '../model/plan.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import type { ImageReader, SignedFile, SlotName, Source } from '../ports.ts';
import { type BootedImage, bootedImage, rememberedIndex, rememberIndex } from './booted-image.ts';
import { deltaAgainst, fullIndex, type ManifestImage } from './chunk-indexes.ts';
import { heldChunks, seemsForeign } from './slot-chunks.ts';

/** Errors: PAYLOAD_REJECTED, SLOT_TOO_SMALL, those of source, slots, store and vault; Stopped. */
export async function plan(
  device: Device,
  source: Source,
  release: VerifiedManifest,
  signal: AbortSignal,
): Promise<UpdatePlan> {
  // Before anything is written: a folder into which somebody still copies would open the slot and then wait.
  await source.complete?.(fullWay(release), signal);
  const slot = otherSlot(device.booted);
  const open = device.store.deployment();
  const continued = open?.identity === release.identity && open.slot === slot;
  const checkpoints = continued ? device.store.checkpoints(open.id) : [];
  const images: ImagePlan[] = [];
  for (const image of release.manifest.images) {
    images.push(await planOne(device, source, slot, image, checkpoints, signal));
  }
  const update = planUpdate({ identity: release.identity, version: release.manifest.version }, slot, images);
  const { chunks, fetchBytes } = update;
  const sentence = `${fetchBytes} bytes are to be fetched for slot ${slot}.`;
  device.reporter.happened('update-planned', sentence, { fetchBytes, ...chunks });
  return update;
}

/** What every release directory holds; a delta that is not there is only a delta less. */
function fullWay({ manifest }: VerifiedManifest): readonly SignedFile[] {
  return manifest.images.flatMap(({ pack, index }) => [index, pack]);
}

async function planOne(
  device: Device,
  source: Source,
  slot: SlotName,
  image: ManifestImage,
  checkpoints: readonly Checkpoint[],
  signal: AbortSignal,
): Promise<ImagePlan> {
  const index = await fullIndex(device, source, image, signal);
  const reader = await device.slots.openForReading(slot, image.class);
  try {
    refuseTooSmall(reader, image);
    const isBegun = rememberedIndex(device.store, slot, image.class) === image.index.sha256;
    const inSlot = await chunksInSlot(reader, index, image, { checkpoints, isBegun }, signal);
    const booted = await bootedImage(device, image.class, index.chunkSize, signal);
    rememberIndex(device.store, slot, image.class, image.index.sha256);
    const delta = booted && (await deltaAgainst(device, source, image, index, booted, signal));
    return planImage(image, index, delta, { inSlot, inBooted: (chunk) => isSameChunk(booted, index, chunk) });
  } finally {
    await reader.close();
  }
}

/** Both indexes cut at the same places; only the last chunk of the shorter image may be shorter. */
function isSameChunk(booted: BootedImage | undefined, index: ChunkIndex, chunk: number): boolean {
  if (booted === undefined || chunk >= booted.index.count) return false;
  const [there, here] = [booted.index.entry(chunk), index.entry(chunk)];
  return there.length === here.length && there.digest === here.digest;
}

function refuseTooSmall(reader: ImageReader, image: ManifestImage): void {
  if (image.size <= reader.capacity) return;
  throw new AgentError(
    'SLOT_TOO_SMALL',
    `The ${image.class} image needs ${image.size} bytes, slot ${reader.slot} holds ${reader.capacity}.`,
    { facts: { slotClass: image.class, size: image.size, capacity: reader.capacity } },
  );
}

/**
 * Chunks up to the checkpoint are taken on its word (finalise reads all of them back anyway) and not read; each
 * later one is hashed in the slot: what a SIGKILL left in the page cache, or an equal old content, is not
 * fetched again. A slot in which this image was not begun is not read as a whole when it seems to hold nothing of it.
 */
async function chunksInSlot(
  reader: ImageReader,
  index: ChunkIndex,
  image: ManifestImage,
  known: { readonly checkpoints: readonly Checkpoint[]; readonly isBegun: boolean },
  signal: AbortSignal,
): Promise<(chunk: number) => boolean> {
  const done = known.checkpoints.find(
    (point) => point.slotClass === image.class && point.indexDigest === image.index.sha256,
  );
  const trusted = done?.chunks ?? 0;
  const isBegun = known.isBegun || done !== undefined;
  if (!isBegun && (await seemsForeign(reader, index, signal))) return () => false;
  const held = await heldChunks(reader, index, signal, (chunk) => chunk > trusted);
  return (chunk) => chunk <= trusted || held.has(chunk);
}
