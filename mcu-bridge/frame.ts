/**
 * One frame on the line, bytes <-> value. Knows nothing of commands, numbers or time.
 *
 * | offset  | bytes | name    | value                                                  |
 * | ------- | ----- | ------- | ------------------------------------------------------ |
 * | 0       | 1     | SOH     | 0x01                                                   |
 * | 1       | 1     | LEN     | payload bytes, 0..240                                  |
 * | 2       | 1     | CMD     | command, reply (command + 0x80), event or 0xFF (error) |
 * | 3       | LEN   | PAYLOAD | frame number (where frames are numbered), then fields  |
 * | 3 + LEN | 2     | CRC16   | CRC-16/XMODEM over LEN, CMD, PAYLOAD; high byte first  |
 */
import { crc16 } from './crc16.ts';
import { LinkError } from './error.ts';

export const SOH = 0x01;
/** Bytes. The largest payload keeps a whole frame below 256 bytes, so that 8-bit counters on the MCU suffice. */
export const MAX_PAYLOAD = 240;
const OFFSET_LEN = 1;
const OFFSET_CMD = 2;
const OFFSET_PAYLOAD = 3;
const CRC_BYTES = 2;
/** SOH, LEN, CMD and the CRC: what a frame costs beside its payload. */
export const FRAME_OVERHEAD = OFFSET_PAYLOAD + CRC_BYTES;
export const MAX_FRAME = FRAME_OVERHEAD + MAX_PAYLOAD;

export interface Frame {
  /** CMD, 0..255. */
  readonly command: number;
  /** 0..240 bytes. */
  readonly payload: Uint8Array;
}

/** "The bytes so far may become a frame": a value, not an error. */
export const NEED_MORE = Symbol('need more bytes');

/** Why a byte cannot be the start of a frame. */
export type FrameFault = 'no-start' | 'bad-length' | 'bad-crc';

export type Decoded =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly length: number }
  | { readonly kind: 'fault'; readonly reason: FrameFault }
  | typeof NEED_MORE;

/** The frame's bytes. Error: LINK_MISUSED when command or payload do not fit. */
export function encodeFrame(frame: Frame): Uint8Array {
  const { command, payload } = frame;
  if (payload.length > MAX_PAYLOAD || !Number.isInteger(command) || command < 0 || command > 0xff) {
    throw new LinkError('LINK_MISUSED', 'This command or payload does not fit into a frame; split the data', {
      facts: { command, length: payload.length, limit: MAX_PAYLOAD },
    });
  }
  const bytes = new Uint8Array(FRAME_OVERHEAD + payload.length);
  bytes[0] = SOH;
  bytes[OFFSET_LEN] = payload.length;
  bytes[OFFSET_CMD] = command;
  bytes.set(payload, OFFSET_PAYLOAD);
  const crcAt = OFFSET_PAYLOAD + payload.length;
  const crc = crc16(bytes.subarray(OFFSET_LEN, crcAt));
  bytes[crcAt] = crc >> 8;
  bytes[crcAt + 1] = crc & 0xff;
  return bytes;
}

/** Judges the frame that begins at the first byte. Bytes behind it are not looked at; the payload is a copy. */
export function decodeFrame(bytes: Uint8Array): Decoded {
  const [start, length, command] = bytes;
  if (start === undefined) return NEED_MORE;
  if (start !== SOH) return { kind: 'fault', reason: 'no-start' };
  if (length === undefined) return NEED_MORE;
  if (length > MAX_PAYLOAD) return { kind: 'fault', reason: 'bad-length' };
  const crcAt = OFFSET_PAYLOAD + length;
  const high = bytes[crcAt];
  const low = bytes[crcAt + 1];
  if (command === undefined || high === undefined || low === undefined) return NEED_MORE;
  if (crc16(bytes.subarray(OFFSET_LEN, crcAt)) !== (high << 8) + low) {
    return { kind: 'fault', reason: 'bad-crc' };
  }
  const frame = { command, payload: bytes.slice(OFFSET_PAYLOAD, crcAt) };
  return { kind: 'frame', frame, length: crcAt + CRC_BYTES };
}
