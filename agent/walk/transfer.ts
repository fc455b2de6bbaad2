/**
 * The moving state of one deployment's download: byte counters, the checkpoint batch, the count of fruitless
 * tries. The one place where rule 4 is kept: flush of the slot first, then the commit that names it.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { NO_BYTES } from '../events.ts';
import { releaseBudget, requireBudget } from '../model/budget.ts';
import type { ByteCounts, Deployment } from '../model/deployment.ts';
import type { UpdatePlan } from '../model/plan.ts';
import { FRUITLESS_TRIES_MAX, seriesEnded } from '../model/retry.ts';
import type { OpenImage } from './open-slot.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Transfer {
  readonly #device: Device;
  readonly #deployment: Deployment;
  readonly #plan: UpdatePlan;
  readonly #budget: number;
  readonly #spentBefore: number;
  readonly #bytes: Mutable<ByteCounts>;
  /** Images that were written to; a checkpoint names the chunks up to which all are in the slot. */
  readonly #begun = new Set<OpenImage>();
  readonly #dirty = new Set<OpenImage>();
  /** The first flush that failed: the system tells of lost bytes once, and a later flush knows nothing of them. */
  #lost: { readonly cause: unknown } | undefined;
  #unsavedBytes = 0;
  #lastCheckpoint: number;
  #fetchedHere = 0;
  #inSlotBytes: number;
  #falls = 0;
  #tries: number;

  constructor(device: Device, deployment: Deployment, plan: UpdatePlan) {
    this.#device = device;
    this.#deployment = deployment;
    this.#plan = plan;
    this.#budget = releaseBudget(device.policy, plan);
    this.#spentBefore = device.store.bytesSpent(plan.identity);
    this.#inSlotBytes = plan.images.reduce((sum, image) => sum + image.inSlotBytes, 0);
    this.#bytes = { ...NO_BYTES, ...deployment.bytes, reused: this.#inSlotBytes };
    this.#lastCheckpoint = device.clock.monotonic();
    this.#tries = deployment.fruitlessTries;
  }

  get bytes(): ByteCounts {
    return { ...this.#bytes };
  }

  get tries(): number {
    return this.#tries;
  }

  /** Throws BYTE_BUDGET_SPENT when `wanted` more bytes would be too many. */
  requireBudget(wanted: number): void {
    requireBudget(this.#budget, this.#spentBefore + this.#fetchedHere, wanted);
  }

  fetched(bytes: number): void {
    this.#bytes.fetched += bytes;
    this.#fetchedHere += bytes;
    this.requireBudget(0);
  }

  /** A chunk was verified and written to its place (not yet flushed). */
  wrote(image: OpenImage, chunk: number, length: number): void {
    const { ways } = image.plan;
    if (ways.of(chunk) === 'copy') this.#bytes.reused += length;
    ways.set(chunk, 'in-slot');
    this.#bytes.written += length;
    this.#bytes.verified += length;
    this.#inSlotBytes += length;
    this.#unsavedBytes += length;
    this.#begun.add(image);
    this.#dirty.add(image);
    if (this.#tries !== 0) this.#setTries(0);
    this.report('fetching');
  }

  /** Chunk 0 was verified; it is held in memory and does not count as written yet. */
  verifiedFirst(length: number): void {
    this.#bytes.verified += length;
    if (this.#tries !== 0) this.#setTries(0);
  }

  /** Chunks that were to come by way of the booted slot take their full frames. */
  fell(chunks: number): void {
    this.#falls += chunks;
  }

  checkpointDue(): boolean {
    const { checkpointBytes, checkpointMs } = this.#device.policy;
    const since = this.#device.clock.monotonic() - this.#lastCheckpoint;
    return this.#unsavedBytes >= checkpointBytes || (this.#dirty.size > 0 && since >= checkpointMs);
  }

  /**
   * Flush, then commit. Also saves the byte counters, so it is made after every failed try too. After a flush that
   * failed nothing is named any more: each later call fails as that one did.
   */
  async checkpoint(): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost.cause;
    try {
      for (const { target } of this.#dirty) await target.flush();
    } catch (cause) {
      this.#lost = { cause };
      throw cause;
    }
    this.#dirty.clear();
    const progress = [...this.#begun].map(({ plan }) => ({
      slotClass: plan.slotClass,
      indexDigest: plan.image.index.sha256,
      chunks: plan.ways.firstMissing - 1,
    }));
    this.#device.store.checkpoint(this.#deployment.id, progress, this.bytes);
    this.#unsavedBytes = 0;
    this.#lastCheckpoint = this.#device.clock.monotonic();
  }

  /** One more try without a verified chunk. Throws FETCH_SERIES_ENDED when it was the last of the series. */
  fruitless(cause: AgentError): void {
    this.#setTries(this.#tries + 1);
    if (!seriesEnded(this.#tries)) return;
    this.#setTries(0);
    throw new AgentError(
      'FETCH_SERIES_ENDED',
      `${FRUITLESS_TRIES_MAX} tries in a row brought no verified chunk; the last one: ${cause.message}`,
      { cause, facts: { lastCode: cause.code } },
    );
  }

  /** Progress over fetch and read-back: writing counts for two thirds, reading back for one. */
  report(phase: 'fetching' | 'verifying', readBackBytes = 0): void {
    const total = Math.max(this.#plan.imageBytes, 1);
    const inSlot = Math.min(this.#inSlotBytes, total);
    const progress = phase === 'fetching' ? (inSlot / total) * 66 : 66 + (readBackBytes / total) * 34;
    this.#device.reporter.progress(phase, {
      deployment: this.#deployment.id,
      progress: Math.min(100, Math.floor(progress)),
      bytes: this.bytes,
      falls: this.#falls,
    });
  }

  #setTries(tries: number): void {
    this.#tries = tries;
    this.#device.store.setFruitlessTries(this.#deployment.id, tries);
  }
}
