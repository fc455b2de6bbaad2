/**
 * A person's wish that comes by the local API: left in the store as the command leaves it, and answered by whoever
 * walks. It must not know HTTP, and it never acts by itself.
 */

import type { Device } from '../device.ts';
import type { Collected } from '../diagnostics.ts';
import { AgentError } from '../errors.ts';
import type { RequestVerb } from '../model/walk-request.ts';
import type { Clock } from '../ports.ts';
import type { LockHolder } from './lock.ts';
import type { HeardOfMcu } from './serial-mcu.ts';

/** What the local API works with. */
export interface ApiParts {
  readonly device: Device;
  /** The run folder. */
  readonly run: string;
  /** One that nobody takes for the walk's: sleeping in it is no movement of a step. */
  readonly clock: Clock;
  /** Who said that it walks, for people. */
  readonly walker: () => LockHolder | undefined;
  /** Does somebody walk? */
  readonly walks: () => boolean;
  /** Says that a request waits, to the agent and to whoever else walks. */
  readonly poke: () => void;
  /** What the MCU said last; undefined for a product without one. */
  readonly mcu: () => HeardOfMcu | undefined;
  /** All metrics, in the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
  /** What only this process can tell of a failure, redacted. */
  readonly evidence: () => Promise<Collected>;
}

/** `answer` undefined: nobody has answered yet; the request stands. */
export interface LeftWish {
  readonly request: number;
  readonly answer: string | undefined;
}

/** Requests that wait for an answer: more would only be a flood, and each costs a write to flash. */
const MOST_WAITING = 16;
/** A rollback's answer has to be read before the reboot, ms. */
const LOOK_MS = 50;
/** A server that is slow to say what it offers; then the answer is asked for by number, ms. */
export const ANSWER_WITHIN_MS = 20_000;

/** Errors: STORE_UNWRITABLE; API_TOO_MUCH. */
export async function leaveWish(
  { device, clock, poke }: ApiParts,
  verb: RequestVerb,
  argument: string,
  signal: AbortSignal,
): Promise<LeftWish> {
  // A store in memory keeps no wish.
  if (device.storeFault !== undefined) throw device.storeFault;
  const { store } = device;
  const waiting = store.requests();
  const same = waiting.find((other) => other.verb === verb && other.argument === argument);
  if (same === undefined && waiting.length >= MOST_WAITING) {
    throw new AgentError('API_TOO_MUCH', `${waiting.length} requests wait for their answers already.`);
  }
  const request = same?.id ?? store.addRequest(verb, argument);
  poke();
  const end = clock.monotonic() + ANSWER_WITHIN_MS;
  for (;;) {
    const answer = store.request(request)?.answer;
    if (answer !== undefined || signal.aborted || clock.monotonic() >= end) return { request, answer };
    await clock.sleep(LOOK_MS, signal);
  }
}
