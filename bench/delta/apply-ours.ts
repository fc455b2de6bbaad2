/**
 * `node apply-ours.js FOLDER full|delta BASE OUTPUT`: the release in FOLDER applied by the agent's own parts: its plan,
 * its maker of chunks, its way into a slot. Without network, checkpoints and read-back; flushed at the end.
 * OUTPUT stands for the slot: a file as long as the image. Prints what it took as JSON. A chunk that is not what its
 * index says ends the program.
 */
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlockSlots } from '../../agent/adapters/block-slots.ts';
import { BufferRing } from '../../agent/model/buffer-ring.ts';
import { type DeltaWay, type ImagePlan, indexOf, planImage } from '../../agent/model/plan.ts';
import { packOf } from '../../agent/model/ways.ts';
import type { ImageReader } from '../../agent/ports.ts';
import { ChunkMaker, type ChunkOrder, type MadeChunk } from '../../agent/walk/chunk-maker.ts';
import { AHEAD, WRITES } from '../../agent/walk/fetch.ts';
import { inOrder } from '../../agent/walk/in-order.ts';
import { decodeChunkIndex, decodeManifest, sha256Hex } from '../../format/index.ts';

const [folder = '', how = '', basePath = '', outputPath = ''] = process.argv.slice(2);
const [image] = decodeManifest(await readFile(join(folder, 'manifest.json'))).images;
if (image === undefined) throw new Error('a release without an image');
const index = decodeChunkIndex(await readFile(join(folder, image.index.name)));
const plan = planImage(image, index, how === 'delta' ? await deltaWay() : undefined, {
  inSlot: () => false,
  inBooted: () => false,
});
const locks = await mkdtemp(join(tmpdir(), 'donabe-apply-'));
const slots = new BlockSlots({
  partitions: { a: { [image.class]: basePath }, b: { [image.class]: outputPath } },
  booted: 'a',
  lockFolder: locks,
});
const counts = { baseBytes: 0, baseReads: 0 };
const [target, base, fullPack] = await Promise.all([
  slots.openForUpdate('b', image.class),
  slots.openForReading('a', image.class).then(counted),
  open(join(folder, image.pack.name)),
]);
const deltaPack = plan.delta === undefined ? undefined : await open(join(folder, plan.delta.files.pack.name));

const started = performance.now();
const cpu = process.cpuUsage();
const maker = new ChunkMaker({ plan, target, base }, AHEAD, AHEAD + WRITES);
const made = inOrder(orders(plan), AHEAD, (order) => maker.make(order));
for await (const _written of inOrder(made, WRITES, write));
await target.flush();
const { user, system } = process.cpuUsage(cpu);
const insideS = (performance.now() - started) / 1000;
process.stdout.write(JSON.stringify({ insideS, cpuS: (user + system) / 1e6, ...counts }));

await Promise.all([target.close(), base.close(), fullPack.close(), deltaPack?.close()]);
await rm(locks, { recursive: true });

async function deltaWay(): Promise<DeltaWay> {
  const files = image?.deltas[0];
  if (files === undefined) throw new Error('a release without a delta');
  return { files, index: decodeChunkIndex(await readFile(join(folder, files.index.name))) };
}

/** Each chunk with its frame, whose digest is checked as after a download. */
async function* orders({ ways }: ImagePlan): AsyncGenerator<ChunkOrder, void, undefined> {
  const frames = new BufferRing(AHEAD);
  for (let chunk = 0; chunk < ways.count; chunk += 1) {
    const way = ways.of(chunk);
    if (way === 'in-slot') throw new Error('nothing is in the slot');
    const pack = packOf(way);
    if (pack === undefined) {
      yield { chunk, way, frame: new Uint8Array(0) };
      continue;
    }
    const { frameOffset, frameLength, frameDigest } = indexOf(plan, pack).entry(chunk);
    const frame = frames.next().take(frameLength);
    await (pack === 'delta' ? deltaPack : fullPack)?.read(frame, 0, frameLength, frameOffset);
    if (sha256Hex(frame) !== frameDigest) throw new Error(`frame ${chunk} of the ${pack} pack is wrong`);
    yield { chunk, way, frame };
  }
}

async function write({ chunk, data }: MadeChunk): Promise<void> {
  if (data === undefined) throw new Error(`chunk ${chunk} does not come out of the delta`);
  await target.write(index.entry(chunk).offset, data);
}

/** The base, and what was read of it. */
function counted(reader: ImageReader): ImageReader {
  const readInto = reader.readInto.bind(reader);
  reader.readInto = (offset, memory) => {
    counts.baseBytes += memory.length;
    counts.baseReads += 1;
    return readInto(offset, memory);
  };
  return reader;
}
