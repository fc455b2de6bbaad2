/**
 * The confirm deadline as this process keeps it: it runs from the kernel's boot and stands still while the cooker
 * forbids what confirm still needs (rules 7 and 8). What has stood still outlives the process, not the boot.
 */
import {
  earliestEnd,
  heard,
  isPossible,
  leftOf,
  NEVER_STOOD,
  REPLY_COUNTS_MS,
  type Standstill,
  standsStill,
} from './model/standstill.ts';
import type { Clock } from './ports.ts';

/** Remembers within one kernel boot: an agent that starts again must not lose what a cooker has cost. */
export interface DeadlineMemory {
  load(): Standstill | undefined;
  save(state: Standstill): void;
}

/** Saved this often while it stands still: what a restart loses, ms. */
const SAVE_MS = REPLY_COUNTS_MS / 6;

export class Deadline {
  readonly #clock: Clock;
  readonly #memory: DeadlineMemory;
  #state: Standstill;
  #saved = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, memory: DeadlineMemory) {
    this.#clock = clock;
    this.#memory = memory;
    const kept = memory.load();
    this.#state = kept !== undefined && isPossible(kept, clock.uptime()) ? kept : NEVER_STOOD;
  }

  /** A status reply names a mode that forbids a reboot or a flash that is wanted. */
  heard(): void {
    const now = this.#clock.uptime();
    this.#state = heard(this.#state, now);
    if (now - this.#saved < SAVE_MS) return;
    this.#saved = now;
    this.#memory.save(this.#state);
  }

  /**
   * It stands still, or has, and what that added to `limit` ms after boot is not used up yet. The heartbeat then says
   * waiting-mcu: the trial-deadline unit counts from the boot, and would end the transfer for which the cooker was
   * waited.
   */
  isExtended(limit: number): boolean {
    const now = this.#clock.uptime();
    return standsStill(this.#state, now) || (now >= limit && leftOf(limit, this.#state, now) > 0);
  }

  /** What is left of `limit` ms after boot, ms; below zero when it has passed. */
  left(limit: number): number {
    return leftOf(limit, this.#state, this.#clock.uptime());
  }

  /** Resolves when `limit` ms after boot have passed, standstills not counted, or when the signal aborts. */
  async passed(limit: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.left(limit) > 0) {
      await this.#clock.sleep(earliestEnd(limit, this.#state, this.#clock.uptime()), signal);
    }
  }
}
