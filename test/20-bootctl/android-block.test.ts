/** The block's codec against bytes that were made without it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AndroidBlock,
  decodeAndroidBlock,
  encodeAndroidBlock,
  mergeStatusOf,
  newAndroidBlock,
  UNUSED_SLOT,
} from '../../bootctl/index.ts';
import { blocks, independentCrc32, sealed, wholeBlocks } from './block-arbitrary.ts';

const slot = (priority: number, triesRemaining: number, more: object = {}) => ({
  ...UNUSED_SLOT,
  priority,
  triesRemaining,
  ...more,
});

/** Packed by hand and sealed with the CRC-32 of another library (check value cbf43926). */
const VECTORS = [
  {
    name: 'default of the boot loader',
    hex: '5f61000042434142010200007f007f0000000000000000000000000027ef1f32',
    suffix: '_a\0\0',
    slots: [slot(15, 7), slot(15, 7), UNUSED_SLOT, UNUSED_SLOT],
  },
  {
    name: 'fresh from the factory',
    hex: '5f6100004243414201020000ff000000000000000000000000000000600519d2',
    suffix: '_a\0\0',
    slots: [slot(15, 7, { successful: true }), UNUSED_SLOT, UNUSED_SLOT, UNUSED_SLOT],
  },
  {
    name: 'b on trial',
    hex: '5f62000042434142010200009e002f000000000000000000000000009bf8546d',
    suffix: '_b\0\0',
    slots: [slot(14, 1, { successful: true }), slot(15, 2), UNUSED_SLOT, UNUSED_SLOT],
  },
  {
    name: 'every reserved bit in use',
    hex: '5f6100004243414201ea5aa59f5453a309fe0403f0f1f2f3f4f5f6f7ef0afdc3',
    suffix: '_a\0\0',
    slots: [
      slot(15, 1, { successful: true, reserved: 0x54 }),
      slot(3, 5, { verityCorrupted: true, reserved: 0xa2 }),
      slot(9, 0, { reserved: 0xfe }),
      slot(4, 0, { verityCorrupted: true, reserved: 2 }),
    ],
  },
];

function decoded(bytes: Uint8Array): AndroidBlock {
  const result = decodeAndroidBlock(bytes);
  if (result.kind === 'fault') throw new Error(result.detail);
  return result.block;
}

describe('both directions', () => {
  it.each(VECTORS)('$name', ({ hex, suffix, slots }) => {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    const block = decoded(bytes);
    expect(block).toMatchObject({ suffix, slotCount: 2, slots });
    expect(Buffer.from(encodeAndroidBlock(block)).toString('hex')).toBe(hex);
  });

  it('a block made from nothing is the default one', () => {
    const made = encodeAndroidBlock(newAndroidBlock('_a\0\0', [slot(15, 7), slot(15, 7)]));
    expect(Buffer.from(made).toString('hex')).toBe(VECTORS[0]?.hex);
  });

  it.each([
    // Bytes 9 and 10 as a C compiler lays out the packed bit fields of `boot_control_definition.h`, two slots.
    ['0200', 'none'],
    ['4200', 'unknown'],
    ['8200', 'snapshotted'],
    ['c200', 'merging'],
    ['0201', 'cancelled'],
    ['4201', undefined],
    // Recovery tries and reserved bits beside it.
    ['3afe', 'none'],
  ])('merge status of %s is %s, and is kept', (hex, status) => {
    const bytes = encodeAndroidBlock(newAndroidBlock('_a\0\0', [slot(15, 7), slot(15, 7)]));
    bytes.set(Buffer.from(hex, 'hex'), 9);
    const block = decoded(sealed(bytes));
    expect(mergeStatusOf(block)).toBe(status);
    expect(block.slotCount).toBe(2);
    expect(
      Buffer.from(encodeAndroidBlock({ ...block, slots: [...block.slots] })).toString('hex', 9, 11),
    ).toBe(hex);
  });

  it('the independent CRC-32 has the check value of the standard', () => {
    expect(independentCrc32(Buffer.from('123456789')).toString(16)).toBe('cbf43926');
  });

  it('encode(decode(x)) is x for every whole block, unknown bits and all', () => {
    fc.assert(
      fc.property(wholeBlocks, (bytes) => {
        expect(encodeAndroidBlock(decoded(bytes))).toEqual(bytes);
      }),
    );
  });

  it('what follows the block in its sector is ignored', () => {
    fc.assert(
      fc.property(wholeBlocks, fc.uint8Array(), (bytes, rest) => {
        expect(decoded(Uint8Array.from([...bytes, ...rest]))).toEqual(decoded(bytes));
      }),
    );
  });
});

describe('faults', () => {
  const factory = Uint8Array.from(Buffer.from(VECTORS[1]?.hex ?? '', 'hex'));
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = Uint8Array.from(factory);
    bytes[at] = value;
    return bytes;
  };

  it('any single flipped bit is a wrong CRC', () => {
    for (let bit = 0; bit < factory.length * 8; bit += 1) {
      const at = bit >> 3;
      const bytes = changed(at, (factory[at] ?? 0) ^ (1 << (bit & 7)));
      expect(decodeAndroidBlock(bytes)).toMatchObject({ kind: 'fault', fault: 'crc' });
    }
  });

  it('right CRC over another magic', () => {
    expect(decodeAndroidBlock(sealed(changed(4, 0x41)))).toMatchObject({ fault: 'magic' });
  });

  it('right CRC over a newer version', () => {
    expect(decodeAndroidBlock(sealed(changed(8, 2)))).toMatchObject({ fault: 'too-new' });
  });

  it('right CRC over an older version is a block', () => {
    expect(decodeAndroidBlock(sealed(changed(8, 0)))).toMatchObject({ kind: 'block' });
  });

  it('erased storage is no block, whichever way it erases', () => {
    expect(decodeAndroidBlock(new Uint8Array(32))).toMatchObject({ fault: 'crc' });
    expect(decodeAndroidBlock(new Uint8Array(32).fill(0xff))).toMatchObject({ fault: 'crc' });
  });

  it('any bytes of any length: a block or a fault, never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), blocks), (bytes) => {
        const result = decodeAndroidBlock(bytes);
        if (result.kind === 'block') expect(encodeAndroidBlock(result.block)).toEqual(bytes.slice(0, 32));
        else expect(result.detail).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  });
});
