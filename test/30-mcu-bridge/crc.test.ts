/** Every CRC variant, from the addon and from its table, against a bitwise loop that was written for these tests alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRC_VARIANTS, type CrcVariant, crc16, crc16OfAddon, crcCheckValue } from '../../mcu-bridge/index.ts';

/** Name, polynomial, start, reflected, final XOR, check value: the catalogue's figures, typed in once more. */
const CATALOGUE = [
  ['xmodem', 0x1021, 0x0000, false, 0x0000, '31C3'],
  ['ccitt-false', 0x1021, 0xffff, false, 0x0000, '29B1'],
  ['kermit', 0x1021, 0x0000, true, 0x0000, '2189'],
  ['x-25', 0x1021, 0xffff, true, 0xffff, '906E'],
  ['spi-fujitsu', 0x1021, 0x1d0f, false, 0x0000, 'E5CC'],
  ['genibus', 0x1021, 0xffff, false, 0xffff, 'D64E'],
  ['mcrf4xx', 0x1021, 0xffff, true, 0x0000, '6F91'],
  ['arc', 0x8005, 0x0000, true, 0x0000, 'BB3D'],
  ['modbus', 0x8005, 0xffff, true, 0x0000, '4B37'],
  ['usb', 0x8005, 0xffff, true, 0xffff, 'B4C8'],
  ['dnp', 0x3d65, 0x0000, true, 0xffff, 'EA82'],
] as const satisfies readonly (readonly [CrcVariant, number, number, boolean, number, string])[];

const reversed = (value: number, bits: number): number =>
  Number.parseInt(value.toString(2).padStart(bits, '0').split('').reverse().join(''), 2);

/** The definition: every byte (mirrored where reflected) into the top of the register, one bit at a time. */
function crcByBits(
  bytes: Uint8Array,
  polynomial: number,
  start: number,
  reflected: boolean,
  finalXor: number,
): number {
  let crc = start;
  for (const byte of bytes) {
    crc ^= (reflected ? reversed(byte, 8) : byte) << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? polynomial : 0)) & 0xffff;
  }
  return (reflected ? reversed(crc, 16) : crc) ^ finalXor;
}

describe('CRC-16', () => {
  it('the catalogue and the table name the same variants', () => {
    expect(CATALOGUE.map(([name]) => name)).toEqual(Object.keys(CRC_VARIANTS));
  });

  it('is XMODEM unless somebody says otherwise', () => {
    expect(crcCheckValue()).toBe(0x31c3);
    expect(crc16(new Uint8Array(0))).toBe(0);
  });

  it('reads a view in the middle of a buffer', () => {
    const buffer = new TextEncoder().encode('xx123456789yy');
    expect(crc16(buffer.subarray(2, 11))).toBe(0x31c3);
  });

  it.each(CATALOGUE)('%s has its check value', (name, polynomial, start, reflected, finalXor, check) => {
    expect(crcCheckValue(name).toString(16).toUpperCase().padStart(4, '0')).toBe(check);
    expect(CRC_VARIANTS[name]).toEqual({
      polynomial,
      start,
      reflected,
      finalXor,
      check: Number.parseInt(check, 16),
    });
  });

  it.each(CATALOGUE)('%s: table, addon and definition agree', (name, ...parameters) => {
    const [polynomial, start, reflected, finalXor] = parameters;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const wanted = crcByBits(bytes, polynomial, start, reflected, finalXor);
        expect([crc16(bytes, name), crc16OfAddon(bytes, name)]).toEqual([wanted, wanted]);
      }),
      { numRuns: 200 },
    );
  });
});
