/**
 * The commands of the firmware transfer, part of the core set: request and reply layouts. Knows no order of
 * commands (`transfer-machine.ts` does) and no frame. Offsets count from the first byte after the frame number,
 * numbers are little-endian.
 */
import { COMMAND, nameOf } from './commands.ts';
import { FieldReader, FieldWriter, known, malformed } from './fields.ts';
import { MAX_PAYLOAD } from './frame.ts';
import { type Command, NOTHING } from './messages.ts';
import { NO_FIRMWARE, putVersion, versionText } from './version.ts';

const DIGEST_BYTES = 32;
/** As much of a SHA-256 as tells two firmwares apart: what `version` and the later steps carry. */
const SHORT_DIGEST_BYTES = 8;
const NO_DIGEST = '0'.repeat(2 * SHORT_DIGEST_BYTES);
const FRAME_NUMBER_BYTES = 1;
/** What a data frame carries beside its bytes. */
export const DATA_OFFSET_BYTES = 4;
/** Bytes of one data frame at most: a whole payload without frame number and offset. */
export const MOST_DATA = MAX_PAYLOAD - FRAME_NUMBER_BYTES - DATA_OFFSET_BYTES;

/**
 * Begin request, 43 bytes.
 *
 * | offset | type  | field                                                                     |
 * | ------ | ----- | ------------------------------------------------------------------------- |
 * | 0      | u32   | size of the firmware, bytes                                               |
 * | 4      | 3 u16 | its version: major, minor, patch                                          |
 * | 10     | u8    | bit 0: restore, it belongs to the booted slot and may be older; others 0  |
 * | 11     | 32 u8 | its SHA-256                                                               |
 */
export interface TransferBegin {
  readonly size: number;
  /** `major.minor.patch`. */
  readonly version: string;
  readonly restore: boolean;
  /** 64 hex digits. */
  readonly digest: string;
}

/**
 * Begin reply, 8 bytes.
 *
 * | offset | type | field                                                                   |
 * | ------ | ---- | ----------------------------------------------------------------------- |
 * | 0      | u32  | offset at which to go on; the size when nothing is missing              |
 * | 4      | u8   | window: data frames that may be unanswered; 1 is stop-and-wait          |
 * | 5      | u8   | bytes that one data frame may carry, 1..235                             |
 * | 6      | u16  | longest time from a data frame's end to its reply, ms (erase and write) |
 */
export interface TransferTerms {
  readonly offset: number;
  readonly window: number;
  readonly mostBytes: number;
  readonly answerMs: number;
}

/** What became of the last transfer. `receiving` stays so after the last byte, until verify found it right. */
export const TRANSFER_STATE = { none: 0, receiving: 1, verified: 2, 'on-trial': 3 } as const;
export type TransferState = keyof typeof TRANSFER_STATE;

/**
 * Query reply, 26 bytes.
 *
 * | offset | type  | field                                                                  |
 * | ------ | ----- | ---------------------------------------------------------------------- |
 * | 0      | u8    | state: 0 none, 1 receiving, 2 verified, 3 on trial                     |
 * | 1      | u8    | bit 0: a previous firmware is kept startable; others 0, to be ignored  |
 * | 2      | u16   | seconds until the trial ends, rounded up; 0 without a trial            |
 * | 4      | u32   | offset at which to go on                                               |
 * | 8      | u32   | size as begin said                                                     |
 * | 12     | 3 u16 | version as begin said                                                  |
 * | 18     | 8 u8  | first 8 bytes of the SHA-256 as begin said                             |
 *
 * In state 0 everything from offset 4 on is 0.
 */
export interface McuTransfer {
  readonly state: TransferState;
  readonly previousKept: boolean;
  readonly trialSecondsLeft: number;
  readonly offset: number;
  readonly size: number;
  readonly version: string | undefined;
  /** 16 hex digits. */
  readonly digest: string | undefined;
}

/** Which firmware is meant, so that a step that comes late or twice never meets another one. */
export interface TrialOrder {
  /** 16 hex digits. */
  readonly digest: string;
  /** Seconds within which accept must come. */
  readonly trialSeconds: number;
}

const RESTORE = 0x01;
const PREVIOUS_KEPT = 0x01;
const BEGIN_BYTES = 11 + DIGEST_BYTES;
const TERMS_BYTES = 8;
const QUERY_BYTES = 18 + SHORT_DIGEST_BYTES;

