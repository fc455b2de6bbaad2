/**
 * Every event that the agent's log may hold: its stable id, its level, what it means, and which facts come with it.
 * Whoever reads logs by machine relies on these ids; agent/README.md prints the table. It knows nobody who sends one.
 */
import type { ErrorFacts } from './errors.ts';

/** Levels in the numbers of syslog(3), which the journal takes as well. */
export const LEVELS = { error: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;
export type Level = keyof typeof LEVELS;

interface EventRow {
  readonly level: Level;
  readonly meaning: string;
  /** Names of the facts; each may be left out. What an error brings of its own comes beside them. */
  readonly facts: readonly string[];
}

export const EVENT_TABLE = {
  // the agent
  'agent-started': {
    level: 'notice',
    meaning: 'the agent is open for work in this slot',
    facts: ['agent', 'release', 'slot', 'lastOutcome'],
  },
  'config-read': {
    level: 'notice',
    meaning: 'after SIGHUP a new configuration was read and tried; it is taken when the walk at hand pauses',
    facts: [],
  },
  'config-kept': {
    level: 'error',
    meaning: 'after SIGHUP the configuration could not be used; the one of before is kept',
    facts: ['code', 'path'],
  },
  'config-needs-restart': {
    level: 'warning',
    meaning: 'a key was changed that is taken at a restart of the agent only',
    facts: ['key'],
  },
  'config-warning': { level: 'warning', meaning: 'nothing reads a key of the configuration', facts: [] },
  progress: {
    level: 'info',
    meaning: 'a new phase or reason, or a tenth of the way',
    facts: ['phase', 'status', 'reason', 'percent', 'fetched', 'reused', 'written', 'verified'],
  },
  'condition-begun': {
    level: 'warning',
    meaning: 'something is out of order beside the phase, for hours or days',
    facts: ['condition'],
  },
  'condition-ended': { level: 'notice', meaning: 'it is in order again', facts: ['condition'] },
  entered: { level: 'info', meaning: 'a door of the entry table was taken', facts: ['door'] },
  'no-fallback': {
    level: 'error',
    meaning: 'the booted slot failed and there is nothing to go back to: it stays up',
    facts: ['booted', 'other', 'code'],
  },
  'walk-ended': {
    level: 'warning',
    meaning: 'an error ended the walk; its policy says what follows',
    facts: ['code', 'policy'],
  },
  'step-hangs': {
    level: 'error',
    meaning: 'nothing moved beyond the limit of the step: the watchdog is not fed',
    facts: ['step', 'overdueMs'],
  },
  'data-kept': {
    level: 'info',
    meaning: 'what the vendor lists under [data] is kept for a rollback',
    facts: ['bytes', 'entries'],
  },
  'data-restored': {
    level: 'notice',
    meaning: 'it was brought back; so many entries could not be given back to their owner',
    facts: ['kind', 'bytes', 'strange'],
  },
  'data-not-restored': {
    level: 'error',
    meaning: 'it was not brought back, or not as a whole; the rollback goes on',
    facts: ['code'],
  },
  'data-not-discarded': {
    level: 'warning',
    meaning: 'what was kept could not be forgotten; the next one replaces it',
    facts: ['code'],
  },
  'notify-failed': { level: 'warning', meaning: 'systemd could not be told how the agent is', facts: [] },
  'run-file-unwritable': {
    level: 'warning',
    meaning: 'a file that only tells could not be written; said once until it works again',
    facts: ['code'],
  },
  'metrics-failed': { level: 'warning', meaning: 'metrics could not be made; said once', facts: [] },
  'boot-params-unreadable': {
    level: 'warning',
    meaning: "the boot loader's parameter page could not be read; taken for normal",
    facts: ['code'],
  },
  'api-door-shut': {
    level: 'error',
    meaning: 'a socket or port of the local API could not be opened',
    facts: ['code', 'where'],
  },
  'api-request-failed': {
    level: 'error',
    meaning: 'a request of the local API met an error that nobody foresaw',
    facts: [],
  },
  // memory
  'store-set-aside': {
    level: 'error',
    meaning: 'the store was damaged; it is kept beside a new one',
    facts: [],
  },
  'store-out-of-order': {
    level: 'error',
    meaning: 'the store cannot be used now; what safety needs goes on without it',
    facts: ['code'],
  },
  'vault-not-told': {
    level: 'error',
    meaning: 'the vault could not be written; the next start repairs what it can',
    facts: ['code'],
  },
  // looking for a release
  looked: {
    level: 'info',
    meaning: 'the source was asked; `kind` is what came of it',
    facts: ['kind', 'version', 'gate', 'reason'],
  },
  'look-failed': {
    level: 'warning',
    meaning: 'the source could not be looked at again while a release is on its way; nothing changes',
    facts: ['code'],
  },
  'offer-changed': {
    level: 'notice',
    meaning: 'the source offers something else or nothing by now; the walk begins anew',
    facts: [],
  },
  'medium-refused': {
    level: 'notice',
    meaning: 'a release on a removable medium is not for this device now',
    facts: ['source', 'code'],
  },
  'medium-hangs': {
    level: 'warning',
    meaning: 'a removable medium does not answer; said once until it does',
    facts: [],
  },
  'gate-holds': { level: 'info', meaning: 'a gate holds the update back', facts: ['gate'] },
  'gates-opened': { level: 'info', meaning: 'no gate holds it any more', facts: [] },
  'consent-not-asked': { level: 'warning', meaning: 'the cooker could not be asked', facts: ['code'] },
  'consent-answered': {
    level: 'notice',
    meaning: "the cooker's key answered, or nobody did",
    facts: ['answer'],
  },
  'rollback-offered': {
    level: 'warning',
    meaning: 'the release that runs here was withdrawn; a person may go back',
    facts: ['version'],
  },
  'forgotten-trial': {
    level: 'warning',
    meaning: 'with the store empty, the other slot was found to be a failed trial; it was counted',
    facts: ['identity'],
  },
  // the deployment
  'update-planned': {
    level: 'info',
    meaning: 'what each chunk will cost: bytes to fetch, and chunks by their way',
    facts: ['fetchBytes', 'in-slot', 'zero', 'copy', 'delta', 'full'],
  },
  'deployment-opened': {
    level: 'notice',
    meaning: 'an attempt to bring a release onto this device begins',
    facts: ['deployment', 'version', 'slot'],
  },
  'deployment-resumed': {
    level: 'notice',
    meaning: 'an attempt goes on from its breakpoint',
    facts: ['deployment', 'version', 'slot'],
  },
  'diag-made': {
    level: 'notice',
    meaning: 'a diagnostics archive of an update that did not succeed was written',
    facts: ['path', 'bytes', 'missing'],
  },
  'diag-failed': {
    level: 'warning',
    meaning: 'evidence could not be written; nothing else has changed',
    facts: ['code'],
  },
  'deployment-closed': {
    level: 'notice',
    meaning: 'an attempt has ended',
    facts: ['deployment', 'version', 'outcome', 'code'],
  },
  withdrawn: {
    level: 'notice',
    meaning: 'what was active and not yet booted, or on its way, was taken back',
    facts: ['slot', 'code'],
  },
  'result-reported': {
    level: 'info',
    meaning: 'the server that is told how deployments end was told of one',
    facts: ['deployment', 'outcome', 'status'],
  },
  'result-unwanted': {
    level: 'warning',
    meaning: 'it does not want this one, however often it comes: it is told no more',
    facts: ['deployment', 'outcome', 'status'],
  },
  'report-failed': {
    level: 'warning',
    meaning: 'it could not be told; again later, and said once until it works',
    facts: ['code'],
  },
  'results-dropped': {
    level: 'warning',
    meaning: 'results fell out of the history before the server was told of them',
    facts: ['dropped'],
  },
  'reports-end': {
    level: 'error',
    meaning: 'no result is reported until the next start: address, headers file or store cannot be used',
    facts: ['code'],
  },
  'delta-dropped': {
    level: 'warning',
    meaning: 'a delta does not fit: the full pack is planned',
    facts: ['code', 'slotClass'],
  },
  'chunks-fell': {
    level: 'warning',
    meaning: 'chunks that were to come by way of the booted slot take their full frames',
    facts: ['slotClass', 'chunks'],
  },
  'fetch-retried': {
    level: 'info',
    meaning: 'a request failed; it is made again after a pause',
    facts: ['code', 'delayMs'],
  },
  'download-held': { level: 'info', meaning: 'the download waits for somebody else', facts: [] },
  'download-goes-on': { level: 'info', meaning: 'and goes on', facts: ['heldMs'] },
  'pressure-unknown': {
    level: 'warning',
    meaning: 'the I/O pressure cannot be read: the download does not pause for it',
    facts: [],
  },
  'slot-flushed': {
    level: 'debug',
    meaning: 'what was written to the slot is durable',
    facts: ['slot', 'slotClass', 'flushMs'],
  },
  'first-chunk-stays': {
    level: 'error',
    meaning: 'the first chunk of a slot that failed could not be zeroed; the slot stays unbootable',
    facts: ['code'],
  },
  'slot-activated': {
    level: 'notice',
    meaning: 'the flip is made: the boot loader takes this slot next',
    facts: ['slot', 'version', 'flipMs'],
  },
  'interlock-opened': { level: 'info', meaning: 'the cooker lets the board reboot', facts: [] },
  'reboot-requested': { level: 'notice', meaning: 'the system was asked to reboot', facts: ['purpose'] },
  // the trial and its end
  'health-check-passed': { level: 'info', meaning: 'a health check passed', facts: ['check'] },
  'tries-refilled': {
    level: 'notice',
    meaning: 'the cooker is at work, so the trial gets its tries back',
    facts: ['refills'],
  },
  'slot-marked-good': { level: 'notice', meaning: 'the trial ended well', facts: ['slot', 'version'] },
  'trial-failed': { level: 'error', meaning: 'the trial ended badly: mark bad and back', facts: ['code'] },
  'rolled-back': {
    level: 'error',
    meaning: 'the old slot runs again and the failure is recorded',
    facts: ['identity', 'version', 'code', 'rollbackMs'],
  },
  'fallback-unreadable': {
    level: 'warning',
    meaning: 'the other slot could not be read, so it counts as no fallback',
    facts: ['slot', 'code'],
  },
  // the MCU
  'mcu-question-failed': {
    level: 'debug',
    meaning: 'the MCU did not answer a question, refused it, or answered wrongly',
    facts: ['question', 'code'],
  },
  'mcu-answered': { level: 'info', meaning: 'the MCU shook hands', facts: [] },
  'mcu-silent': {
    level: 'warning',
    meaning: 'the MCU is as silent as it was before the update, which is not held against it',
    facts: ['code'],
  },
  'mcu-not-told': {
    level: 'warning',
    meaning: 'the MCU was not told of the reboot',
    facts: ['code'],
  },
  'mcu-unsettled': {
    level: 'warning',
    meaning: 'the MCU could not be brought to the firmware of the booted image yet',
    facts: ['code'],
  },
  'mcu-attempt-failed': {
    level: 'warning',
    meaning: 'one attempt to bring the MCU its firmware failed',
    facts: ['code'],
  },
  'mcu-transfer-begun': { level: 'notice', meaning: 'a firmware is transferred to the MCU', facts: [] },
  'mcu-activated': { level: 'notice', meaning: 'it is started on trial', facts: [] },
  'mcu-belongs': { level: 'info', meaning: 'the MCU runs what belongs to the booted image', facts: [] },
  'mcu-discarded-old': { level: 'info', meaning: 'the MCU has forgotten the firmware before it', facts: [] },
  'mcu-trial-ended': { level: 'notice', meaning: 'the MCU goes back to the firmware before it', facts: [] },
  'mcu-trial-not-ended': {
    level: 'warning',
    meaning: 'the MCU could not be told to go back; the other Linux brings it back',
    facts: ['code'],
  },
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof EVENT_TABLE;

type FactName<N extends EventName> = (typeof EVENT_TABLE)[N]['facts'][number];

/** What an error may bring, and lists of names. */
export type FactValue = ErrorFacts[string] | readonly string[];

/** The facts that may come with an event: plain values, so that a line of JSON can always be made of them. */
export type EventFacts<N extends EventName> = [FactName<N>] extends [never]
  ? Readonly<Record<string, never>>
  : { readonly [Fact in FactName<N>]?: FactValue };
