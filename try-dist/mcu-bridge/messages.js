/**
 * The core set's commands: how each one's request and reply are laid out. The frame number is not in here; the
 * link puts it before the fields. Lengths are exact: the core set never grows, new things get new commands.
 * Decoding throws LinkError MCU_REPLY_MALFORMED and nothing else.
 */
import { COMMAND } from './commands.js';
import { FieldReader, FieldWriter } from './fields.js';
import { decodePermission, encodePermission } from './permission.js';
import { decodeStatus, encodeStatus } from './status.js';
import { decodeVersion, encodeVersion } from './version.js';
/** No fields at all. */
export const NOTHING = {
    encode: () => new Uint8Array(0),
    decode: (fields) => {
        FieldReader.exactly(fields, 0);
    },
};
/** Ping. Request and reply: u32 token, chosen by the host and sent back. */
export const PING = {
    name: 'ping',
    id: COMMAND.ping,
    changesNothing: true,
    encodeRequest: encodeToken,
    decodeRequest: decodeToken,
    encodeReply: encodeToken,
    decodeReply: decodeToken,
};
/** Version. Request: no fields. */
export const VERSION = {
    name: 'version',
    id: COMMAND.version,
    changesNothing: true,
    encodeRequest: NOTHING.encode,
    decodeRequest: NOTHING.decode,
    encodeReply: encodeVersion,
    decodeReply: decodeVersion,
};
/** Status. Request: no fields. */
export const STATUS = {
    name: 'status',
    id: COMMAND.status,
    changesNothing: true,
    encodeRequest: NOTHING.encode,
    decodeRequest: NOTHING.decode,
    encodeReply: encodeStatus,
    decodeReply: decodeStatus,
};
/** May the board reboot now? Request: no fields. */
export const MAY_REBOOT = {
    name: 'may-reboot',
    id: COMMAND.mayReboot,
    changesNothing: true,
    encodeRequest: NOTHING.encode,
    decodeRequest: NOTHING.decode,
    encodeReply: encodePermission,
    decodeReply: decodePermission,
};
/** May new firmware be written now? Request: no fields. */
export const MAY_FLASH = {
    ...MAY_REBOOT,
    name: 'may-flash',
    id: COMMAND.mayFlash,
};
/** The board is about to reset. Request: u16 seconds until it should answer again. Reply: no fields. */
export const PREPARE_REBOOT = {
    name: 'prepare-reboot',
    id: COMMAND.prepareReboot,
    changesNothing: false,
    encodeRequest: (seconds) => new FieldWriter().u16(seconds).finish(),
    decodeRequest: (fields) => FieldReader.exactly(fields, 2).u16(),
    encodeReply: NOTHING.encode,
    decodeReply: NOTHING.decode,
};
function encodeToken(token) {
    return new FieldWriter().u32(token).finish();
}
function decodeToken(fields) {
    return FieldReader.exactly(fields, 4).u32();
}
