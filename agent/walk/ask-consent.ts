/**
 * Policy `ask`: the user's yes by a key of the cooker, to a code on its display. Durable, for a programme may cook
 * between the yes and the flip. A no is remembered like a cancel: nobody is asked twice for one release.
 */
import { MOST_CONSENT_CODE } from '../../mcu-bridge/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { GatedRelease } from './gate-context.ts';
import { rememberCancelled } from './persons.ts';
import { Stopped } from './stopped.ts';

/** The store's fact: the release identity that the user said yes to. */
const CONSENTED = 'consented-identity';

/** Did the user say yes to this release at the cooker? */
export function hasConsented({ store }: Pick<Device, 'store'>, identity: string): boolean {
  return store.fact(CONSENTED) === identity;
}

/** False: nobody answered, or there is nothing to ask on. Errors: CANCELLED for a no; Stopped. */
export async function askAtCooker(
  device: Device,
  { identity, version }: GatedRelease,
  signal: AbortSignal,
): Promise<boolean> {
  const { gates, mcu, random, reporter, store } = device;
  const seconds = gates.consentSeconds;
  if (mcu?.askConsent === undefined || seconds === 0) return false;
  const code = 1 + Math.floor(random() * MOST_CONSENT_CODE);
  const shown = String(code).padStart(4, '0');
  const reason = `the cooker shows ${shown} and waits for its key, to install ${version}`;
  reporter.progress('waiting', { status: 'waiting', reason });
  const answer = await mcu.askConsent(code, seconds, signal).catch((error: unknown) => {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!(error instanceof AgentError)) throw error;
    reporter.happened('consent-not-asked', error.message, { code: error.code });
    return 'not asked' as const;
  });
  reporter.happened('consent-answered', `To release ${version} the cooker's key said: ${answer}.`, {
    answer,
  });
  if (answer === 'yes') store.setFact(CONSENTED, identity);
  if (answer !== 'no') return answer === 'yes';
  rememberCancelled(device, identity);
  throw new AgentError(
    'CANCELLED',
    `Release ${version} was refused at the cooker; donabe install takes it up again.`,
  );
}
