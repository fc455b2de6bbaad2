/**
 * How long the confirm deadline has stood still (rule 8): only while a status reply of the last 60 s names a mode
 * that forbids what confirm still needs. Pure; times are ms since the kernel booted.
 */

/** A reply counts this long; also what the trial-deadline unit grants a heartbeat (rule 7). ms */
export const REPLY_COUNTS_MS = 60_000;

/** Stood still for `before` ms in all, and again or still from `since` to `until`. */
export interface Standstill {
  readonly before: number;
  readonly since: number;
  readonly until: number;
}

export const NEVER_STOOD: Standstill = { before: 0, since: 0, until: 0 };

/** A status reply that forbids was decoded at `now`. */
export function heard(state: Standstill, now: number): Standstill {
  const until = now + REPLY_COUNTS_MS;
  if (now <= state.until) return { ...state, until };
  return { before: state.before + state.until - state.since, since: now, until };
}

/** Could it be so `now`? What is read back from a file may be anything. */
export function isPossible({ before, since, until }: Standstill, now: number): boolean {
  return before <= since && since <= until && until <= now + REPLY_COUNTS_MS;
}

export function standsStill({ until }: Standstill, now: number): boolean {
  return now < until;
}

/** What is left of a deadline `limit` ms after boot; below zero when it has passed. */
export function leftOf(limit: number, state: Standstill, now: number): number {
  const stood = state.before + Math.min(now, state.until) - state.since;
  return limit - (now - stood);
}

/** The earliest time from now at which it can pass when nothing more is heard, ms. */
export function earliestEnd(limit: number, state: Standstill, now: number): number {
  return leftOf(limit, state, now) + Math.max(0, state.until - now);
}
