/**
 * THE WALK: one update from the offer to the reboot, one call per step. Start reading here.
 *
 * Every step can be repeated: after a crash at any point the agent starts anew, the entry table
 * (model/entry-table.ts) picks the door, and the walk goes on from what is durable. What comes after the
 * reboot is `walk/confirm.ts`, in the new slot's own agent.
 *
 *   check    ask the source                                  (walk/check.ts)
 *   verify   signature, fitness, age, old failures           (walk/verify.ts)
 *   plan     the cheapest way for each missing chunk         (walk/plan.ts)
 *   open     intent, unbootable, first chunk zero            (walk/open-slot.ts)
 *   fetch    verified chunks, flush, checkpoint              (walk/fetch.ts)
 *   finalise read back, first chunk, seal                    (walk/finalise.ts)
 *   gates    may it be now?                                  (walk/gates.ts)
 *   data     what the vendor lists is kept                   (walk/snapshot-data.ts)
 *   activate the flip                                        (walk/activate.ts)
 *   reboot   when the cooker does not cook                   (walk/reboot.ts)
 */
import type { Device } from './device.ts';
import { AgentError } from './errors.ts';
import type { Deployment } from './model/deployment.ts';
import type { RollOut } from './model/gates/answer.ts';
import { CONSENT } from './model/gates/built-in.ts';
import type { VerifiedManifest } from './model/verified-manifest.ts';
import type { Source } from './ports.ts';
import { abandon } from './walk/abandon.ts';
import { activate } from './walk/activate.ts';
import { alreadyActive } from './walk/already-active.ts';
import { readChannel, refuseWithdrawn } from './walk/channel.ts';
import { check, settleOffer } from './walk/check.ts';
import { fetchImages } from './walk/fetch.ts';
import { finalise } from './walk/finalise.ts';
import { evenFloors } from './walk/floors-in-store.ts';
import { countForgottenTrial } from './walk/forgotten-trial.ts';
import { awaitGates, awaitGatesAndInterlock, type Held, purposeOf } from './walk/gates.ts';
import { Lookout } from './walk/lookout.ts';
import { closeAll, openSlot } from './walk/open-slot.ts';
import { respectPersons } from './walk/persons.ts';
import { plan } from './walk/plan.ts';
import { reboot } from './walk/reboot.ts';
import { snapshotData } from './walk/snapshot-data.ts';
import { stillFinalised } from './walk/still-finalised.ts';
import { Transfer } from './walk/transfer.ts';
import { requireVersion, verify } from './walk/verify.ts';
import { requireWayBackForMcu } from './walk/way-back-for-mcu.ts';

/** What a person who started the walk has decided; the daemon decides nothing. */
export interface UpdateHow {
  /** Waives version, sequence and expiry (rule 12). */
  readonly forced: boolean;
  /** Waives and forgets that the release failed here before (rule 17). */
  readonly retried: boolean;
  /** A person stands at the device and said yes: the manifest's policy `ask` is answered. */
  readonly consented: boolean;
  /** How long a walk goes on before its source is looked at again, ms; undefined: a person's, to its end. */
  readonly gatePatienceMs?: number;
  /** The one version that was asked for; anything else is NOT_OFFERED. */
  readonly only?: string;
}

export type UpdateOutcome =
  | { readonly kind: 'nothing-new' }
  | { readonly kind: 'already-installed'; readonly version: string }
  /** Finalised; the manifest asks for a person's yes. */
  | { readonly kind: 'needs-consent'; readonly version: string }
  /** A gate holds it; what is in the slot stays there. */
  | { readonly kind: 'held'; readonly version: string; readonly gate: string; readonly reason: string }
  /** Active, to be booted whenever the device is next switched on (policy `next-boot`). */
  | { readonly kind: 'awaits-next-boot'; readonly version: string };

