/** The chunk index: its bytes as the table says, both directions, and nothing else accepted. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChunkIndexParts, decodeChunkIndex, encodeChunkIndex, MAX_CHUNKS } from '../../format/index.ts';
import { hostileBytes, onlyFormatError } from './hostile-bytes.ts';

const KIB = 1024;
const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** Three chunks of 64 KiB, the last one short: brotli, zero, raw. */
const parts: ChunkIndexParts = {
  imageSize: 2 * 64 * KIB + 100,
  imageDigest: digest('image'),
  chunkSize: 64 * KIB,
  base: undefined,
  entries: [
    { digest: digest('c0'), frameLength: 777, frameDigest: digest('f0'), codec: 'brotli' },
    { digest: digest('c1'), frameLength: 0, frameDigest: digest(''), codec: 'zero' },
    { digest: digest('c2'), frameLength: 100, frameDigest: digest('c2'), codec: 'raw' },
  ],
};
const good = Buffer.from(encodeChunkIndex(parts));

function edited(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(good);
  change(bytes);
  return bytes;
}

/** The first entry as a delta frame against a base, then edited. */
function withBase(change: (bytes: Buffer) => void): Buffer {
  return edited((bytes) => {
    bytes.writeBigUInt64LE(5000n, 56);
    bytes.write(digest('base'), 64, 'hex');
    bytes.writeUInt8(3, 96 + 68);
    change(bytes);
  });
}

describe('bytes', () => {
  test('are-those-of-the-table', () => {
    const header = Buffer.alloc(96);
    header.write('DONABEIX', 0, 'ascii');
    header.writeUInt16LE(1, 8);
    header.writeUInt16LE(96, 10);
    header.writeUInt32LE(65_536, 12);
    header.writeBigUInt64LE(131_172n, 16);
    header.write(digest('image'), 24, 'hex');
    const entry = (chunk: string, frame: string, length: number, codec: number) => {
      const bytes = Buffer.alloc(72);
      bytes.write(digest(chunk), 0, 'hex');
      bytes.write(digest(frame), 32, 'hex');
      bytes.writeUInt32LE(length, 64);
      bytes.writeUInt8(codec, 68);
      return bytes;
    };
    const entries = [entry('c0', 'f0', 777, 2), entry('c1', '', 0, 0), entry('c2', 'c2', 100, 1)];
    expect(good.equals(Buffer.concat([header, ...entries]))).toBe(true);
  });

  test('entries-carry-the-offsets-that-follow-from-their-order', () => {
    const index = decodeChunkIndex(good);
    expect(index).toMatchObject({
      imageSize: 131_172,
      chunkSize: 65_536,
      count: 3,
      packSize: 877,
      base: undefined,
    });
    expect(
      [...index.entries()].map((entry) => [entry.offset, entry.length, entry.frameOffset, entry.codec]),
    ).toEqual([
      [0, 65_536, 0, 'brotli'],
      [65_536, 65_536, 777, 'zero'],
      [131_072, 100, 777, 'raw'],
    ]);
    for (const chunk of [-1, 3, 0.5, Number.NaN]) expect(() => index.entry(chunk)).toThrow(RangeError);
  });

  test('a-base-is-kept', () => {
    const base = { size: 2 ** 40, digest: digest('base') };
    expect(decodeChunkIndex(encodeChunkIndex({ ...parts, base })).base).toEqual(base);
  });

  test('a-delta-frame-is-kept-beside-a-base', () => {
    const index = decodeChunkIndex(withBase(() => {}));
    expect(index.base).toEqual({ size: 5000, digest: digest('base') });
    expect(index.entry(0)).toMatchObject({ codec: 'delta', frameLength: 777 });
    expect(index.entry(2)).toMatchObject({ codec: 'raw' });
  });

  test('a-view-into-a-larger-buffer-is-read-at-its-place', () => {
    const around = Buffer.concat([Buffer.alloc(5, 0xee), good, Buffer.alloc(7, 0xee)]);
    expect(decodeChunkIndex(around.subarray(5, 5 + good.length)).entry(2).digest).toBe(digest('c2'));
  });
});

describe('round-trip', () => {
  const frame = fc.record({
    digest: fc.nat().map((n) => digest(`c${n}`)),
    frameDigest: fc.nat().map((n) => digest(`f${n}`)),
    codec: fc.constantFrom('zero' as const, 'raw' as const, 'brotli' as const),
    brotliLength: fc.integer({ min: 1, max: 128 * KIB }),
  });

  test('any-index-comes-back', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 64 * KIB }),
        fc.constantFrom(64 * KIB, 1024 * KIB, 4096 * KIB),
        (frames, remainder, chunkSize) => {
          const lengthOf = (at: number) => (at === frames.length - 1 ? remainder : chunkSize);
          const entries = frames.map(({ brotliLength, ...entry }, at) => {
            const brotli = Math.min(brotliLength, lengthOf(at) + 64 * KIB);
            return { ...entry, frameLength: { zero: 0, raw: lengthOf(at), brotli }[entry.codec] };
          });
          const imageSize = (frames.length - 1) * chunkSize + remainder;
          const index = decodeChunkIndex(encodeChunkIndex({ ...parts, imageSize, chunkSize, entries }));
          expect([...index.entries()]).toMatchObject(entries);
          expect(index.packSize).toBe(entries.reduce((sum, entry) => sum + entry.frameLength, 0));
        },
      ),
    );
  });

  test('a-million-chunks-are-the-limit', () => {
    const one = { digest: digest('z'), frameLength: 0, frameDigest: digest(''), codec: 'zero' } as const;
    function* zeros(count: number) {
      for (let chunk = 0; chunk < count; chunk += 1) yield one;
    }
    const imageSize = MAX_CHUNKS * 64 * KIB;
    const bytes = encodeChunkIndex({ ...parts, imageSize, entries: zeros(MAX_CHUNKS) });
    expect(bytes).toHaveLength(96 + 72 * MAX_CHUNKS);
    expect(decodeChunkIndex(bytes).entry(MAX_CHUNKS - 1).offset).toBe(imageSize - 64 * KIB);
    expect(() =>
      encodeChunkIndex({ ...parts, imageSize: imageSize + 1, entries: zeros(MAX_CHUNKS + 1) }),
    ).toThrow(expect.objectContaining({ code: 'INDEX_MALFORMED' }));
  });
});

