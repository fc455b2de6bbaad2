/**
 * What a gate is asked and what it may answer: plain data, so that a vendor's gate in another thread gets the very
 * same. Pure; it knows no gate.
 */
import type { ApplyPolicy, Channel, Severity } from '../../../format/index.ts';

/** The two places of the walk where gates are asked: before the first byte, and before the flip. */
export type GateStage = 'fetch' | 'activate';

/** Which devices a release is rolled out to, as the publisher's channel says. */
export type RollOut = Pick<Channel, 'offered' | 'percent' | 'paused' | 'cohorts'>;

export interface GateContext {
  readonly stage: GateStage;
  readonly device: {
    readonly id: string;
    readonly compatible: string;
    /** Of the booted release. */
    readonly version: string;
    readonly labels: readonly string[];
    readonly region: string;
  };
  readonly release: {
    readonly identity: string;
    readonly version: string;
    readonly sequence: number;
    readonly securityVersion: number;
    readonly channel: string;
    readonly severity: Severity;
    readonly apply: ApplyPolicy;
  };
  readonly clock: {
    /** Wall clock, epoch ms. */
    readonly now: number;
    readonly synchronised: boolean;
    /** Powered time for which this release waited beside a clock that nobody had set, ms. */
    readonly unsynchronisedMs: number;
  };
  /** What the MCU does, by its name in the protocol; `absent` in a product without one. */
  readonly mcuMode: string;
  /** Supply as the MCU measures it, mV; undefined: not known. */
  readonly supplyMillivolts: number | undefined;
  /** Undefined: not known. */
  readonly boardCelsius: number | undefined;
  /** A person said yes to this very release. */
  readonly consented: boolean;
  /** Undefined: the source has no channel, everybody is meant. */
  readonly rollOut: RollOut | undefined;
  /** The gate that held the release at the last look, for those that let go later than they take hold. */
  readonly heldBy: string | undefined;
}

/**
 * Each of them is decisive: gates of higher numbers are not asked. A gate that has nothing to say answers with
 * undefined. `until` is epoch ms.
 */
export type GateAnswer =
  | { readonly kind: 'allow' }
  | { readonly kind: 'wait'; readonly reason: string; readonly until?: number | undefined }
  | { readonly kind: 'deny'; readonly reason: string }
  | { readonly kind: 'prefer'; readonly version: string };

/** What the answers come to. `held` names the gate. */
export type GateVerdict =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'held';
      readonly gate: string;
      readonly reason: string;
      readonly until: number | undefined;
    }
  | { readonly kind: 'denied'; readonly gate: string; readonly reason: string };

/** One decisive answer about the offered version. There is one offer at a time: who prefers another one waits for it. */
export function verdictOf(gate: string, answer: GateAnswer, offered: string): GateVerdict {
  switch (answer.kind) {
    case 'allow':
      return { kind: 'open' };
    case 'prefer':
      return answer.version === offered
        ? { kind: 'open' }
        : {
            kind: 'held',
            gate,
            reason: `version ${answer.version} is preferred to ${offered}`,
            until: undefined,
          };
    case 'wait':
      return { kind: 'held', gate, reason: answer.reason, until: answer.until };
    case 'deny':
      return { kind: 'denied', gate, reason: answer.reason };
  }
}
