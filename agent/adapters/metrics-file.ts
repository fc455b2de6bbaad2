/**
 * The metrics as a file for node_exporter's textfile collector: whole or absent, by rename, after something happened
 * and not more often than its reader looks. It must not know what is counted.
 */
import { basename, dirname } from 'node:path';
import type { Reporter } from '../events.ts';
import type { Metrics } from './metrics.ts';
import { RunFile } from './run-file.ts';

export interface MetricsFileHow {
  readonly path: string;
  /** Least time between two writes. */
  readonly intervalMs: number;
  readonly monotonic: () => number;
}

/** Keeps the file until the returned function is called, which writes it a last time. */
export function keepMetricsFile(
  reporter: Reporter,
  metrics: Pick<Metrics, 'text'>,
  { path, intervalMs, monotonic }: MetricsFileHow,
): () => Promise<void> {
  const file = new RunFile(dirname(path), basename(path), reporter);
  let lastWrite = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let complained = false;
  // What only tells ends no agent that walks.
  const complain = (error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error);
    if (!complained) reporter.happened('metrics-failed', `The metrics cannot be written: ${why}`);
    complained = true;
  };
  const write = (): void => {
    timer = undefined;
    lastWrite = monotonic();
    writing = writing.then(async () => file.write(await metrics.text())).catch(complain);
  };
  const changed = (): void => {
    if (timer !== undefined) return;
    timer = setTimeout(write, Math.max(0, lastWrite + intervalMs - monotonic())).unref();
  };
  reporter.on('progressed', changed).on('happened', changed);
  return async () => {
    reporter.off('progressed', changed).off('happened', changed);
    clearTimeout(timer);
    write();
    await writing;
  };
}
