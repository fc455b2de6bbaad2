/**
 * The history as a chain: each closed deployment's row carries the digest of the row before it and its own, over all
 * its fields. Pure; it must not know where rows lie.
 *
 * Canonical form of a row: SHA-256, lower-case hex, over the UTF-8 JSON array, without blanks, of
 * `["donabe-history-1", number, id, identity, version, slot, outcome, code, reason, openedAt, closedAt,
 * rollbackMs or null, fetched, reused, written, verified, previous or null]`. The form never changes: a later column
 * needs a digest of its own, since an older agent checks rows that a newer one has written.
 *
 * It shows what was changed by accident or by hand. It does not bind whoever can write store and vault and knows this
 * form, and does not see that the oldest rows are gone: they are trimmed anyway.
 */
import { createHash } from 'node:crypto';
import type { ClosedDeployment } from './deployment.ts';

const FORM = 'donabe-history-1';

/** The newest row that was ever chained, as the vault keeps it: without it the newest rows could go unseen. */
export interface HistoryHead {
  readonly number: number;
  readonly digest: string;
}

export type ChainVerdict =
  | {
      readonly holds: true;
      readonly chained: number;
      /** Rows that an older agent closed, or that were closed on a trial boot before the store had these columns. */
      readonly notChained: readonly number[];
    }
  | {
      readonly holds: false;
      /** The first row that does not hold. */
      readonly number: number;
      /** Empty when the row is not there. */
      readonly id: string;
      readonly reason: string;
    };

/** The row's own digest; what its field `digest` says is not looked at. */
export function historyDigest(row: Omit<ClosedDeployment, 'digest'>): string {
  const { fetched, reused, written, verified } = row.bytes;
  const form = [
    FORM,
    row.number,
    row.id,
    row.identity,
    row.version,
    row.slot,
    row.outcome,
    row.code,
    row.reason,
    row.openedAt,
    row.closedAt,
    row.rollbackMs ?? null,
    fetched,
    reused,
    written,
    verified,
    row.previous ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(form)).digest('hex');
}

/**
 * Judges rows, oldest first, as the store keeps them: numbers without a gap. `head` undefined: nobody remembers one.
 * The oldest row's `previous` is taken on its word: the row that it names was trimmed.
 */
export function checkChain(rows: readonly ClosedDeployment[], head: HistoryHead | undefined): ChainVerdict {
  const notChained: number[] = [];
  let before: ClosedDeployment | undefined;
  let link: string | undefined;
  for (const row of rows) {
    const reason = faultOf(row, before, link);
    if (reason !== undefined) return { holds: false, number: row.number, id: row.id, reason };
    if (row.number === head?.number && row.digest !== head.digest) {
      return { holds: false, number: row.number, id: row.id, reason: 'the vault remembers another row' };
    }
    before = row;
    if (row.digest === undefined) notChained.push(row.number);
    else link = row.digest;
  }
  if (head !== undefined && head.number > (before?.number ?? 0)) {
    const reason = `the vault remembers row ${head.number}, and the rows end before it`;
    return { holds: false, number: (before?.number ?? head.number - 1) + 1, id: '', reason };
  }
  return { holds: true, chained: rows.length - notChained.length, notChained };
}

/** Why a row does not hold behind the rows before it; `link`: the newest digest of those. */
function faultOf(
  row: ClosedDeployment,
  before: ClosedDeployment | undefined,
  link: string | undefined,
): string | undefined {
  if (before !== undefined && row.number !== before.number + 1) {
    return `rows between ${before.number} and ${row.number} are missing`;
  }
  if (row.digest === undefined) {
    return row.previous === undefined ? undefined : 'it names a row before it and has no digest';
  }
  if (row.digest !== historyDigest(row)) return 'its fields do not match its digest';
  if (link !== undefined && row.previous !== link) return 'it does not follow the row before it';
  return undefined;
}
