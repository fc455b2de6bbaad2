/**
 * Rules 11 and 12: the lowest time, sequence and security version that are still accepted.
 * Pure; floors only rise here, and only after mark good.
 */
import type { ReleaseInfo } from '../../format/index.ts';
import type { Floors, Seal } from './vault-rows.ts';

export const NO_FLOORS: Floors = { securityVersion: 0, sequence: 0, time: 0 };

/** The largest of several records, field by field: losing one of them loses no floor. */
export function highestFloors(...all: readonly Floors[]): Floors {
  return {
    securityVersion: Math.max(...all.map((floors) => floors.securityVersion)),
    sequence: Math.max(...all.map((floors) => floors.sequence)),
    time: Math.max(...all.map((floors) => floors.time)),
  };
}

/** What a successful booted slot's own release-info vouches for. A slot on trial vouches only for its build time. */
export function floorsOfBooted(info: ReleaseInfo, good: boolean): Floors {
  const time = Date.parse(info.created);
  return good
    ? { securityVersion: info.securityVersion, sequence: info.sequence, time }
    : { ...NO_FLOORS, time };
}

/** Floors after mark good. `created` counts only when a synchronised clock has stood at or after it. */
export function floorsAfterGood(
  floors: Floors,
  seal: Pick<Seal, 'securityVersion' | 'sequence' | 'created'>,
  clock: { readonly now: number; readonly synchronised: boolean },
): Floors {
  const trusted = clock.synchronised && clock.now >= seal.created;
  return highestFloors(floors, {
    securityVersion: seal.securityVersion,
    sequence: seal.sequence,
    time: trusted ? seal.created : 0,
  });
}

/** Is a date past? Synchronised time judges; an unsynchronised clock is replaced by the floor. */
export function judgeExpiry(
  expires: string | undefined,
  floor: number,
  clock: { readonly now: number; readonly synchronised: boolean },
): { readonly expired: boolean; readonly freshness: 'fresh' | 'unknown' } {
  const judgeTime = clock.synchronised ? Math.max(clock.now, floor) : floor;
  const expired = expires !== undefined && judgeTime > Date.parse(expires);
  return { expired, freshness: clock.synchronised ? 'fresh' : 'unknown' };
}
