/**
 * Tells a fleet's server how each deployment ended, beside the walk and never in its way: one at a time, oldest
 * first, at least once each, over reboots. It reads the history and writes one fact; it decides nothing.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { ClosedDeployment } from '../model/deployment.ts';
import { isGood } from '../model/entry-table.ts';
import {
  judgeReportStatus,
  type ResultReport,
  reportPause,
  resultReport,
  unreported,
} from '../model/result-report.ts';
import type { Clock } from '../ports.ts';
import { inBootControl } from '../walk/boot-control-step.ts';
import { KEPT_ROWS } from './sqlite-store.ts';

/** The store's fact: number in the history up to which the server was told. */
const TOLD = 'reported-number';

/** What came of one POST. */
export interface PostAnswer {
  readonly status: number;
  readonly retryAfterMs: number;
}

export interface ReportParts {
  readonly device: Pick<
    Device,
    'id' | 'booted' | 'bootControl' | 'profile' | 'random' | 'release' | 'reporter' | 'store' | 'vault'
  >;
  /** Not the walk's: a report that waits is no step that sleeps. */
  readonly clock: Clock;
  /** One try. Errors: AgentError, area transport; the signal's reason. */
  readonly post: (report: ResultReport, signal: AbortSignal) => Promise<PostAnswer>;
}

/** Begins to tell; the returned function ends that, and nothing is under way any more when it resolves. */
export function tellResults(parts: ReportParts): () => Promise<void> {
  return new ResultReports(parts).start();
}

class ResultReports {
  readonly #parts: ReportParts;
  readonly #end = new AbortController();
  #wake: () => void = () => undefined;
  #woken = false;
  #tries = 0;
  /** Also when the store cannot keep it: this process tells nothing twice. */
  #told: number;

  constructor(parts: ReportParts) {
    this.#parts = parts;
    this.#told = this.#toldBefore();
  }

  start(): () => Promise<void> {
    const { reporter } = this.#parts.device;
    const onHappened = ({ name }: { readonly name: string }): void => {
      // A command closes deployments as well, in a process of its own: each round looks.
      if (name === 'deployment-closed' || name === 'slot-marked-good' || name === 'entered') this.#rouse();
    };
    reporter.on('happened', onHappened);
    const running = this.#run().catch((error: unknown) => {
      // Whatever it was, no update may fail for it; the next start tells what is left.
      const why = error instanceof Error ? error.message : String(error);
      reporter.happened('reports-end', `No result is reported any more until the next start: ${why}`);
    });
    return async () => {
      reporter.off('happened', onHappened);
      this.#end.abort('terminate');
      this.#rouse();
      await running;
    };
  }

  #rouse(): void {
    this.#woken = true;
    this.#wake();
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      this.#woken = false;
      const pause = await this.#tellNext(signal);
      if (pause === undefined) await this.#untilWoken();
      else await this.#parts.clock.sleep(pause, signal);
    }
  }

  async #untilWoken(): Promise<void> {
    if (this.#woken || this.#end.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Milliseconds before it is worth another look; undefined: when something happens. */
  async #tellNext(signal: AbortSignal): Promise<number | undefined> {
    const { device, post } = this.#parts;
    try {
      const { next, dropped } = unreported(device.store.history(KEPT_ROWS.history), this.#told);
      if (next === undefined || !(await this.#isGood())) return undefined;
      if (dropped > 0) {
        const sentence = `${dropped} results are older than the history and are reported to nobody.`;
        device.reporter.happened('results-dropped', sentence, { dropped });
      }
      const { status, retryAfterMs } = await post(this.#reportOf(next), signal);
      return this.#afterAnswer(next, status, retryAfterMs);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof AgentError)) throw error;
      return this.#later(error.code, error.message, 0);
    }
  }

  /** Before mark good nobody is told anything: the trial may still end otherwise. */
  async #isGood(): Promise<boolean> {
    const { booted, bootControl, vault } = this.#parts.device;
    const boot = await inBootControl('judge the booted slot', () => bootControl.read());
    return isGood(booted, boot, (await vault.read()).record);
  }

  #reportOf(row: ClosedDeployment): ResultReport {
    const { id, profile, release } = this.#parts.device;
    return resultReport(row, { device: id, compatible: profile.compatible, runs: release.version });
  }

  #afterAnswer(row: ClosedDeployment, status: number, retryAfterMs: number): number {
    const { reporter } = this.#parts.device;
    const verdict = judgeReportStatus(status);
    if (verdict === 'later') return this.#later(`HTTP ${status}`, `the status is ${status}`, retryAfterMs);
    const facts = { deployment: row.id, outcome: row.outcome, status };
    if (verdict === 'delivered') {
      reporter.happened('result-reported', `The result of deployment ${row.id} was reported.`, facts);
    } else {
      const sentence = `The server does not want the result of deployment ${row.id}: status ${status}.`;
      reporter.happened('result-unwanted', sentence, facts);
    }
    this.#tries = 0;
    this.#told = row.number;
    this.#parts.device.store.setFact(TOLD, String(row.number));
    return 0;
  }

  /** Said once for each series: a server may be away for months. */
  #later(code: string, why: string, retryAfterMs: number): number {
    const { device } = this.#parts;
    this.#tries += 1;
    if (this.#tries === 1) {
      device.reporter.happened('report-failed', `A result could not be reported; again later: ${why}`, {
        code,
      });
    }
    return reportPause(this.#tries, device.random(), retryAfterMs);
  }

  /** Where nobody was told yet, what ended before this start is history. */
  #toldBefore(): number {
    const { store } = this.#parts.device;
    const told = Number(store.fact(TOLD) ?? Number.NaN);
    const newest = store.history(1)[0]?.number ?? 0;
    if (Number.isSafeInteger(told) && told >= 0 && told <= newest) return told;
    store.setFact(TOLD, String(newest));
    return newest;
  }
}
