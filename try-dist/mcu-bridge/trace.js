/**
 * One frame in words: who sent it, what it asks or answers, its fields by name. Pure; for people who look at a
 * line, so it never throws: what it cannot read it calls so. Knows no time and no other frame.
 */
import { ERROR_REPLY, EVENT, EVENT_FIRST, EVENT_LAST, nameOf, REFUSAL, REPLY_BIT } from './commands.js';
import { LinkError } from './error.js';
import { FieldReader } from './fields.js';
import { MAY_FLASH, MAY_REBOOT, PING, PREPARE_REBOOT, STATUS, VERSION } from './messages.js';
import { ABORT, ACCEPT, ACTIVATE, BEGIN, DATA, DISCARD_OLD, QUERY, VERIFY } from './transfer-messages.js';
/** The commands whose layouts are known here. */
const LAYOUTS = new Map([
    PING,
    VERSION,
    STATUS,
    MAY_REBOOT,
    MAY_FLASH,
    PREPARE_REBOOT,
    BEGIN,
    DATA,
    QUERY,
    VERIFY,
    ACTIVATE,
    ACCEPT,
    DISCARD_OLD,
    ABORT,
].map((layout) => [layout.id, layout]));
/** `numbered`: the first payload byte is the frame number. */
export function explainFrame(frame, numbered) {
    const number = numbered ? frame.payload[0] : undefined;
    const fields = numbered ? frame.payload.subarray(1) : frame.payload;
    const from = frame.command >= EVENT_FIRST ? 'mcu' : 'board';
    if (numbered && number === undefined) {
        const name = commandName(frame.command);
        const problem = 'a frame without a number';
        return { from, role: 'unknown', name, command: frame.command, number, fields: undefined, problem };
    }
    return { from, number, ...meaningOf(frame.command, fields) };
}
function meaningOf(sent, fields) {
    const command = sent & ~REPLY_BIT;
    const layout = LAYOUTS.get(command);
    if (sent === ERROR_REPLY) {
        const refused = fields[0] ?? 0;
        return {
            role: 'refusal',
            name: commandName(refused),
            command: refused,
            ...decoded(() => readRefusal(fields)),
        };
    }
    if (sent >= EVENT_FIRST && sent <= EVENT_LAST) {
        const name = nameOf(EVENT, sent) ?? commandName(sent);
        return { role: 'event', name, command: sent, ...decoded(() => readEvent(sent, fields)) };
    }
    const role = sent === 0 || command >= EVENT_FIRST ? 'unknown' : sent & REPLY_BIT ? 'reply' : 'request';
    const name = commandName(command);
    if (layout === undefined || role === 'unknown') {
        return { role, name, command, fields: undefined, problem: undefined };
    }
    return {
        role,
        name,
        command,
        ...decoded(() => (role === 'reply' ? layout.decodeReply(fields) : layout.decodeRequest(fields))),
    };
}
function commandName(command) {
    return LAYOUTS.get(command)?.name ?? `command 0x${command.toString(16).padStart(2, '0')}`;
}
/** Values that are no records get the name that PROTOCOL.md has for them. */
function decoded(read) {
    try {
        const value = read();
        if (value === undefined)
            return { fields: undefined, problem: undefined };
        const fields = typeof value === 'object' && value !== null ? { ...value } : { value };
        return { fields, problem: undefined };
    }
    catch (error) {
        if (!(error instanceof LinkError))
            throw error;
        return { fields: undefined, problem: error.message };
    }
}
function readRefusal(fields) {
    const reader = FieldReader.exactly(fields, 4);
    reader.u8();
    const reason = reader.u8();
    return { reason: nameOf(REFUSAL, reason) ?? `reason ${reason}`, detail: reader.u16() };
}
function readEvent(event, fields) {
    if (event !== EVENT.modeChanged)
        return undefined;
    const reader = FieldReader.exactly(fields, 2);
    return { mode: reader.u8(), class: reader.u8() };
}
