/** The agent's events as numbers: what is counted, what is not counted twice, and that no stranger makes a series. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { EVENT_TABLE, type EventName } from '../../agent/event-table.ts';
import { PHASES, type ProgressEvent, Reporter } from '../../agent/events.ts';
import { beginMeasuring, measureHappening, measureProgress } from '../../agent/model/measure.ts';
import { METRIC_TABLE, type MetricName } from '../../agent/model/metric-table.ts';
import { MetricTotals } from '../../agent/model/metric-totals.ts';

let reporter: Reporter;
let totals: MetricTotals;
let now: number;

beforeEach(() => {
  reporter = new Reporter('device');
  restart();
});

/** The process ends: the stream is new, and so is what it adds up to. */
function restart(): void {
  reporter = new Reporter('device');
  totals = new MetricTotals();
  now = 0;
  let measuring = beginMeasuring(now);
  const take = (measured: ReturnType<typeof measureProgress>): void => {
    measuring = measured.measuring;
    for (const sample of measured.samples) totals.add(sample);
  };
  reporter.on('progressed', (event) => take(measureProgress(measuring, event, now)));
  reporter.on('happened', (happening) => take(measureHappening(measuring, happening)));
}

function readingOf(metric: MetricName, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const key = JSON.stringify(labels);
  return totals.series(metric).find((series) => JSON.stringify(series.labels) === key)?.value;
}

function moved(bytes: Partial<ProgressEvent['bytes']>, deployment = 'd1'): void {
  reporter.progress('fetching', {
    deployment,
    bytes: { fetched: 0, reused: 0, written: 0, verified: 0, ...bytes },
  });
}

const bytesOf = (kind: string): number | undefined => readingOf('donabe_bytes_total', { kind });

describe('bytes', () => {
  it('of a deployment that begins are counted from zero', () => {
    reporter.happened('deployment-opened', 'begins', { deployment: 'd1' });
    moved({ fetched: 10, reused: 100 });
    moved({ fetched: 30, reused: 100, written: 5 });
    expect(bytesOf('fetched')).toBe(30);
    expect(bytesOf('reused')).toBe(100);
    expect(bytesOf('written')).toBe(5);
  });

  it('that an earlier agent counted are not counted again', () => {
    reporter.happened('deployment-resumed', 'goes on', { deployment: 'd1' });
    moved({ fetched: 1000, reused: 800 });
    moved({ fetched: 1010, reused: 800 });
    expect(bytesOf('fetched')).toBe(10);
    expect(bytesOf('reused')).toBe(0);
    expect(readingOf('donabe_resumes_total')).toBe(1);
  });

  it('of a deployment that goes on in the same agent are counted where it was left', () => {
    reporter.happened('deployment-opened', 'begins', { deployment: 'd1' });
    moved({ fetched: 50, reused: 0 });
    reporter.happened('deployment-resumed', 'goes on', { deployment: 'd1' });
    // What was fetched lies in the slot now, and the walk calls it reused.
    moved({ fetched: 60, reused: 50 });
    moved({ fetched: 70, reused: 55 });
    expect(bytesOf('fetched')).toBe(70);
    expect(bytesOf('reused')).toBe(5);
  });

  it('of an old deployment that are shown beside another phase are nobody’s', () => {
    reporter.happened('deployment-opened', 'begins', { deployment: 'd1' });
    moved({ fetched: 50 });
    reporter.progress('idle', { deployment: '' });
    reporter.happened('deployment-opened', 'another', { deployment: 'd2' });
    reporter.progress('waiting');
    moved({ fetched: 7 }, 'd2');
    expect(bytesOf('fetched')).toBe(57);
  });
});

describe('phases and conditions', () => {
  it('one phase holds at a time, and each is timed', () => {
    now = 1000;
    reporter.progress('checking');
    now = 3500;
    reporter.progress('checking');
    now = 4500;
    reporter.progress('waiting', { status: 'paused' });
    expect(PHASES.map((phase) => readingOf('donabe_phase', { phase }))).toEqual(
      PHASES.map((phase) => (phase === 'waiting' ? 1 : 0)),
    );
    expect(readingOf('donabe_phase_seconds', { phase: 'idle' })).toBe(1);
    expect(readingOf('donabe_phase_seconds', { phase: 'checking' })).toBe(3.5);
    expect(readingOf('donabe_paused')).toBe(1);
  });

  it('a condition holds until it ends', () => {
    reporter.condition('mcu-mismatch', true);
    expect(readingOf('donabe_condition', { condition: 'mcu-mismatch' })).toBe(1);
    expect(readingOf('donabe_events_total', { event: 'condition-begun' })).toBe(1);
    reporter.condition('mcu-mismatch', false);
    expect(readingOf('donabe_condition', { condition: 'mcu-mismatch' })).toBe(0);
  });
});

