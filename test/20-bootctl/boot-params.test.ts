/** The boot loader's parameter page: its bytes, from real files, and everything that is none. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BootControlError,
  type BootParams,
  decodeBootParams,
  encodeBootParams,
  readBootParams,
} from '../../bootctl/index.ts';
import { expectedError } from './misc-image.ts';

const RECOVERY: BootParams = { version: 1, flags: 0x8001, bootMode: 'recovery', deviceTree: 0x1_4000_0000n };

const anyParams: fc.Arbitrary<BootParams> = fc.record({
  version: fc.constant(1),
  flags: fc.integer({ min: 0, max: 0xffff }),
  bootMode: fc.constantFrom<BootParams['bootMode']>('normal', 'recovery'),
  deviceTree: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});

describe('bytes', () => {
  it('lie where the boot loader puts them', () => {
    const page = Buffer.from(encodeBootParams(RECOVERY));
    expect(page).toHaveLength(4096);
    expect(page.subarray(0, 24).toString('hex')).toBe(
      'aa55aa55' + '0100' + '0180' + '00000000' + '01000000' + '0000004001000000',
    );
    expect(page.subarray(24).every((byte) => byte === 0)).toBe(true);
  });

  it('decoded is what was encoded', () => {
    fc.assert(
      fc.property(anyParams, (params) => {
        expect(decodeBootParams(encodeBootParams(params))).toEqual(params);
      }),
    );
  });

  it.each([
    ['empty', new Uint8Array(0), 0],
    ['a byte too short', encodeBootParams(RECOVERY).subarray(0, 4095), 4095],
    ['zeros', new Uint8Array(4096), 0],
    ['version 2', encodeBootParams({ ...RECOVERY, version: 2 }), 4],
    ['boot mode 2', encodeBootParams(RECOVERY).map((byte, at) => (at === 12 ? 2 : byte)), 12],
  ])('%s is refused, with the offset', (_, page, offset) => {
    expect(() => decodeBootParams(page)).toThrow(
      expect.objectContaining({ code: 'BOOT_PARAMS_BAD', facts: { offset } }),
    );
  });

  it('what follows the boot mode is not part of it', () => {
    const page = encodeBootParams(RECOVERY).map((byte, at) => (at === 13 ? 1 : byte));
    expect(decodeBootParams(page)).toEqual(RECOVERY);
  });

  it('any bytes: values or our error', () => {
    const almost = fc
      .tuple(anyParams, fc.nat(23), fc.nat(255))
      .map(([params, where, value]) => encodeBootParams(params).fill(value, where, where + 1));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 5000 }), almost), (page) => {
        try {
          expect(decodeBootParams(page).version).toBe(1);
        } catch (error) {
          expect(error).toBeInstanceOf(BootControlError);
        }
      }),
    );
  });
});

describe('from a file', () => {
  let folder: string;
  const file = (): string => join(folder, 'params');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'donabe-params-'));
    await writeFile(file(), Buffer.concat([Buffer.alloc(512), encodeBootParams(RECOVERY)]));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('at its offset', async () => {
    expect(await readBootParams(file(), 512)).toEqual(RECOVERY);
  });

  it.each([
    ['another offset', 0, 'BOOT_PARAMS_BAD'],
    ['the end of the file', 600, 'BOOT_PARAMS_BAD'],
    ['behind the file', 1e6, 'BOOT_PARAMS_BAD'],
  ])('%s', async (_, offset, code) => {
    expect(await expectedError(readBootParams(file(), offset))).toBe(code);
  });

  it('no file, and a folder', async () => {
    expect(await expectedError(readBootParams(join(folder, 'nowhere'), 0))).toBe('REGION_OPEN_FAILED');
    expect(await expectedError(readBootParams(folder, 0))).toBe('REGION_READ_FAILED');
  });
});
