/** The file inside each system image that names its release. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeReleaseInfo, encodeReleaseInfo, type ReleaseInfo } from '../../format/index.ts';
import { hostileBytes, onlyFormatError } from './hostile-bytes.ts';

const plain: ReleaseInfo = {
  compatible: 'donabe-cooker/emulated',
  version: '1.4.0',
  sequence: 14,
  securityVersion: 2,
  channel: 'stable',
  created: '2025-03-01T12:00:00Z',
};
const full: ReleaseInfo = {
  ...plain,
  dataSchema: '3.0.0',
  mcuFirmware: {
    version: '2.0.1',
    size: 60_000,
    sha256: 'ab'.repeat(32),
    protocol: { lowest: 1, highest: 1 },
  },
};
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('release-info', () => {
  test('comes-back-with-fields-of-a-newer-image', () => {
    for (const info of [plain, full, { ...full, region: 'jp' }]) {
      expect(decodeReleaseInfo(encodeReleaseInfo(info))).toEqual(info);
    }
  });

  test.each<[string, unknown]>([
    ['nothing', ''],
    ['a list', [plain]],
    ['no compatible', { ...plain, compatible: undefined }],
    ['a loose version', { ...plain, version: '1.4' }],
    ['a negative sequence', { ...plain, sequence: -1 }],
    ['a time without a zone', { ...plain, created: '2025-03-01T12:00:00' }],
    ['a data schema that is a number', { ...plain, dataSchema: 3 }],
    ['a firmware without a size', { ...plain, mcuFirmware: { version: '1', sha256: 'ab'.repeat(32) } }],
    ['64 KiB and more', { ...plain, notes: 'x'.repeat(65_536) }],
  ])('refused: %s', (_name, value) => {
    expect(() => decodeReleaseInfo(json(value))).toThrow(
      expect.objectContaining({ name: 'FormatError', code: 'RELEASE_INFO_MALFORMED' }),
    );
  });

  test('hostile-bytes-give-only-our-error', () => {
    fc.assert(
      fc.property(hostileBytes(encodeReleaseInfo(full)), (bytes) =>
        onlyFormatError(() => decodeReleaseInfo(bytes)),
      ),
      { numRuns: 1500 },
    );
  });
});
