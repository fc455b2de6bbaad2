/**
 * What a fleet's server is told when a deployment has come to its end, which reports are still to be sent, and what
 * an answer means. The history is the queue: a number says up to where it was delivered. Pure; it knows no network.
 */
import type { ByteCounts, ClosedDeployment, DeploymentOutcome } from './deployment.ts';
import { RETRY_AFTER_MOST_MS } from './retry.ts';

/** The body of a report, as JSON. `deployment` is its idempotency key: a report may come more than once. */
export interface ResultReport {
  readonly format: 1;
  readonly device: string;
  readonly compatible: string;
  readonly deployment: string;
  readonly version: string;
  /** Release identity. */
  readonly identity: string;
  readonly slot: string;
  readonly outcome: DeploymentOutcome;
  /** Stable code of the error or check that ended it; empty when it was confirmed. */
  readonly code: string;
  readonly reason: string;
  /** By the device's own clock, which may have been wrong; ISO 8601, UTC. */
  readonly openedAt: string;
  readonly closedAt: string;
  /** Only of a rollback. */
  readonly rollbackMs?: number;
  readonly bytes: ByteCounts;
  /** Version that runs while the report is sent. */
  readonly runs: string;
}

/** Characters: a reason is a sentence; what a server or a tool put into it has an end. */
const REASON_MOST = 1024;
/** Largest time that a Date can say, ms. */
const TIME_MOST_MS = 8.64e15;

/** `row` as it is told. */
export function resultReport(
  row: ClosedDeployment,
  { device, compatible, runs }: Pick<ResultReport, 'device' | 'compatible' | 'runs'>,
): ResultReport {
  const { id, version, identity, slot, outcome, code, reason, openedAt, closedAt, rollbackMs, bytes } = row;
  return {
    format: 1,
    device,
    compatible,
    deployment: id,
    version,
    identity,
    slot,
    outcome,
    code,
    reason: reason.slice(0, REASON_MOST),
    openedAt: isoTime(openedAt),
    closedAt: isoTime(closedAt),
    ...(rollbackMs === undefined ? {} : { rollbackMs }),
    bytes,
    runs,
  };
}

/** A row may hold any number that a wrong clock gave it. */
function isoTime(ms: number): string {
  return new Date(Math.min(Math.max(ms, 0), TIME_MOST_MS)).toISOString();
}

export interface Unreported {
  /** The oldest one that is to be sent; undefined: all are. */
  readonly next: ClosedDeployment | undefined;
  /** Rows that the history has dropped before anybody was told of them. */
  readonly dropped: number;
}

/** `history` newest first; `told`: the number up to which everything was dealt with. */
export function unreported(history: readonly ClosedDeployment[], told: number): Unreported {
  const next = history.findLast(({ number }) => number > told);
  return { next, dropped: next === undefined ? 0 : next.number - told - 1 };
}

/** Statuses by which a server says that it does not want this very report, however often it comes. */
const UNWANTED: readonly number[] = [400, 409, 413, 415, 422];

/**
 * What an answer's status means. `unwanted` is dropped, like one that was delivered; everything else is the server's
 * or the line's trouble, and the report waits.
 */
export function judgeReportStatus(status: number): 'delivered' | 'unwanted' | 'later' {
  if (status >= 200 && status <= 299) return 'delivered';
  return UNWANTED.includes(status) ? 'unwanted' : 'later';
}

/** First pause, ms: a router comes back within it. */
const PAUSE_FIRST_MS = 5_000;
/** Longest pause, ms: a report is never urgent. */
const PAUSE_MOST_MS = 3_600_000;

/**
 * Milliseconds before the next try: 5 s, doubled up to an hour, of which a random half is taken off; what the server
 * asked for comes on top.
 * @param tries that failed so far, at least 1
 * @param random from 0 up to and without 1
 */
export function reportPause(tries: number, random: number, retryAfterMs = 0): number {
  const span = Math.min(PAUSE_FIRST_MS * 2 ** (Math.max(tries, 1) - 1), PAUSE_MOST_MS);
  return Math.min(retryAfterMs, RETRY_AFTER_MOST_MS) + Math.round(span * (1 - random / 2));
}
