/**
 * The core set's commands: how each one's request and reply are laid out. The frame number is not in here; the
 * link puts it before the fields. Lengths are exact: the core set never grows, new things get new commands.
 * Decoding throws LinkError MCU_REPLY_MALFORMED and nothing else.
 */
import { COMMAND } from './commands.ts';
import { FieldReader, FieldWriter } from './fields.ts';
import { decodePermission, encodePermission, type McuPermission } from './permission.ts';
import { decodeStatus, encodeStatus, type McuStatus } from './status.ts';
import { decodeVersion, encodeVersion, type McuVersion } from './version.ts';

/** How one command's request and reply are laid out, and whether it changes anything in the MCU. */
export interface Command<Request, Reply> {
  readonly name: string;
  readonly id: number;
  /** May be executed twice without harm. One that is false is only repeated where frames are numbered. */
  readonly changesNothing: boolean;
  readonly encodeRequest: (request: Request) => Uint8Array;
  readonly decodeRequest: (fields: Uint8Array) => Request;
  readonly encodeReply: (reply: Reply) => Uint8Array;
  readonly decodeReply: (fields: Uint8Array) => Reply;
}

/** No fields at all. */
export const NOTHING = {
  encode: (): Uint8Array => new Uint8Array(0),
  decode: (fields: Uint8Array): void => {
    FieldReader.exactly(fields, 0);
  },
};

/** Ping. Request and reply: u32 token, chosen by the host and sent back. */
export const PING: Command<number, number> = {
  name: 'ping',
  id: COMMAND.ping,
  changesNothing: true,
  encodeRequest: encodeToken,
  decodeRequest: decodeToken,
  encodeReply: encodeToken,
  decodeReply: decodeToken,
};

/** Version. Request: no fields. */
export const VERSION: Command<void, McuVersion> = {
  name: 'version',
  id: COMMAND.version,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: encodeVersion,
  decodeReply: decodeVersion,
};

/** Status. Request: no fields. */
export const STATUS: Command<void, McuStatus> = {
  name: 'status',
  id: COMMAND.status,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: encodeStatus,
  decodeReply: decodeStatus,
};

/** May the board reboot now? Request: no fields. */
export const MAY_REBOOT: Command<void, McuPermission> = {
  name: 'may-reboot',
  id: COMMAND.mayReboot,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: encodePermission,
  decodeReply: decodePermission,
};

/** May new firmware be written now? Request: no fields. */
export const MAY_FLASH: Command<void, McuPermission> = {
  ...MAY_REBOOT,
  name: 'may-flash',
  id: COMMAND.mayFlash,
};

/** The board is about to reset. Request: u16 seconds until it should answer again. Reply: no fields. */
export const PREPARE_REBOOT: Command<number, void> = {
  name: 'prepare-reboot',
  id: COMMAND.prepareReboot,
  changesNothing: false,
  encodeRequest: (seconds) => new FieldWriter().u16(seconds).finish(),
  decodeRequest: (fields) => FieldReader.exactly(fields, 2).u16(),
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode,
};

function encodeToken(token: number): Uint8Array {
  return new FieldWriter().u32(token).finish();
}

function decodeToken(fields: Uint8Array): number {
  return FieldReader.exactly(fields, 4).u32();
}
