/**
 * The reply to may-reboot and may-flash: fields <-> value. Decoding throws LinkError MCU_REPLY_MALFORMED and
 * nothing else. Knows no frame; offsets count from the first byte after the frame number, little-endian.
 */
import { NO_REASON, nameOf } from './commands.ts';
import { FieldReader, FieldWriter, malformed } from './fields.ts';

const LENGTH = 4;

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

export function encodePermission(permission: McuPermission): Uint8Array {
  return new FieldWriter()
    .u8(permission.allowed ? 1 : 0)
    .u8(permission.reasonCode)
    .u16(permission.askAgainMinutes)
    .finish();
}

export function decodePermission(fields: Uint8Array): McuPermission {
  const reader = FieldReader.exactly(fields, LENGTH);
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
