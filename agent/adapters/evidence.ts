/**
 * What the running agent keeps of itself for a failure that is still to come, and the archive that it makes after one:
 * when the walk rests, never while a trial is open. What cannot be written is said and changes nothing else.
 * What an archive holds stands in `diagnostics.ts`, which is loaded only when one is made.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Collected, Live } from '../diagnostics.ts';
import type { Happening, Phase, ProgressEvent, Reporter } from '../events.ts';
import type { DeploymentOutcome } from '../model/deployment.ts';
import type { Vault } from '../ports.ts';
import { AGENT_VERSION } from '../version.ts';
import type { LogRing } from './log-ring.ts';

export interface EvidenceParts {
  readonly config: Config;
  readonly configPath: string;
  readonly reporter: Reporter;
  /** It outlives a configuration that is read again. */
  readonly log: LogRing;
}
/** Known only when the device is open. */
export interface EvidenceDevice {
  readonly vault: Pick<Vault, 'read'>;
  readonly mcuTrace: Live['mcuTrace'];
}

const FAILED: ReadonlySet<unknown> = new Set<DeploymentOutcome>(['rolled-back', 'abandoned']);
/** The walk has come to an end, or waits for hours. */
const RESTING: ReadonlySet<Phase> = new Set<Phase>(['idle', 'waiting', 'failed']);

export class Evidence {
  readonly #parts: EvidenceParts;
  readonly #closing = new AbortController();
  #device: EvidenceDevice | undefined;
  /** How the deployment ended for which an archive is still to be made. */
  #wanted: string | undefined;
  #making: Promise<void> | undefined;
  /** While one was made, another deployment failed and the walk rested again. */
  #restedMeanwhile = false;
  #keeping: Promise<void> = Promise.resolve();
  #telling: Promise<Collected> | undefined;

  constructor(parts: EvidenceParts) {
    this.#parts = parts;
    parts.reporter.on('happened', this.#onHappened).on('progressed', this.#onProgressed);
  }

  /** Where the log goes on its way to `write`. */
  hear(write: (line: string) => void): (line: string) => void {
    return (line) => {
      this.#parts.log.add(line);
      write(line);
    };
  }

  open(device: EvidenceDevice): void {
    this.#device = device;
  }

  /** What only this process can tell, redacted; who asks meanwhile gets the same. */
  live(): Promise<Collected> {
    this.#telling ??= this.#collectLive().finally(() => {
      this.#telling = undefined;
    });
    return this.#telling;
  }

  /** The archive that is being made is ended early and written; the log is kept for the next process. */
  async close(): Promise<void> {
    this.#parts.reporter.off('happened', this.#onHappened).off('progressed', this.#onProgressed);
    this.#closing.abort();
    await this.#making;
    this.#keepLogNext();
    await this.#keeping;
  }

  readonly #onHappened = ({ name, facts }: Happening): void => {
    if (name !== 'deployment-closed' || !FAILED.has(facts['outcome'])) return;
    if (this.#parts.config.values['diag.after-failure']) this.#wanted = String(facts['outcome']);
  };

  readonly #onProgressed = ({ phase }: ProgressEvent): void => {
    // The process of the other slot is the one that will tell of this trial.
    if (phase === 'rebooting') this.#keepLogNext();
    if (RESTING.has(phase)) this.#rested();
  };

  #rested(): void {
    if (this.#wanted === undefined) return;
    this.#restedMeanwhile = this.#making !== undefined;
    this.#making ??= this.#orSaid(() => this.#make()).finally(() => {
      this.#making = undefined;
      if (this.#restedMeanwhile) this.#rested();
    });
  }

  async #make(): Promise<void> {
    const why = this.#wanted;
    // A trial has the disk for itself; what is wanted is made after it.
    if (this.#device === undefined || why === undefined) return;
    if ((await this.#device.vault.read()).record.trial !== undefined) return;
    this.#wanted = undefined;
    const { config, configPath, reporter } = this.#parts;
    const { collect, diagFolder, PARTS } = await import('../diagnostics.ts');
    const { keepNewest, nextName, pack, requireRoom, writeArchive } = await import('./diag-archive.ts');
    const folder = diagFolder(config);
    const mostBytes = config.values['diag.most-bytes'];
    await mkdir(folder, { recursive: true });
    await requireRoom(folder, mostBytes);
    const signal = this.#closing.signal;
    const kept = await collect(PARTS, { config, configPath, workFolder: folder, signal });
    const live = await this.live();
    const collected = {
      parts: [...kept.parts, ...live.parts],
      missing: [...kept.missing, ...live.missing],
    };
    const about = { device: reporter.last.device_id, agent: AGENT_VERSION, why };
    const { bytes, contents } = await pack(collected, about, mostBytes, Date.now());
    const path = join(folder, await nextName(folder, why));
    await writeArchive(path, bytes);
    await keepNewest(folder, config.values['diag.most-archives']);
    reporter.happened('diag-made', `The evidence is in ${path}.`, {
      path,
      bytes: bytes.length,
      missing: contents.missing.map(({ name }) => name),
    });
  }

  async #collectLive(): Promise<Collected> {
    const { config, configPath } = this.#parts;
    const { collect, diagFolder, LIVE_PARTS } = await import('../diagnostics.ts');
    const live: Live = {
      log: () => this.#parts.log.text(),
      mcuTrace: () => this.#device?.mcuTrace(),
    };
    const signal = this.#closing.signal;
    return collect(LIVE_PARTS, { config, configPath, workFolder: diagFolder(config), signal, live });
  }

  /** One after the other: they write the same file. */
  #keepLogNext(): void {
    this.#keeping = this.#keeping.then(() => this.#orSaid(() => this.#keepLog()));
  }

  async #keepLog(): Promise<void> {
    const { config } = this.#parts;
    const { cleaned, diagFolder, LAST_LOG } = await import('../diagnostics.ts');
    const folder = diagFolder(config);
    const path = join(folder, LAST_LOG);
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.new`, cleaned(config, this.#parts.log.text()));
    await rename(`${path}.new`, path);
  }

  /** Whatever goes wrong here: evidence is never a reason to end an agent that walks. */
  async #orSaid(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
      this.#parts.reporter.happened('diag-failed', message, { code });
    }
  }
}
