/**
 * The agent's metrics as Prometheus reads them. It listens and adds up from the start; the library that writes the
 * text is loaded when somebody reads it for the first time: most devices never have a reader. What is counted stands
 * in model/measure.ts.
 */
import type { Registry } from 'prom-client';
import type { Happening, ProgressEvent, Reporter } from '../events.ts';
import { beginMeasuring, type Measured, measureHappening, measureProgress } from '../model/measure.ts';
import { METRIC_TABLE, type MetricName, type MetricRow } from '../model/metric-table.ts';
import { MetricTotals, type Series } from '../model/metric-totals.ts';
import type { Clock } from '../ports.ts';

/** Of the text format, as Prometheus asks for it. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export class Metrics {
  readonly #reporter: Reporter;
  readonly #clock: Pick<Clock, 'monotonic' | 'synchronised'>;
  readonly #totals = new MetricTotals();
  #measuring;
  #cpu = process.cpuUsage();
  #registry: Promise<Registry> | undefined;

  constructor(reporter: Reporter, clock: Pick<Clock, 'monotonic' | 'synchronised'>) {
    this.#reporter = reporter;
    this.#clock = clock;
    this.#measuring = beginMeasuring(clock.monotonic());
    reporter.on('progressed', this.#onProgress).on('happened', this.#onHappened);
  }

  /** All metrics, in the text format 0.0.4. */
  async text(): Promise<string> {
    this.#sampleProcess();
    this.#registry ??= registryOf(this.#totals);
    return (await this.#registry).metrics();
  }

  close(): void {
    this.#reporter.off('progressed', this.#onProgress).off('happened', this.#onHappened);
  }

  readonly #onProgress = (event: ProgressEvent): void =>
    this.#take(measureProgress(this.#measuring, event, this.#clock.monotonic()));

  readonly #onHappened = (happening: Happening): void =>
    this.#take(measureHappening(this.#measuring, happening));

  #take({ measuring, samples }: Measured): void {
    this.#measuring = measuring;
    for (const sample of samples) this.#totals.add(sample);
  }

  /** What no event tells. */
  #sampleProcess(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    const now: Partial<Record<MetricName, number>> = {
      donabe_cpu_seconds_total: (user + system) / 1e6,
      donabe_uptime_seconds: process.uptime(),
      donabe_resident_memory_bytes: process.memoryUsage.rss(),
      donabe_clock_synchronised: this.#clock.synchronised() ? 1 : 0,
    };
    for (const [metric, value] of Object.entries(now)) {
      this.#totals.add({ metric: metric as MetricName, labels: {}, value });
    }
  }
}

/** A registry whose metrics read the totals whenever it is read. */
async function registryOf(totals: MetricTotals): Promise<Registry> {
  // By its default: a bundle knows no names of a CommonJS module.
  const { default: library } = await import('prom-client');
  const { Counter, Gauge, Histogram, Registry: Fresh } = library;
  const registry = new Fresh();
  /** The library only observes; ours has been observed already. */
  class Observed extends Histogram {
    readonly #name: MetricName;

    constructor(name: MetricName, { help, labels, buckets }: MetricRow) {
      super({ name, help, labelNames: Object.keys(labels), buckets: [...buckets], registers: [registry] });
      this.#name = name;
    }

    /** What the registry asks a histogram for. */
    async getForPromString() {
      const { help, buckets } = METRIC_TABLE[this.#name];
      const values = totals.series(this.#name).flatMap((series) => lines(this.#name, series, buckets));
      return { name: this.#name, help, type: 'histogram', values };
    }
  }
  for (const name of Object.keys(METRIC_TABLE) as MetricName[]) {
    const row: MetricRow = METRIC_TABLE[name];
    const how = { name, help: row.help, labelNames: Object.keys(row.labels), registers: [registry] };
    if (row.type === 'histogram') new Observed(name, row);
    else if (row.type === 'counter') {
      new Counter({
        ...how,
        collect() {
          this.reset();
          for (const { labels, value } of totals.series(name)) this.inc(labels, value);
        },
      });
    } else {
      new Gauge({
        ...how,
        collect() {
          this.reset();
          for (const { labels, value } of totals.series(name)) this.set(labels, value);
        },
      });
    }
  }
  return registry;
}

/** The lines of one series of a histogram. */
function lines(name: MetricName, { labels, value, counts, count }: Series, buckets: readonly number[]) {
  return [
    ...buckets.map((le, at) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: String(le) },
      value: counts[at] ?? 0,
    })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
