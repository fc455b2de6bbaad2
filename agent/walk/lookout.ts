/**
 * While a release is on its way its source is looked at again and again: the release may be withdrawn, or there may be
 * a newer one. The lookout only ever holds a walk back or ends it; what comes instead is for the next walk, which
 * begins with its first step. It must not know what a slot is.
 */
import type { Channel } from '../../format/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import type { Source } from '../ports.ts';
import { askGates } from './ask-gates.ts';
import { hearChannel, readChannel, refuseWithdrawn, withdrawnIn } from './channel.ts';
import { type Offer, offerOrNone } from './check.ts';
import { GATE_LOOK_MS, type GatePassage, gatedRelease } from './gates.ts';
import { isCancelled } from './persons.ts';
import { Stopped } from './stopped.ts';
import { verify } from './verify.ts';

/** Thrown when the source offers something else now, or nothing. Not a failure, and nothing is counted for it. */
export class OfferChanged extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'OfferChanged';
  }
}

/** The release that is on its way, and the offer that it came by. */
interface OnItsWay {
  readonly release: VerifiedManifest;
  readonly offer: Offer;
}

export class Lookout {
  readonly #device: Device;
  readonly #source: Source;
  readonly #how: GatePassage;
  readonly #now: OnItsWay;
  #lookedAt: number;
  /** The release is whole: what comes from now on is a wait. */
  #waits = false;

  constructor(device: Device, source: Source, how: GatePassage, now: OnItsWay) {
    this.#device = device;
    this.#source = source;
    this.#how = how;
    this.#now = now;
    this.#lookedAt = device.clock.monotonic();
  }

  /**
   * Between two chunks, at most once in a poll interval: a critical release replaces a lesser one that downloads, and
   * for a withdrawn one no more bytes are paid. A source that fails meanwhile changes nothing. Errors: OfferChanged;
   * Stopped.
   */
  async whileFetching(signal: AbortSignal): Promise<void> {
    if (!this.#isDue(this.#how.gatePatienceMs)) return;
    await this.#tolerantly(signal, async () => {
      const channel = await hearChannel(this.#device, this.#source, this.#how, signal);
      const entry = channel && withdrawnIn(channel, this.#now.release.identity);
      if (entry !== undefined) throw new OfferChanged(`it was withdrawn: ${entry.reason}`);
      await this.#lookAtOffer(channel, signal, (next) => isMoreUrgent(next, this.#now.release));
    });
  }

  /**
   * Before the flip: what the channel says now; after a wait also whether there is a newer release of no less urgency,
   * which replaces the one that waits. What was downloaded and need not wait is activated: else a publisher who is
   * quicker than the line would keep a device from ever updating. Errors: OfferChanged; RELEASE_WITHDRAWN; those of `readChannel`; Stopped.
   */
  async beforeFlip(signal: AbortSignal): Promise<Channel | undefined> {
    const channel = await readChannel(this.#device, this.#source, this.#how, signal);
    if (!this.#how.forced) refuseWithdrawn(channel, this.#now.release);
    if (!this.#waits) {
      this.#waits = true;
      this.#lookedAt = this.#device.clock.monotonic();
    } else if (this.#isDue(GATE_LOOK_MS)) {
      const isWanted = (next: VerifiedManifest): boolean => !isMoreUrgent(this.#now.release, next);
      await this.#tolerantly(signal, () => this.#lookAtOffer(channel, signal, isWanted));
    }
    return channel;
  }

  /** What a person asked for is not replaced behind their back. */
  #isDue(everyMs: number | undefined): boolean {
    if (this.#how.consented || this.#how.forced || everyMs === undefined) return false;
    return this.#device.clock.monotonic() - this.#lookedAt >= everyMs;
  }

  async #lookAtOffer(
    channel: Channel | undefined,
    signal: AbortSignal,
    isWanted: (next: VerifiedManifest) => boolean,
  ): Promise<void> {
    const { envelope, etag } = this.#now.offer;
    const answer = await offerOrNone(this.#source, etag, signal);
    if (answer.kind === 'none') throw new OfferChanged('it is not offered any more');
    if (answer.kind === 'unchanged' || Buffer.compare(answer.envelope, envelope) === 0) return;
    const next = await verify(this.#device, answer.envelope, { forced: false, retried: false });
    const { manifest, identity } = next;
    // Signed again, or an older one: the next walk hears of it.
    if (identity === this.#now.release.identity) return;
    if (manifest.sequence <= this.#now.release.manifest.sequence || !isWanted(next)) return;
    if (isCancelled(this.#device, identity)) return;
    const moment = { stage: 'fetch', consented: false, heldBy: undefined, rollOut: channel } as const;
    const verdict = await askGates(this.#device, gatedRelease(next), moment, signal);
    if (verdict.kind === 'open') throw new OfferChanged(`release ${manifest.version} is offered instead`);
  }

  /** The last look still counts when this one fails: a cable that is out neither stops nor hurries an update. */
  async #tolerantly(signal: AbortSignal, look: () => Promise<void>): Promise<void> {
    this.#lookedAt = this.#device.clock.monotonic();
    try {
      await look();
    } catch (error) {
      if (signal.aborted) throw new Stopped(signal.reason);
      if (!(error instanceof AgentError)) throw error;
      this.#device.reporter.happened(
        'look-failed',
        `The source could not be looked at again: ${error.message}`,
        {
          code: error.code,
        },
      );
    }
  }
}

function isMoreUrgent(next: VerifiedManifest, now: VerifiedManifest): boolean {
  return next.manifest.severity === 'critical' && now.manifest.severity !== 'critical';
}
