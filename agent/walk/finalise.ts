/**
 * Step 6, finalise: the slot is read back from the device, and only then gets its beginning (rules 1 and 3).
 * Durable, in this order: first chunks, their read-back, the seal in the vault, the row "finalised".
 */
import { createHash } from 'node:crypto';
import { sha256Hex } from '../../format/index.ts';
import { AgentError } from '../errors.ts';
import type { UpdatePlan } from '../model/plan.ts';
import type { Seal } from '../model/vault-rows.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import type { ImageReader, ImageTarget } from '../ports.ts';
import { type Fetching, fetchFirstChunk } from './fetch.ts';
import { inOrder } from './in-order.ts';
import { type OpenImage, withholdFirstChunk } from './open-slot.ts';
import { Stopped } from './stopped.ts';

/** Errors: SLOT_READ_BACK, PAYLOAD_REJECTED, those of source, slot, vault and store; Stopped. */
export async function finalise(
  work: Fetching,
  plan: UpdatePlan,
  release: VerifiedManifest,
  images: readonly OpenImage[],
): Promise<void> {
  const { device, deployment } = work;
  const firstChunks: Uint8Array[] = [];
  let done = 0;
  for (const image of images) {
    const first = await fetchFirstChunk(work, image);
    await work.transfer.checkpoint();
    await readBack(work, image, first, done);
    done += image.plan.image.size;
    firstChunks.push(first);
  }
  try {
    for (const [at, image] of images.entries()) await writeFirstChunk(image, firstChunks[at] as Uint8Array);
  } catch (error) {
    for (const image of images) await beheadAgain(work, image);
    throw error;
  }
  await sealSlot(work, plan, release);
  device.store.setState(deployment.id, 'finalised', device.bootId);
}

/** Chunks 1.. from the device, chunk 0 from memory: together they must have the image's digest. */
async function readBack(work: Fetching, image: OpenImage, first: Uint8Array, before: number): Promise<void> {
  const whole = createHash('sha256').update(first);
  for await (const { entry, data } of chunksReadBack(work, image)) {
    whole.update(data);
    work.transfer.report('verifying', before + entry.offset);
  }
  const digest = whole.digest('hex');
  if (digest === image.plan.image.sha256) return;
  // Only now each for itself: who reads the report wants to know where the device fails.
  for await (const { chunk, entry, data } of chunksReadBack(work, image)) {
    if (sha256Hex(data) !== entry.digest)
      throw readBackError(image.target, `chunk ${chunk} differs`, { chunk });
  }
  throw readBackError(image.target, `the image digest is ${digest}`, {});
}

/** One chunk is hashed while the next one is read. */
function chunksReadBack({ signal }: Fetching, { plan, target }: OpenImage) {
  async function* chunks(): AsyncGenerator<number, void, undefined> {
    for (let chunk = 1; chunk < plan.index.count; chunk += 1) {
      if (signal.aborted) throw new Stopped(signal.reason);
      yield chunk;
    }
  }
  return inOrder(chunks(), 1, async (chunk) => {
    const entry = plan.index.entry(chunk);
    const data = await target.readBack(entry.offset, entry.length);
    return { chunk, entry, data };
  });
}

/** The slot is unbootable already: one partition that refuses must not spare the others, nor hide what went wrong. */
async function beheadAgain({ device }: Fetching, image: OpenImage): Promise<void> {
  try {
    await withholdFirstChunk(image);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened('first-chunk-stays', error.message, { code: error.code });
  }
}

async function writeFirstChunk({ plan, target }: OpenImage, first: Uint8Array): Promise<void> {
  const memory = target.memory(first.length);
  memory.set(first);
  await target.write(0, memory);
  await target.flush();
  const entry = plan.index.entry(0);
  if (sha256Hex(await target.readBack(0, entry.length)) !== entry.digest) {
    throw readBackError(target, 'the first chunk differs', { chunk: 0 });
  }
}

function readBackError(target: ImageTarget, what: string, facts: { chunk?: number }): AgentError {
  return new AgentError(
    'SLOT_READ_BACK',
    `Slot ${target.slot} (${target.slotClass}) does not hold what was written: ${what}. The device may be failing.`,
    { facts: { slot: target.slot, slotClass: target.slotClass, readBack: target.readBackKind, ...facts } },
  );
}

async function sealSlot(work: Fetching, plan: UpdatePlan, release: VerifiedManifest): Promise<void> {
  const { record } = await work.device.vault.read();
  await work.device.vault.write({ ...record, seals: { ...record.seals, [plan.slot]: sealOf(release) } });
}

/** What the vault keeps of a release to know its slot again. */
export function sealOf({ manifest, identity }: VerifiedManifest): Seal {
  return {
    identity,
    version: manifest.version,
    sequence: manifest.sequence,
    securityVersion: manifest.securityVersion,
    created: Date.parse(manifest.created),
    images: manifest.images.map((image) => ({
      slotClass: image.class,
      size: image.size,
      sha256: image.sha256,
    })),
  };
}

/** Bytes hashed at a time: as large as the largest chunk that is usual, small against the agent's memory. */
const SEAL_WINDOW = 1024 * 1024;

/** SHA-256 of the first `size` bytes, read in windows. */
export async function digestOf(reader: ImageReader, size: number, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for (let offset = 0; offset < size; offset += SEAL_WINDOW) {
    if (signal.aborted) throw new Stopped(signal.reason);
    hash.update(await reader.read(offset, Math.min(SEAL_WINDOW, size - offset)));
  }
  return hash.digest('hex');
}