/**
 * Runs one update. A walk that reboots does not return.
 * Errors: AgentError, whose policy says what follows; Stopped; OfferChanged.
 */
export async function update(
  device: Device,
  source: Source,
  how: UpdateHow,
  signal: AbortSignal,
): Promise<UpdateOutcome> {
  if (device.storeFault !== undefined) throw device.storeFault;
  await evenFloors(device);

  const offer = await check(device, source, how, signal);
  const channel = await readChannel(device, source, how, signal);
  if (offer === undefined) return { kind: 'nothing-new' };

  const forced = how.forced || continuesForced(device, offer.envelope);
  const release = await verify(device, offer.envelope, { ...how, forced });
  const { version } = release.manifest;
  requireVersion(release, how.only ?? '');
  if (release.identity === device.profile.bootedIdentity) {
    settleOffer(device, offer, release.identity);
    return { kind: 'already-installed', version };
  }
  if (await alreadyActive(device, release, channel)) return { kind: 'awaits-next-boot', version };
  await respectPersons(device, release, how);
  await countForgottenTrial(device, release, signal);
  await requireWayBackForMcu(device, release, signal);
  const passage = { ...how, forced };
  if (!forced) refuseWithdrawn(channel, release);
  const asked = { stage: 'fetch', rollOut: channel } as const;
  const { held: early } = await awaitGates(device, release, passage, asked, signal);
  if (early !== undefined) return heldOutcome(version, early);

  const lookout = new Lookout(device, source, passage, { release, offer });
  const deployment =
    (await stillFinalised(device, release, offer.envelope, signal)) ??
    (await install(device, source, release, { ...offer, forced }, lookout, signal));
  settleOffer(device, offer, release.identity);

  // Download and waiting may take days: what was paused, withdrawn or replaced meanwhile is not activated.
  const look = (): Promise<RollOut | undefined> => lookout.beforeFlip(signal);
  const gates = await awaitGatesAndInterlock(device, release, passage, look, signal);
  if (!gates.open) return heldOutcome(version, gates.held);
  await snapshotData(device, release, signal);
  await activate(device, deployment, { forced, mcuSilent: gates.interlock?.mcu === 'silent' }, signal);
  if (release.manifest.apply === 'next-boot') return { kind: 'awaits-next-boot', version };
  const reason = `release ${version} is installed in slot ${deployment.slot}`;
  return reboot(device, purposeOf(how), reason, signal, gates.interlock?.lastHeard);
}

function heldOutcome(version: string, { gate, reason }: Held): UpdateOutcome {
  return gate === CONSENT ? { kind: 'needs-consent', version } : { kind: 'held', version, gate, reason };
}

/** What was forced when it was begun is still forced when it goes on. */
function continuesForced(device: Device, envelope: Uint8Array): boolean {
  const open = device.store.deployment();
  return open?.forced === true && Buffer.compare(open.envelope, envelope) === 0;
}

/** Plan to finalise: everything that writes the slot. A fault of the release itself is counted (rule 17). */
async function install(
  device: Device,
  source: Source,
  release: VerifiedManifest,
  intent: { readonly envelope: Uint8Array; readonly source: string; readonly forced: boolean },
  lookout: Lookout,
  signal: AbortSignal,
): Promise<Deployment> {
  try {
    const todo = await plan(device, source, release, signal);
    const { deployment, images } = await openSlot(
      device,
      todo,
      {
        ...intent,
        sequence: release.manifest.sequence,
      },
      signal,
    );
    try {
      const transfer = new Transfer(device, deployment, todo);
      const work = { device, source, deployment, lookout, signal, transfer };
      await fetchImages(work, images);
      await finalise(work, todo, release, images);
      return { ...deployment, state: 'finalised', finalisedBoot: device.bootId };
    } finally {
      await closeAll(images);
    }
  } catch (error) {
    if (error instanceof AgentError && error.policy === 'abandon') await abandon(device, release, error);
    throw error;
  }
}
