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
 *
 * A product whose MCU has another CRC, the other order of its two bytes, or little memory says so with a
 * `FrameFormat`.
 */
import { crc16 } from './crc16.js';
import { LinkError } from './error.js';
export const SOH = 0x01;
/** Bytes. What every MCU must be able to take: begin, the longest message of fixed length, has 43 and a number. */
export const LEAST_MAX_PAYLOAD = 48;
/** Bytes. The largest payload keeps a whole frame below 256 bytes, so that 8-bit counters on the MCU suffice. */
export const MAX_PAYLOAD = 240;
const OFFSET_LEN = 1;
const OFFSET_CMD = 2;
const OFFSET_PAYLOAD = 3;
const CRC_BYTES = 2;
/** SOH, LEN, CMD and the CRC: what a frame costs beside its payload. */
export const FRAME_OVERHEAD = OFFSET_PAYLOAD + CRC_BYTES;
export const MAX_FRAME = FRAME_OVERHEAD + MAX_PAYLOAD;
/** Order of the CRC's two bytes on the line. Fields are little-endian in any case. */
export const BYTE_ORDERS = ['high-first', 'low-first'];
export const FRAME_FORMAT = { crc: 'xmodem', byteOrder: 'high-first', maxPayload: MAX_PAYLOAD };
/** "The bytes so far may become a frame": a value, not an error. */
export const NEED_MORE = Symbol('need more bytes');
/** Error: LINK_MISUSED when a frame of this format would be shorter or longer than the protocol has them. */
export function checkFormat({ maxPayload }) {
    if (Number.isInteger(maxPayload) && maxPayload >= LEAST_MAX_PAYLOAD && maxPayload <= MAX_PAYLOAD)
        return;
    const range = `${LEAST_MAX_PAYLOAD} to ${MAX_PAYLOAD}`;
    throw new LinkError('LINK_MISUSED', `The largest payload of a line is ${range} bytes, not ${maxPayload}`, {
        facts: { maxPayload },
    });
}
/** The frame's bytes. Error: LINK_MISUSED when command or payload do not fit. */
export function encodeFrame(frame, format = FRAME_FORMAT) {
    const { command, payload } = frame;
    if (payload.length > format.maxPayload || !Number.isInteger(command) || command < 0 || command > 0xff) {
        throw new LinkError('LINK_MISUSED', 'This command or payload does not fit into a frame; split the data', {
            facts: { command, length: payload.length, limit: format.maxPayload },
        });
    }
    const bytes = new Uint8Array(FRAME_OVERHEAD + payload.length);
    bytes[0] = SOH;
    bytes[OFFSET_LEN] = payload.length;
    bytes[OFFSET_CMD] = command;
    bytes.set(payload, OFFSET_PAYLOAD);
    const crcAt = OFFSET_PAYLOAD + payload.length;
    const crc = crc16(bytes.subarray(OFFSET_LEN, crcAt), format.crc);
    new DataView(bytes.buffer).setUint16(crcAt, crc, format.byteOrder === 'low-first');
    return bytes;
}
/** Judges the frame that begins at the first byte. Bytes behind it are not looked at; the payload is a copy. */
export function decodeFrame(bytes, format = FRAME_FORMAT) {
    const start = bytes[0];
    const length = bytes[OFFSET_LEN];
    const command = bytes[OFFSET_CMD];
    if (start === undefined)
        return NEED_MORE;
    if (start !== SOH)
        return { kind: 'fault', reason: 'no-start' };
    if (length === undefined)
        return NEED_MORE;
    if (length > format.maxPayload)
        return { kind: 'fault', reason: 'bad-length' };
    const crcAt = OFFSET_PAYLOAD + length;
    const first = bytes[crcAt];
    const second = bytes[crcAt + 1];
    if (command === undefined || first === undefined || second === undefined)
        return NEED_MORE;
    const crc = format.byteOrder === 'high-first' ? (first << 8) + second : (second << 8) + first;
    if (crc16(bytes.subarray(OFFSET_LEN, crcAt), format.crc) !== crc) {
        return { kind: 'fault', reason: 'bad-crc' };
    }
    const frame = { command, payload: bytes.slice(OFFSET_PAYLOAD, crcAt) };
    return { kind: 'frame', frame, length: crcAt + CRC_BYTES };
}
