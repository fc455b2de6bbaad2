/**
 * The agent's one error class and the one table that says what follows from each code.
 * Policy is never inferred from message text. `agent/README.md` prints this table; a test keeps both in step.
 */

/**
 * What the walk does with an error:
 * - `retry`: again within this series, with back-off and jitter;
 * - `wait`: not now; again at the next poll, nothing is given up;
 * - `abandon`: this release identity's attempt ends and is counted (rule 17);
 * - `refuse`: the offer is not for this device now; nothing was written, nothing is counted;
 * - `roll-back`: the trial ends: mark bad, reboot;
 * - `operator`: stay on a good slot, keep retrying slowly, say so.
 */
export type Policy = 'retry' | 'wait' | 'abandon' | 'refuse' | 'roll-back' | 'operator';

interface ErrorRow {
  readonly policy: Policy;
  readonly meaning: string;
}

/** One row per code; the code names the step. */
export const ERROR_TABLE = {
  // the offer
  MANIFEST_EXPIRED: { policy: 'refuse', meaning: 'the release has passed its expiry date' },
  MANIFEST_REJECTED: {
    policy: 'refuse',
    meaning: 'envelope or manifest is malformed or not signed by enough trusted keys',
  },
  COMPATIBLE_MISMATCH: { policy: 'refuse', meaning: 'the release is for another product or board' },
  CHANNEL_MISMATCH: {
    policy: 'refuse',
    meaning: 'a pre-release of a channel that this device does not follow',
  },
  VERSION_NOT_GREATER: { policy: 'refuse', meaning: 'the release is not newer than the booted one' },
  SEQUENCE_BELOW_FLOOR: { policy: 'refuse', meaning: 'an older release is being replayed' },
  SECURITY_VERSION_BELOW_FLOOR: {
    policy: 'refuse',
    meaning: 'the release has known holes that this device has left behind',
  },
  REQUIREMENT_NOT_MET: {
    policy: 'refuse',
    meaning: 'the release asks for another starting version or agent, or for what this agent cannot judge',
  },
  SLOT_CLASS_MISMATCH: {
    policy: 'refuse',
    meaning: 'the release does not have exactly one image for each slot class of this device',
  },
  MCU_FIRMWARE_UNSUPPORTED: {
    policy: 'refuse',
    meaning: 'the release names an MCU firmware and this device has no MCU configured',
  },
  MCU_FIRMWARE_MISSING: {
    policy: 'refuse',
    meaning: 'the release names no MCU firmware and the booted image carries one',
  },
  MCU_PROTOCOL_MISMATCH: {
    policy: 'refuse',
    meaning: "the release's MCU firmware does not speak the core set of the booted Linux",
  },
  MCU_NO_WAY_BACK: {
    policy: 'refuse',
    meaning: 'the release brings another MCU firmware and the booted image carries none to go back to',
  },
  RELEASE_FAILED_BEFORE: {
    policy: 'refuse',
    meaning: 'this release identity failed too often here; --retry or a new release lifts it',
  },
  RELEASE_WITHDRAWN: {
    policy: 'refuse',
    meaning: 'the publisher has withdrawn the release, or does not offer it any more',
  },
  CHANNEL_MISSING: {
    policy: 'wait',
    meaning: 'the configuration asks for a channel.json, and the source has none',
  },
  CHANNEL_REJECTED: {
    policy: 'wait',
    meaning: 'the channel is malformed, expired, for another product, or not signed by enough trusted keys',
  },
  CHANNEL_REPLAYED: {
    policy: 'wait',
    meaning: 'a channel of a lower sequence than one that was seen already',
  },
  GATE_DENIED: { policy: 'refuse', meaning: 'a gate does not want this release on this device' },
  GATE_FAILED: {
    policy: 'wait',
    meaning: 'a gate threw, took too long or too much, or answered with nonsense; that counts as wait',
  },
  NOT_OFFERED: { policy: 'refuse', meaning: 'no source offers the release that was asked for' },
  FRAME_WRONG: {
    policy: 'retry',
    meaning: 'the bytes of a frame are not the signed ones; fetched again, three times at most',
  },
  PAYLOAD_REJECTED: {
    policy: 'abandon',
    meaning: 'a chunk index or a frame does not match its signed digest after three fetches',
  },
  // transport
  CONNECTION_FAILED: {
    policy: 'retry',
    meaning: 'the server could not be reached, closed the connection or sent no HTTP',
  },
  DNS_FAILED: { policy: 'retry', meaning: 'the server name could not be resolved' },
  TIMEOUT: { policy: 'retry', meaning: 'the server stopped answering, or crawls' },
  SHORT_BODY: { policy: 'retry', meaning: 'the answer ended before its promised length' },
  SERVER_BUSY: {
    policy: 'retry',
    meaning: 'the server asks for another try later (408, 425, 429, 502 to 504)',
  },
  SERVER_FAILED: {
    policy: 'wait',
    meaning: 'the server is broken (500 and other 5xx); again at the next poll',
  },
  ACCESS_DENIED: {
    policy: 'operator',
    meaning: 'the server or a proxy wants other credentials (401, 403, 407)',
  },
  HTTP_STATUS: { policy: 'abandon', meaning: 'the server does not have what the offer names (other 4xx)' },
  CAPTIVE_PORTAL: {
    policy: 'wait',
    meaning: 'a log-in page of the local network answered instead of the server',
  },
  REDIRECT_REFUSED: {
    policy: 'wait',
    meaning: 'a redirect goes in a circle, too far, or from https to http',
  },
  CERTIFICATE_DATE: {
    policy: 'wait',
    meaning: 'the certificate is out of date by a clock that is not synchronised',
  },
  CERTIFICATE_REJECTED: { policy: 'operator', meaning: 'the server could not prove who it is' },
  OFFER_TOO_LARGE: { policy: 'refuse', meaning: 'release.json is larger than any release can need' },
  PAYLOAD_LENGTH: { policy: 'wait', meaning: 'a payload does not have the length that was signed' },
  VALIDATOR_CHANGED: {
    policy: 'retry',
    meaning: 'the ETag has changed or the server denies it; the pin is dropped, the next try is at once',
  },
  RANGE_ANSWER: { policy: 'retry', meaning: 'the answer does not fit the request' },
  RANGE_NOT_SATISFIABLE: {
    policy: 'retry',
    meaning: 'the server has no bytes where the signed length says there are some',
  },
  SOURCE_UNREADABLE: { policy: 'wait', meaning: 'a folder or medium with a release cannot be read' },
  SOURCE_INCOMPLETE: {
    policy: 'wait',
    meaning: 'a folder or medium does not hold all payloads of its release: somebody may still be copying',
  },
  SOURCE_DAMAGED: {
    policy: 'wait',
    meaning: 'a folder or medium has other bytes than were signed, three times read: copy the release anew',
  },
  FETCH_SERIES_ENDED: {
    policy: 'wait',
    meaning: 'five tries in a row brought no verified chunk; again at the next poll',
  },
  BYTE_BUDGET_SPENT: {
    policy: 'operator',
    meaning: 'this release has cost more bytes than the budget allows',
  },
  // slots
  SLOT_IS_BOOTED: { policy: 'operator', meaning: 'the configured target is the booted slot' },
  SLOT_BUSY: { policy: 'operator', meaning: 'something else has the target partition open' },
  SLOT_TOO_SMALL: { policy: 'refuse', meaning: 'an image does not fit its partition' },
  SLOT_OPEN_FAILED: { policy: 'operator', meaning: 'a slot partition could not be opened' },
  SLOT_READ_FAILED: { policy: 'operator', meaning: 'a slot partition could not be read' },
  SLOT_WRITE_FAILED: { policy: 'operator', meaning: 'a slot partition could not be written or flushed' },
  SLOT_READ_BACK: { policy: 'abandon', meaning: 'the slot does not hold what was written' },
  SEAL_BROKEN: { policy: 'operator', meaning: 'the slot no longer holds the digests that the vault knows' },
  BOOTED_NOT_GOOD: {
    policy: 'wait',
    meaning: 'the booted slot is on trial and has a fallback, so no slot is opened',
  },
  // boot control
  BOOT_CONTROL_FAILED: {
    policy: 'operator',
    meaning: 'the boot control could not be read, written or read back',
  },
  BOOTED_SLOT_UNKNOWN: {
    policy: 'operator',
    meaning: 'the kernel command line does not say which slot is booted',
  },
  // memory
  STORE_UNWRITABLE: { policy: 'operator', meaning: 'the data partition is full or read-only' },
  HISTORY_BROKEN: {
    policy: 'operator',
    meaning: 'a row of the history is not what was written, or rows are missing',
  },
  DIAG_FAILED: { policy: 'operator', meaning: 'a diagnostics archive, or a part of it, could not be made' },
  STORE_UNREADABLE: { policy: 'operator', meaning: 'the store cannot be opened by this agent' },
  VAULT_WRITE_FAILED: { policy: 'operator', meaning: 'the vault could not be written or read back' },
  DATA_TOO_LARGE: {
    policy: 'operator',
    meaning: 'what is listed under [data] is larger than its budget; nothing is activated',
  },
  DATA_UNFIT: {
    policy: 'operator',
    meaning:
      'a path under [data] leads through a symbolic link, off the data partition, or has a strange name',
  },
  DATA_CHANGING: {
    policy: 'wait',
    meaning: 'what is listed under [data] changed in the middle of each attempt to keep it',
  },
  DATA_SNAPSHOT_FAILED: {
    policy: 'operator',
    meaning: 'what is listed under [data] could not be read, kept or forgotten',
  },
  DATA_SNAPSHOT_DAMAGED: {
    policy: 'operator',
    meaning: 'what was kept of [data] has another digest: it is not brought back, the rollback goes on',
  },
  DATA_RESTORE_FAILED: {
    policy: 'operator',
    meaning:
      'what was kept of [data] could not be brought back as a whole; it stays kept, the rollback goes on',
  },
  LOCKED: { policy: 'wait', meaning: 'another walker holds the lock' },
  LOCK_FAILED: { policy: 'operator', meaning: 'the lock file in the run folder cannot be used' },
  // reboot, confirm, MCU
  MCU_SILENT: { policy: 'wait', meaning: 'the MCU does not answer' },
  MCU_PORT: { policy: 'wait', meaning: 'the serial port of the MCU cannot be opened, or it went away' },
  MCU_REFUSED: { policy: 'wait', meaning: 'the MCU will not have the board reset now' },
  MCU_FAILED: { policy: 'wait', meaning: 'the MCU answered with an error' },
  MCU_AT_WORK: { policy: 'wait', meaning: 'the cooker began to cook while its MCU was being brought' },
  MCU_FIRMWARE_FAILED: {
    policy: 'operator',
    meaning: 'the MCU could not be brought to the firmware of the booted image',
  },
  MCU_FIRMWARE_DAMAGED: {
    policy: 'operator',
    meaning: "the booted image's own copy of the MCU firmware is not what its release-info names",
  },
  REBOOT_FAILED: { policy: 'operator', meaning: 'the system refused to reboot' },
  HEALTH_CHECK_FAILED: { policy: 'roll-back', meaning: 'a health check of the new slot failed' },
  CANNOT_UPDATE_AGAIN: {
    policy: 'roll-back',
    meaning: 'from the new slot no further update would be possible',
  },
  CONFIRM_DEADLINE: { policy: 'roll-back', meaning: 'the trial was not marked good in time' },
  TRIES_USED_UP: {
    policy: 'roll-back',
    meaning: 'the boot loader gave the new slot up before its agent could confirm it',
  },
  ENTRY_STUCK: {
    policy: 'operator',
    meaning: 'a start was led to the same door twice: what it did there did not last',
  },
  RECOVERY_ASKED: {
    policy: 'operator',
    meaning: 'the boot loader asks for recovery and there is nothing to recover to',
  },
  AGENT_KEEPS_FAILING: { policy: 'operator', meaning: 'the agent failed to start three times in a row' },
  ROLLED_BACK_BY_PERSON: { policy: 'roll-back', meaning: 'a person asked for the rollback' },
  NO_FALLBACK: { policy: 'operator', meaning: 'there is no other slot to go back to' },
  // the command and its surroundings
  CONFIG_INVALID: { policy: 'operator', meaning: 'the configuration has a wrong value or an unknown key' },
  NODE_MISMATCH: { policy: 'operator', meaning: 'the addons of this package are for another Node' },
  RELEASE_INFO_INVALID: { policy: 'operator', meaning: 'the booted image has no readable release-info' },
  UPDATE_RUNS: { policy: 'wait', meaning: 'an update is under way; cancel it, or wait for its end' },
  API_REQUEST_INVALID: { policy: 'refuse', meaning: 'the local API cannot make sense of a request' },
  API_NOT_FOUND: { policy: 'refuse', meaning: 'the local API has nothing of this name' },
  API_FORBIDDEN: { policy: 'refuse', meaning: 'who asks this way may look and not act, or has no token' },
  API_TOO_MUCH: { policy: 'wait', meaning: 'the local API was asked for too much at once; again in a while' },
  API_FAILED: { policy: 'operator', meaning: 'a socket of the local API cannot be used' },
  CANCELLED: { policy: 'refuse', meaning: 'a person cancelled the deployment' },
  ROOT_NEEDED: { policy: 'refuse', meaning: 'only root on the device may do this' },
  NOTHING_TO_DO: { policy: 'refuse', meaning: 'the command does not fit the present state' },
} as const satisfies Record<string, ErrorRow>;

export type AgentErrorCode = keyof typeof ERROR_TABLE;

/** Plain facts of an error: printed beside the sentence and in `--json`. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Every failure that leaves a step of the walk. The message is a sentence: what, where, what to do. */
export class AgentError extends Error {
  readonly code: AgentErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: AgentErrorCode, message: string, more: { facts?: ErrorFacts; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'AgentError';
    this.code = code;
    this.facts = more.facts ?? {};
  }

  get policy(): Policy {
    return ERROR_TABLE[this.code].policy;
  }
}
