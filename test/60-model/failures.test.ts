/** Rule 17: a failed release stays failed; counts survive the loss of either copy. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FailureCounts } from '../../agent/model/deployment.ts';
import {
  countFailure,
  type FailureKind,
  MOST_FAILED_TRIALS,
  MOST_INSTALL_ATTEMPTS,
  MOST_REMEMBERED,
  MOST_SILENT_TRIALS,
  mergeFailures,
  refusalOf,
  rememberFailure,
} from '../../agent/model/failures.ts';

const RELEASE = { identity: 'i', version: '2.0.0' };
const counted = (kind: FailureKind, times: number): FailureCounts | undefined => {
  let counts: FailureCounts | undefined;
  for (let time = 0; time < times; time += 1) counts = countFailure(counts, kind, RELEASE);
  return counts;
};
const counts = fc.record({
  identity: fc.constant('i'),
  version: fc.constant('2.0.0'),
  installAttempts: fc.nat(9),
  failedTrials: fc.nat(9),
  silentTrials: fc.nat(9),
});

describe('a release is refused after', () => {
  it.each([
    ['installAttempts', MOST_INSTALL_ATTEMPTS, 3],
    ['failedTrials', MOST_FAILED_TRIALS, 1],
    ['silentTrials', MOST_SILENT_TRIALS, 3],
  ] as const)('%s: %i', (kind, most, rule) => {
    expect(most).toBe(rule);
    expect(refusalOf(counted(kind, most - 1))).toBeUndefined();
    expect(refusalOf(counted(kind, most))).toEqual(expect.any(String));
    expect(refusalOf(counted(kind, most + 1))).toEqual(expect.any(String));
  });
});

it('kinds are not added up: two attempts and two silent trials may go on', () => {
  const both = mergeFailures(counted('installAttempts', 2), counted('silentTrials', 2));
  expect(refusalOf(both)).toBeUndefined();
});

describe('two copies', () => {
  it('merge to the larger of each count, in any order, any number of times', () => {
    fc.assert(
      fc.property(counts, counts, (left, right) => {
        const merged = mergeFailures(left, right);
        expect(merged).toEqual(mergeFailures(right, left));
        expect(mergeFailures(merged, right)).toEqual(merged);
        for (const kind of ['installAttempts', 'failedTrials', 'silentTrials'] as const) {
          expect(merged?.[kind]).toBe(Math.max(left[kind], right[kind]));
        }
      }),
    );
  });

  it('lose nothing with one of them', () => {
    fc.assert(
      fc.property(counts, (known) => {
        expect(mergeFailures(undefined, known)).toEqual(known);
        expect(mergeFailures(known, undefined)).toEqual(known);
      }),
    );
    expect(mergeFailures(undefined, undefined)).toBeUndefined();
  });
});

it('the list of the vault is bounded, has each identity once, and forgets the oldest', () => {
  const identity = fc.integer({ min: 0, max: 60 }).map((number) => `i${number}`);
  fc.assert(
    fc.property(fc.array(identity, { maxLength: 120, size: 'max' }), (story) => {
      let list: readonly FailureCounts[] = [];
      for (const name of story) {
        const known = list.find((entry) => entry.identity === name);
        const next = countFailure(known, 'silentTrials', { identity: name, version: '1.0.0' });
        list = rememberFailure(list, next);
        expect(list.at(-1)).toEqual(next);
      }
      const latest = [...new Set([...story].reverse())].slice(0, MOST_REMEMBERED).reverse();
      expect(list.map((entry) => entry.identity)).toEqual(latest);
    }),
  );
});
