/**
 * CRC-16/XMODEM (polynomial 1021, start 0000, nothing reflected, nothing inverted; check value 31C3), the
 * checksum of every frame. This is the only file that may import `node-crc`: called with arguments that it
 * does not expect, that addon takes the whole process down.
 */
import nodeCrc from 'node-crc';
import { LinkError } from './error.ts';

const POLYNOMIAL = 0x1021;

/** CRC of `bytes` as a number 0..65535; of no bytes it is 0. */
export function crc16(bytes: Uint8Array): number {
  // A view, not a copy: the addon reads the bytes in place.
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // bits, reflected, then low and high 32-bit halves of polynomial, start value and final XOR.
  const digest = nodeCrc.crc(16, false, POLYNOMIAL, 0, 0, 0, 0, 0, view);
  if (digest === false) {
    throw new LinkError(
      'LINK_MISUSED',
      'The CRC addon refused its input; report this with the Node version',
      {
        facts: { length: bytes.length },
      },
    );
  }
  return digest.readUInt16BE(0);
}

/** CRC of the nine digits `123456789`: the value by which both sides check that they mean the same CRC. */
export function crcCheckValue(): number {
  return crc16(new TextEncoder().encode('123456789'));
}
