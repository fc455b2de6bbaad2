/**
 * Reads of the base that are not worth their price. A device reads the base in as few pieces as it can; a piece that
 * gives a few bytes of the chunk takes an eMMC about as long as 32 KiB more of another, and the frame has to name it.
 * Must not know how operations are found or written.
 */
import { BaseReads, type DeltaOperation } from '../format/index.ts';

/** The operations, with data in place of every one whose read gives fewer than `least` bytes of `chunk`. */
export function withoutPoorReads(
  operations: readonly DeltaOperation[],
  chunk: Uint8Array,
  least: number,
): DeltaOperation[] {
  const moves = operations.filter(isMove);
  const reads = BaseReads.covering(
    moves.map(({ source }) => source),
    moves.map(lengthOf),
    chunk.length,
  );
  const given = new Float64Array(reads.reads.length);
  for (const move of moves) {
    const read = reads.indexOf(move.source);
    given[read] = (given[read] ?? 0) + equalBytes(move);
  }
  const kept: DeltaOperation[] = [];
  let written = 0;
  let at = 0;
  const writeData = (): void => {
    if (at > written) kept.push({ kind: 'data', bytes: chunk.subarray(written, at) });
  };
  for (const operation of operations) {
    const length = lengthOf(operation);
    if (isMove(operation) && (given[reads.indexOf(operation.source)] ?? 0) >= least) {
      writeData();
      kept.push(operation);
      written = at + length;
    }
    at += length;
  }
  writeData();
  return kept;
}

type Move = Exclude<DeltaOperation, { kind: 'data' }>;

function isMove(operation: DeltaOperation): operation is Move {
  return operation.kind !== 'data';
}

function lengthOf(operation: DeltaOperation): number {
  if (operation.kind === 'data') return operation.bytes.length;
  return operation.kind === 'copy' ? operation.length : operation.differences.length;
}

/** Bytes that the base knows; those that an addition changes, it does not. */
function equalBytes(move: Move): number {
  if (move.kind === 'copy') return move.length;
  return move.differences.reduce((count, difference) => count + Number(difference === 0), 0);
}
