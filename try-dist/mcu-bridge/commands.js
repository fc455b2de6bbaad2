/**
 * The numbers of the protocol: commands, replies, events, reasons. The core set is the same for ever, in the
 * MCU's application and in its boot loader: a number in here is never changed and never used again.
 * PROTOCOL.md says what they mean to the firmware engineer.
 */
/** The protocol version that this side speaks; the MCU names the range that it understands. */
export const PROTOCOL_VERSION = 1;
/** Core set, 0x01..0x1F. Numbers from 0x0F on are kept for later; product commands begin at 0x20. */
export const COMMAND = {
    ping: 0x01,
    version: 0x02,
    status: 0x03,
    mayReboot: 0x04,
    mayFlash: 0x05,
    prepareReboot: 0x06,
    // Firmware transfer, see transfer-messages.ts.
    begin: 0x07,
    data: 0x08,
    query: 0x09,
    verify: 0x0a,
    activate: 0x0b,
    accept: 0x0c,
    discardOld: 0x0d,
    abort: 0x0e,
};
/** A reply's command is the request's with this bit. */
export const REPLY_BIT = 0x80;
/** The reply that says why there is no other one. */
export const ERROR_REPLY = 0xff;
/** Frames that the MCU sends without being asked. */
export const EVENT_FIRST = 0x60;
export const EVENT_LAST = 0x6f;
export const EVENT = { modeChanged: 0x60, key: 0x61, fault: 0x62 };
/** Why an error reply was sent; reasons from 0x80 on are the product's own. */
export const REFUSAL = {
    unknownCommand: 0x01,
    malformed: 0x02,
    busy: 0x03,
    notAllowed: 0x04,
    failed: 0x05,
    // Firmware transfer:
    noTransfer: 0x06,
    tooLarge: 0x07,
    backwards: 0x08,
    wrongDigest: 0x09,
    notVerified: 0x0a,
    previousKept: 0x0b,
    onTrial: 0x0c,
};
/** The MCU's modes. One that is not in here is judged by the class beside it. */
export const MODE = {
    idle: 0,
    cooking: 1,
    'keep-warm': 2,
    'delayed-start': 3,
    fault: 4,
    'boot-loader': 5,
};
/**
 * The frozen class of a mode. `free`: a reboot or a flash disturbs nothing. `ask`: the answers to may-reboot
 * and may-flash decide. `busy`: neither is allowed.
 */
export const MODE_CLASS = { free: 0, ask: 1, busy: 2 };
/** Each known mode has one class for ever; a status that says otherwise makes no sense and is not believed. */
export const CLASS_OF_MODE = {
    idle: 'free',
    cooking: 'busy',
    'keep-warm': 'ask',
    'delayed-start': 'busy',
    fault: 'ask',
    'boot-loader': 'free',
};
/** Why may-reboot or may-flash is answered with no; from 0x80 on they are the product's own. */
export const NO_REASON = {
    none: 0,
    cooking: 1,
    'delayed-start': 2,
    'keep-warm': 3,
    fault: 4,
    'lid-open': 5,
    hot: 6,
    'writing-flash': 7,
    supply: 8,
    user: 9,
    busy: 10,
};
/** Name of a number in one of the tables above; undefined when the table does not know it. */
export function nameOf(table, number) {
    for (const name in table)
        if (table[name] === number)
            return name;
    return undefined;
}
