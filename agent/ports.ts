/**
 * The outside world on one page: what the agent wants from it, named by the want and not by the library.
 * Adapters (agent/adapters, bootctl, mcu-bridge) implement these; `open-device.ts` builds them; fakes for tests
 * live in `fixtures/`. Nothing in here may know a library, a path or a wire format.
 *
 * Byte counts are bytes, times are milliseconds unless a name says otherwise, digests are lower-case hex SHA-256.
 */
import type { BootControlBackend, SlotName } from '../bootctl/index.ts';
import type { McuFirmware } from '../format/index.ts';
import type { McuStatus, McuTransfer, McuVersion } from '../mcu-bridge/index.ts';
import type {
  ByteCounts,
  Checkpoint,
  ClosedDeployment,
  Deployment,
  DeploymentOutcome,
  DeploymentState,
  Ending,
  FailureCounts,
} from './model/deployment.ts';
import type { GateAnswer, GateContext } from './model/gates/answer.ts';
import type { GateSettings } from './model/gates/built-in.ts';
import type { VaultRecord } from './model/vault-rows.ts';
import type { RequestVerb, WalkRequest } from './model/walk-request.ts';

export type { SlotName } from '../bootctl/index.ts';

// --- where releases come from -------------------------------------------------------------------------

/** What `Source.offer` answers: the raw envelope, or that nothing changed since `etag`. */
export type OfferAnswer =
  | { readonly kind: 'offer'; readonly envelope: Uint8Array; readonly etag: string | undefined }
  | { readonly kind: 'unchanged' };

/** What a payload must keep being between two requests. `size` is signed; `etag` is learned from the first answer. */
export interface PayloadPin {
  readonly size: number;
  readonly etag: string | undefined;
}

