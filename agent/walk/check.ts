/** Step 1, check: ask the source whether it has something else than last time. Durable: the time of the poll. */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { Deployment } from '../model/deployment.ts';
import { isAbsent, isTransportFault } from '../model/retry.ts';
import type { OfferAnswer, Source } from '../ports.ts';
import { withdraw } from './withdraw.ts';

const ETAG = 'offer-etag';
const SOURCE = 'offer-source';
const IDENTITY = 'offer-identity';
const LAST_POLL = 'last-poll';

export interface Offer {
  readonly envelope: Uint8Array;
  readonly source: string;
  /** To be remembered once the offer was dealt with; before that a refused poll must be made again. */
  readonly etag: string | undefined;
}

/**
 * The offer: a new envelope, or that of the open deployment when the source says that nothing changed, or says
 * nothing while the release is whole in its slot.
 * Undefined: nothing new. Errors: those of the source.
 */
export async function check(
  device: Device,
  source: Source,
  how: { readonly consented: boolean },
  signal: AbortSignal,
): Promise<Offer | undefined> {
  const { store, clock, reporter } = device;
  reporter.progress('checking', { deployment: store.deployment()?.id ?? '', progress: 0, falls: 0 });
  const open = store.deployment();
  // A person hears what there is, also when it is what there was.
  const mayBeUnchanged = !how.consented && store.fact(SOURCE) === source.name && isSettled(device, open);
  const known = mayBeUnchanged ? store.fact(ETAG) : undefined;
  const answer = await offerOf(source, known === '' ? undefined : known, how, signal).catch(
    (error: unknown): OfferAnswer => {
      if (how.consented || !isWhole(device, open)) throw error;
      if (!(error instanceof AgentError) || !isTransportFault(error)) throw error;
      reporter.happened('look-failed', `The source could not be asked: ${error.message}`, {
        code: error.code,
      });
      return { kind: 'offer', envelope: open.envelope, etag: undefined };
    },
  );
  store.setFact(LAST_POLL, String(clock.now()));
  if (answer.kind === 'none') {
    if (open?.source === source.name && open.state !== 'activated') await forget(device, open);
    return undefined;
  }
  if (answer.kind === 'offer') {
    return { envelope: answer.envelope, source: source.name, etag: answer.etag };
  }
  // What is unchanged is the offer that was settled; the open deployment may be of another one, or begun elsewhere.
  const isOpen = open !== undefined && open.identity === store.fact(IDENTITY);
  return isOpen ? { envelope: open.envelope, source: source.name, etag: known } : undefined;
}

/** A server without a release.json offers nothing; to a person, who may have mistyped its address, that is an error. */
async function offerOf(
  source: Source,
  known: string | undefined,
  { consented }: { readonly consented: boolean },
  signal: AbortSignal,
): Promise<OfferAnswer | { readonly kind: 'none' }> {
  return consented ? source.offer(known, signal) : offerOrNone(source, known, signal);
}

/** `none`: every mirror says that it has no release.json. Errors: those of the source. */
export async function offerOrNone(
  source: Source,
  known: string | undefined,
  signal: AbortSignal,
): Promise<OfferAnswer | { readonly kind: 'none' }> {
  try {
    return await source.offer(known, signal);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return { kind: 'none' };
  }
}

/** Read back and equal: it needs no source any more, and a cable that is out holds nothing back. */
function isWhole({ booted }: Device, open: Deployment | undefined): open is Deployment {
  return open?.state === 'finalised' && open.slot !== booted;
}

/** What is active already is left alone, and so is what runs. */
async function forget(device: Device, { version, slot }: Deployment): Promise<void> {
  if (slot === device.booted) return;
  await withdraw(device, {
    outcome: 'cancelled',
    code: 'RELEASE_WITHDRAWN',
    reason: `release ${version} is not offered any more`,
  });
}

/** From now on the source may answer "unchanged" to this offer, for as long as its release is dealt with. */
export function settleOffer(device: Device, offer: Offer, identity: string): void {
  device.store.setFact(SOURCE, offer.source);
  device.store.setFact(IDENTITY, identity);
  device.store.setFact(ETAG, offer.etag ?? '');
}

/**
 * Only an offer that is installed or under way may be skipped as unchanged. After a rollback or a refusal it is
 * judged again: what refused it may have changed.
 */
function isSettled(device: Device, open: Deployment | undefined): boolean {
  const identity = device.store.fact(IDENTITY);
  return (
    identity !== undefined && (identity === device.profile.bootedIdentity || identity === open?.identity)
  );
}
