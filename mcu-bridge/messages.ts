/**
 * What the core set's requests and replies say: fields <-> values. The frame number is not in here; the link
 * puts it before the fields. Lengths are exact: the core set never grows, new things get new commands.
 * Decoding throws LinkError MCU_REPLY_MALFORMED and nothing else.
 *
 * All numbers little-endian; offsets count from the first byte after the frame number.
 */
import { COMMAND, MODE, MODE_CLASS, type ModeClass, type ModeName, NO_REASON, nameOf } from './commands.ts';
import { LinkError } from './error.ts';
import { FieldReader, FieldWriter } from './fields.ts';

const LID = { closed: 0, open: 1, unknown: 0xff } as const;
const ANSWERING = { application: 1, 'boot-loader': 2 } as const;
/** Wire values of "there is no such sensor". */
const NO_TEMPERATURE = -0x8000;
const NO_SUPPLY = 0xffff;
const NO_HEATER = 0xff;
const DIGEST_BYTES = 8;

/**
 * Status reply.
 *
 * | offset | type | field                                                                     |
 * | ------ | ---- | ------------------------------------------------------------------------- |
 * | 0      | u8   | mode: 0 idle, 1 cooking, 2 keep-warm, 3 delayed start, 4 fault, 5 in boot loader |
 * | 1      | u8   | class: 0 free, 1 ask, 2 busy                                              |
 * | 2      | u8   | lid: 0 closed, 1 open, 255 not known                                      |
 * | 3      | u8   | heater power, 0..100 %; 255 not known                                     |
 * | 4      | u16  | programme that runs or is set; 0 none                                     |
 * | 6      | u16  | minutes until the mode ends by itself, rounded up; 0 does not, or not known |
 * | 8      | u16  | fault code of the product; 0 none                                         |
 * | 10     | u16  | supply of the MCU in mV; 65535 not measured                               |
 * | 12     | i16  | temperature of the bottom, 0.1 degrees Celsius; -32768 no sensor          |
 * | 14     | i16  | temperature of the lid, likewise                                          |
 * | 16     | i16  | temperature of the board, likewise                                        |
 * | 18     | u32  | seconds since the MCU was reset                                           |
 */
export interface McuStatus {
  readonly mode: number;
  readonly modeName: ModeName;
  readonly class: ModeClass;
  /** Undefined: the MCU does not know. */
  readonly lidOpen: boolean | undefined;
  readonly heaterPercent: number | undefined;
  readonly programme: number;
  readonly minutesLeft: number;
  readonly faultCode: number;
  readonly supplyMillivolts: number | undefined;
  /** Degrees Celsius in steps of 0.1; undefined where there is no sensor. */
  readonly temperatures: {
    readonly bottom: number | undefined;
    readonly lid: number | undefined;
    readonly board: number | undefined;
  };
  readonly uptimeSeconds: number;
}

/**
 * Version reply.
 *
 * | offset | type   | field                                                                   |
 * | ------ | ------ | ----------------------------------------------------------------------- |
 * | 0      | u8     | lowest protocol version that is understood                              |
 * | 1      | u8     | highest protocol version that is understood                             |
 * | 2      | u8     | who answers: 1 application, 2 boot loader                               |
 * | 3      | u8     | bit 0: the previous firmware stays startable; other bits 0, to be ignored |
 * | 4      | u16    | hardware: product                                                       |
 * | 6      | u16    | hardware: revision                                                      |
 * | 8      | 3 u16  | boot loader version: major, minor, patch                                |
 * | 14     | 3 u16  | firmware version: major, minor, patch; all 0 when there is none         |
 * | 20     | u32    | largest firmware, bytes                                                 |
 * | 24     | u32    | flash page (unit of erasing), bytes                                     |
 * | 28     | 8 u8   | first 8 bytes of the SHA-256 of the firmware; all 0 when not known      |
 */
export interface McuVersion {
  readonly protocol: { readonly lowest: number; readonly highest: number };
  readonly answering: 'application' | 'boot-loader';
  readonly keepsPrevious: boolean;
  readonly hardware: { readonly product: number; readonly revision: number };
  /** `major.minor.patch`. */
  readonly bootLoader: string;
  /** `major.minor.patch`; undefined when the MCU holds no firmware that it could start. */
  readonly firmware: string | undefined;
  readonly capacity: number;
  readonly pageSize: number;
  /** 16 hex digits; undefined when the MCU does not know. Tells two builds of one version apart. */
  readonly firmwareDigest: string | undefined;
}

/**
 * May-reboot and may-flash reply.
 *
 * | offset | type | field                                                   |
 * | ------ | ---- | ------------------------------------------------------- |
 * | 0      | u8   | 0 no, 1 yes                                             |
 * | 1      | u8   | reason of a no, see `NO_REASON`; 0 with a yes           |
 * | 2      | u16  | minutes after which to ask again; 0 not known           |
 */
export interface McuPermission {
  readonly allowed: boolean;
  /** A name of `NO_REASON`, or `reason N` for a number that is not in it. */
  readonly reason: string;
  readonly reasonCode: number;
  readonly askAgainMinutes: number;
}

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

