/**
 * Step 5, fetch, write, checkpoint: each missing chunk is made, verified and written to its place. While one is
 * written the next are fetched, decoded and hashed. What is to be done next is read off the plan anew after
 * every step, so an interruption of any kind costs nothing but what was not whole.
 */

import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { BufferRing } from '../model/buffer-ring.ts';
import type { Deployment } from '../model/deployment.ts';
import { firstStep, type ImagePlan, nextStep, type Step } from '../model/plan.ts';
import { retryDelay } from '../model/retry.ts';
import type { Source } from '../ports.ts';
import { codeOfWrongBytes, DELTA_FAULTS, MOST_WRONG_FETCHES } from './chunk-indexes.ts';
import { ChunkMaker, type MadeChunk } from './chunk-maker.ts';
import { ordersOf, packFileOf, WrongFrame } from './frames.ts';
import { awaitHolds } from './hold.ts';
import { inOrder } from './in-order.ts';
import { type Lookout, OfferChanged } from './lookout.ts';
import type { OpenImage } from './open-slot.ts';
import { Stopped } from './stopped.ts';
import type { Transfer } from './transfer.ts';

/** Chunks that are fetched, decoded and hashed at a time: more would only take memory. */
export const AHEAD = 2;

/** Chunks that are written at a time: while one waits for the device, the next one is at hand. */
export const WRITES = 2;

/** What every function of this step needs. */
export interface Fetching {
  readonly device: Device;
  readonly source: Source;
  readonly deployment: Deployment;
  readonly transfer: Transfer;
  /** Ends the walk when its source has something more urgent. */
  readonly lookout: Pick<Lookout, 'whileFetching'>;
  readonly signal: AbortSignal;
}

/** Takes verified chunks. */
interface ChunkSink {
  /** At most `WRITES` under way at a time; the view is valid until the promise resolves. */
  put(chunk: number, data: Uint8Array): Promise<void>;
  /** In the chunks' order, each after its `put`. */
  done(chunk: number, length: number): Promise<void>;
}

/** What is kept over the steps of one image. */
interface Line {
  readonly image: OpenImage;
  readonly frames: BufferRing;
  readonly maker: ChunkMaker;
  readonly wrong: { place: string; fetches: number };
}

/**
 * All chunks but the first of each image. Returns when they are written, flushed and checkpointed.
 * Errors: PAYLOAD_REJECTED, SOURCE_DAMAGED, FETCH_SERIES_ENDED, BYTE_BUDGET_SPENT, those of source, slot and store;
 * after a checkpoint Stopped when the signal aborts, OfferChanged.
 */
export async function fetchImages(work: Fetching, images: readonly OpenImage[]): Promise<void> {
  const { device, transfer, lookout, signal } = work;
  await awaitHolds(device, transfer, signal);
  for (const image of images) {
    const { plan, target } = image;
    const line = lineOf(image, AHEAD, WRITES);
    for (let step = nextStep(plan); step !== undefined; step = nextStep(plan)) {
      await takeStep(work, line, step, {
        put: (chunk, data) => target.write(plan.index.entry(chunk).offset, data),
        done: async (chunk, length) => {
          transfer.wrote(image, chunk, length);
          if (transfer.checkpointDue()) await transfer.checkpoint();
          await awaitHolds(device, transfer, signal);
          await lookout.whileFetching(signal);
        },
      });
    }
  }
  await transfer.checkpoint();
}

/** The withheld chunk, verified, in memory. */
export async function fetchFirstChunk(work: Fetching, image: OpenImage): Promise<Uint8Array> {
  const line = lineOf(image, 1, 0);
  let first: Uint8Array | undefined;
  while (first === undefined) {
    await takeStep(work, line, firstStep(image.plan), {
      put: async (_chunk, data) => {
        first = Uint8Array.from(data);
      },
      done: async (_chunk, length) => work.transfer.verifiedFirst(length),
    });
  }
  return first;
}

/** Memory for `ahead` frames and chunks in the making, and for `writes` chunks that are written. */
function lineOf(image: OpenImage, ahead: number, writes: number): Line {
  const maker = new ChunkMaker(image, ahead, ahead + writes);
  return { image, frames: new BufferRing(ahead), maker, wrong: { place: '', fetches: 0 } };
}

