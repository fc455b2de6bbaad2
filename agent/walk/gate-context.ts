/**
 * What the gates are told of this device, this release and this moment. Asks the MCU only where somebody listens;
 * an MCU that is silent is told as silent, for that is the interlock's business.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { GateContext } from '../model/gates/answer.ts';
import { fromStore } from './readable-row.ts';
import { Stopped } from './stopped.ts';

/** The store's fact: identity, and the ms for which it waited beside a clock that nobody had set. */
const UNSYNCHRONISED = 'window-unsynchronised';

/** The release as gates see it; of the booted one when confirm asks. */
export type GatedRelease = GateContext['release'];

/** What of the surroundings the gates are told. Errors: Stopped; GATE_FAILED for a sensor that cannot be read. */
export async function gateContext(
  device: Device,
  release: GatedRelease,
  more: Pick<GateContext, 'stage' | 'consented' | 'heldBy' | 'rollOut'>,
  signal: AbortSignal,
): Promise<GateContext> {
  const { clock, gates } = device;
  return {
    ...more,
    device: {
      id: device.id,
      compatible: device.profile.compatible,
      version: device.release.version,
      labels: gates.labels,
      region: gates.region,
    },
    release,
    clock: {
      now: clock.now(),
      synchronised: clock.synchronised(),
      unsynchronisedMs: unsynchronisedMs(device, release.identity),
    },
    ...(await mcuFacts(device, signal)),
  };
}

/** Powered time beside a clock that is not set; each release begins anew. */
export function noteUnsynchronised(device: Device, identity: string, ms: number): void {
  const sum = Math.round(unsynchronisedMs(device, identity) + ms);
  device.store.setFact(UNSYNCHRONISED, `${identity} ${sum}`);
}

/** A store that cannot be read keeps nobody's trial from ending. */
function unsynchronisedMs(device: Device, identity: string): number {
  const noted = fromStore(device, undefined, () => device.store.fact(UNSYNCHRONISED));
  const [known, ms] = (noted ?? '').split(' ');
  return known === identity ? Number(ms) : 0;
}

/** Does any gate care what the cooker does? */
function isListening({ settings, vendor }: Device['gates']): boolean {
  const { windows, leastSupplyMillivolts, mostCelsius } = settings;
  return vendor.length > 0 || windows.length > 0 || leastSupplyMillivolts > 0 || mostCelsius > 0;
}

async function mcuFacts(
  { mcu, gates }: Device,
  signal: AbortSignal,
): Promise<Pick<GateContext, 'mcuMode' | 'supplyMillivolts' | 'boardCelsius'>> {
  const ownCelsius = gates.boardCelsius();
  if (mcu !== undefined && !isListening(gates)) {
    return { mcuMode: 'not-asked', supplyMillivolts: undefined, boardCelsius: ownCelsius };
  }
  if (mcu === undefined) {
    return { mcuMode: 'absent', supplyMillivolts: undefined, boardCelsius: ownCelsius };
  }
  try {
    const { modeName, supplyMillivolts, temperatures } = await mcu.status(signal);
    return { mcuMode: modeName, supplyMillivolts, boardCelsius: ownCelsius ?? temperatures.board };
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!(error instanceof AgentError)) throw error;
    return { mcuMode: 'silent', supplyMillivolts: undefined, boardCelsius: ownCelsius };
  }
}
