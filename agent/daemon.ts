/**
 * The long run: take the lock, obey persons, go through the entry table, run one update, report, sleep, again.
 * It decides nothing about updates; policies of errors say how long it sleeps.
 */
import type { Device } from './device.ts';
import { enter } from './enter.ts';
import { AgentError, type Policy } from './errors.ts';
import { STARTS_BEFORE_RECOVERY } from './model/entry-table.ts';
import { FRUITLESS_TRIES_MAX, retryDelay } from './model/retry.ts';
import type { RequestVerb, WalkRequest } from './model/walk-request.ts';
import { findUpgrade, obeyCancel, obeyConfirm, obeyPause, obeyResume, obeyRollback } from './obey.ts';
import type { Media, Source } from './ports.ts';
import { type UpdateHow, update } from './update.ts';
import { agentIsUp, noteAgentStart } from './walk/agent-starts.ts';
import { chooseSource } from './walk/choose-source.ts';
import { OfferChanged } from './walk/lookout.ts';
import { isPaused, rememberPaused } from './walk/persons.ts';
import { fromStore } from './walk/readable-row.ts';
import { Stopped } from './walk/stopped.ts';
import { tendMcu } from './walk/tend-mcu.ts';

/** What the daemon needs beside the device. */
export interface DaemonParts {
  readonly device: Device;
  /** Undefined when no server is configured. */
  readonly source: Source | undefined;
  /** Left out: media are not looked at. */
  readonly media?: Media | undefined;
  readonly openSource: (text: string) => Source;
  /** Takes the one lock for a walk; the returned function gives it back. Error: LOCKED. */
  readonly lock: () => () => void;
  readonly pollIntervalMs: number;
  readonly pollJitterPercent: number;
}

/** A command that holds the lock is done in seconds, or says so itself. */
export const LOCKED_PAUSE_MS = 1_000;
/** The walk itself has waited already; the line and the lock are free for a moment. */
const HELD_PAUSE_MS = 1_000;
/** After a fault behind an entry door: a trial has ten minutes, so it is not left alone until the next poll. */
const ENTRY_PAUSE_MS = 30_000;
/** A rollback's reboot ends the terminal of whoever asked for it: they read the answer first. ms */
const ANSWER_IS_READ_MS = 1_000;
const RECOVERY_PAUSE_FIRST_MS = 1_000;
/** Longest pause between two starts of a slot whose agent keeps failing (DESIGN 5). */
const RECOVERY_PAUSE_MOST_MS = 60 * 60_000;

type Interrupt = 'terminate' | 'request';
const DAEMON_HOW: UpdateHow = { forced: false, retried: false, consented: false };
const FORCED_HOW: UpdateHow = { forced: true, retried: false, consented: true };
const ASKED_HOW: UpdateHow = { forced: false, retried: false, consented: true };
/** Asked in one slot, these must not be obeyed in the other one. */
const ABOUT_THE_SLOT: ReadonlySet<string> = new Set<RequestVerb>([
  'cancel',
  'confirm',
  'rollback',
  'upgrade',
]);
/** What cannot be answered without asking a server. */
const NEEDS_SOURCE: ReadonlySet<string> = new Set<RequestVerb>(['upgrade']);

/** Doubles with each start that failed, over restarts of the process: the count is the vault's. ms. */
function recoveryPause({ facts }: AgentError): number {
  const failed = Number(facts['starts'] ?? 0) - STARTS_BEFORE_RECOVERY;
  return Math.min(RECOVERY_PAUSE_MOST_MS, RECOVERY_PAUSE_FIRST_MS * 2 ** Math.max(failed, 0));
}

/** What a person asked the walk for. */
interface AskedWalk {
  /** Undefined: the configured one. */
  readonly source: Source | undefined;
  readonly how: UpdateHow;
}