/** Does what can be done of a step, or throws what ends the series. */
async function takeStep(work: Fetching, line: Line, step: Step, sink: ChunkSink): Promise<void> {
  const before = work.transfer.bytes.verified;
  try {
    await runStep(work, line, step, sink);
  } catch (error) {
    if (work.signal.aborted || error instanceof Stopped) {
      await work.transfer.checkpoint();
      throw new Stopped(work.signal.reason);
    }
    if (error instanceof OfferChanged) await work.transfer.checkpoint();
    await afterFailedTry(work, line, step, error, work.transfer.bytes.verified === before);
  }
}

/** One request at most; whole chunks come out in order, those before an error too. */
async function runStep(
  work: Fetching,
  { image, frames, maker }: Line,
  step: Step,
  sink: ChunkSink,
): Promise<void> {
  const left = new AbortController();
  const signal = AbortSignal.any([work.signal, left.signal]);
  const orders = ordersOf({ ...work, signal }, image, step, frames);
  const abandon = (): void => left.abort();
  const made = inOrder(orders, AHEAD, (order) => maker.make(order), abandon);
  const put = async (result: MadeChunk): Promise<MadeChunk> => {
    if (result.data !== undefined) await sink.put(result.chunk, result.data);
    return result;
  };
  for await (const result of inOrder(made, WRITES, put, abandon)) {
    if (result.data === undefined) fall(work, image.plan, [result.chunk], result.why);
    else await sink.done(result.chunk, result.data.length);
  }
}

/** From now on these chunks take their full frames, within the same byte budget. */
function fall(
  { device, transfer }: Fetching,
  { slotClass, ways }: ImagePlan,
  chunks: readonly number[],
  why: string,
): void {
  for (const chunk of chunks) ways.set(chunk, 'full');
  transfer.fell(chunks.length);
  const which =
    chunks.length === 1
      ? `Chunk ${chunks[0]} of ${slotClass} takes its`
      : `${chunks.length} chunks of ${slotClass} take their`;
  device.reporter.happened('chunks-fell', `${which} full frame: ${why}`, {
    slotClass,
    chunks: chunks.length,
  });
}

/** Saves what there is, then waits for the next try, or throws what ends the series. */
async function afterFailedTry(
  work: Fetching,
  line: Line,
  step: Step,
  error: unknown,
  fruitless: boolean,
): Promise<void> {
  const { device, transfer, signal } = work;
  if (!(error instanceof AgentError)) throw error;
  // A slot that cannot be written cannot be flushed either: only faults of the way leave something to save.
  if (error.policy !== 'operator' || error.code === 'BYTE_BUDGET_SPENT') await transfer.checkpoint();
  if (leavesDelta(work, line, step, error)) return;
  if (error instanceof WrongFrame && line.wrong.fetches >= MOST_WRONG_FETCHES) {
    throw new AgentError(codeOfWrongBytes(work.source), error.message, { cause: error, facts: error.facts });
  }
  if (error.policy !== 'retry') throw error;
  if (error.code === 'VALIDATOR_CHANGED' && step.range !== undefined) {
    const { name, size } = packFileOf(line.image.plan, step.range.pack);
    device.store.setPin(work.deployment.id, name, { size, etag: undefined });
  }
  if (fruitless) transfer.fruitless(error);
  const delay = retryDelay(error, Math.max(transfer.tries, 1), device.random());
  device.reporter.happened(
    'fetch-retried',
    `Fetching again in ${Math.ceil(delay / 1000)} s: ${error.message}`,
    {
      code: error.code,
      delayMs: delay,
    },
  );
  await device.clock.sleep(delay, signal);
  if (signal.aborted) throw new Stopped(signal.reason);
}

/** True when the fault is the delta's, and the full pack is taken instead: for one chunk, or for all that are left. */
function leavesDelta(work: Fetching, { image, wrong }: Line, step: Step, error: AgentError): boolean {
  const { plan } = image;
  if (error instanceof WrongFrame) {
    const place = `${error.pack} ${error.chunk}`;
    wrong.fetches = wrong.place === place ? wrong.fetches + 1 : 1;
    wrong.place = place;
    if (error.pack !== 'delta' || wrong.fetches < MOST_WRONG_FETCHES) return false;
    fall(work, plan, [error.chunk], error.message);
    return true;
  }
  if (step.range?.pack !== 'delta' || !DELTA_FAULTS.has(error.code)) return false;
  const chunks: number[] = [];
  for (let chunk = 0; chunk < plan.ways.count; chunk += 1) {
    if (plan.ways.of(chunk) === 'delta') chunks.push(chunk);
  }
  fall(work, plan, chunks, error.message);
  return true;
}
