/**
 * Asks the user for consent: the code on the MCU's display, until a key answers it or its time is over. Survives
 * lost events and a reset of the MCU. Must not know what is consented to.
 */

import type { ConsentOrder, McuConsent } from './consent.ts';
import type { McuEvent } from './events.ts';

/** How a question for consent ended. `timed-out`: nobody pressed a key. */
export type ConsentAnswer = 'yes' | 'no' | 'timed-out';

/** The key's event may be lost, and nobody minds two seconds: how often the MCU is asked meanwhile, ms. */
export const CONSENT_POLL_MS = 2000;

/** What of the link is needed here. */
interface ConsentLink {
  consent(signal?: AbortSignal): Promise<McuConsent>;
  showConsent(order: ConsentOrder, signal?: AbortSignal): Promise<void>;
  hideConsent(signal?: AbortSignal): Promise<void>;
  onEvent(listener: (event: McuEvent) => void): () => void;
}

/**
 * Resolves with the answer to `code`; with the one that was given before, when this very code is answered already,
 * so it can be asked again after a restart or a lost link: take a fresh code for each question. Errors: LinkError
 * MCU_REFUSED (an MCU without consent, or one that shows none now), MCU_SILENT, MCU_PORT; the signal's reason, after
 * the code was hidden.
 */
export async function askConsent(
  link: ConsentLink,
  order: ConsentOrder,
  signal?: AbortSignal,
): Promise<ConsentAnswer> {
  const endsAt = performance.now() + order.seconds * 1000;
  const bell = new Bell(signal);
  const stop = link.onEvent((event) => {
    if (event.name === 'key' && event.code === order.code) bell.ring();
  });
  try {
    for (let asked = false; ; ) {
      const { state, code } = await link.consent(signal);
      if (code === order.code && (state === 'yes' || state === 'no')) return state;
      const seconds = Math.ceil((endsAt - performance.now()) / 1000);
      if (seconds <= 0 || (asked && code === order.code && state === 'timed-out')) return 'timed-out';
      // Not yet, or no longer: a reset makes the MCU forget.
      if (code !== order.code || state !== 'shown') await link.showConsent({ ...order, seconds }, signal);
      asked = true;
      await bell.waitFor(CONSENT_POLL_MS);
    }
  } catch (error) {
    // An MCU that does not hear this hides it by itself when its time is over.
    if (signal?.aborted) await link.hideConsent().catch(() => undefined);
    throw error;
  } finally {
    stop();
  }
}

/** A wait that an event shortens, also one that came just before. */
class Bell {
  readonly #signal: AbortSignal | undefined;
  #rung = false;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  async waitFor(ms: number): Promise<void> {
    const signal = this.#signal;
    signal?.throwIfAborted();
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => this.#wake(), ms);
        const abort = (): void => this.#wake();
        this.#wake = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        signal?.addEventListener('abort', abort, { once: true });
      });
    }
    this.#rung = false;
    signal?.throwIfAborted();
  }
}
