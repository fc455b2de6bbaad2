/** The channel: its JSON comes back, every wrong field is named, hostile bytes give our error only. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Channel, decodeChannel, encodeChannel } from '../../format/index.ts';
import { hostileBytes, onlyFormatError } from './hostile-bytes.ts';

const plain: Channel = {
  format: 1,
  compatible: 'donabe-cooker/emulated',
  sequence: 3,
  created: '2025-03-01T12:00:00Z',
  offered: 'ab'.repeat(32),
  percent: 25,
  paused: false,
  cohorts: [],
  withdrawn: [],
  critical: [],
};
const full: Channel = {
  ...plain,
  expires: '2026-03-01T12:00:00Z',
  paused: true,
  cohorts: [{ labels: ['pilot'], regions: ['jp'] }, { idSuffixes: ['7', '17'] }],
  withdrawn: [{ identity: 'cd'.repeat(32), reason: 'burns rice' }],
};

describe('the channel', () => {
  test('comes-back-with-fields-of-a-newer-host', () => {
    for (const channel of [plain, full, { ...full, mood: 'calm' }]) {
      expect(decodeChannel(encodeChannel(channel))).toEqual(channel);
    }
  });

  test.each<[string, unknown]>([
    ['nothing', ''],
    ['sequence 0', { ...plain, sequence: 0 }],
    ['a share of 101', { ...plain, percent: 101 }],
    ['a share of a half', { ...plain, percent: 0.5 }],
    ['an offer that is no digest', { ...plain, offered: 'AB'.repeat(32) }],
    ['a cohort that means nobody', { ...plain, cohorts: [{}] }],
    ['a cohort of no labels', { ...plain, cohorts: [{ labels: [] }] }],
    ['a cohort of another kind', { ...plain, cohorts: [{ labels: ['a'], moon: ['full'] }] }],
    ['65 cohorts', { ...plain, cohorts: Array.from({ length: 65 }, () => ({ labels: ['a'] })) }],
    ['a withdrawal without a reason', { ...plain, withdrawn: [{ identity: 'cd'.repeat(32) }] }],
    ['a time without a zone', { ...plain, expires: '2025-03-01T12:00:00' }],
    ['no pause', { ...plain, paused: undefined }],
  ])('refused: %s', (_name, value) => {
    expect(() => decodeChannel(Buffer.from(JSON.stringify(value)))).toThrow(
      expect.objectContaining({ name: 'FormatError', code: 'CHANNEL_MALFORMED' }),
    );
  });

  test.each([
    ['a newer format', { ...plain, format: 2 }],
    ['a field that must be understood', { ...plain, critical: ['moon'] }],
  ])('too new: %s', (_name, value) => {
    expect(() => decodeChannel(Buffer.from(JSON.stringify(value)))).toThrow(
      expect.objectContaining({ code: 'FORMAT_TOO_NEW' }),
    );
  });

  test('hostile-bytes-give-only-our-error', () => {
    fc.assert(
      fc.property(hostileBytes(encodeChannel(full)), (bytes) => onlyFormatError(() => decodeChannel(bytes))),
      { numRuns: 1000 },
    );
  });
});
