/**
 * The status reply: fields <-> value. Decoding throws LinkError MCU_REPLY_MALFORMED and nothing else.
 * Knows no frame; offsets count from the first byte after the frame number, numbers are little-endian.
 */
import { CLASS_OF_MODE, MODE, MODE_CLASS, type ModeClass, type ModeName, nameOf } from './commands.ts';
import { FieldReader, FieldWriter, known, malformed } from './fields.ts';

const LENGTH = 22;
const LID = { closed: 0, open: 1, unknown: 0xff } as const;
/** Wire values of "there is no such sensor". */
const NO_TEMPERATURE = -0x8000;
const NO_SUPPLY = 0xffff;
const NO_HEATER = 0xff;

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

export function encodeStatus(status: McuStatus): Uint8Array {
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

export function decodeStatus(fields: Uint8Array): McuStatus {
  const reader = FieldReader.exactly(fields, LENGTH);
  const mode = reader.u8();
  const modeClass = reader.u8();
  const lid = reader.u8();
  const heater = reader.u8();
  const lidName = nameOf(LID, lid);
  if (lidName === undefined) throw malformed(`there is no lid state ${lid}`, { lid });
  if (heater > 100 && heater !== NO_HEATER) throw malformed(`a heater at ${heater} %`, { heater });
  return {
    ...readMode(mode, modeClass),
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

/** A mode beside its class, as numbers. Error: MCU_REPLY_MALFORMED when they contradict each other. */
export function readMode(
  mode: number,
  modeClass: number,
): { readonly mode: number; readonly modeName: ModeName; readonly class: ModeClass } {
  const className = nameOf(MODE_CLASS, modeClass);
  if (className === undefined) throw malformed(`there is no class ${modeClass}`, { class: modeClass });
  const modeName = nameOf(MODE, mode);
  if (modeName !== undefined && CLASS_OF_MODE[modeName] !== className) {
    throw malformed(`mode ${modeName} with class ${className}`, { mode, class: modeClass });
  }
  return { mode, modeName: modeName ?? 'unknown', class: className };
}

function tenths(celsius: number | undefined): number {
  return celsius === undefined ? NO_TEMPERATURE : Math.round(celsius * 10);
}

function degrees(wire: number): number | undefined {
  return wire === NO_TEMPERATURE ? undefined : wire / 10;
}