const NOTHING = {
  encode: (): Uint8Array => new Uint8Array(0),
  decode: (fields: Uint8Array): void => {
    exactly(fields, 0);
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
  decodeRequest: (fields) => exactly(fields, 2).u16(),
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode,
};

function exactly(fields: Uint8Array, bytes: number): FieldReader {
  if (fields.length !== bytes) {
    throw malformed(`${bytes} bytes of fields expected, ${fields.length} came`, { length: fields.length });
  }
  return new FieldReader(fields);
}

function malformed(what: string, facts: Record<string, number>): LinkError {
  return new LinkError(
    'MCU_REPLY_MALFORMED',
    `The message makes no sense: ${what}; check the MCU's firmware`,
    {
      facts,
    },
  );
}

function encodeToken(token: number): Uint8Array {
  return new FieldWriter().u32(token).finish();
}

function decodeToken(fields: Uint8Array): number {
  return exactly(fields, 4).u32();
}

function encodeStatus(status: McuStatus): Uint8Array {
  const { lidOpen, temperatures } = status;
  return new FieldWriter()
    .u8(status.mode)
    .u8(MODE_CLASS[status.class])
    .u8(lidOpen === undefined ? LID.unknown : lidOpen ? LID.open : LID.closed)
    .u8(status.heaterPercent ?? NO_HEATER)
    .u16(status.programme)
    .u16(status.minutesLeft)
    .u16(status.faultCode)
    .u16(status.supplyMillivolts ?? NO_SUPPLY)
    .i16(tenths(temperatures.bottom))
    .i16(tenths(temperatures.lid))
    .i16(tenths(temperatures.board))
    .u32(status.uptimeSeconds)
    .finish();
}

function decodeStatus(fields: Uint8Array): McuStatus {
  const reader = exactly(fields, 22);
  const mode = reader.u8();
  const modeClass = reader.u8();
  const lid = reader.u8();
  const heater = reader.u8();
  const className = nameOf(MODE_CLASS, modeClass);
  if (className === undefined) throw malformed(`there is no class ${modeClass}`, { class: modeClass });
  const lidName = nameOf(LID, lid);
  if (lidName === undefined) throw malformed(`there is no lid state ${lid}`, { lid });
  if (heater > 100 && heater !== NO_HEATER) throw malformed(`a heater at ${heater} %`, { heater });
  return {
    mode,
    modeName: nameOf(MODE, mode) ?? 'unknown',
    class: className,
    lidOpen: lidName === 'unknown' ? undefined : lidName === 'open',
    heaterPercent: heater === NO_HEATER ? undefined : heater,
    programme: reader.u16(),
    minutesLeft: reader.u16(),
    faultCode: reader.u16(),
    supplyMillivolts: known(reader.u16(), NO_SUPPLY),
    temperatures: {
      bottom: degrees(reader.i16()),
      lid: degrees(reader.i16()),
      board: degrees(reader.i16()),
    },
    uptimeSeconds: reader.u32(),
  };
}

function encodeVersion(version: McuVersion): Uint8Array {
  const writer = new FieldWriter()
    .u8(version.protocol.lowest)
    .u8(version.protocol.highest)
    .u8(ANSWERING[version.answering])
    .u8(version.keepsPrevious ? 1 : 0)
    .u16(version.hardware.product)
    .u16(version.hardware.revision);
  for (const text of [version.bootLoader, version.firmware ?? '0.0.0']) {
    for (const part of text.split('.')) writer.u16(Number(part));
  }
  return writer
    .u32(version.capacity)
    .u32(version.pageSize)
    .hex(version.firmwareDigest ?? '0'.repeat(2 * DIGEST_BYTES), DIGEST_BYTES)
    .finish();
}

function decodeVersion(fields: Uint8Array): McuVersion {
  const reader = exactly(fields, 36);
  const lowest = reader.u8();
  const highest = reader.u8();
  const answering = reader.u8();
  const answeringName = nameOf(ANSWERING, answering);
  if (answeringName === undefined) throw malformed(`nobody answers as ${answering}`, { answering });
  if (lowest > highest) throw malformed(`protocol range ${lowest} to ${highest}`, { lowest, highest });
  const abilities = reader.u8();
  const hardware = { product: reader.u16(), revision: reader.u16() };
  const bootLoader = versionText(reader);
  const firmware = versionText(reader);
  const capacity = reader.u32();
  const pageSize = reader.u32();
  const digest = reader.hex(DIGEST_BYTES);
  return {
    protocol: { lowest, highest },
    answering: answeringName,
    keepsPrevious: (abilities & 1) === 1,
    hardware,
    bootLoader,
    firmware: known(firmware, '0.0.0'),
    capacity,
    pageSize,
    firmwareDigest: known(digest, '0'.repeat(2 * DIGEST_BYTES)),
  };
}

function encodePermission(permission: McuPermission): Uint8Array {
  return new FieldWriter()
    .u8(permission.allowed ? 1 : 0)
    .u8(permission.reasonCode)
    .u16(permission.askAgainMinutes)
    .finish();
}

function decodePermission(fields: Uint8Array): McuPermission {
  const reader = exactly(fields, 4);
  const answer = reader.u8();
  const reasonCode = reader.u8();
  if (answer > 1) throw malformed(`${answer} is neither yes nor no`, { answer });
  return {
    allowed: answer === 1,
    reason: nameOf(NO_REASON, reasonCode) ?? `reason ${reasonCode}`,
    reasonCode,
    askAgainMinutes: reader.u16(),
  };
}

function versionText(reader: FieldReader): string {
  return [reader.u16(), reader.u16(), reader.u16()].join('.');
}

function known<Value>(value: Value, none: Value): Value | undefined {
  return value === none ? undefined : value;
}

function tenths(celsius: number | undefined): number {
  return celsius === undefined ? NO_TEMPERATURE : Math.round(celsius * 10);
}

function degrees(wire: number): number | undefined {
  return wire === NO_TEMPERATURE ? undefined : wire / 10;
}
