/**
 * The body of a delta frame, before brotli: a chunk as operations on a base. Runs of like numbers and bytes
 * stand together because that compresses better than operations one by one.
 *
 *   part             content
 *   varint           bytes of the operations run
 *   varint           bytes of the displacements run
 *   operations       varints, each 5 * length + kind; length is 1 or more; together exactly one chunk
 *   displacements    signed varints, one for each operation of kind 3 and 4: the change of the displacement
 *   differences      one byte for each byte that is added, in order
 *   literals         one byte for each byte of data, in order; they end the body
 *
 *   kind   operation
 *   0      data: the next literals
 *   1      copy: bytes of the base, from this place in the chunk plus the displacement, which begins as 0
 *   2      add: the same bytes of the base, each plus its difference, modulo 256
 *   3, 4   copy and add as 1 and 2, after a change of the displacement
 *
 * Limits: body at most chunk + 64 KiB, operations at most chunk / 8 + 64, sources within the base.
 * Must not know brotli, files or digests.
 */
import type { DeltaPlan } from './delta-plan.ts';
import { BaseReads } from './delta-reads.ts';
import { FormatError } from './error.ts';
import { MAX_FRAME_OVERHEAD } from './frame.ts';
import { VarintReader, VarintWriter } from './varint.ts';

/** One step of making a chunk. `source` is an offset in the base, bytes; it may exceed 2^32. */
export type DeltaOperation =
  | { readonly kind: 'copy'; readonly source: number; readonly length: number }
  | { readonly kind: 'add'; readonly source: number; readonly differences: Uint8Array }
  | { readonly kind: 'data'; readonly bytes: Uint8Array };

const KINDS = { data: 0, copy: 1, add: 2, movedCopy: 3, movedAdd: 4 } as const;
const KIND_COUNT = 5;
/** More operations than one for 8 bytes of the chunk would cost a device more memory than they save bytes. */
const BYTES_PER_OPERATION = 8;
const SPARE_OPERATIONS = 64;

/** The longest body of a chunk, bytes. */
export function mostBodyBytes(chunkLength: number): number {
  return chunkLength + MAX_FRAME_OVERHEAD;
}

/** A body in two pieces, one behind the other: what compresses well, and the literals, which often do not. */
export interface DeltaBody {
  readonly runs: Uint8Array;
  readonly literals: Uint8Array;
}

/** The body, or undefined when it would break a limit: such a chunk is sent whole. */
export function encodeDeltaBody(operations: Iterable<DeltaOperation>): DeltaBody | undefined {
  const codes = new VarintWriter();
  const displacements = new VarintWriter();
  const differences: Uint8Array[] = [];
  const literals: Uint8Array[] = [];
  let at = 0;
  let count = 0;
  let displacement = 0;
  for (const operation of operations) {
    count += 1;
    if (operation.kind === 'data') {
      codes.write(operation.bytes.length * KIND_COUNT + KINDS.data);
      literals.push(operation.bytes);
      at += operation.bytes.length;
      continue;
    }
    const change = operation.source - at - displacement;
    if (change !== 0) displacements.writeSigned(change);
    displacement += change;
    if (operation.kind === 'copy') {
      codes.write(operation.length * KIND_COUNT + (change === 0 ? KINDS.copy : KINDS.movedCopy));
      at += operation.length;
    } else {
      codes.write(operation.differences.length * KIND_COUNT + (change === 0 ? KINDS.add : KINDS.movedAdd));
      differences.push(operation.differences);
      at += operation.differences.length;
    }
  }
  const head = new VarintWriter();
  head.write(codes.finish().length);
  head.write(displacements.finish().length);
  const body = {
    runs: Buffer.concat([head.finish(), codes.finish(), displacements.finish(), ...differences]),
    literals: Buffer.concat(literals),
  };
  const length = body.runs.length + body.literals.length;
  return count > mostOperations(at) || length > mostBodyBytes(at) ? undefined : body;
}

