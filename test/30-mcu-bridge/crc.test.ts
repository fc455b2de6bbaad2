/** The CRC addon against a table that was written for these tests alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc16, crcCheckValue } from '../../mcu-bridge/index.ts';

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  return crc;
});

function crcByTable(bytes: Uint8Array): number {
  return bytes.reduce((crc, byte) => ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ byte] ?? 0), 0);
}

describe('CRC-16/XMODEM', () => {
  it('has the check value 31C3', () => {
    expect(crcCheckValue()).toBe(0x31c3);
  });

  it('is 0 over no bytes, and does not crash', () => {
    expect(crc16(new Uint8Array(0))).toBe(0);
  });

  it('reads a view in the middle of a buffer', () => {
    const buffer = new TextEncoder().encode('xx123456789yy');
    expect(crc16(buffer.subarray(2, 11))).toBe(0x31c3);
  });

  it('agrees with an independent table', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(crc16(bytes)).toBe(crcByTable(bytes));
      }),
      { numRuns: 500 },
    );
  });
});
