/**
 * The commands of the firmware transfer, part of the core set: request and reply layouts. Knows no order of
 * commands (`transfer-machine.ts` does) and no frame. Offsets count from the first byte after the frame number,
 * numbers are little-endian.
 */
import { COMMAND, nameOf } from './commands.js';
import { FieldReader, FieldWriter, known, malformed } from './fields.js';
import { MAX_PAYLOAD } from './frame.js';
import { NOTHING } from './messages.js';
import { NO_FIRMWARE, putVersion, versionText } from './version.js';
const DIGEST_BYTES = 32;
/** As much of a SHA-256 as tells two firmwares apart: what `version` and the later steps carry. */
const SHORT_DIGEST_BYTES = 8;
const NO_DIGEST = '0'.repeat(2 * SHORT_DIGEST_BYTES);
const FRAME_NUMBER_BYTES = 1;
/** What a data frame carries beside its bytes. */
export const DATA_OFFSET_BYTES = 4;
/** Bytes of one data frame at most: a whole payload without frame number and offset. */
export const MOST_DATA = MAX_PAYLOAD - FRAME_NUMBER_BYTES - DATA_OFFSET_BYTES;
/** What became of the last transfer. `receiving` stays so after the last byte, until verify found it right. */
export const TRANSFER_STATE = { none: 0, receiving: 1, verified: 2, 'on-trial': 3 };
const RESTORE = 0x01;
const PREVIOUS_KEPT = 0x01;
const BEGIN_BYTES = 11 + DIGEST_BYTES;
const TERMS_BYTES = 8;
const QUERY_BYTES = 18 + SHORT_DIGEST_BYTES;
/** Opens a transfer, or goes on with it when the MCU holds a part of this very firmware. */
export const BEGIN = {
    name: 'begin',
    id: COMMAND.begin,
    changesNothing: false,
    encodeRequest: (begin) => {
        const writer = new FieldWriter().u32(begin.size);
        putVersion(writer, begin.version);
        return writer
            .u8(begin.restore ? RESTORE : 0)
            .hex(begin.digest, DIGEST_BYTES)
            .finish();
    },
    decodeRequest: (fields) => {
        const reader = FieldReader.exactly(fields, BEGIN_BYTES);
        const size = reader.u32();
        const version = versionText(reader);
        return { size, version, restore: (reader.u8() & RESTORE) !== 0, digest: reader.hex(DIGEST_BYTES) };
    },
    encodeReply: (terms) => new FieldWriter().u32(terms.offset).u8(terms.window).u8(terms.mostBytes).u16(terms.answerMs).finish(),
    decodeReply: (fields) => {
        const reader = FieldReader.exactly(fields, TERMS_BYTES);
        const offset = reader.u32();
        const terms = { offset, window: reader.u8(), mostBytes: reader.u8(), answerMs: reader.u16() };
        if (terms.window === 0 || terms.mostBytes === 0 || terms.mostBytes > MOST_DATA) {
            throw malformed('terms under which nothing can be sent', { ...terms });
        }
        return terms;
    },
};
/** One piece of the firmware: u32 offset, then 1 to 235 bytes. Reply: u32, the first offset not yet taken. */
export const DATA = {
    name: 'data',
    id: COMMAND.data,
    changesNothing: false,
    encodeRequest: ({ offset, bytes }) => new FieldWriter().u32(offset).bytes(bytes).finish(),
    decodeRequest: (fields) => {
        const reader = new FieldReader(fields);
        const offset = reader.u32();
        const bytes = reader.rest();
        if (bytes.length === 0)
            throw malformed('data without bytes', { offset });
        return { offset, bytes };
    },
    encodeReply: (offset) => new FieldWriter().u32(offset).finish(),
    decodeReply: (fields) => FieldReader.exactly(fields, DATA_OFFSET_BYTES).u32(),
};
/** How far is it? Request: no fields. */
export const QUERY = {
    name: 'query',
    id: COMMAND.query,
    changesNothing: true,
    encodeRequest: NOTHING.encode,
    decodeRequest: NOTHING.decode,
    encodeReply: encodeTransfer,
    decodeReply: decodeTransfer,
};
/** Are the bytes in the flash those of the digest? Request and reply: no fields; a no is an error reply. */
export const VERIFY = {
    name: 'verify',
    id: COMMAND.verify,
    changesNothing: true,
    encodeRequest: NOTHING.encode,
    decodeRequest: NOTHING.decode,
    encodeReply: NOTHING.encode,
    decodeReply: NOTHING.decode,
};
/** Start the verified firmware on trial. Request: u16 seconds, then 8 bytes of its SHA-256. Reply: no fields. */
export const ACTIVATE = {
    name: 'activate',
    id: COMMAND.activate,
    changesNothing: false,
    encodeRequest: (order) => new FieldWriter().u16(order.trialSeconds).hex(order.digest, SHORT_DIGEST_BYTES).finish(),
    decodeRequest: (fields) => {
        const reader = FieldReader.exactly(fields, 2 + SHORT_DIGEST_BYTES);
        return { trialSeconds: reader.u16(), digest: reader.hex(SHORT_DIGEST_BYTES) };
    },
    encodeReply: NOTHING.encode,
    decodeReply: NOTHING.decode,
};
/** End the trial well. Request: 8 bytes of the SHA-256 of the firmware that is meant. Reply: no fields. */
export const ACCEPT = {
    name: 'accept',
    id: COMMAND.accept,
    changesNothing: false,
    encodeRequest: (digest) => new FieldWriter().hex(digest, SHORT_DIGEST_BYTES).finish(),
    decodeRequest: (fields) => FieldReader.exactly(fields, SHORT_DIGEST_BYTES).hex(SHORT_DIGEST_BYTES),
    encodeReply: NOTHING.encode,
    decodeReply: NOTHING.decode,
};
/** The previous firmware is wanted no more. Request and reply: no fields. */
export const DISCARD_OLD = {
    ...VERIFY,
    name: 'discard-old',
    id: COMMAND.discardOld,
    changesNothing: false,
};
/** Drop what came so far, or end the trial badly. Request and reply: no fields. */
export const ABORT = {
    ...VERIFY,
    name: 'abort',
    id: COMMAND.abort,
    changesNothing: false,
};
function encodeTransfer(transfer) {
    const writer = new FieldWriter()
        .u8(TRANSFER_STATE[transfer.state])
        .u8(transfer.previousKept ? PREVIOUS_KEPT : 0)
        .u16(transfer.trialSecondsLeft)
        .u32(transfer.offset)
        .u32(transfer.size);
    putVersion(writer, transfer.version ?? NO_FIRMWARE);
    return writer.hex(transfer.digest ?? NO_DIGEST, SHORT_DIGEST_BYTES).finish();
}
function decodeTransfer(fields) {
    const reader = FieldReader.exactly(fields, QUERY_BYTES);
    const number = reader.u8();
    const state = nameOf(TRANSFER_STATE, number);
    if (state === undefined)
        throw malformed(`there is no transfer state ${number}`, { state: number });
    const previousKept = (reader.u8() & PREVIOUS_KEPT) !== 0;
    const trialSecondsLeft = reader.u16();
    const offset = reader.u32();
    const size = reader.u32();
    if (offset > size)
        throw malformed(`offset ${offset} in a firmware of ${size} bytes`, { offset, size });
    const version = known(versionText(reader), NO_FIRMWARE);
    const digest = known(reader.hex(SHORT_DIGEST_BYTES), NO_DIGEST);
    return { state, previousKept, trialSecondsLeft, offset, size, version, digest };
}
/** The short form of a SHA-256 in hex: its first 8 bytes. */
export function shortDigest(digest) {
    return digest.slice(0, 2 * SHORT_DIGEST_BYTES);
}
