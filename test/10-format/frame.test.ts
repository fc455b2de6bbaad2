/** Frames: a chunk goes in and comes out, and no frame makes more bytes than its chunk has. */
import { randomBytes } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeFrame,
  decodeFrameInPool,
  encodeFrame,
  encodeFrameInPool,
  type FrameCodec,
  isZero,
} from '../../format/index.ts';
import { hostileBytes, onlyFormatError } from './hostile-bytes.ts';

const KIB = 1024;
const text = Buffer.alloc(100 * KIB, 'rice and beans, ');

describe('encode', () => {
  test.each<[string, Uint8Array, FrameCodec]>([
    ['zeros', Buffer.alloc(64 * KIB), 'zero'],
    ['one zero', Buffer.alloc(1), 'zero'],
    ['text', text, 'brotli'],
    ['noise', randomBytes(64 * KIB), 'raw'],
    ['one byte', Buffer.from('x'), 'raw'],
    ['4 MiB of text', Buffer.alloc(4096 * KIB, 'x'), 'brotli'],
  ])('%s', (_name, chunk, codec) => {
    const frame = encodeFrame(chunk, 5);
    expect(frame.codec).toBe(codec);
    expect(frame.bytes.length).toBeLessThanOrEqual(chunk.length);
    expect(Buffer.compare(decodeFrame(codec, frame.bytes, chunk.length), chunk)).toBe(0);
  });

  test('zeros-with-one-other-byte-are-not-zero', () => {
    for (const at of [0, 1, 500, 998, 999]) {
      const chunk = Buffer.alloc(1000);
      chunk[at] = 1;
      expect(isZero(chunk)).toBe(false);
    }
    expect(isZero(Buffer.alloc(1000, 7))).toBe(false);
    expect(isZero(Buffer.alloc(1000))).toBe(true);
  });

  test('in-the-pool-gives-the-same-frame', async () => {
    for (const chunk of [Buffer.alloc(64 * KIB), text, randomBytes(1000)]) {
      expect(await encodeFrameInPool(chunk, 5)).toEqual(encodeFrame(chunk, 5));
    }
  });

  test.each([
    [5, true],
    [9, true],
    [10, false],
    [11, false],
  ])('at-quality-%d-literals-are-coded-without-contexts: %s', (quality, without) => {
    // A figure behind each letter: what may come is told by what was before. Below a MiB no encoder looks for that.
    const words = randomBytes(1024 * KIB).map((byte, at) =>
      at % 2 === 0 ? 0x61 + (byte % 26) : 0x30 + (byte % 10),
    );
    const streamOf = (disabled: boolean): Buffer =>
      brotliCompressSync(words, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: quality,
          [constants.BROTLI_PARAM_SIZE_HINT]: words.length,
          [constants.BROTLI_PARAM_LGWIN]: Math.ceil(Math.log2(words.length)),
          [constants.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING]: Number(disabled),
        },
      });
    const { bytes } = encodeFrame(words, quality);
    expect(Buffer.compare(bytes, streamOf(without))).toBe(0);
    expect(Buffer.compare(bytes, streamOf(!without))).not.toBe(0);
  });

  test.each<[string, Uint8Array, FrameCodec]>([
    ['zeros', Buffer.alloc(64 * KIB), 'zero'],
    ['text', text, 'raw'],
    ['noise', randomBytes(64 * KIB), 'raw'],
  ])('without-a-quality-nothing-is-compressed: %s', async (_name, chunk, codec) => {
    const frame = encodeFrame(chunk, undefined);
    expect(frame.codec).toBe(codec);
    expect(Buffer.compare(decodeFrame(codec, frame.bytes, chunk.length), chunk)).toBe(0);
    expect(await encodeFrameInPool(chunk, undefined)).toEqual(frame);
  });

  test('any-chunk-comes-back-at-any-quality', () => {
    const chunk = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 2000 }),
      fc.uint8Array({ minLength: 1, maxLength: 40 }).map((piece) => Buffer.alloc(3000, piece)),
    );
    fc.assert(
      fc.property(chunk, fc.constantFrom(undefined, 0, 1, 5, 9), (bytes, quality) => {
        const frame = encodeFrame(bytes, quality);
        expect(Buffer.compare(decodeFrame(frame.codec, frame.bytes, bytes.length), bytes)).toBe(0);
      }),
    );
  });
});

describe('decode into memory that is lent', () => {
  test.each<[string, Uint8Array]>([
    ['zeros', Buffer.alloc(64 * KIB)],
    ['brotli', text],
    ['raw', randomBytes(64 * KIB)],
    ['short', Buffer.from('rice, rice, rice, rice')],
  ])('%s', async (_name, chunk) => {
    const { codec, bytes } = encodeFrame(chunk, 5);
    const memory = new Uint8Array(chunk.length + 8).fill(9);
    const made = await decodeFrameInPool(codec, bytes, chunk.length, (length) => memory.subarray(0, length));
    expect(made.buffer).toBe(memory.buffer);
    expect(Buffer.compare(made, chunk)).toBe(0);
    expect(memory.subarray(chunk.length).every((byte) => byte === 9)).toBe(true);
  });

  test('nothing-is-left-for-the-collector', async () => {
    const chunk = Buffer.alloc(1024 * KIB, text);
    const { codec, bytes } = encodeFrame(chunk, 5);
    const memory = new Uint8Array(chunk.length);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let time = 0; time < 64; time += 1) {
      await decodeFrameInPool(codec, bytes, chunk.length, () => memory);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(most).toBeLessThan(4 * 1024 * KIB);
  });
});

describe('refused', () => {
  test.each<[string, FrameCodec, Uint8Array, number]>([
    ['a zero frame with a byte', 'zero', Buffer.alloc(1), 1000],
    ['a raw frame that is short', 'raw', Buffer.alloc(999), 1000],
    ['a raw frame that is long', 'raw', Buffer.alloc(1001), 1000],
    ['a brotli frame of nothing', 'brotli', Buffer.alloc(0), 1000],
    ['a brotli frame cut short', 'brotli', brotliCompressSync(text).subarray(0, -1), text.length],
    ['a brotli frame of fewer bytes', 'brotli', brotliCompressSync(text.subarray(1)), text.length],
    ['a brotli frame of one byte more', 'brotli', brotliCompressSync(text), text.length - 1],
    ['noise as brotli', 'brotli', Buffer.alloc(1000, 0xff), 1000],
  ])('%s', (_name, codec, frame, length) => {
    expect(() => decodeFrame(codec, frame, length)).toThrow(
      expect.objectContaining({ name: 'FormatError', code: 'FRAME_MALFORMED' }),
    );
  });

  test('a-bomb-of-256-MiB-is-stopped-at-the-chunk', () => {
    const bomb = brotliCompressSync(Buffer.alloc(256 * 1024 * KIB), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
    });
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodeFrame('brotli', bomb, 64 * KIB)).toThrow(
      expect.objectContaining({ code: 'FRAME_MALFORMED' }),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * KIB);
  });

  test('hostile-bytes-give-only-our-error-or-one-chunk', () => {
    const chunk = text.subarray(0, 5000);
    fc.assert(
      fc.property(
        hostileBytes(encodeFrame(chunk, 5).bytes),
        fc.constantFrom('raw', 'brotli', 'zero'),
        (bytes, codec) => {
          onlyFormatError(() => expect(decodeFrame(codec, bytes, chunk.length)).toHaveLength(chunk.length));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