export class Daemon {
  readonly #parts: DaemonParts;
  #stopped = false;
  /** Aborted to end a walk or a sleep; renewed for each round. */
  #round = new AbortController();
  #started = false;
  /** This round has come through its entry doors. */
  #entered = false;
  #recoveryGivenUp = false;
  #offerTries = 0;
  /** Names of the places that walks failed at since one did not: another one goes first. */
  #failedAt: ReadonlySet<string> = new Set();
  /** Where a person wants to install from; kept over faults that are worth another try, until a walk has ended. */
  #asked: AskedWalk | undefined;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
  }

  /** SIGTERM: the chunk at hand is finished and checkpointed, then `run` returns. */
  stop(): void {
    this.#stopped = true;
    this.#round.abort('terminate' satisfies Interrupt);
  }

  /** SIGUSR1 and a waiting request: a sleep ends now; a walk only when a person's request waits. */
  poke(): void {
    if (!this.#walking || this.#requests().length > 0) {
      this.#round.abort('request' satisfies Interrupt);
    }
  }

  /** SIGHUP: `run` returns at the next sleep between two rounds, and is never in the middle of a step then. */
  reload(): void {
    this.#reloads = true;
    if (!this.#walking) this.#round.abort('request' satisfies Interrupt);
  }

  #walking = false;
  #reloads = false;

  /** Where a person wants to install from is nowhere but here, so a reload waits for its end. */
  get #ends(): boolean {
    return this.#stopped || (this.#reloads && this.#asked === undefined);
  }

  /** Returns after `stop` or `reload`. */
  async run(): Promise<'stopped' | 'reload'> {
    try {
      while (!this.#ends) {
        this.#round = new AbortController();
        const pause = await this.#oneRound(this.#round.signal);
        if (this.#ends) break;
        await this.#parts.device.clock.sleep(pause, this.#round.signal);
        this.#endWithoutStore();
      }
      return this.#stopped ? 'stopped' : 'reload';
    } finally {
      await this.#endAsked();
    }
  }

  /**
   * A store in memory installs nothing, and the partition may be well again: a new process opens it anew. It ends
   * only after a whole round, so that a trial comes to its end first.
   */
  #endWithoutStore(): void {
    const { storeFault } = this.#parts.device;
    if (storeFault !== undefined && this.#entered && !this.#stopped) throw storeFault;
  }

  /** One walk under the lock; returns how long to sleep, ms. */
  async #oneRound(signal: AbortSignal): Promise<number> {
    let unlock: (() => void) | undefined;
    try {
      unlock = this.#parts.lock();
      this.#walking = true;
      return await this.#walk(signal);
    } catch (error) {
      if (unlock !== undefined && (error instanceof Stopped || (signal.aborted && error === signal.reason))) {
        // Whoever can be stopped in good order did come up.
        await agentIsUp(this.#parts.device);
        return 0;
      }
      if (!(error instanceof AgentError)) throw error;
      return this.#afterError(error);
    } finally {
      this.#walking = false;
      if (unlock !== undefined) await this.#giveBack(unlock);
    }
  }

  /** The serial port goes first: whoever takes the lock next has to ask the MCU, too. */
  async #giveBack(unlock: () => void): Promise<void> {
    try {
      await this.#parts.device.mcu?.close();
    } finally {
      unlock();
    }
  }

  async #walk(signal: AbortSignal): Promise<number> {
    const { device, media, source } = this.#parts;
    if (!this.#started) await noteAgentStart(device);
    this.#started = true;
    this.#entered = false;
    await this.#obey(signal, (verb) => !NEEDS_SOURCE.has(verb));
    await enter(device, signal, this.#recoveryGivenUp);
    this.#entered = true;
    await agentIsUp(device);
    device.reporter.condition('recovery', false);
    await tendMcu(device, signal);
    // Only now: no server may keep a trial from its end.
    await this.#obey(signal, (verb) => NEEDS_SOURCE.has(verb));
    if (fromStore(device, false, () => isPaused(device))) {
      device.reporter.progress('waiting', { status: 'paused', reason: 'paused; donabe resume goes on' });
      return this.#pollPause();
    }
    const asked = this.#asked;
    const from = asked
      ? (asked.source ?? source)
      : await chooseSource(device, source, media, signal, this.#failedAt);
    if (from === undefined) {
      device.reporter.progress('idle');
      return this.#pollPause();
    }
    try {
      const patience = this.#pollPause();
      const how = { ...(this.#asked?.how ?? DAEMON_HOW), gatePatienceMs: patience };
      const outcome = await update(device, from, how, signal);
      // A gate that holds what a person asked for does not make it forgotten.
      if (outcome.kind !== 'held') await this.#endAsked();
      this.#offerTries = 0;
      this.#failedAt = new Set();
      device.reporter.happened('looked', `Looked at ${from.name}: ${outcome.kind}.`, { ...outcome });
      // Held in place for as long as the daemon sleeps: the source is asked again at once.
      if (outcome.kind === 'held') return HELD_PAUSE_MS;
      if (outcome.kind === 'nothing-new' || outcome.kind === 'already-installed')
        device.reporter.progress('idle');
      else device.reporter.progress('waiting', { status: 'waiting', reason: outcome.kind });
    } catch (error) {
      if (error instanceof OfferChanged) {
        device.reporter.happened('offer-changed', `The walk ends and begins anew: ${error.message}.`);
        return HELD_PAUSE_MS;
      }
      // Who failed again had no other beside it: all have their turn anew.
      if (error instanceof AgentError) {
        this.#failedAt = new Set(this.#failedAt.has(from.name) ? [] : this.#failedAt).add(from.name);
      }
      if (!(signal.aborted || this.#isTriedAgain(error))) await this.#endAsked();
      throw error;
    }
    return this.#pollPause();
  }

  /**
   * Requests in order. A cut between deed and answer repeats the deed: each is about the slot that was booted
   * when it was asked, and does nothing twice.
   */
  async #obey(signal: AbortSignal, now: (verb: RequestVerb) => boolean): Promise<void> {
    const { device } = this.#parts;
    for (const request of this.#requests().filter(({ verb }) => now(verb))) {
      const answer = await this.#answer(request, signal);
      // A store that cannot be written keeps nobody's trial from ending either.
      fromStore(device, undefined, () => device.store.answerRequest(request.id, answer));
      const reboots = request.verb === 'rollback' && answer.startsWith('ok');
      if (reboots) await device.clock.sleep(ANSWER_IS_READ_MS, signal);
    }
  }

  /** Whoever asks for an install wants no pause any more. Returns what its answer says of one. */
  async #ask(walk: AskedWalk): Promise<string> {
    const { device } = this.#parts;
    await this.#endAsked();
    const wasPaused = isPaused(device);
    rememberPaused(device, false);
    this.#asked = walk;
    return wasPaused ? '; the pause is over' : '';
  }

  /** Is there a walk that a person asked for? Then there is none any more. */
  async #endAsked(): Promise<boolean> {
    const asked = this.#asked;
    this.#asked = undefined;
    await asked?.source?.close();
    return asked !== undefined;
  }

  #isTriedAgain(error: unknown): error is AgentError {
    return (
      error instanceof AgentError &&
      error.policy === ('retry' satisfies Policy) &&
      this.#offerTries < FRUITLESS_TRIES_MAX
    );
  }

  /** A walk that was asked for and has not opened a deployment yet is cancelled by forgetting it. */
  async #cancel(): Promise<string> {
    const forgotten = await this.#endAsked();
    try {
      return await obeyCancel(this.#parts.device);
    } catch (error) {
      const nothing = error instanceof AgentError && error.code === 'NOTHING_TO_DO';
      if (!(forgotten && nothing)) throw error;
      return 'the install is not begun';
    }
  }

  /**
   * Oldest first, but for what waits for a cooker that cooks: a cancel or a rollback must not stand behind it. A store
   * that cannot be read keeps nobody's trial from ending.
   */
  #requests(): WalkRequest[] {
    const { device } = this.#parts;
    const requests = fromStore(device, [], () => device.store.requests());
    const mayWait = ({ verb }: WalkRequest): number => Number(verb === ('confirm' satisfies RequestVerb));
    return requests.sort((left, right) => mayWait(left) - mayWait(right));
  }

  async #answer(request: WalkRequest, signal: AbortSignal): Promise<string> {
    const { device } = this.#parts;
    const { verb, argument } = request;
    const [slot = '', version = ''] = argument.split(' ');
    if (ABOUT_THE_SLOT.has(verb) && slot !== device.booted) {
      return `NOTHING_TO_DO: slot ${slot} is not booted any more`;
    }
    try {
      switch (verb) {
        case 'cancel':
          return `ok: ${await this.#cancel()}`;
        case 'confirm':
          return `ok: ${await obeyConfirm(device, signal)}`;
        case 'rollback':
          return `ok: ${await obeyRollback(device, signal)}`;
        case 'pause':
          return `ok: ${obeyPause(device)}`;
        case 'resume':
          return `ok: ${obeyResume(device)}`;
        case 'upgrade': {
          const found = await findUpgrade(device, this.#parts.source, version, signal);
          const pause = await this.#ask({ source: undefined, how: { ...ASKED_HOW, only: found } });
          return `ok: installing release ${found}${pause}`;
        }
        case 'force':
        case 'force-retry': {
          const pause = await this.#ask({
            source: this.#parts.openSource(argument),
            how: { ...FORCED_HOW, retried: verb === 'force-retry' },
          });
          return `ok: installing from ${argument}${pause}`;
        }
        default:
          // Left by a newer command in the store that both agents share (rule 15).
          return `NOTHING_TO_DO: this agent does not know "${String(verb)}"`;
      }
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return `${error.code}: ${error.message}`;
    }
  }

  /** Says what happened and how long to leave it alone. */
  #afterError(error: AgentError): number {
    const { reporter, random } = this.#parts.device;
    if (error.code === 'LOCKED') return LOCKED_PAUSE_MS;
    const waits = error.policy === 'wait' || error.policy === 'retry';
    const reason = `${error.code}: ${error.message}`;
    reporter.happened('walk-ended', reason, { code: error.code, policy: error.policy, ...error.facts });
    reporter.progress(waits ? 'waiting' : 'failed', { status: waits ? 'waiting' : 'failed', reason });
    if (error.code === 'AGENT_KEEPS_FAILING' || error.code === 'RECOVERY_ASKED') {
      this.#recoveryGivenUp = true;
      reporter.condition('recovery', error.code === 'AGENT_KEEPS_FAILING');
      // Nobody failed when the boot loader asked: the ordinary doors follow at once.
      return error.code === 'RECOVERY_ASKED' ? 0 : recoveryPause(error);
    }
    if (this.#isTriedAgain(error)) {
      this.#offerTries += 1;
      return retryDelay(error, this.#offerTries, random());
    }
    this.#offerTries = 0;
    return this.#entered ? this.#pollPause() : Math.min(ENTRY_PAUSE_MS, this.#pollPause());
  }

  #pollPause(): number {
    const { pollIntervalMs, pollJitterPercent, device } = this.#parts;
    const jitter = 1 + ((device.random() * 2 - 1) * pollJitterPercent) / 100;
    return Math.min(pollIntervalMs * jitter, device.pair.lookAgainIn(device.clock.monotonic()));
  }
}
