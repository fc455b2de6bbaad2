/**
 * The confirm deadline as this process keeps it: it runs from the kernel's boot and stands still while the cooker
 * forbids what confirm still needs (rules 7 and 8). What has stood still outlives the process, not the boot.
 */
import {
  earliestEnd,
  heard,
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
    this.#state = memory.load() ?? NEVER_STOOD;
  }

  /** A status reply names a mode that forbids a reboot or a flash that is wanted. */
  heard(): void {
    const now = this.#clock.uptime();
    this.#state = heard(this.#state, now);
    if (now - this.#saved < SAVE_MS) return;
    this.#saved = now;
    this.#memory.save(this.#state);
  }

  /** The heartbeat then says waiting-mcu, and the trial-deadline unit leaves the board alone. */
  get standsStill(): boolean {
    return standsStill(this.#state, this.#clock.uptime());
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