describe('refused', () => {
  test.each<[string, string, Buffer]>([
    ['nothing', 'INDEX_MALFORMED', Buffer.alloc(0)],
    ['half a header', 'INDEX_MALFORMED', good.subarray(0, 95)],
    ['another magic', 'INDEX_MALFORMED', edited((b) => b.write('DONABEIY', 0))],
    ['version 0', 'INDEX_MALFORMED', edited((b) => b.writeUInt16LE(0, 8))],
    ['version 2', 'FORMAT_TOO_NEW', edited((b) => b.writeUInt16LE(2, 8))],
    ['another header length', 'INDEX_MALFORMED', edited((b) => b.writeUInt16LE(97, 10))],
    ['chunk size 0', 'INDEX_MALFORMED', edited((b) => b.writeUInt32LE(0, 12))],
    ['chunk size 32 KiB', 'INDEX_MALFORMED', edited((b) => b.writeUInt32LE(32 * KIB, 12))],
    ['chunk size 8 MiB', 'INDEX_MALFORMED', edited((b) => b.writeUInt32LE(8192 * KIB, 12))],
    ['chunk size 65,537', 'INDEX_MALFORMED', edited((b) => b.writeUInt32LE(65_537, 12))],
    ['image size 0', 'INDEX_MALFORMED', edited((b) => b.writeBigUInt64LE(0n, 16))],
    ['image size 2^64-1', 'INDEX_MALFORMED', edited((b) => b.writeBigUInt64LE(2n ** 64n - 1n, 16))],
    [
      'an image of another number of chunks',
      'INDEX_MALFORMED',
      edited((b) => b.writeBigUInt64LE(65_536n, 16)),
    ],
    ['a base size without a digest', 'INDEX_MALFORMED', edited((b) => b.writeBigUInt64LE(1n, 56))],
    ['a base digest without a size', 'INDEX_MALFORMED', edited((b) => b.writeUInt8(1, 64))],
    ['one byte less', 'INDEX_MALFORMED', good.subarray(0, -1)],
    ['one byte more', 'INDEX_MALFORMED', Buffer.concat([good, Buffer.alloc(1)])],
    ['one entry more', 'INDEX_MALFORMED', Buffer.concat([good, good.subarray(-72)])],
    ['an unknown codec', 'FORMAT_TOO_NEW', edited((b) => b.writeUInt8(4, 96 + 68))],
    ['a delta frame without a base', 'INDEX_MALFORMED', edited((b) => b.writeUInt8(3, 96 + 68))],
    ['a delta frame of no bytes', 'INDEX_MALFORMED', withBase((b) => b.writeUInt32LE(0, 96 + 64))],
    ['reserved bytes', 'INDEX_MALFORMED', edited((b) => b.writeUInt8(1, 96 + 71))],
    ['a zero frame with bytes', 'INDEX_MALFORMED', edited((b) => b.writeUInt32LE(1, 96 + 72 + 64))],
    ['a raw frame of another length', 'INDEX_MALFORMED', edited((b) => b.writeUInt32LE(99, 96 + 144 + 64))],
    ['a brotli frame of no bytes', 'INDEX_MALFORMED', edited((b) => b.writeUInt32LE(0, 96 + 64))],
    [
      'a brotli frame of chunk + 64 KiB + 1',
      'INDEX_MALFORMED',
      edited((b) => b.writeUInt32LE(131_073, 96 + 64)),
    ],
  ])('%s', (_name, code, bytes) => {
    expect(() => decodeChunkIndex(bytes)).toThrow(expect.objectContaining({ name: 'FormatError', code }));
  });

  test('by-encode-as-well', () => {
    const entries = [...parts.entries];
    for (const wrong of [
      { entries: entries.slice(1) },
      { entries: [...entries, ...entries] },
      { chunkSize: 1000 },
    ]) {
      expect(() => encodeChunkIndex({ ...parts, ...wrong })).toThrow(
        expect.objectContaining({ code: 'INDEX_MALFORMED' }),
      );
    }
  });

  test('hostile-bytes-give-only-our-error-or-a-walkable-index', () => {
    fc.assert(
      fc.property(hostileBytes(good), (bytes) => {
        onlyFormatError(() => {
          const index = decodeChunkIndex(bytes);
          let end = 0;
          for (const entry of index.entries()) {
            expect(entry.frameOffset).toBe(end);
            end += entry.frameLength;
          }
          expect(index.packSize).toBe(end);
        });
      }),
      { numRuns: 3000 },
    );
  });
});