describe('what happened', () => {
  it('a rollback has its cause and its time, and is how the last deployment ended', () => {
    reporter.happened('rolled-back', 'back', { code: 'HEALTH_CHECK_FAILED', rollbackMs: 45_000 });
    expect(readingOf('donabe_rollbacks_total', { code: 'HEALTH_CHECK_FAILED' })).toBe(1);
    const [seconds] = totals.series('donabe_rollback_seconds');
    expect(seconds).toEqual({ labels: {}, value: 45, counts: [0, 1, 1, 1, 1, 1, 1], count: 1 });
    expect(readingOf('donabe_last_deployment', { outcome: 'rolled-back' })).toBe(1);
    reporter.happened('deployment-closed', 'ended', { outcome: 'confirmed' });
    expect(readingOf('donabe_last_deployment', { outcome: 'rolled-back' })).toBe(0);
    expect(readingOf('donabe_last_deployment', { outcome: 'confirmed' })).toBe(1);
  });

  it('how the last deployment ended is known by the store when the agent starts', () => {
    reporter.happened('agent-started', 'up', {
      agent: '0.1.0',
      release: '1.0.0',
      slot: 'a',
      lastOutcome: 'rolled-back',
    });
    expect(readingOf('donabe_last_deployment', { outcome: 'rolled-back' })).toBe(1);
    expect(readingOf('donabe_deployments_total', { outcome: 'rolled-back' })).toBe(0);
  });

  it('what is below a warning is not counted by its name', () => {
    reporter.happened('looked', 'looked', { kind: 'nothing-new' });
    expect(readingOf('donabe_looks_total', { outcome: 'nothing-new' })).toBe(1);
    expect(totals.series('donabe_events_total').every(({ value }) => value === 0)).toBe(true);
  });
});

describe('series', () => {
  it('are there before anything happened, so that their first increase is seen', () => {
    expect(readingOf('donabe_rollbacks_total', { code: 'TRIES_USED_UP' })).toBe(0);
    expect(readingOf('donabe_resumes_total')).toBe(0);
    expect(totals.series('donabe_walk_errors_total')).toEqual([]);
  });

  it('of what runs are one at a time', () => {
    for (const release of ['1.0.0', '2.0.0']) {
      reporter.happened('agent-started', 'up', { agent: '0.1.0', release, slot: 'a' });
    }
    expect(totals.series('donabe_agent_info').map(({ labels }) => labels)).toEqual([
      { agent: '0.1.0', release: '2.0.0', slot: 'a' },
    ]);
  });

  it('of what nobody foresaw are one together', () => {
    for (const kind of ['a stranger', 'another', 'a third']) reporter.happened('looked', '', { kind });
    expect(totals.series('donabe_looks_total')).toHaveLength(6);
    expect(readingOf('donabe_looks_total', { outcome: 'other' })).toBe(3);
  });

  it('stay within their table, whatever the facts say', () => {
    const names = Object.keys(EVENT_TABLE) as EventName[];
    const facts = fc.dictionary(
      fc.constantFrom(
        'code',
        'kind',
        'outcome',
        'slot',
        'release',
        'agent',
        'flushMs',
        'deployment',
        'chunks',
      ),
      fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.double(), fc.constant(undefined)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), facts), { maxLength: 60 }), (told) => {
        restart();
        for (const [name, given] of told) reporter.emit('happened', { name, message: '', facts: given });
        for (const metric of Object.keys(METRIC_TABLE) as MetricName[]) {
          const { labels }: { labels: Readonly<Record<string, readonly string[] | 'free'>> } =
            METRIC_TABLE[metric];
          const most = Object.values(labels).reduce(
            (product, values) => product * (values === 'free' ? 1 : values.length + 1),
            1,
          );
          const series = totals.series(metric);
          expect(series.length).toBeLessThanOrEqual(most);
          for (const each of series) expect(Number.isFinite(each.value)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