/** Checks everything in the body against `chunkLength` and `baseSize`, both bytes. Error: FRAME_MALFORMED. */
export function decodeDeltaBody(body: Uint8Array, chunkLength: number, baseSize: number): DeltaPlan {
  const { codes, displacements, rest } = partsOf(body);
  const steps = new StepLists();
  let at = 0;
  let displacement = 0;
  let differenceBytes = 0;
  let literalBytes = 0;
  for (let count = 1; !codes.atEnd; count += 1) {
    const code = codes.read();
    const kind = code % KIND_COUNT;
    const length = (code - kind) / KIND_COUNT;
    if (length < 1 || length > chunkLength - at) throw malformed('an operation does not fit the chunk');
    if (count > mostOperations(chunkLength)) throw malformed('it has more operations than a chunk may have');
    if (kind === KINDS.data) {
      steps.insertions.push(at, length);
      literalBytes += length;
    } else {
      if (kind === KINDS.movedCopy || kind === KINDS.movedAdd) displacement += displacements.readSigned();
      const source = at + displacement;
      if (source < 0 || length > baseSize - source) throw malformed('an operation lies outside the base');
      steps.move(at, source, length);
      if (kind === KINDS.add || kind === KINDS.movedAdd) {
        steps.additions.push(at, length);
        differenceBytes += length;
      }
    }
    at += length;
  }
  if (at !== chunkLength) throw malformed(`its operations make ${at} bytes instead of ${chunkLength}`);
  if (!displacements.atEnd) throw malformed('it has more displacements than operations that take one');
  if (differenceBytes + literalBytes !== rest.length) {
    throw malformed('its differences and literals are not those that its operations take');
  }
  return steps.plan(chunkLength, rest.subarray(0, differenceBytes), rest.subarray(differenceBytes));
}

/** Operations that one frame may have. */
function mostOperations(chunkLength: number): number {
  return Math.floor(chunkLength / BYTES_PER_OPERATION) + SPARE_OPERATIONS;
}

function partsOf(body: Uint8Array) {
  const head = new VarintReader(body);
  const codeBytes = head.read();
  const displacementBytes = head.read();
  const middle = head.position + codeBytes;
  const end = middle + displacementBytes;
  if (end > body.length) throw malformed('a run is longer than the body');
  return {
    codes: new VarintReader(body.subarray(head.position, middle)),
    displacements: new VarintReader(body.subarray(middle, end)),
    rest: body.subarray(end),
  };
}

/** The steps while they are collected; neighbours on one displacement are one move. */
class StepLists {
  readonly additions: number[] = [];
  readonly insertions: number[] = [];
  readonly #places: number[] = [];
  readonly #sources: number[] = [];
  readonly #lengths: number[] = [];
  /** Where the last move ends, in the chunk and in the base. */
  #end = { place: -1, source: -1 };

  move(place: number, source: number, length: number): void {
    if (place === this.#end.place && source === this.#end.source) {
      const last = this.#lengths.length - 1;
      this.#lengths[last] = (this.#lengths[last] ?? 0) + length;
    } else {
      this.#places.push(place);
      this.#sources.push(source);
      this.#lengths.push(length);
    }
    this.#end = { place: place + length, source: source + length };
  }

  plan(chunkLength: number, differences: Uint8Array, literals: Uint8Array): DeltaPlan {
    const base = BaseReads.covering(this.#sources, this.#lengths, chunkLength);
    const moves = new Uint32Array(3 * this.#places.length);
    // By number: an iterator of entries leaves a pair of each for the collector.
    for (let at = 0; at < this.#places.length; at += 1) {
      moves[3 * at] = this.#places[at] ?? 0;
      moves[3 * at + 1] = base.placeOf(this.#sources[at] ?? 0);
      moves[3 * at + 2] = this.#lengths[at] ?? 0;
    }
    const additions = Uint32Array.from(this.additions);
    const insertions = Uint32Array.from(this.insertions);
    const steps = { moves, additions, insertions, differences, literals };
    return { chunkLength, reads: base.reads, baseLength: base.total, steps };
  }
}

function malformed(what: string): FormatError {
  return new FormatError('FRAME_MALFORMED', `a delta frame is malformed: ${what}`);
}
