/**
 * `node apply-ours.js INDEX PACK BASE OUTPUT`: our delta pack applied as the agent does, without agent, slot and
 * network: frames are decoded in the pool, one after the other is applied, hashed, written; flushed at the end.
 * Prints what it took as JSON. A chunk that is not what its index says ends the program.
 */
import { createHash } from 'node:crypto';
import { read } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import {
  applyDelta,
  type ChunkIndex,
  decodeChunkIndex,
  decodeDeltaFrameInPool,
  decodeFrameInPool,
  MAX_FRAME_OVERHEAD,
} from '../../format/index.ts';

/** Chunks in the making: one is hashed and written, the next ones are decompressed and read. */
const AHEAD = 3;

/** Memory of one chunk in the making, used again and again. */
interface Place {
  base: Buffer;
  readonly body: Buffer;
  readonly chunk: Buffer;
}

const [indexPath = '', packPath = '', basePath = '', outputPath = ''] = process.argv.slice(2);
const index = decodeChunkIndex(await readFile(indexPath));
const [pack, base, output] = await Promise.all([open(packPath), open(basePath), open(outputPath, 'w')]);
const zeros = Buffer.alloc(index.chunkSize);
// One more than are in the making: the chunk that is being written.
const places = Array.from(
  { length: AHEAD + 1 },
  (): Place => ({
    base: Buffer.alloc(0),
    body: Buffer.alloc(index.chunkSize + MAX_FRAME_OVERHEAD),
    chunk: Buffer.alloc(index.chunkSize),
  }),
);
const counts = { baseBytes: 0, baseReads: 0 };
const started = performance.now();
const cpu = process.cpuUsage();
const pending: Promise<Uint8Array>[] = [];
let written: Promise<unknown> = Promise.resolve();
for (let chunk = 0; chunk < index.count; chunk += 1) {
  while (pending.length < AHEAD && chunk + pending.length < index.count) {
    const next = chunk + pending.length;
    pending.push(
      chunkBytes(index, next, places[next % places.length] ?? { base: zeros, body: zeros, chunk: zeros }),
    );
  }
  const bytes = (await pending.shift()) ?? zeros;
  const { offset, digest } = index.entry(chunk);
  if (createHash('sha256').update(bytes).digest('hex') !== digest) throw new Error(`chunk ${chunk} is wrong`);
  await written;
  written = output.write(bytes, 0, bytes.length, offset);
}
await written;
await output.datasync();
const { user, system } = process.cpuUsage(cpu);
const insideS = (performance.now() - started) / 1000;
process.stdout.write(JSON.stringify({ insideS, cpuS: (user + system) / 1e6, ...counts }));

async function chunkBytes(from: ChunkIndex, chunk: number, place: Place): Promise<Uint8Array> {
  const { codec, frameOffset, frameLength, length } = from.entry(chunk);
  if (codec === 'zero') return zeros.subarray(0, length);
  const frame = await readAt(pack, frameOffset, Buffer.allocUnsafe(frameLength));
  if (codec !== 'delta') {
    return await decodeFrameInPool(codec, frame, length, (bytes) => place.chunk.subarray(0, bytes));
  }
  const plan = await decodeDeltaFrameInPool(frame, length, from.base?.size ?? 0, (bytes) =>
    place.body.subarray(0, bytes),
  );
  if (place.base.length < plan.baseLength) place.base = Buffer.alloc(plan.baseLength);
  const needed = place.base.subarray(0, plan.baseLength);
  let at = 0;
  const reads: Promise<unknown>[] = [];
  for (const { offset, length: bytes } of plan.reads) {
    reads.push(readAt(base, offset, needed.subarray(at, at + bytes)));
    at += bytes;
  }
  // All of a chunk's reads at once: one after the other each waits for the pool to wake up.
  await Promise.all(reads);
  counts.baseBytes += at;
  counts.baseReads += plan.reads.length;
  return applyDelta(plan, needed, place.chunk.subarray(0, length));
}

/** By a callback, as the agent reads: of ten thousands of short reads each promise costs as much as its bytes. */
function readAt(file: FileHandle, offset: number, into: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    read(file.fd, into, 0, into.length, offset, (error, bytesRead) => {
      if (error !== null) reject(error);
      else if (bytesRead === into.length) resolve(into);
      else reject(new Error(`the file ends at byte ${offset + bytesRead}`));
    });
  });
}
