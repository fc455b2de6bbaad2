/**
 * How long each step of the agent may go without any movement before it counts as hung, and the watchdog is fed no
 * more. A limit bounds silence, never the whole step: a slow download that brings a byte now and then is healthy.
 * Pure: it must not know what feeds a watchdog, or how movement is noticed.
 */
import type { Config } from '../config.ts';
import type { Phase } from '../events.ts';

/** What a process does: it comes up, is in a phase, or sleeps on purpose (poll, back-off, a look at the cooker). */
export type Step = 'starting' | 'asleep' | Phase;

/** Silence that the configuration allows on top of a step's own, ms. */
export interface Patience {
  /** Every mirror's time to connect, and to be silent in an answer; the pause of a rate limit. */
  readonly serverMs: number;
  /** All health checks with all their retries. */
  readonly healthMs: number;
  /** Reading and writing a snapshot of the vendor's data. */
  readonly dataMs: number;
  /** For steps whose silence no key of the configuration prolongs. */
  readonly noneMs: 0;
}

export interface StepLimit {
  /** Silence that is still healthy, s. */
  readonly limitS: number;
  /** Which configured silence comes on top. */
  readonly plus: keyof Patience;
  readonly why: string;
}

export const STEP_LIMITS: Readonly<Record<Step, StepLimit>> = {
  starting: { limitS: 120, plus: 'noneMs', why: 'boot control, vault, a check of all pages of the store' },
  asleep: { limitS: 60, plus: 'noneMs', why: 'beyond the end of the sleep: a timer on a busy board is late' },
  idle: { limitS: 120, plus: 'noneMs', why: 'between two rounds; the sleep itself is a step of its own' },
  checking: {
    limitS: 900,
    plus: 'serverMs',
    why: 'the offer and the chunk indexes come whole: 300 KB at 350 bytes/s',
  },
  waiting: {
    limitS: 300,
    plus: 'noneMs',
    why: 'one look: the MCU with resets of the link, and every gate, each with 10 s at most',
  },
  fetching: { limitS: 300, plus: 'serverMs', why: 'the flush of a full page cache into slow eMMC' },
  verifying: { limitS: 300, plus: 'serverMs', why: 'the same; the first chunk is fetched here' },
  activating: {
    limitS: 180,
    plus: 'dataMs',
    why: "boot control and vault; a vendor's command has 30 s each",
  },
  rebooting: { limitS: 120, plus: 'noneMs', why: 'the reboot command has 30 s, and then there is a sleep' },
  confirming: { limitS: 300, plus: 'healthMs', why: 'an MCU that erases its flash and starts anew' },
  'rolling-back': { limitS: 300, plus: 'dataMs', why: 'the same, on the way back' },
  failed: { limitS: 120, plus: 'noneMs', why: 'what follows is a sleep' },
};

/** What is known of the movement; times are monotonic, ms. */
export interface Movement {
  readonly step: Step;
  readonly movedAt: number;
  /** End of the longest sleep at hand; undefined when nobody sleeps. */
  readonly sleepsUntil: number | undefined;
}

/** How long nothing has moved beyond what is healthy, ms; 0 or less: all is well. */
export function overdue({ step, movedAt, sleepsUntil }: Movement, patience: Patience, now: number): number {
  if (sleepsUntil !== undefined) {
    return now - Math.max(sleepsUntil, movedAt) - STEP_LIMITS.asleep.limitS * 1000;
  }
  const { limitS, plus } = STEP_LIMITS[step];
  return now - movedAt - limitS * 1000 - patience[plus];
}

/** Node reads a socket in pieces of this size at most; the rate limit pauses after each, bytes. */
const PIECE_BYTES = 65_536;

/** A slow eMMC that copies and reads back what it has copied, bytes per second. */
const SLOWEST_DATA_RATE = 1024 * 1024;

/** How long the configuration lets server and health checks be silent. */
export function patienceOf({ values, health }: Config): Patience {
  const silence = values['server.connect-timeout-s'] + values['server.idle-timeout-s'];
  const rate = values['server.rate-limit'];
  const pauseMs = rate === 0 ? 0 : (PIECE_BYTES / rate) * 1000;
  const times = health.map(
    ({ timeoutMs, retries, retryPauseMs }) => (timeoutMs + retryPauseMs) * (retries + 1),
  );
  return {
    serverMs: silence * 1000 * Math.max(values['server.base-urls'].length, 1) + pauseMs,
    healthMs: times.reduce((sum, ms) => sum + ms, 0),
    dataMs: values['data.paths'].length === 0 ? 0 : (values['data.byte-budget'] / SLOWEST_DATA_RATE) * 1000,
    noneMs: 0,
  };
}
