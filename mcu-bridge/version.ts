/**
 * The version reply: fields <-> value. Decoding throws LinkError MCU_REPLY_MALFORMED and nothing else.
 * Knows no frame; offsets count from the first byte after the frame number, numbers are little-endian.
 */
import { nameOf } from './commands.ts';
import { LinkError } from './error.ts';
import { FieldReader, FieldWriter, known, malformed } from './fields.ts';

const LENGTH = 36;
const DIGEST_BYTES = 8;
const NO_DIGEST = '0'.repeat(2 * DIGEST_BYTES);
/** Wire value of "there is no firmware". */
export const NO_FIRMWARE = '0.0.0';
const ANSWERING = { application: 1, 'boot-loader': 2 } as const;
/** Bits of the byte at offset 3. */
const KEEPS_PREVIOUS = 0x01;

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

export function encodeVersion(version: McuVersion): Uint8Array {
  const writer = new FieldWriter()
    .u8(version.protocol.lowest)
    .u8(version.protocol.highest)
    .u8(ANSWERING[version.answering])
    .u8(version.keepsPrevious ? KEEPS_PREVIOUS : 0)
    .u16(version.hardware.product)
    .u16(version.hardware.revision);
  for (const text of [version.bootLoader, version.firmware ?? NO_FIRMWARE]) {
    putVersion(writer, text);
  }
  return writer
    .u32(version.capacity)
    .u32(version.pageSize)
    .hex(version.firmwareDigest ?? NO_DIGEST, DIGEST_BYTES)
    .finish();
}

export function decodeVersion(fields: Uint8Array): McuVersion {
  const reader = FieldReader.exactly(fields, LENGTH);
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
    keepsPrevious: (abilities & KEEPS_PREVIOUS) !== 0,
    hardware,
    bootLoader,
    firmware: known(firmware, NO_FIRMWARE),
    capacity,
    pageSize,
    firmwareDigest: known(digest, NO_DIGEST),
  };
}

/** Three u16: major, minor, patch. Error: LINK_MISUSED when `text` is no such version. */
export function putVersion(writer: FieldWriter, text: string): void {
  const parts = text.split('.');
  if (parts.length !== 3) {
    throw new LinkError('LINK_MISUSED', `A version is major.minor.patch, not "${text}"`, { facts: { text } });
  }
  for (const part of parts) writer.u16(Number(part));
}

/** The three u16 that come next, as `major.minor.patch`. */
export function versionText(reader: FieldReader): string {
  return [reader.u16(), reader.u16(), reader.u16()].join('.');
}
