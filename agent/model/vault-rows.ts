/** What the vault holds as values: seals, the trial, floors. `vault-record.ts` knows its bytes. */
import type { SlotName } from '../../bootctl/index.ts';
import type { ChannelFloor } from './channel.ts';
import type { FailureCounts } from './deployment.ts';
import type { HistoryHead } from './history-chain.ts';

/** The digests by which the vault knows a finalised slot. */
export interface Seal {
  readonly identity: string;
  readonly version: string;
  readonly sequence: number;
  readonly securityVersion: number;
  /** `created` of the release, epoch ms. */
  readonly created: number;
  readonly images: readonly { readonly slotClass: string; readonly size: number; readonly sha256: string }[];
}

/** An activation that has not ended by mark good or by a finished rollback. */
export interface Trial {
  readonly slot: SlotName;
  readonly identity: string;
  readonly version: string;
  readonly deployment: string;
  /** Kernel boots of the slot in which the agent reached confirm; 0 when it never ran. */
  readonly boots: number;
  readonly lastBoot: string;
  /** How often the tries were refilled while a busy cooker held confirm back (rule 8), and in which kernel boot last. */
  readonly refills: number;
  readonly refilledBoot?: string;
  /** The MCU had been silent for a day, or a person forced the reboot beside a silent one (rule 8). */
  readonly mcuSilent?: boolean;
  /** Policy `next-boot`: nobody but the user boots it, whatever becomes of the store. */
  readonly nextBoot?: boolean;
  /** Set before mark bad: the code of the failed check. */
  readonly verdict: string | undefined;
  readonly reason: string;
  /** Wall clock of the activation and of the verdict, epoch ms. */
  readonly activatedAt: number;
  readonly decidedAt: number | undefined;
}

/** The small redundant record that outlives the store. */
export interface VaultRecord {
  readonly floors: Floors;
  readonly seals: { readonly [slot in SlotName]?: Seal };
  readonly trial: Trial | undefined;
  /** Starts of the agent in this kernel boot that did not come up. */
  readonly agentStarts: { readonly boot: string; readonly count: number };
  /** At most 32, newest last. */
  readonly failures: readonly FailureCounts[];
  /** Slots that were marked bad since they were last installed. */
  readonly markedBad: readonly SlotName[];
  /** Recovery went to this slot since the other one was last marked good. */
  readonly recoveredTo: SlotName | undefined;
  /** At most 16; left out until a channel was seen. */
  readonly channels?: readonly ChannelFloor[];
  /** The newest chained row of the history; left out until there was one. It follows with the next write. */
  readonly history?: HistoryHead;
}

/** Lowest values that are still accepted. `time` is epoch ms. */
export interface Floors {
  readonly securityVersion: number;
  readonly sequence: number;
  readonly time: number;
}
