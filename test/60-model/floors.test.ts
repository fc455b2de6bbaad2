/** Rules 11 and 12: floors rise, never sink, and an unsynchronised clock raises none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  floorsAfterGood,
  floorsOfBooted,
  highestFloors,
  judgeExpiry,
  NO_FLOORS,
} from '../../agent/model/floors.ts';
import type { Floors } from '../../agent/model/vault-rows.ts';

const floors: fc.Arbitrary<Floors> = fc.record({
  securityVersion: fc.nat(),
  sequence: fc.nat(),
  time: fc.nat(),
});
const FIELDS = ['securityVersion', 'sequence', 'time'] as const;

it('losing one of several records loses no floor', () => {
  fc.assert(
    fc.property(floors, floors, floors, (store, vault, booted) => {
      const all = highestFloors(store, vault, booted);
      for (const field of FIELDS) {
        expect(all[field]).toBe(Math.max(store[field], vault[field], booted[field]));
      }
      expect(highestFloors(all, NO_FLOORS)).toEqual(all);
    }),
  );
});

it('mark good never lowers one', () => {
  const seal = fc.record({ securityVersion: fc.nat(), sequence: fc.nat(), created: fc.nat() });
  const clock = fc.record({ now: fc.nat(), synchronised: fc.boolean() });
  fc.assert(
    fc.property(floors, seal, clock, (before, release, time) => {
      const after = floorsAfterGood(before, release, time);
      for (const field of FIELDS) expect(after[field]).toBeGreaterThanOrEqual(before[field]);
      expect(after.sequence).toBe(Math.max(before.sequence, release.sequence));
      expect(after.securityVersion).toBe(Math.max(before.securityVersion, release.securityVersion));
    }),
  );
});

describe('the time floor after mark good', () => {
  const seal = { securityVersion: 0, sequence: 0, created: 1000 };
  const timeFloor = (now: number, synchronised: boolean): number =>
    floorsAfterGood({ ...NO_FLOORS, time: 10 }, seal, { now, synchronised }).time;

  it('is the creation of the release, never the clock', () => {
    expect(timeFloor(1000, true)).toBe(1000);
    expect(timeFloor(999_999, true)).toBe(1000);
  });

  it('stays when the clock is not synchronised, or stands before the creation', () => {
    expect(timeFloor(999_999, false)).toBe(10);
    expect(timeFloor(999, true)).toBe(10);
  });
});

it('a slot on trial vouches for its build time only', () => {
  const info = {
    compatible: 'p/b',
    version: '2.0.0',
    sequence: 7,
    securityVersion: 3,
    channel: 'stable',
    created: '1970-01-01T00:00:05Z',
  };
  expect(floorsOfBooted(info, true)).toEqual({ securityVersion: 3, sequence: 7, time: 5000 });
  expect(floorsOfBooted(info, false)).toEqual({ securityVersion: 0, sequence: 0, time: 5000 });
});

describe('expiry', () => {
  const expires = '1970-01-01T00:00:10Z';
  const judge = (now: number, synchronised: boolean, floor = 0) =>
    judgeExpiry(expires, floor, { now, synchronised });

  it('is judged by a synchronised clock', () => {
    expect(judge(10_000, true)).toEqual({ expired: false, freshness: 'fresh' });
    expect(judge(10_001, true)).toEqual({ expired: true, freshness: 'fresh' });
  });

  it('is judged by the floor when the clock is not synchronised, and freshness is unknown', () => {
    expect(judge(999_999_999, false, 10_000)).toEqual({ expired: false, freshness: 'unknown' });
    expect(judge(0, false, 10_001)).toEqual({ expired: true, freshness: 'unknown' });
  });

  it('a synchronised clock before the floor is not believed', () => {
    expect(judge(0, true, 10_001).expired).toBe(true);
  });

  it('is no question for a release without a date', () => {
    expect(judgeExpiry(undefined, 2 ** 50, { now: 2 ** 50, synchronised: true }).expired).toBe(false);
  });
});
