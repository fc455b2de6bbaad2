/**
 * A firmware on its way into the MCU, from begin to verify: a pure machine. Answers, silence and errors are
 * inputs; what is to be asked or sent comes back as effects, and `transfer.ts` does it. Knows no bytes and no
 * clock.
 *
 * Data frames go out up to a window ahead. Every reply to one names the first offset that the MCU has not taken,
 * so one reply speaks for all frames before it, and a frame that came out of turn is answered with "I am still
 * there": then sending goes on from there at once. Only silence costs time: then the MCU is asked where it is.
 */
import { LinkError } from './error.js';
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
/** state -> input -> what happens; nothing where a key is missing (late replies, late timers). */
export const TRANSFER_TRANSITIONS = {
    idle: { start, broken: fail },
    asking: { begun, located, done, refused, broken: fail },
    sending: { taken, 'data-refused': dataRefused, timeout: locate, broken: fail },
    pausing: { timeout: resume, broken: fail },
    ended: {},
};
/** One step. Never throws. */
export function stepTransfer(state, input, rules) {
    const action = TRANSFER_TRANSITIONS[state.kind][input.kind];
    return action === undefined ? { state, effects: [] } : action(state, input, rules);
}
function start() {
    return ask('begin', { fruitless: 0, busy: 0, fresh: false });
}
function ask(question, tally, sending) {
    const state = { kind: 'asking', question, tally, ...(sending && { sending }) };
    return { state, effects: [{ kind: 'stop-timer' }, { kind: 'ask', question }] };
}
/** The MCU has said where it is and how it wants to be sent to. */
function begun(state, input, rules) {
    const { offset } = input.terms;
    if (offset > rules.size)
        return fail(state, { error: beyond(offset, rules) });
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
function located(state, input, rules) {
    const { state: mcu, offset, size, digest } = input.transfer;
    const same = size === rules.size && digest === rules.digest && (mcu === 'receiving' || mcu === 'verified');
    if (!same || state.sending === undefined)
        return ask('begin', state.tally, state.sending);
    const progress = offset > state.sending.acknowledged;
    const tally = progress ? { ...state.tally, fruitless: 0 } : state.tally;
    return send({ ...state.sending, acknowledged: offset, next: offset, inFlight: [] }, tally, rules);
}
/** Verify was answered with a yes, or abort was. */
function done(state) {
    if (state.question === 'verify')
        return end([{ kind: 'finish' }]);
    return ask('begin', state.tally, state.sending);
}
function refused(state, input) {
    const { error } = input;
    const { tally, sending } = state;
    if (error.code === 'MCU_BUSY')
        return waitWhileBusy(state.question, tally, sending, error);
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
function dataRefused(state, input) {
    const { error } = input;
    const { tally, sending } = state;
    if (error.code === 'MCU_BUSY')
        return waitWhileBusy('query', tally, sending, error);
    if (error.facts['reason'] === 'noTransfer')
        return pauseOrGiveUp('begin', tally, sending, error);
    return end([{ kind: 'stop-timer' }, { kind: 'fail', error }]);
}
function taken(state, input, rules) {
    const { offset, number } = input;
    const { sending, tally } = state;
    const at = sending.inFlight.findIndex((frame) => number === undefined || frame.number === number);
    const answered = sending.inFlight[at];
    if (answered === undefined)
        return { state, effects: [] };
    if (offset > rules.size)
        return fail(state, { error: beyond(offset, rules) });
    // The line keeps the order: what was sent before this frame and is unanswered will not be answered any more.
    const inFlight = sending.inFlight.slice(at + 1);
    const grown = offset > sending.acknowledged;
    const counted = grown ? { ...tally, fruitless: 0, busy: 0 } : tally;
    if (answered.outdated || offset > answered.offset) {
        const acknowledged = Math.max(offset, sending.acknowledged);
        const next = Math.max(acknowledged, sending.next);
        const told = grown ? [{ kind: 'progress', offset }] : [];
        return send({ ...sending, acknowledged, next, inFlight }, counted, rules, told);
    }
    // It was not taken: something before it is missing. Go back there; what is under way will say the same.
    if (counted.fruitless >= MOST_FRUITLESS)
        return giveUp(sending, counted);
    const missed = { ...counted, fruitless: counted.fruitless + 1 };
    const outdated = inFlight.map((frame) => ({ ...frame, outdated: true }));
    return send({ ...sending, acknowledged: offset, next: offset, inFlight: outdated }, missed, rules);
}
/** Fills the window; asks for verify when nothing is missing any more. */
function send(from, tally, rules, before = []) {
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
function locate(state) {
    const { sending, tally } = state;
    if (tally.fruitless >= MOST_FRUITLESS)
        return giveUp(sending, tally);
    return ask('query', { ...tally, fruitless: tally.fruitless + 1 }, sending);
}
function giveUp(sending, tally) {
    const offset = sending.acknowledged;
    const message = `The MCU answers, but takes no data from offset ${offset} on; check the line for lost bytes`;
    const error = new LinkError('MCU_SILENT', message, { facts: { offset, rounds: tally.fruitless } });
    return end([{ kind: 'stop-timer' }, { kind: 'fail', error }]);
}
function waitWhileBusy(then, tally, sending, error) {
    if (tally.busy >= MOST_BUSY)
        return end([{ kind: 'stop-timer' }, { kind: 'fail', error }]);
    return pause(then, { ...tally, busy: tally.busy + 1 }, sending, BUSY_PAUSE_MS);
}
function pauseOrGiveUp(then, tally, sending, error) {
    if (tally.fruitless >= MOST_FRUITLESS)
        return end([{ kind: 'stop-timer' }, { kind: 'fail', error }]);
    const ms = Math.min(FIRST_PAUSE_MS * 2 ** tally.fruitless, LONGEST_PAUSE_MS);
    return pause(then, { ...tally, fruitless: tally.fruitless + 1 }, sending, ms);
}
function pause(then, tally, sending, ms) {
    const state = { kind: 'pausing', then, tally, ...(sending && { sending }) };
    return { state, effects: [{ kind: 'start-timer', ms }] };
}
function resume(state) {
    return ask(state.then, state.tally, state.sending);
}
function fail(_state, input) {
    return end([{ kind: 'stop-timer' }, { kind: 'fail', error: input.error }]);
}
function end(effects) {
    return { state: { kind: 'ended' }, effects };
}
function beyond(offset, rules) {
    const message = `The MCU is at offset ${offset} of a firmware of ${rules.size} bytes; check which firmware it runs`;
    return new LinkError('MCU_REPLY_MALFORMED', message, { facts: { offset, size: rules.size } });
}
