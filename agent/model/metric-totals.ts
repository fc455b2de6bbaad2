/**
 * What the agent's samples add up to since it started: one number for each series of a counter or a gauge, buckets for
 * each of a histogram. As large as its table and no larger. Pure; it knows no format in which anybody reads it.
 */
import { METRIC_TABLE, type MetricName, type MetricRow, OTHER } from './metric-table.ts';

export type Labels = Readonly<Record<string, string>>;

/** A counter grows by it, a gauge becomes it, a histogram observes it. */
export interface Sample {
  readonly metric: MetricName;
  readonly labels: Labels;
  readonly value: number;
}

/** One series. `value` is the sum of a histogram's observations; `counts` are cumulative, one for each bucket. */
export interface Series {
  readonly labels: Labels;
  readonly value: number;
  readonly counts: readonly number[];
  /** Observations of a histogram. */
  readonly count: number;
}

/** What a label may be called at most, characters; a version has 64. */
const MOST_FREE_CHARACTERS = 64;

export class MetricTotals {
  readonly #series = new Map<MetricName, Map<string, Series>>();

  constructor() {
    for (const name of Object.keys(METRIC_TABLE) as MetricName[]) {
      const row: MetricRow = METRIC_TABLE[name];
      const zeros = row.zeros ? everyLabelling(row).map((labels) => zeroOf(row, labels)) : [];
      this.#series.set(name, new Map(zeros.map((series) => [keyOf(series.labels), series])));
    }
  }

  add({ metric, labels, value }: Sample): void {
    const row: MetricRow = METRIC_TABLE[metric];
    const kept = this.#series.get(metric) ?? new Map<string, Series>();
    const allowed = allowedLabels(row, labels);
    const key = keyOf(allowed);
    const before = kept.get(key) ?? zeroOf(row, allowed);
    if (Object.values(row.labels).includes('free')) kept.clear();
    kept.set(key, {
      labels: allowed,
      value: row.type === 'gauge' ? value : before.value + value,
      counts: before.counts.map((count, at) => (value <= (row.buckets[at] ?? 0) ? count + 1 : count)),
      count: before.count + 1,
    });
  }

  /** In the order of the table, then of their first sample. */
  series(metric: MetricName): readonly Series[] {
    return [...(this.#series.get(metric)?.values() ?? [])];
  }
}

function allowedLabels(row: MetricRow, given: Labels): Labels {
  return Object.fromEntries(
    Object.entries(row.labels).map(([label, values]) => {
      const value = given[label] ?? OTHER;
      if (values === 'free') return [label, value.slice(0, MOST_FREE_CHARACTERS)];
      return [label, values.includes(value) ? value : OTHER];
    }),
  );
}

function everyLabelling({ labels }: MetricRow): Labels[] {
  let all: Labels[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (values === 'free') return [];
    all = all.flatMap((begun) => values.map((value) => ({ ...begun, [label]: value })));
  }
  return all;
}

function zeroOf(row: MetricRow, labels: Labels): Series {
  return { labels, value: 0, counts: row.buckets.map(() => 0), count: 0 };
}

/** Labels are made in the order of the table, so equal ones have equal keys. */
function keyOf(labels: Labels): string {
  return JSON.stringify(Object.values(labels));
}
