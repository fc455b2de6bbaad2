/**
 * A firmware on its way into the MCU, from begin to verify: a pure machine. Answers, silence and errors are
 * inputs; what is to be asked or sent comes back as effects, and `transfer.ts` does it. Knows no bytes and no
 * clock.
 *
 * Data frames go out up to a window ahead. Every reply to one names the first offset that the MCU has not taken,
 * so one reply speaks for all frames before it, and a frame that came out of turn is answered with "I am still
 * there": then sending goes on from there at once. Only silence costs time: then the MCU is asked where it is.
 */
import { LinkError } from './error.ts';
import type { McuTransfer, TransferTerms } from './transfer-messages.ts';

export interface TransferRules {
  /** Bytes of the firmware. */
  readonly size: number;
  /** First 8 bytes of its SHA-256, 16 hex digits. */
  readonly digest: string;
  /** The host's own limits; the smaller of these and the MCU's count. */
  readonly mostWindow: number;
  readonly mostBytes: number;
  /** Milliseconds that a full frame takes on the line. */
  readonly frameMs: number;
}

/** What is added to a data reply's due time for the system's own delays, ms: USB serial adapters hold bytes 16 ms. */
const MARGIN_MS = 250;
/** Rounds without a byte of progress until the MCU counts as silent: with their pauses, 20 s and more. */
const MOST_FRUITLESS = 8;
/** First and longest pause after a fruitless round, ms; each is twice the one before. A reset takes about 1 s. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4000;
/** An MCU that is busy (hashing, entering its boot loader) is asked again after so long, and for 60 s in all. */
const BUSY_PAUSE_MS = 250;
const MOST_BUSY = 240;

type Question = 'begin' | 'query' | 'verify' | 'abort';

interface InFlight {
  /** Frame number, 0..255. */
  readonly number: number;
  readonly offset: number;
  /** Sent before the MCU was found to be elsewhere: its reply says nothing about what is missing now. */
  readonly outdated: boolean;
}

interface Sending {
  readonly terms: TransferTerms;
  /** All bytes before this are the MCU's. */
  readonly acknowledged: number;
  /** First offset that was not sent. */
  readonly next: number;
  readonly inFlight: readonly InFlight[];
  /** Frame number of the next data frame, 0..255. */
  readonly number: number;
}

/** What is counted over the whole transfer. */
interface Tally {
  /** Rounds without progress since the last byte of progress. */
  readonly fruitless: number;
  readonly busy: number;
  /** All of it was sent from 0 on: when the bytes are wrong now, sending them once more will not help. */
  readonly fresh: boolean;
}

export type TransferMachineState =
  | { readonly kind: 'idle' | 'ended' }
  /** One question is asked of the link. `sending` is undefined before the first begin was answered. */
  | {
      readonly kind: 'asking';
      readonly question: Question;
      readonly tally: Tally;
      readonly sending?: Sending;
    }
  | { readonly kind: 'sending'; readonly tally: Tally; readonly sending: Sending }
  | { readonly kind: 'pausing'; readonly then: Question; readonly tally: Tally; readonly sending?: Sending };

export type TransferInput =
  | { readonly kind: 'start' }
  | { readonly kind: 'begun'; readonly terms: TransferTerms }
  | { readonly kind: 'located'; readonly transfer: McuTransfer }
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly error: LinkError }
  /** The reply to a data frame; `number` is undefined where frames have none. */
  | { readonly kind: 'taken'; readonly number: number | undefined; readonly offset: number }
  | { readonly kind: 'data-refused'; readonly error: LinkError }
  | { readonly kind: 'timeout' }
  /** The firmware cannot be read, or the link ended. */
  | { readonly kind: 'broken'; readonly error: unknown };

export type TransferEffect =
  | { readonly kind: 'ask'; readonly question: Question }
  | { readonly kind: 'send'; readonly number: number; readonly offset: number; readonly length: number }
  | { readonly kind: 'start-timer'; readonly ms: number }
  | { readonly kind: 'stop-timer' }
  | { readonly kind: 'progress'; readonly offset: number }
  | { readonly kind: 'finish' }
  | { readonly kind: 'fail'; readonly error: unknown };

export interface TransferStep {
  readonly state: TransferMachineState;
  readonly effects: readonly TransferEffect[];
}

type StateOf<Kind> = Extract<TransferMachineState, { kind: Kind }>;
type InputOf<Kind> = Extract<TransferInput, { kind: Kind }>;
type Action<State, Input> = (state: State, input: Input, rules: TransferRules) => TransferStep;
type Table = {
  readonly [S in TransferMachineState['kind']]: {
    readonly [I in TransferInput['kind']]?: Action<StateOf<S>, InputOf<I>>;
  };
};

