/**
 * The gates that every agent has, as a table in the order in which they are asked. Vendors' gates come between or
 * after them by their own number. Pure; agent/README.md prints the table.
 */
import { satisfies } from 'semver';
import type { GateAnswer, GateContext } from './answer.ts';
import { cohortMember, rollOutShare } from './roll-out.ts';
import { type TimeWindow, timeWindow } from './window.ts';

/** What the configuration says to them. */
export interface GateSettings {
  /** None: always open. */
  readonly windows: readonly TimeWindow[];
  readonly timeZone: string;
  /** Range of versions that this device stays with; empty: all. */
  readonly longTermSupport: string;
  /** 0: not looked at. */
  readonly leastSupplyMillivolts: number;
  /** 0: not looked at. */
  readonly mostCelsius: number;
  /** How far below the limit a board that was too warm must come. */
  readonly hysteresisCelsius: number;
}

export const OPEN_SETTINGS: GateSettings = {
  windows: [],
  timeZone: 'UTC',
  longTermSupport: '',
  leastSupplyMillivolts: 0,
  mostCelsius: 0,
  hysteresisCelsius: 0,
};

export interface BuiltInGate {
  readonly name: string;
  /** Lower ones are asked first. */
  readonly priority: number;
  readonly evaluate: (context: GateContext, settings: GateSettings) => GateAnswer | undefined;
  readonly what: string;
}

export const SAFETY_GUARD = 'safety-guard';
export const TIME_WINDOW = 'time-window';
export const CONSENT = 'consent';

/** What the publisher decides and what the user decides come before everything that a critical fix may pass. */
export const BUILT_IN_GATES: readonly BuiltInGate[] = [
  {
    name: 'roll-out',
    priority: 1,
    evaluate: rollOutShare,
    what: 'waits until the share of the fleet reaches this device, and while the publisher pauses',
  },
  {
    name: 'cohort',
    priority: 2,
    evaluate: cohortMember,
    what: 'waits while the release is for other labels, regions or id suffixes',
  },
  {
    name: CONSENT,
    priority: 3,
    evaluate: ({ stage, release, consented }) =>
      stage === 'activate' && release.apply === 'ask' && !consented
        ? { kind: 'wait', reason: `release ${release.version} asks for a yes` }
        : undefined,
    what: 'policy `ask`: waits for the yes of a person',
  },
  {
    name: 'critical-fix-first',
    priority: 5,
    evaluate: ({ release }) => (release.severity === 'critical' ? { kind: 'allow' } : undefined),
    what: 'allows a release of severity `critical`: nobody below is asked',
  },
  {
    name: SAFETY_GUARD,
    priority: 10,
    evaluate: safetyGuard,
    what: 'waits while the supply is below its limit or the board above its own',
  },
  {
    name: 'long-term-support',
    priority: 20,
    evaluate: ({ release, device }, { longTermSupport }) =>
      longTermSupport === '' || satisfies(release.version, longTermSupport, { includePrerelease: true })
        ? undefined
        : {
            kind: 'deny',
            reason: `${release.version} is not in ${longTermSupport}, where this ${device.compatible} stays`,
          },
    what: 'denies what is outside the range of versions that this device stays with',
  },
  {
    name: TIME_WINDOW,
    priority: 30,
    evaluate: (context, settings) =>
      context.stage === 'activate' ? timeWindow(context, settings) : undefined,
    what: 'waits for a time window; with a clock that is not set for 7 days of power, then for an idle MCU',
  },
];

/** Nothing is activated on a sagging supply or a hot board. What no sensor knows is the interlock's business. */
function safetyGuard(
  { stage, supplyMillivolts, boardCelsius, heldBy }: GateContext,
  { leastSupplyMillivolts, mostCelsius, hysteresisCelsius }: GateSettings,
): GateAnswer | undefined {
  if (stage !== 'activate') return undefined;
  if (
    leastSupplyMillivolts > 0 &&
    supplyMillivolts !== undefined &&
    supplyMillivolts < leastSupplyMillivolts
  ) {
    return {
      kind: 'wait',
      reason: `the supply is at ${supplyMillivolts} mV, below ${leastSupplyMillivolts}`,
    };
  }
  if (mostCelsius === 0 || boardCelsius === undefined) return undefined;
  const limit = heldBy === SAFETY_GUARD ? mostCelsius - hysteresisCelsius : mostCelsius;
  if (boardCelsius <= limit) return undefined;
  return { kind: 'wait', reason: `the board has ${boardCelsius} degrees Celsius, more than ${limit}` };
}
