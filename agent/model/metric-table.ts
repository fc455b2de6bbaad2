/**
 * Every metric of the agent: name, kind, what it counts, and each label with the values that it may have. A value that
 * is not in here is counted as `other`: nothing from outside can make a series of its own. Names, units and `_total`
 * as Prometheus has them. Pure; agent/README.md prints it.
 */
import { type AgentErrorCode, ERROR_TABLE, type Policy } from '../errors.ts';
import { EVENT_TABLE, LEVELS } from '../event-table.ts';
import { CONDITIONS, PHASES } from '../events.ts';
import type { UpdateOutcome } from '../update.ts';
import { DEPLOYMENT_OUTCOMES } from './deployment.ts';

export const BYTE_KINDS = ['fetched', 'reused', 'written', 'verified'] as const;
const LOOK_OUTCOMES = [
  'nothing-new',
  'already-installed',
  'needs-consent',
  'held',
  'awaits-next-boot',
] as const satisfies readonly UpdateOutcome['kind'][];
const SLOTS = ['a', 'b'];
const CODES = Object.keys(ERROR_TABLE);
const BAD_EVENTS = Object.entries(EVENT_TABLE)
  .filter(([, { level }]) => LEVELS[level] <= LEVELS.warning)
  .map(([name]) => name);

const codesOf = (wanted: Policy): string[] =>
  Object.entries(ERROR_TABLE)
    .filter(([, { policy }]) => policy === wanted)
    .map(([code]) => code);
/** Verdicts on a trial. */
const CAUSES = [
  ...codesOf('roll-back'),
  ...(['AGENT_KEEPS_FAILING', 'RECOVERY_ASKED'] as const satisfies readonly AgentErrorCode[]),
];
/** What the port of the MCU answers with. */
const MCU_FAULTS = [
  'MCU_SILENT',
  'MCU_PORT',
  'MCU_REFUSED',
  'MCU_FAILED',
  'MCU_FIRMWARE_DAMAGED',
] as const satisfies readonly AgentErrorCode[];

export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** `free`: what a release is called; the metric has one series at a time. */
  readonly labels: Readonly<Record<string, readonly string[] | 'free'>>;
  /** Series that are there before anything happened, so that their first increase is seen: all, or none. */
  readonly zeros: boolean;
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets: readonly number[];
}

const counter = (help: string, labels: MetricRow['labels'] = {}, zeros = true): MetricRow => ({
  type: 'counter',
  help,
  labels,
  zeros,
  buckets: [],
});
const gauge = (help: string, labels: MetricRow['labels'] = {}): MetricRow => ({
  type: 'gauge',
  help,
  labels,
  zeros: Object.values(labels).every((values) => values !== 'free'),
  buckets: [],
});
const histogram = (
  help: string,
  buckets: readonly number[],
  labels: MetricRow['labels'] = {},
): MetricRow => ({ type: 'histogram', help, labels, zeros: true, buckets });

export const METRIC_TABLE = {
  donabe_agent_info: gauge('1; what runs: agent, release and booted slot', {
    agent: 'free',
    release: 'free',
    slot: SLOTS,
  }),
  donabe_uptime_seconds: gauge('time since the agent started'),
  donabe_cpu_seconds_total: counter('processor time of the agent'),
  donabe_resident_memory_bytes: gauge('resident memory of the agent'),
  donabe_clock_synchronised: gauge('1 while the network has set the clock'),
  donabe_phase: gauge('1 for the phase that it is in, 0 for the others', { phase: PHASES }),
  donabe_paused: gauge('1 while a person has paused updates'),
  donabe_condition: gauge('1 while something is out of order beside the phase', { condition: CONDITIONS }),
  donabe_progress_ratio: gauge('how far the deployment is, 0 to 1 over fetch to finalise'),
  donabe_last_deployment: gauge('1 for how the last deployment ended; kept in the store over restarts', {
    outcome: DEPLOYMENT_OUTCOMES,
  }),
  donabe_looks_total: counter('answers of a source to the question for a release, by what came of it', {
    outcome: LOOK_OUTCOMES,
  }),
  donabe_walk_errors_total: counter('errors that ended a walk', { code: CODES }, false),
  donabe_events_total: counter('events of level warning or error', { event: BAD_EVENTS }),
  donabe_deployments_total: counter('deployments that ended', { outcome: DEPLOYMENT_OUTCOMES }),
  donabe_resumes_total: counter('deployments that went on from their breakpoint'),
  donabe_bytes_total: counter('bytes of images; reused ones were not fetched', { kind: BYTE_KINDS }),
  donabe_fetch_retries_total: counter('requests for bytes that are made again', {
    code: codesOf('retry'),
  }),
  donabe_chunks_fallen_total: counter('chunks that took their full frames in place of a delta or a copy'),
  donabe_deltas_dropped_total: counter('deltas that did not fit and were dropped before the download'),
  donabe_phase_seconds: histogram(
    'how long a phase lasted',
    // From a step that takes no time to a cooker that cooks overnight.
    [1, 10, 60, 600, 3600, 21_600, 86_400],
    { phase: PHASES },
  ),
  donabe_flush_seconds: histogram(
    'how long a flush of a slot took (fdatasync)',
    // Good eMMC takes milliseconds for a checkpoint; seconds are a full cache or worn flash.
    [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
  ),
  donabe_flip_seconds: histogram(
    'how long the flip of the boot control took, over all copies',
    // A sector and its flush, or a vendor's command.
    [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  ),
  donabe_flips_total: counter('slots that were activated', { slot: SLOTS }),
  donabe_rollbacks_total: counter('rollbacks that came to their end, by the cause', {
    code: CAUSES,
  }),
  donabe_rollback_seconds: histogram(
    'from the decision to the report of the old slot',
    // A reboot takes half a minute; a trial whose tries were used up by power-offs may take days.
    [30, 60, 120, 300, 600, 3600, 86_400],
  ),
  donabe_mcu_errors_total: counter('questions to the MCU that failed', {
    code: MCU_FAULTS,
  }),
} satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRIC_TABLE;

/** Of a label's value that is not in the table. */
export const OTHER = 'other';