/** state -> input -> what happens; nothing where a key is missing (late replies, late timers). */
export const TRANSFER_TRANSITIONS: Table = {
  idle: { start, broken: fail },
  asking: { begun, located, done, refused, broken: fail },
  sending: { taken, 'data-refused': dataRefused, timeout: locate, broken: fail },
  pausing: { timeout: resume, broken: fail },
  ended: {},
};

/** One step. Never throws. */
export function stepTransfer(
  state: TransferMachineState,
  input: TransferInput,
  rules: TransferRules,
): TransferStep {
  // The table's type pairs each state and input with its action; an index by two unions loses that pairing.
  type Any = Action<TransferMachineState, TransferInput> | undefined;
  const action = TRANSFER_TRANSITIONS[state.kind][input.kind] as Any;
  return action === undefined ? { state, effects: [] } : action(state, input, rules);
}

function start(): TransferStep {
  return ask('begin', { fruitless: 0, busy: 0, fresh: false });
}

function ask(question: Question, tally: Tally, sending?: Sending): TransferStep {
  const state = { kind: 'asking', question, tally, ...(sending && { sending }) } as const;
  return { state, effects: [{ kind: 'stop-timer' }, { kind: 'ask', question }] };
}

/** The MCU has said where it is and how it wants to be sent to. */
function begun(state: StateOf<'asking'>, input: InputOf<'begun'>, rules: TransferRules): TransferStep {
  const { offset } = input.terms;
  if (offset > rules.size) return fail(state, { error: beyond(offset, rules) });
  const terms = {
    ...input.terms,
    window: Math.min(input.terms.window, rules.mostWindow),
    mostBytes: Math.min(input.terms.mostBytes, rules.mostBytes),
  };
  const number = state.sending?.number ?? 0;
  const sending = { terms, acknowledged: offset, next: offset, inFlight: [], number };
  const tally = { ...state.tally, busy: 0, fresh: state.tally.fresh || offset === 0 };
  return send(sending, tally, rules, [{ kind: 'progress', offset }]);
}

/** After silence: the MCU still has this firmware in hand, or it has to be begun again. */
function located(state: StateOf<'asking'>, input: InputOf<'located'>, rules: TransferRules): TransferStep {
  const { state: mcu, offset, size, digest } = input.transfer;
  const same = size === rules.size && digest === rules.digest && (mcu === 'receiving' || mcu === 'verified');
  if (!same || state.sending === undefined) return ask('begin', state.tally, state.sending);
  const progress = offset > state.sending.acknowledged;
  const tally = progress ? { ...state.tally, fruitless: 0 } : state.tally;
  return send({ ...state.sending, acknowledged: offset, next: offset, inFlight: [] }, tally, rules);
}

/** Verify was answered with a yes, or abort was. */
function done(state: StateOf<'asking'>): TransferStep {
  if (state.question === 'verify') return end([{ kind: 'finish' }]);
  return ask('begin', state.tally, state.sending);
}

function refused(state: StateOf<'asking'>, input: InputOf<'refused'>): TransferStep {
  const { error } = input;
  const { tally, sending } = state;
  if (error.code === 'MCU_BUSY') return waitWhileBusy(state.question, tally, sending, error);
  if (error.code === 'MCU_SILENT') {
    // What the lost question has done is not known; begin and abort can be repeated, verify follows a look.
    const then = state.question === 'verify' ? 'query' : state.question;
    return pauseOrGiveUp(then, tally, sending, error);
  }
  if (error.facts['reason'] === 'noTransfer' && state.question !== 'begin') {
    return pauseOrGiveUp('begin', tally, sending, error);
  }
  if (error.facts['reason'] === 'wrongDigest' && !tally.fresh) {
    // A part of it was there before: it may have been damaged since. Once more, all of it.
    return ask('abort', { ...tally, fresh: true }, sending);
  }
  return fail(state, { error });
}

function dataRefused(state: StateOf<'sending'>, input: InputOf<'data-refused'>): TransferStep {
  const { error } = input;
  const { tally, sending } = state;
  if (error.code === 'MCU_BUSY') return waitWhileBusy('query', tally, sending, error);
  if (error.facts['reason'] === 'noTransfer') return pauseOrGiveUp('begin', tally, sending, error);
  return end([{ kind: 'stop-timer' }, { kind: 'fail', error }]);
}

