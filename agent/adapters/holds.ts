/**
 * For whose sake a download pauses: the cooker that cooks, and a system whose tasks wait for their I/O. Each answers
 * in a moment, since it is asked between chunks; neither may end an update by its own faults.
 */
import { readFileSync } from 'node:fs';
import type { ConfigValues } from '../config-table.ts';
import { AgentError } from '../errors.ts';
import type { Reporter } from '../events.ts';
import { busyReason } from '../model/interlock.ts';
import { parsePressure } from '../model/pressure.ts';
import type { Clock, Hold, Mcu } from '../ports.ts';

/** Who may pause the download, by the configuration. */
export function configuredHolds(
  values: ConfigValues,
  mcu: Pick<Mcu, 'status'> | undefined,
  clock: Clock,
  reporter: Reporter,
): readonly Hold[] {
  const holds: Hold[] = [];
  if (mcu !== undefined && values['download.pause-while-cooking']) {
    holds.push(new CookingHold(mcu, clock, values['mcu.poll-interval-ms']));
  }
  const percent = values['download.pause-at-io-pressure'];
  if (percent > 0) holds.push(new PressureHold(values['paths.io-pressure'], percent, clock, reporter));
  return holds;
}

/** An MCU that does not answer costs seconds for each question: then it is left alone for a minute. */
const AFTER_SILENCE_MS = 60_000;

/** Holds while the MCU's status is of class busy. What it said stands for `askEveryMs`. */
export class CookingHold implements Hold {
  readonly #mcu: Pick<Mcu, 'status'>;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #askEveryMs: number;
  #askAgainAt = Number.NEGATIVE_INFINITY;
  #said: string | undefined;

  constructor(mcu: Pick<Mcu, 'status'>, clock: Pick<Clock, 'monotonic'>, askEveryMs: number) {
    this.#mcu = mcu;
    this.#clock = clock;
    this.#askEveryMs = askEveryMs;
  }

  async reason(signal: AbortSignal): Promise<string | undefined> {
    if (this.#clock.monotonic() < this.#askAgainAt) return this.#said;
    let pause = this.#askEveryMs;
    try {
      const status = await this.#mcu.status(signal);
      this.#said = status.class === 'busy' ? busyReason(status) : undefined;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      // Fetching endangers no cooker: silence is no reason to hold. It says so where it counts, at the interlock.
      this.#said = undefined;
      pause = AFTER_SILENCE_MS;
    }
    this.#askAgainAt = this.#clock.monotonic() + pause;
    return this.#said;
  }
}

/**
 * A system that is always under pressure would never get the update that mends it: after ten minutes of holding
 * the download has ten minutes for itself.
 */
export const PRESSURE_TURN_MS = 10 * 60_000;

/** Holds while tasks wait for I/O during `mostPercent` of the last 10 s or more. */
export class PressureHold implements Hold {
  readonly #path: string;
  readonly #mostPercent: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #reporter: Reporter;
  #heldSince: number | undefined;
  #freeUntil = Number.NEGATIVE_INFINITY;
  #unreadable = false;

  /** `path`: /proc/pressure/io. */
  constructor(path: string, mostPercent: number, clock: Pick<Clock, 'monotonic'>, reporter: Reporter) {
    this.#path = path;
    this.#mostPercent = mostPercent;
    this.#clock = clock;
    this.#reporter = reporter;
  }

  async reason(): Promise<string | undefined> {
    const now = this.#clock.monotonic();
    if (now < this.#freeUntil) return undefined;
    const share = this.#share();
    if (share === undefined || share < this.#mostPercent) {
      this.#heldSince = undefined;
      return undefined;
    }
    this.#heldSince ??= now;
    if (now - this.#heldSince >= PRESSURE_TURN_MS) {
      this.#heldSince = undefined;
      this.#freeUntil = now + PRESSURE_TURN_MS;
      return undefined;
    }
    return `the system waits for its I/O (${share.toFixed(0)} % of the last 10 s)`;
  }

  /** Undefined on a kernel without pressure information; said once. The file is made by the kernel as it is read. */
  #share(): number | undefined {
    let why = `${this.#path} is no pressure file`;
    try {
      const share = parsePressure(readFileSync(this.#path, 'utf8'));
      if (share !== undefined) return share;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      why = error.message;
    }
    if (!this.#unreadable) {
      this.#unreadable = true;
      this.#reporter.happened('pressure-unknown', `The download does not pause for I/O pressure: ${why}.`);
    }
    return undefined;
  }
}
