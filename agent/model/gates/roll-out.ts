/**
 * Who is meant by a release that is rolled out in steps: a share of the fleet, and cohorts of it. Pure; the words
 * come from the publisher's channel and from this device's configuration.
 */
import { createHash } from 'node:crypto';
import type { Cohort } from '../../../format/index.ts';
import type { GateAnswer, GateContext, RollOut } from './answer.ts';

/** Bytes of the digest that make the place: 2^48 places, and exact in a number. */
const PLACE_BYTES = 6;

/**
 * Where a device stands in the roll-out of a release, from 0 up to and without 100. The same device has another
 * place in each release, so that it is not always the same ones who go first; for one release it stays where it is
 * while the share grows. The first 6 bytes, big-endian, of SHA-256 over `donabe-roll-out-v1`, identity and id, each
 * followed by 0x0A.
 */
export function placeInRollOut(deviceId: string, identity: string): number {
  const digest = createHash('sha256').update(`donabe-roll-out-v1\n${identity}\n${deviceId}\n`).digest();
  return (digest.readUIntBE(0, PLACE_BYTES) / 2 ** (8 * PLACE_BYTES)) * 100;
}

/** What of a moment these two look at. */
export interface RollOutContext {
  readonly device: Pick<GateContext['device'], 'id' | 'labels' | 'region'>;
  readonly release: Pick<GateContext['release'], 'identity'>;
  readonly rollOut: RollOut | undefined;
}

/** Undefined: this one has nothing against it. */
type Wait = Extract<GateAnswer, { readonly kind: 'wait' }> | undefined;

export function rollOutShare({ device, release, rollOut }: RollOutContext): Wait {
  if (rollOut === undefined) return undefined;
  if (rollOut.offered !== release.identity) {
    return { kind: 'wait', reason: 'the channel does not offer this release' };
  }
  if (rollOut.paused) return { kind: 'wait', reason: 'the publisher has paused the roll-out' };
  if (placeInRollOut(device.id, release.identity) < rollOut.percent) return undefined;
  return { kind: 'wait', reason: `the roll-out is at ${rollOut.percent} % and has not come to this device` };
}

export function cohortMember({ device, rollOut }: RollOutContext): Wait {
  const cohorts = rollOut?.cohorts ?? [];
  if (cohorts.length === 0 || cohorts.some((cohort) => isMember(device, cohort))) return undefined;
  return { kind: 'wait', reason: 'the roll-out is for other cohorts' };
}

function isMember({ id, labels, region }: RollOutContext['device'], cohort: Cohort): boolean {
  return (
    (cohort.labels === undefined || cohort.labels.some((label) => labels.includes(label))) &&
    (cohort.regions === undefined || cohort.regions.includes(region)) &&
    (cohort.idSuffixes === undefined || cohort.idSuffixes.some((suffix) => id.endsWith(suffix)))
  );
}