function taken(state: StateOf<'sending'>, input: InputOf<'taken'>, rules: TransferRules): TransferStep {
  const { offset, number } = input;
  const { sending, tally } = state;
  const at = sending.inFlight.findIndex((frame) => number === undefined || frame.number === number);
  const answered = sending.inFlight[at];
  if (answered === undefined) return { state, effects: [] };
  if (offset > rules.size) return fail(state, { error: beyond(offset, rules) });
  // The line keeps the order: what was sent before this frame and is unanswered will not be answered any more.
  const inFlight = sending.inFlight.slice(at + 1);
  const grown = offset > sending.acknowledged;
  const counted = grown ? { ...tally, fruitless: 0, busy: 0 } : tally;
  if (answered.outdated || offset > answered.offset) {
    const acknowledged = Math.max(offset, sending.acknowledged);
    const next = Math.max(acknowledged, sending.next);
    const told: TransferEffect[] = grown ? [{ kind: 'progress', offset }] : [];
    return send({ ...sending, acknowledged, next, inFlight }, counted, rules, told);
  }
  // It was not taken: something before it is missing. Go back there; what is under way will say the same.
  if (counted.fruitless >= MOST_FRUITLESS) return giveUp(sending, counted);
  const missed = { ...counted, fruitless: counted.fruitless + 1 };
  const outdated = inFlight.map((frame) => ({ ...frame, outdated: true }));
  return send({ ...sending, acknowledged: offset, next: offset, inFlight: outdated }, missed, rules);
}

/** Fills the window; asks for verify when nothing is missing any more. */
function send(
  from: Sending,
  tally: Tally,
  rules: TransferRules,
  before: readonly TransferEffect[] = [],
): TransferStep {
  if (from.acknowledged === rules.size) {
    const step = ask('verify', { ...tally, busy: 0 }, { ...from, inFlight: [] });
    return { state: step.state, effects: [...before, ...step.effects] };
  }
  const effects = [...before];
  const { terms } = from;
  const inFlight = [...from.inFlight];
  let { next, number } = from;
  while (inFlight.length < terms.window && next < rules.size) {
    const length = Math.min(terms.mostBytes, rules.size - next);
    effects.push({ kind: 'send', number, offset: next, length });
    inFlight.push({ number, offset: next, outdated: false });
    next += length;
    number = (number + 1) & 0xff;
  }
  effects.push({ kind: 'start-timer', ms: terms.answerMs + 2 * rules.frameMs + MARGIN_MS });
  return { state: { kind: 'sending', tally, sending: { ...from, next, number, inFlight } }, effects };
}

/** Silence while frames are unanswered. */
function locate(state: StateOf<'sending'>): TransferStep {
  const { sending, tally } = state;
  if (tally.fruitless >= MOST_FRUITLESS) return giveUp(sending, tally);
  return ask('query', { ...tally, fruitless: tally.fruitless + 1 }, sending);
}

function giveUp(sending: Sending, tally: Tally): TransferStep {
  const offset = sending.acknowledged;
  const message = `The MCU answers, but takes no data from offset ${offset} on; check the line for lost bytes`;
  const error = new LinkError('MCU_SILENT', message, { facts: { offset, rounds: tally.fruitless } });
  return end([{ kind: 'stop-timer' }, { kind: 'fail', error }]);
}

function waitWhileBusy(
  then: Question,
  tally: Tally,
  sending: Sending | undefined,
  error: LinkError,
): TransferStep {
  if (tally.busy >= MOST_BUSY) return end([{ kind: 'stop-timer' }, { kind: 'fail', error }]);
  return pause(then, { ...tally, busy: tally.busy + 1 }, sending, BUSY_PAUSE_MS);
}

function pauseOrGiveUp(
  then: Question,
  tally: Tally,
  sending: Sending | undefined,
  error: LinkError,
): TransferStep {
  if (tally.fruitless >= MOST_FRUITLESS) return end([{ kind: 'stop-timer' }, { kind: 'fail', error }]);
  const ms = Math.min(FIRST_PAUSE_MS * 2 ** tally.fruitless, LONGEST_PAUSE_MS);
  return pause(then, { ...tally, fruitless: tally.fruitless + 1 }, sending, ms);
}

function pause(then: Question, tally: Tally, sending: Sending | undefined, ms: number): TransferStep {
  const state = { kind: 'pausing', then, tally, ...(sending && { sending }) } as const;
  return { state, effects: [{ kind: 'start-timer', ms }] };
}

function resume(state: StateOf<'pausing'>): TransferStep {
  return ask(state.then, state.tally, state.sending);
}

function fail(_state: unknown, input: { error: unknown }): TransferStep {
  return end([{ kind: 'stop-timer' }, { kind: 'fail', error: input.error }]);
}

function end(effects: readonly TransferEffect[]): TransferStep {
  return { state: { kind: 'ended' }, effects };
}

function beyond(offset: number, rules: TransferRules): LinkError {
  const message = `The MCU is at offset ${offset} of a firmware of ${rules.size} bytes; check which firmware it runs`;
  return new LinkError('MCU_REPLY_MALFORMED', message, { facts: { offset, size: rules.size } });
}
