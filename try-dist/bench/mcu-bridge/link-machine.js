/**
 * One request at a time over a line that loses, delays and doubles frames: a pure machine. Time, bytes and
 * callers are inputs; what is to be done comes back as effects, and `link.ts` does it. Nothing in here waits.
 *
 * All transitions stand in `TRANSITIONS`; a missing key is a step that its driver must never ask for.
 */
import { ERROR_REPLY, EVENT_FIRST, EVENT_LAST, nameOf, REFUSAL, REPLY_BIT } from './commands.js';
import { LinkError } from './error.js';
import { FieldReader } from './fields.js';
import { encodeFrame } from './frame.js';
/** state -> input -> what happens. README.md shows it in words. */
export const TRANSITIONS = {
    idle: { request: begin, frame: hearUnasked, timeout: stay, cancel: stay, close },
    waiting: { frame: matchReply, timeout: repeatOrGiveUp, cancel: forget, close: failAndClose },
    closed: { request: refuse, frame: stay, timeout: stay, cancel: stay, close: stay },
};
/** `firstNumber` should differ from start to start, so that an old reply is not taken for a new one. */
export function startLink(firstNumber) {
    return { kind: 'idle', next: firstNumber & 0xff };
}
/** One step. Error: LINK_MISUSED for a request while another one is awaited (the driver queues). */
export function stepLink(state, input, rules) {
    // The table's type pairs each state and input with its action; an index by two unions loses that pairing.
    const action = TRANSITIONS[state.kind][input.kind];
    if (action === undefined) {
        throw new LinkError('LINK_MISUSED', `A link that is ${state.kind} takes no ${input.kind}; queue it`);
    }
    return action(state, input, rules);
}
function begin(state, input, rules) {
    const { request } = input;
    const payload = rules.numbered ? Uint8Array.of(state.next, ...request.fields) : request.fields;
    const bytes = encodeFrame({ command: request.command, payload }, rules.format);
    const next = rules.numbered ? (state.next + 1) & 0xff : state.next;
    return {
        state: { kind: 'waiting', next, number: state.next, request, bytes, triesLeft: rules.tries - 1 },
        effects: [
            { kind: 'send', bytes },
            { kind: 'start-timer', ms: rules.timeoutMs },
        ],
    };
}
function matchReply(state, input, rules) {
    const { frame } = input;
    const { request } = state;
    const { number, fields } = splitNumber(frame, rules);
    if (isEvent(frame) || fields === undefined)
        return hearUnasked(state, input, rules);
    if (rules.numbered && number !== state.number)
        return hearUnasked(state, input, rules);
    if (frame.command === (request.command | REPLY_BIT))
        return end(state, { kind: 'reply', fields });
    if (frame.command === ERROR_REPLY && fields[0] === request.command) {
        return end(state, { kind: 'fail', error: refusal(request, fields) });
    }
    return hearUnasked(state, input, rules);
}
function end(state, effect) {
    return { state: { kind: 'idle', next: state.next }, effects: [{ kind: 'stop-timer' }, effect] };
}
/** A frame that answers nothing: an event, or one to be counted and dropped. */
function hearUnasked(state, input, rules) {
    const { frame } = input;
    const { number, fields } = splitNumber(frame, rules);
    if (isEvent(frame) && fields !== undefined) {
        return { state, effects: [{ kind: 'event', event: { command: frame.command, number, fields } }] };
    }
    const what = (frame.command & REPLY_BIT) !== 0 && fields !== undefined ? 'stale' : 'unexpected';
    return { state, effects: [{ kind: 'count', what }] };
}
function repeatOrGiveUp(state, _input, rules) {
    const { request } = state;
    // Without a number the MCU cannot tell a repeat from a second request: what changes something goes once.
    if (state.triesLeft > 0 && (rules.numbered || request.changesNothing)) {
        return {
            state: { ...state, triesLeft: state.triesLeft - 1 },
            effects: [
                { kind: 'count', what: 'repeated' },
                { kind: 'send', bytes: state.bytes },
                { kind: 'start-timer', ms: rules.timeoutMs },
            ],
        };
    }
    const tries = rules.tries - state.triesLeft;
    const error = new LinkError('MCU_SILENT', `The MCU did not answer ${request.name} (tries: ${tries}, ${rules.timeoutMs} ms each); check cable, port and baud rate`, { facts: { command: request.name, tries, timeoutMs: rules.timeoutMs } });
    return { state: { kind: 'idle', next: state.next }, effects: [{ kind: 'fail', error }] };
}
/** The caller wants the answer no more; when it comes, its number makes it stale. */
function forget(state) {
    return { state: { kind: 'idle', next: state.next }, effects: [{ kind: 'stop-timer' }] };
}
function close(_state, input) {
    return { state: { kind: 'closed', error: input.error }, effects: [] };
}
function failAndClose(_state, input) {
    const { error } = input;
    return { state: { kind: 'closed', error }, effects: [{ kind: 'stop-timer' }, { kind: 'fail', error }] };
}
function refuse(state) {
    return { state, effects: [{ kind: 'fail', error: state.error }] };
}
function stay(state) {
    return { state, effects: [] };
}
function isEvent(frame) {
    return frame.command >= EVENT_FIRST && frame.command <= EVENT_LAST;
}
/** The frame number and what follows it; no fields where the number is missing. */
export function splitNumber(frame, rules) {
    if (!rules.numbered)
        return { number: undefined, fields: frame.payload };
    const number = frame.payload[0];
    return { number, fields: number === undefined ? undefined : frame.payload.subarray(1) };
}
/**
 * Error reply 0xFF.
 *
 * | offset | type | field                                          |
 * | ------ | ---- | ---------------------------------------------- |
 * | 0      | u8   | command that is refused                        |
 * | 1      | u8   | reason, see `REFUSAL`                          |
 * | 2      | u16  | detail of the product, for the log; 0 none     |
 */
export function refusal(request, fields) {
    if (fields.length !== 4) {
        return new LinkError('MCU_REPLY_MALFORMED', `The error reply to ${request.name} has the wrong length`, {
            facts: { command: request.name, length: fields.length },
        });
    }
    const reader = new FieldReader(fields);
    reader.u8();
    const reason = reader.u8();
    const reasonName = nameOf(REFUSAL, reason) ?? `reason ${reason}`;
    const code = reason === REFUSAL.busy ? 'MCU_BUSY' : 'MCU_REFUSED';
    return new LinkError(code, `The MCU refused ${request.name}: ${reasonName}`, {
        facts: { command: request.name, reason: reasonName, detail: reader.u16() },
    });
}
