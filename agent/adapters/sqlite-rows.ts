/**
 * Rows of the store as SQLite gives them, and what they are in the port's words. Pure; it knows no SQL.
 * The tables are STRICT, so a row that could be read has columns of these types.
 */
import type {
  ByteCounts,
  ClosedDeployment,
  Deployment,
  DeploymentOutcome,
  DeploymentState,
  FailureCounts,
} from '../model/deployment.ts';
import type { RequestVerb, WalkRequest } from '../model/walk-request.ts';
import type { SlotName } from '../ports.ts';

interface CountColumns {
  readonly fetched: number;
  readonly reused: number;
  readonly written: number;
  readonly verified: number;
}

export interface DeploymentRow extends CountColumns {
  readonly id: string;
  readonly identity: string;
  readonly version: string;
  readonly sequence: number;
  readonly slot: SlotName;
  readonly source: string;
  readonly envelope: Buffer;
  readonly forced: number;
  readonly state: DeploymentState;
  readonly finalised_boot: string | null;
  readonly opened_at: number;
  readonly fruitless_tries: number;
}

export interface HistoryRow extends CountColumns {
  readonly number: number;
  readonly id: string;
  readonly identity: string;
  readonly version: string;
  readonly slot: SlotName;
  readonly outcome: DeploymentOutcome;
  readonly code: string;
  readonly reason: string;
  readonly opened_at: number;
  readonly closed_at: number;
  readonly rollback_ms: number | null;
  /** Left out in a file of an older schema. */
  readonly previous?: string | null;
  readonly digest?: string | null;
}

export interface FailureRow {
  readonly identity: string;
  readonly version: string;
  readonly install_attempts: number;
  readonly failed_trials: number;
  readonly silent_trials: number;
}

export interface RequestRow {
  readonly id: number;
  readonly verb: RequestVerb;
  readonly argument: string;
  readonly answer: string | null;
}

function countsOf({ fetched, reused, written, verified }: CountColumns): ByteCounts {
  return { fetched, reused, written, verified };
}

export function deploymentOf(row: DeploymentRow): Deployment {
  const { finalised_boot, opened_at, fruitless_tries, fetched, reused, written, verified, ...same } = row;
  return {
    ...same,
    forced: row.forced === 1,
    finalisedBoot: finalised_boot ?? undefined,
    openedAt: opened_at,
    bytes: { fetched, reused, written, verified },
    fruitlessTries: fruitless_tries,
  };
}

export function closedDeploymentOf(row: HistoryRow): ClosedDeployment {
  return {
    number: row.number,
    id: row.id,
    identity: row.identity,
    version: row.version,
    slot: row.slot,
    outcome: row.outcome,
    code: row.code,
    reason: row.reason,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
    rollbackMs: row.rollback_ms ?? undefined,
    bytes: countsOf(row),
    previous: row.previous ?? undefined,
    digest: row.digest ?? undefined,
  };
}

export function failureCountsOf(row: FailureRow): FailureCounts {
  return {
    identity: row.identity,
    version: row.version,
    installAttempts: row.install_attempts,
    failedTrials: row.failed_trials,
    silentTrials: row.silent_trials,
  };
}

export function walkRequestOf(row: RequestRow): WalkRequest {
  return { id: row.id, verb: row.verb, argument: row.argument, answer: row.answer ?? undefined };
}
