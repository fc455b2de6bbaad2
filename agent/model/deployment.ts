/** What the store remembers of one attempt to bring one release identity onto this device. Plain rows, nothing that decides. */
import type { SlotName } from '../../bootctl/index.ts';

/** How far a deployment is. A row leaves this table by `close` with an outcome. */
export type DeploymentState = 'fetching' | 'finalised' | 'activated';
export const DEPLOYMENT_OUTCOMES = [
  'confirmed',
  'rolled-back',
  'abandoned',
  'cancelled',
  'replaced',
] as const;
export type DeploymentOutcome = (typeof DEPLOYMENT_OUTCOMES)[number];

export interface ByteCounts {
  readonly fetched: number;
  readonly reused: number;
  readonly written: number;
  readonly verified: number;
}

/** One attempt to bring one release identity onto this device. At most one is open. */
export interface Deployment {
  readonly id: string;
  readonly identity: string;
  readonly version: string;
  readonly sequence: number;
  readonly slot: SlotName;
  readonly source: string;
  /** The signed envelope as it came; verified afresh at every start. */
  readonly envelope: Uint8Array;
  readonly forced: boolean;
  readonly state: DeploymentState;
  /** Kernel boot in which the read-back of `finalised` was made; it counts only there. */
  readonly finalisedBoot: string | undefined;
  readonly openedAt: number;
  readonly bytes: ByteCounts;
  /** Tries in a row without one verified chunk; five end the series. */
  readonly fruitlessTries: number;
}

export interface ClosedDeployment {
  /** Place in the history, rising by 1. */
  readonly number: number;
  readonly id: string;
  readonly identity: string;
  readonly version: string;
  readonly slot: SlotName;
  readonly outcome: DeploymentOutcome;
  /** Stable code of the error or check that ended it; empty when it was confirmed. */
  readonly code: string;
  readonly reason: string;
  readonly openedAt: number;
  readonly closedAt: number;
  /** From the decision or fall-back to the report of the good slot; undefined unless rolled back. */
  readonly rollbackMs: number | undefined;
  readonly bytes: ByteCounts;
  /** Digest of the chained row before it; undefined for the first one, and for a row that is not chained. */
  readonly previous: string | undefined;
  /** Its own digest (history-chain.ts); undefined: an older agent closed it. */
  readonly digest: string | undefined;
}

/** Rule 17's counters of one release identity. Kept in store and vault; the larger one counts. */
export interface FailureCounts {
  readonly identity: string;
  readonly version: string;
  readonly installAttempts: number;
  readonly failedTrials: number;
  readonly silentTrials: number;
}

/** Progress of one image: chunks 1..`chunks` are safely in the slot (chunk 0 is withheld and never counted). */
export interface Checkpoint {
  readonly slotClass: string;
  readonly indexDigest: string;
  readonly chunks: number;
}

/** How a deployment's row is closed. */
export interface Ending {
  readonly code: string;
  readonly reason: string;
  readonly at: number;
  readonly rollbackMs: number | undefined;
  readonly bytes: ByteCounts | undefined;
}