/** A body that starts exactly at the asked offset and never yields a byte past the asked end. */
export interface RangeAnswer {
  /** Strong validator of the answer, to be pinned; undefined when the server gave none or a weak one. */
  readonly etag: string | undefined;
  /** Bytes that crossed the wire but are not in `body` (skipped ones of a 200); grows while `body` is read. */
  readonly discarded: () => number;
  /** A piece is valid until the next one is asked for. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A payload as the manifest names it. */
export interface SignedFile {
  readonly name: string;
  readonly size: number;
}

/** A place that proposes releases: an http(s) server, a folder, a mount point. Errors: AgentError, area transport. */
export interface Source {
  /** For status and logs: no credentials in it. */
  readonly name: string;
  /** One copy of many, on a medium or in a folder: wrong bytes are its own fault. Left out: a server, which has the release. */
  readonly isCopy?: true;
  offer(previousEtag: string | undefined, signal: AbortSignal): Promise<OfferAnswer>;
  /** Like `offer` for its channel; undefined when it has none. Left out: a kind of source that never has one. */
  channel?(previousEtag: string | undefined, signal: AbortSignal): Promise<OfferAnswer | undefined>;
  /**
   * Are these payloads there, as long as they were signed? Left out: a kind of source where nobody is still copying.
   * Error: SOURCE_INCOMPLETE.
   */
  complete?(payloads: readonly SignedFile[], signal: AbortSignal): Promise<void>;
  /** One small payload file as a whole; refused with PAYLOAD_LENGTH when it is not exactly `size` bytes. */
  read(name: string, size: number, signal: AbortSignal): Promise<Uint8Array>;
  /** One request for bytes `start` up to and without `end`. The caller retries; this never does. */
  range(name: string, start: number, end: number, pin: PayloadPin, signal: AbortSignal): Promise<RangeAnswer>;
  close(): Promise<void>;
}

/** Removable media, asked beside the server. */
export interface Media {
  /** The release directories that lie on them now. */
  sources(): Promise<readonly Source[]>;
  /** Is a source of this name on a medium, whether it is there or not? */
  owns(name: string): boolean;
}

// --- slots ----------------------------------------------------------------------------------------------

/** How a read-back was made: past the page cache, after dropping it, or (file slots only) through it. */
export type ReadBackKind = 'direct' | 'flushed' | 'cached';

/** One partition of a slot, opened for reading. Reads that cannot be satisfied fail with SLOT_READ_FAILED. */
export interface ImageReader {
  readonly slotClass: string;
  readonly slot: SlotName;
  /** Bytes that the partition can hold. */
  readonly capacity: number;
  /** Exactly `length` bytes, possibly from the page cache. The view is valid until the next call. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Like `read` into the caller's memory, as much as it has; several calls may be under way at a time. */
  readInto(offset: number, memory: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** One partition of the inactive slot, opened exclusively for an update. */
export interface ImageTarget extends ImageReader {
  /**
   * Memory that `write` takes as it is; what lies elsewhere may have to be copied. The same each time until more is
   * asked for, with whatever was there last; what `readBack` gives may lie in it, too.
   */
  memory(bytes: number): Uint8Array;
  /** Several may be under way at a time; `data` is left alone until the promise resolves. */
  write(offset: number, data: Uint8Array): Promise<void>;
  /** Returns when everything written so far is durable (fdatasync). */
  flush(): Promise<void>;
  readonly readBackKind: ReadBackKind;
  /**
   * Like `read`, from the device itself; only meaningful after `flush`. One call at a time; the view is valid
   * until the next call but one, so that a part is looked at while the next one is read.
   */
  readBack(offset: number, length: number): Promise<Uint8Array>;
}

/** The partitions of both slots. `openForUpdate` refuses the booted slot by device number (SLOT_IS_BOOTED). */
export interface Slots {
  openForReading(slot: SlotName, slotClass: string): Promise<ImageReader>;
  openForUpdate(slot: SlotName, slotClass: string): Promise<ImageTarget>;
}

// --- durable memory -------------------------------------------------------------------------------------

/**
 * The SQLite database. Synchronous, as better-sqlite3 is; each method is one transaction, durable on return.
 * Errors: AgentError STORE_UNWRITABLE, STORE_UNREADABLE.
 */
export interface Store {
  deployment(): Deployment | undefined;
  open(deployment: Omit<Deployment, 'state' | 'finalisedBoot' | 'bytes' | 'fruitlessTries'>): Deployment;
  setState(id: string, state: DeploymentState, finalisedBoot: string | undefined): void;
  /** A newer envelope of the same identity continues the deployment. */
  setEnvelope(id: string, envelope: Uint8Array): void;
  close(id: string, outcome: DeploymentOutcome, ending: Ending): void;
  history(limit: number): ClosedDeployment[];

  checkpoints(id: string): Checkpoint[];
  /** Commits progress and counters together; call only after `flush` of the slot (rule 4). */
  checkpoint(id: string, progress: readonly Checkpoint[], bytes: ByteCounts): void;
  setFruitlessTries(id: string, tries: number): void;
  /** Bytes fetched for this identity over all its deployments: the byte budget's base. */
  bytesSpent(identity: string): number;
  pin(id: string, name: string): PayloadPin | undefined;
  setPin(id: string, name: string, pin: PayloadPin): void;

  failures(identity: string): FailureCounts | undefined;
  allFailures(): FailureCounts[];
  setFailures(counts: FailureCounts): void;
  clearFailures(identity: string): void;

  /** Chunk indexes of installed images, by digest; a cache that is digest-checked on read. */
  index(digest: string): Uint8Array | undefined;
  keepIndex(digest: string, bytes: Uint8Array): void;

  /** Small facts: last poll, ETag of the last offer, floors. Missing is undefined. */
  fact(name: string): string | undefined;
  setFact(name: string, value: string): void;

  addRequest(verb: RequestVerb, argument: string): number;
  requests(): WalkRequest[];
  request(id: number): WalkRequest | undefined;
  answerRequest(id: number, answer: string): void;
  dispose(): void;
}

export interface Vault {
  /** The newer valid copy; an empty record when both are lost (`lost` says so). */
  read(): Promise<{ readonly record: VaultRecord; readonly lost: boolean }>;
  /** Writes the stale copy, flushes, reads it back. Error: VAULT_WRITE_FAILED. */
  write(record: VaultRecord): Promise<void>;
}

/** How much of the vendor's data was kept, or would be. */
export interface DataTaken {
  readonly bytes: number;
  readonly entries: number;
}

/**
 * `none`: nothing was kept for this release. `not-wanted`: it leaves the data readable for the booted one. `strange`:
 * entries whose owner or mode could not be given back.
 */
export type DataRestored =
  | { readonly kind: 'none' | 'not-wanted' }
  | { readonly kind: 'restored'; readonly bytes: number; readonly strange: number };

/** Snapshots of what the vendor lists under [data]; one generation. */
export interface DataSnapshots {
  /** What a snapshot would hold now; nothing is written. Errors: DATA_TOO_LARGE, DATA_UNFIT, DATA_SNAPSHOT_FAILED. */
  measure(signal: AbortSignal): Promise<DataTaken>;
  /**
   * Durable on return; undefined when nothing is listed. `restores`: a rollback of this release brings it back.
   * Errors: DATA_TOO_LARGE, DATA_UNFIT, DATA_CHANGING, DATA_SNAPSHOT_FAILED; the signal's reason.
   */
  take(
    of: { readonly identity: string; readonly restores: boolean },
    signal: AbortSignal,
  ): Promise<DataTaken | undefined>;
  /**
   * The same end however often it is begun. Errors: DATA_SNAPSHOT_DAMAGED, nothing was touched then;
   * DATA_RESTORE_FAILED; the signal's reason.
   */
  restore(identity: string, signal: AbortSignal): Promise<DataRestored>;
  /** Whatever was kept. Error: DATA_SNAPSHOT_FAILED. */
  discard(): Promise<void>;
}

// --- the rest of the machine ----------------------------------------------------------------------------

export type BootControl = BootControlBackend;

/**
 * The microcontroller as the walk needs it. Every method throws AgentError: MCU_SILENT when there is no answer,
 * MCU_PORT without a port, MCU_REFUSED when it says no (`facts.reason` is the protocol's name of it), MCU_FAILED
 * for anything else.
 */
export interface Mcu {
  /** Ping, version, status: the shaken hand. */
  handshake(signal: AbortSignal): Promise<McuHand>;
  status(signal: AbortSignal): Promise<McuStatus>;
  mayReboot(signal: AbortSignal): Promise<McuAnswer>;
  mayFlash(signal: AbortSignal): Promise<McuAnswer>;
  prepareReboot(signal: AbortSignal): Promise<void>;
  /** How far a firmware transfer is, whether a firmware is on trial and whether the one before it is kept. */
  transferState(signal: AbortSignal): Promise<McuTransfer>;
  /**
   * Resolves when the MCU holds this firmware, verified; it was not started. Goes on where an earlier transfer of
   * the same firmware was cut. `onProgress` hears the bytes that the MCU has taken.
   */
  transfer(firmware: OwnFirmware, onProgress: (bytes: number) => void, signal: AbortSignal): Promise<void>;
  /** Starts the transferred firmware on trial; the MCU resets, and is silent while it does. */
  activate(sha256: string, signal: AbortSignal): Promise<void>;
  /** Ends its trial well. */
  accept(sha256: string, signal: AbortSignal): Promise<void>;
  /** The firmware before it is wanted no more. */
  discardOld(signal: AbortSignal): Promise<void>;
  /** Drops a transfer; a firmware on trial goes back to the one before it, by a reset. */
  abort(signal: AbortSignal): Promise<void>;
  /** Shows `code` and waits for the key that answers it. Left out: an MCU without keys. */
  askConsent?(code: number, seconds: number, signal: AbortSignal): Promise<'yes' | 'no' | 'timed-out'>;
  /** Gives the line free; the next question takes it again. */
  close(): Promise<void>;
}

export interface McuHand {
  readonly version: McuVersion;
  readonly status: McuStatus;
}

export interface McuAnswer {
  readonly allowed: boolean;
  readonly reason: string;
}

/** The MCU firmware that the booted image carries (rule 9). */
export interface OwnFirmware extends McuFirmware {
  /** Reads all of it. Error: MCU_FIRMWARE_DAMAGED when it is not what release-info names, or cannot be read. */
  check(): Promise<void>;
  /** Exactly these bytes. Error: MCU_FIRMWARE_DAMAGED. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What the vendor's services ask before they heat for somebody who is not in the kitchen. */
export interface RemoteHeating {
  allow(): void;
  refuse(reason: string): void;
}

/** Somebody for whose sake a download pauses. */
export interface Hold {
  /** Why no byte may be asked for now; undefined: go on. Asked between chunks, so it answers in a moment. */
  reason(signal: AbortSignal): Promise<string | undefined>;
}

/** A vendor's own condition. Error: GATE_FAILED. */
export interface Gate {
  readonly name: string;
  readonly priority: number;
  /** Undefined: it has nothing to say. */
  evaluate(context: GateContext, signal: AbortSignal): Promise<GateAnswer | undefined>;
}

/** Everything that may hold an update back. */
export interface GateSet {
  /** For the gates that every agent has. */
  readonly settings: GateSettings;
  readonly labels: readonly string[];
  readonly region: string;
  /** Of a sensor beside the MCU's; undefined when there is none. Error: GATE_FAILED. */
  readonly boardCelsius: () => number | undefined;
  readonly vendor: readonly Gate[];
  /** How long the cooker shows its code, s; 0: it is not asked. */
  readonly consentSeconds: number;
}

/** A command whose exit status 0 means healthy. */
export interface HealthCheck {
  readonly name: string;
  run(signal: AbortSignal): Promise<{ readonly healthy: boolean; readonly detail: string }>;
}

/** Asks the system to reboot. Resolves when the request was accepted; the process ends by the reboot itself. */
export interface Rebooter {
  reboot(reason: string): Promise<void>;
}

export interface Clock {
  /** Wall clock, epoch ms; may be wrong. */
  now(): number;
  synchronised(): boolean;
  /** Never goes back; only differences mean something. */
  monotonic(): number;
  /** Milliseconds since the kernel booted. */
  uptime(): number;
  /** Ends early, without an error, when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
