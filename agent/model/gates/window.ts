/**
 * Time windows: spans of the week, by the wall clock of a time zone, in which an update may be activated. Pure; the
 * rules of daylight saving are Intl's. A span that the change of clocks skips is skipped with it.
 */
import type { GateAnswer, GateContext } from './answer.ts';

/** Minutes of local time. A span that ends at or before its beginning goes on into the next day. */
export interface TimeWindow {
  /** Days on which it begins, 0 Sunday to 6 Saturday. */
  readonly days: readonly number[];
  readonly from: number;
  /** The first minute that is outside; 1440 is midnight. */
  readonly to: number;
}

/**
 * A device whose clock is never set has no night. After a week of power it is updated all the same, once the
 * cooker does nothing: an update that never comes is worse than one by day.
 */
export const UNSYNCHRONISED_MOST_MS = 7 * 24 * 60 * 60_000;

const DAYS: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const MINUTE_MS = 60_000;

const TIME = '([01]\\d|2[0-3]):([0-5]\\d)';
const FORM = new RegExp(`^(?:([a-z]{3})(?:-([a-z]{3}))? )?${TIME}-(?:${TIME}|24:00)$`, 'i');

/** `02:00-05:00` each day, `Sat 22:00-06:00`, `Mon-Fri 02:00-05:00`; undefined for anything else. */
export function parseWindow(text: string): TimeWindow | undefined {
  const [, first, last, fromHour, fromMinute, toHour, toMinute] = FORM.exec(text) ?? [];
  if (fromHour === undefined) return undefined;
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = toHour === undefined ? DAY_MINUTES : Number(toHour) * 60 + Number(toMinute);
  const days = daysOf(first, last ?? first);
  return days === undefined || from === to ? undefined : { days, from, to };
}

/** Is it the name of a zone that this system knows? */
export function isTimeZone(name: string): boolean {
  // The default is not asked for: Intl reads the data of all its languages for the first question.
  if (name === 'UTC') return true;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

export function timeWindow(
  { clock, mcuMode }: GateContext,
  { windows, timeZone }: { readonly windows: readonly TimeWindow[]; readonly timeZone: string },
): GateAnswer | undefined {
  if (windows.length === 0) return undefined;
  if (!clock.synchronised) {
    if (clock.unsynchronisedMs < UNSYNCHRONISED_MOST_MS) {
      return { kind: 'wait', reason: 'the clock is not set, so no time window is known to be open' };
    }
    if (mcuMode === 'idle' || mcuMode === 'absent') return undefined;
    return { kind: 'wait', reason: 'the clock is not set, and the cooker is not idle' };
  }
  const minutes = minutesToOpening(windows, timeZone, clock.now);
  if (minutes === 0) return undefined;
  const until = Math.floor(clock.now / MINUTE_MS + minutes) * MINUTE_MS;
  const when = new Date(until).toISOString().slice(0, 16);
  return { kind: 'wait', reason: `outside the time windows; the next one opens at ${when} UTC`, until };
}

/** 0 inside a window; else local minutes until the nearest one begins: an hour off where the clocks change before. */
export function minutesToOpening(windows: readonly TimeWindow[], timeZone: string, now: number): number {
  const { day, minute } = localTime(timeZone, now);
  const present = day * DAY_MINUTES + minute;
  const waits = windows.flatMap(({ days, from, to }) =>
    days.map((begins) => {
      const length = (to - from + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
      const since = (present - (begins * DAY_MINUTES + from) + WEEK_MINUTES) % WEEK_MINUTES;
      return since < length ? 0 : WEEK_MINUTES - since;
    }),
  );
  return Math.min(...waits);
}

function localTime(timeZone: string, now: number): { readonly day: number; readonly minute: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return {
    day: DAYS.indexOf(part('weekday').toLowerCase()),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

/** All days between two names, over the weekend where need be; undefined for a name that is none. */
function daysOf(first: string | undefined, last: string | undefined): readonly number[] | undefined {
  if (first === undefined || last === undefined) return DAYS.map((_, day) => day);
  const from = DAYS.indexOf(first.toLowerCase());
  const to = DAYS.indexOf(last.toLowerCase());
  if (from < 0 || to < 0) return undefined;
  const count = ((to - from + DAYS.length) % DAYS.length) + 1;
  return Array.from({ length: count }, (_, step) => (from + step) % DAYS.length);
}
