/**
 * The chunks of one step as orders for the maker: what needs no frame as it is, the rest with its frame as it
 * comes in by one range request. A frame's digest is checked here, before anything decodes it.
 */
import { type PayloadFile, sha256Hex } from '../../format/index.ts';
import { AgentError } from '../errors.ts';
import type { BufferRing } from '../model/buffer-ring.ts';
import { FrameAssembler } from '../model/frame-assembler.ts';
import { type ImagePlan, indexOf, type Step } from '../model/plan.ts';
import { type PackName, packOf } from '../model/ways.ts';
import type { ChunkOrder } from './chunk-maker.ts';
import type { Fetching } from './fetch.ts';
import type { OpenImage } from './open-slot.ts';
import { Stopped } from './stopped.ts';

/** A frame whose bytes are not the signed ones. Worth another try: lines and proxies damage bytes. */
export class WrongFrame extends AgentError {
  readonly pack: PackName;
  readonly chunk: number;

  constructor(plan: ImagePlan, pack: PackName, chunk: number) {
    super('FRAME_WRONG', `Frame ${chunk} of ${packFileOf(plan, pack).name} does not match its digest.`, {
      facts: { slotClass: plan.slotClass, chunk },
    });
    this.pack = pack;
    this.chunk = chunk;
  }
}

/** What is signed of a pack. RangeError for the delta pack of a plan without one. */
export function packFileOf({ image, delta, slotClass }: ImagePlan, pack: PackName): PayloadFile {
  if (pack === 'full') return image.pack;
  if (delta === undefined) throw new RangeError(`the plan of ${slotClass} has no delta pack`);
  return delta.files.pack;
}

/** In order. Errors: FRAME_WRONG, SHORT_BODY, BYTE_BUDGET_SPENT, those of the source; Stopped. */
export async function* ordersOf(
  work: Fetching,
  { plan }: OpenImage,
  step: Step,
  memory: BufferRing,
): AsyncGenerator<ChunkOrder, void, undefined> {
  const { range } = step;
  const pack = range?.pack ?? 'full';
  const index = indexOf(plan, pack);
  const isNeeded = (chunk: number): boolean => range !== undefined && packOf(plan.ways.of(chunk)) === pack;
  const lengthOf = (chunk: number): number => (range === undefined ? 0 : index.entry(chunk).frameLength);
  const assembler = new FrameAssembler(step, { lengthOf, isNeeded }, memory);
  function* whole(): Generator<ChunkOrder, void, undefined> {
    for (let frame = assembler.take(); frame !== undefined; frame = assembler.take()) {
      const { chunk, bytes } = frame;
      if (work.signal.aborted) throw new Stopped(work.signal.reason);
      const way = plan.ways.of(chunk);
      if (way === 'in-slot') continue;
      if (isNeeded(chunk) && sha256Hex(bytes) !== index.entry(chunk).frameDigest) {
        throw new WrongFrame(plan, pack, chunk);
      }
      yield { chunk, way, frame: bytes };
    }
  }
  yield* whole(); // leading chunks without frames have no bytes to wait for
  if (range === undefined || range.start === range.end) return;
  for await (const piece of requestedBytes(work, packFileOf(plan, pack), range)) {
    assembler.push(piece);
    yield* whole();
  }
}

/**
 * The bytes of the range; ends with SHORT_BODY when the source gave fewer. Those of a server are counted and held to
 * the budget, those of a copy at hand cost no line.
 */
async function* requestedBytes(
  { device, source, deployment, transfer, signal }: Fetching,
  { name, size }: PayloadFile,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const costs = source.isCopy !== true;
  if (costs) transfer.requireBudget(end - start);
  const pin = device.store.pin(deployment.id, name) ?? { size, etag: undefined };
  const answer = await source.range(name, start, end, pin, signal);
  if (answer.etag !== pin.etag) device.store.setPin(deployment.id, name, { size, etag: answer.etag });
  let discarded = 0;
  let got = 0;
  for await (const piece of answer.body) {
    const thrownAway = answer.discarded();
    if (costs) transfer.fetched(piece.length + thrownAway - discarded);
    discarded = thrownAway;
    got += piece.length;
    yield piece;
  }
  if (got === end - start) return;
  throw new AgentError('SHORT_BODY', `${name} ended ${end - start - got} bytes early.`, {
    facts: { name, start, end, got },
  });
}
