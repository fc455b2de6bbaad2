/**
 * Rule 17: a failed release stays failed. Pure counting; store and vault each hold a copy and the larger counts.
 */
import type { FailureCounts } from './deployment.ts';

/** Install attempts that ended by the release's own fault (transport faults do not count). */
export const MOST_INSTALL_ATTEMPTS = 3;
/** Trials that ended by a recorded failed check. */
export const MOST_FAILED_TRIALS = 1;
/** Trials that ended without a word: tries used up, nothing recorded. People unplug a cooker. */
export const MOST_SILENT_TRIALS = 3;
/** Identities that the vault remembers: its record has a fixed size. */
export const MOST_REMEMBERED = 32;

export type FailureKind = 'installAttempts' | 'failedTrials' | 'silentTrials';

/** The larger of both copies, field by field. */
export function mergeFailures(
  left: FailureCounts | undefined,
  right: FailureCounts | undefined,
): FailureCounts | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return {
    identity: left.identity,
    version: left.version,
    installAttempts: Math.max(left.installAttempts, right.installAttempts),
    failedTrials: Math.max(left.failedTrials, right.failedTrials),
    silentTrials: Math.max(left.silentTrials, right.silentTrials),
  };
}

/** One more failure of a kind. */
export function countFailure(
  counts: FailureCounts | undefined,
  kind: FailureKind,
  release: { readonly identity: string; readonly version: string },
): FailureCounts {
  const base = counts ?? {
    identity: release.identity,
    version: release.version,
    installAttempts: 0,
    failedTrials: 0,
    silentTrials: 0,
  };
  return { ...base, [kind]: base[kind] + 1 };
}

/** Why the release is refused from now on; undefined while it may be tried. */
export function refusalOf(counts: FailureCounts | undefined): string | undefined {
  if (counts === undefined) return undefined;
  if (counts.failedTrials >= MOST_FAILED_TRIALS) {
    return 'its trial on this device failed a check, or a person went back from it';
  }
  if (counts.silentTrials >= MOST_SILENT_TRIALS) {
    return `it was tried ${counts.silentTrials} times on this device and never came up`;
  }
  if (counts.installAttempts >= MOST_INSTALL_ATTEMPTS) {
    return `${counts.installAttempts} attempts to install it failed on this device`;
  }
  return undefined;
}

/** The vault's list with one identity's counts replaced and moved to the end; the oldest fall out. */
export function rememberFailure(
  list: readonly FailureCounts[],
  counts: FailureCounts,
): readonly FailureCounts[] {
  return [...list.filter((known) => known.identity !== counts.identity), counts].slice(-MOST_REMEMBERED);
}