/** Opens a transfer, or goes on with it when the MCU holds a part of this very firmware. */
export const BEGIN: Command<TransferBegin, TransferTerms> = {
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
  encodeReply: (terms) =>
    new FieldWriter().u32(terms.offset).u8(terms.window).u8(terms.mostBytes).u16(terms.answerMs).finish(),
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
export const DATA: Command<{ readonly offset: number; readonly bytes: Uint8Array }, number> = {
  name: 'data',
  id: COMMAND.data,
  changesNothing: false,
  encodeRequest: ({ offset, bytes }) => new FieldWriter().u32(offset).bytes(bytes).finish(),
  decodeRequest: (fields) => {
    const reader = new FieldReader(fields);
    const offset = reader.u32();
    const bytes = reader.rest();
    if (bytes.length === 0) throw malformed('data without bytes', { offset });
    return { offset, bytes };
  },
  encodeReply: (offset) => new FieldWriter().u32(offset).finish(),
  decodeReply: (fields) => FieldReader.exactly(fields, DATA_OFFSET_BYTES).u32(),
};

/** How far is it? Request: no fields. */
export const QUERY: Command<void, McuTransfer> = {
  name: 'query',
  id: COMMAND.query,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: encodeTransfer,
  decodeReply: decodeTransfer,
};

/** Are the bytes in the flash those of the digest? Request and reply: no fields; a no is an error reply. */
export const VERIFY: Command<void, void> = {
  name: 'verify',
  id: COMMAND.verify,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode,
};

/** Start the verified firmware on trial. Request: u16 seconds, then 8 bytes of its SHA-256. Reply: no fields. */
export const ACTIVATE: Command<TrialOrder, void> = {
  name: 'activate',
  id: COMMAND.activate,
  changesNothing: false,
  encodeRequest: (order) =>
    new FieldWriter().u16(order.trialSeconds).hex(order.digest, SHORT_DIGEST_BYTES).finish(),
  decodeRequest: (fields) => {
    const reader = FieldReader.exactly(fields, 2 + SHORT_DIGEST_BYTES);
    return { trialSeconds: reader.u16(), digest: reader.hex(SHORT_DIGEST_BYTES) };
  },
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode,
};

/** End the trial well. Request: 8 bytes of the SHA-256 of the firmware that is meant. Reply: no fields. */
export const ACCEPT: Command<string, void> = {
  name: 'accept',
  id: COMMAND.accept,
  changesNothing: false,
  encodeRequest: (digest) => new FieldWriter().hex(digest, SHORT_DIGEST_BYTES).finish(),
  decodeRequest: (fields) => FieldReader.exactly(fields, SHORT_DIGEST_BYTES).hex(SHORT_DIGEST_BYTES),
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode,
};

/** The previous firmware is wanted no more. Request and reply: no fields. */
export const DISCARD_OLD: Command<void, void> = {
  ...VERIFY,
  name: 'discard-old',
  id: COMMAND.discardOld,
  changesNothing: false,
};

/** Drop what came so far, or end the trial badly. Request and reply: no fields. */
export const ABORT: Command<void, void> = {
  ...VERIFY,
  name: 'abort',
  id: COMMAND.abort,
  changesNothing: false,
};

function encodeTransfer(transfer: McuTransfer): Uint8Array {
  const writer = new FieldWriter()
    .u8(TRANSFER_STATE[transfer.state])
    .u8(transfer.previousKept ? PREVIOUS_KEPT : 0)
    .u16(transfer.trialSecondsLeft)
    .u32(transfer.offset)
    .u32(transfer.size);
  putVersion(writer, transfer.version ?? NO_FIRMWARE);
  return writer.hex(transfer.digest ?? NO_DIGEST, SHORT_DIGEST_BYTES).finish();
}

function decodeTransfer(fields: Uint8Array): McuTransfer {
  const reader = FieldReader.exactly(fields, QUERY_BYTES);
  const number = reader.u8();
  const state = nameOf(TRANSFER_STATE, number);
  if (state === undefined) throw malformed(`there is no transfer state ${number}`, { state: number });
  const previousKept = (reader.u8() & PREVIOUS_KEPT) !== 0;
  const trialSecondsLeft = reader.u16();
  const offset = reader.u32();
  const size = reader.u32();
  if (offset > size) throw malformed(`offset ${offset} in a firmware of ${size} bytes`, { offset, size });
  const version = known(versionText(reader), NO_FIRMWARE);
  const digest = known(reader.hex(SHORT_DIGEST_BYTES), NO_DIGEST);
  return { state, previousKept, trialSecondsLeft, offset, size, version, digest };
}

/** The short form of a SHA-256 in hex: its first 8 bytes. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 2 * SHORT_DIGEST_BYTES);
}
