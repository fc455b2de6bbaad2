/**
 * What the agent's own events are as numbers: a pure fold from the stream of progress and happenings to samples. The
 * walk knows nothing of it. Bytes are the growth between two events of a deployment; what an earlier agent counted of
 * a deployment that goes on is not counted again.
 */
import { EVENT_TABLE, type EventName, LEVELS } from '../event-table.ts';
import { CONDITIONS, type Happening, NO_BYTES, PHASES, type Phase, type ProgressEvent } from '../events.ts';
import { type ByteCounts, DEPLOYMENT_OUTCOMES } from './deployment.ts';
import { BYTE_KINDS, type MetricName } from './metric-table.ts';
import type { Labels, Sample } from './metric-totals.ts';

/** What is remembered from one event to the next. */
export interface Measuring {
  readonly phase: Phase;
  /** Since when, monotonic ms. */
  readonly since: number;
  readonly deployment: string;
  /** Bytes that are counted already; left out: those of the next event are where counting begins. */
  readonly counted: Partial<ByteCounts>;
}

export interface Measured {
  readonly measuring: Measuring;
  readonly samples: readonly Sample[];
}

type Facts = Happening['facts'];

/** Before the first event. `now`: monotonic ms. */
export function beginMeasuring(now: number): Measuring {
  return { phase: 'idle', since: now, deployment: '', counted: {} };
}

/** `now`: monotonic ms. */
export function measureProgress(before: Measuring, event: ProgressEvent, now: number): Measured {
  const samples: Sample[] = [
    sample('donabe_progress_ratio', event.progress / 100),
    sample('donabe_paused', event.status === 'paused' ? 1 : 0),
    ...oneOf('donabe_phase', 'phase', PHASES, [event.phase]),
    ...oneOf('donabe_condition', 'condition', CONDITIONS, event.conditions ?? []),
  ];
  const changed = event.phase !== before.phase;
  if (changed) {
    samples.push(sample('donabe_phase_seconds', (now - before.since) / 1000, { phase: before.phase }));
  }
  const measuring = { ...before, phase: event.phase, since: changed ? now : before.since };
  if (event.deployment === '' || event.deployment !== before.deployment) return { measuring, samples };
  for (const kind of BYTE_KINDS) {
    const moved = event.bytes[kind] - (before.counted[kind] ?? event.bytes[kind]);
    if (moved > 0) samples.push(sample('donabe_bytes_total', moved, { kind }));
  }
  return { measuring: { ...measuring, counted: event.bytes }, samples };
}

export function measureHappening(before: Measuring, { name, facts }: Happening): Measured {
  const own = SAMPLES_OF[name]?.(facts) ?? [];
  const isBad = LEVELS[EVENT_TABLE[name].level] <= LEVELS.warning;
  const samples = isBad ? [...own, sample('donabe_events_total', 1, { event: name })] : own;
  return { measuring: { ...before, ...begun(before, name, facts) }, samples };
}

/** A deployment that begins here is counted from zero; one that goes on, from where it is. */
function begun(before: Measuring, name: EventName, facts: Facts): Partial<Measuring> {
  const deployment = text(facts, 'deployment');
  if (name === 'deployment-opened') return { deployment, counted: NO_BYTES };
  if (name !== 'deployment-resumed') return {};
  if (deployment !== before.deployment) return { deployment, counted: {} };
  // What is in the slot already counts as reused from now on, also what was fetched before.
  const { reused: _again, ...counted } = before.counted;
  return { counted };
}

/** What an event is beside one more of its name. */
const SAMPLES_OF: Partial<Record<EventName, (facts: Facts) => readonly Sample[]>> = {
  'agent-started': (facts) => [
    sample('donabe_agent_info', 1, labelsOf(facts, ['agent', 'release', 'slot'])),
    ...ended(text(facts, 'lastOutcome')),
  ],
  looked: (facts) => [sample('donabe_looks_total', 1, { outcome: text(facts, 'kind') })],
  'walk-ended': (facts) => [sample('donabe_walk_errors_total', 1, labelsOf(facts, ['code']))],
  'deployment-resumed': () => [sample('donabe_resumes_total', 1)],
  'deployment-closed': (facts) => [
    sample('donabe_deployments_total', 1, labelsOf(facts, ['outcome'])),
    ...ended(text(facts, 'outcome')),
  ],
  'fetch-retried': (facts) => [sample('donabe_fetch_retries_total', 1, labelsOf(facts, ['code']))],
  'chunks-fell': (facts) => [sample('donabe_chunks_fallen_total', number(facts, 'chunks'))],
  'delta-dropped': () => [sample('donabe_deltas_dropped_total', 1)],
  'slot-flushed': (facts) => [sample('donabe_flush_seconds', number(facts, 'flushMs') / 1000)],
  'slot-activated': (facts) => [
    sample('donabe_flips_total', 1, labelsOf(facts, ['slot'])),
    sample('donabe_flip_seconds', number(facts, 'flipMs') / 1000),
  ],
  'rolled-back': (facts) => [
    sample('donabe_rollbacks_total', 1, labelsOf(facts, ['code'])),
    sample('donabe_rollback_seconds', number(facts, 'rollbackMs') / 1000),
    // Where the store was lost there is no row to close.
    ...ended('rolled-back'),
  ],
  'mcu-question-failed': (facts) => [sample('donabe_mcu_errors_total', 1, labelsOf(facts, ['code']))],
};

function ended(outcome: string): readonly Sample[] {
  return outcome === '' ? [] : oneOf('donabe_last_deployment', 'outcome', DEPLOYMENT_OUTCOMES, [outcome]);
}

/** 1 for the values that hold, 0 for all others. */
function oneOf(
  metric: MetricName,
  label: string,
  values: readonly string[],
  holding: readonly string[],
): readonly Sample[] {
  return values.map((value) => sample(metric, holding.includes(value) ? 1 : 0, { [label]: value }));
}

function sample(metric: MetricName, value: number, labels: Labels = {}): Sample {
  return { metric, labels, value };
}

function labelsOf(facts: Facts, names: readonly string[]): Labels {
  return Object.fromEntries(names.map((name) => [name, text(facts, name)]));
}

function text(facts: Facts, name: string): string {
  const value = facts[name];
  return typeof value === 'string' ? value : '';
}

function number(facts: Facts, name: string): number {
  const value = facts[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
