/** What holds for every line, whatever is on it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Deframed,
  Deframer,
  decodeFrame,
  encodeFrame,
  type Frame,
  MAX_FRAME,
  NEED_MORE,
} from '../../mcu-bridge/index.ts';

const frames = fc.record({
  command: fc.integer({ min: 0, max: 255 }),
  payload: fc.uint8Array({ maxLength: 240 }),
});
/** Noise rich in what looks like the start of a frame. */
const noise = fc
  .array(fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 255 })), {
    maxLength: 60,
  })
  .map((bytes) => Uint8Array.from(bytes));
const piece = fc.oneof(
  frames.map((frame) => ({ good: frame as Frame | undefined, bytes: encodeFrame(frame) })),
  noise.map((bytes) => ({ good: undefined, bytes })),
);

function hear(bytes: Uint8Array, cuts: readonly number[]): Deframed[] {
  const deframer = new Deframer();
  const heard: Deframed[] = [];
  const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    heard.push(...deframer.push(bytes.subarray(start, end), 0));
    start = end;
  }
  return [...heard, ...deframer.tick(1000)];
}

const sizeOf = (result: Deframed): number =>
  result.kind === 'frame' ? result.frame.payload.length + 5 : result.bytes.length;
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });

describe('any line', () => {
  it('decode undoes encode', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const bytes = encodeFrame(frame);
        expect(decodeFrame(bytes)).toEqual({ kind: 'frame', frame, length: bytes.length });
      }),
    );
  });

  it('does not depend on how it is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), cuts, (pieces, where) => {
        const bytes = Uint8Array.from(pieces.flatMap((part) => [...part.bytes]));
        expect(hear(bytes, where)).toEqual(hear(bytes, []));
      }),
      { numRuns: 300 },
    );
  });

  it('every byte is accounted for once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), cuts, (bytes, where) => {
        const total = hear(bytes, where).reduce((sum, result) => sum + sizeOf(result), 0);
        expect(total).toBe(bytes.length);
      }),
    );
  });

  it('loses no good frame to noise around it, if the noise holds no frame of its own', () => {
    fc.assert(
      fc.property(noise, frames, noise, (before, frame, after) => {
        const bytes = Uint8Array.from([...before, ...encodeFrame(frame), ...after]);
        // Noise may by chance hold or begin a frame of its own that swallows the good one: 16 bits of CRC allow
        // for that once in 65536, and the frame number is there for it.
        fc.pre(!holdsFrameBefore(bytes, before.length));
        expect(hear(bytes, [])).toContainEqual({ kind: 'frame', frame });
      }),
      { numRuns: 1000 },
    );
  });

  it('one flipped bit never makes another valid frame of the same length', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (frame, at) => {
        const bytes = encodeFrame(frame);
        const bit = at % (bytes.length * 8);
        const flipped = bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        const decoded = decodeFrame(flipped);
        const sameLength =
          decoded !== NEED_MORE && decoded.kind === 'frame' && decoded.length === bytes.length;
        expect(sameLength).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('a burst of up to 16 damaged bits behind LEN is always seen', () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 0xffff }), (frame, at, pattern) => {
        const bytes = encodeFrame(frame);
        const first = 16 + (at % ((bytes.length - 4) * 8));
        for (let bit = 0; bit < 16; bit++) {
          const index = (first + bit) >> 3;
          if (pattern & (1 << bit)) bytes[index] = (bytes[index] ?? 0) ^ (0x80 >> ((first + bit) & 7));
        }
        expect(decodeFrame(bytes)).toEqual({ kind: 'fault', reason: 'bad-crc' });
      }),
      { numRuns: 1000 },
    );
  });

  it('nothing but SOH is discarded in time and memory that grow with the input only', () => {
    const deframer = new Deframer();
    let discarded = 0;
    let pieces = 0;
    for (let round = 0; round < 100; round++) {
      for (const result of deframer.push(new Uint8Array(1000).fill(1), 0)) {
        discarded += sizeOf(result);
        pieces += 1;
      }
    }
    expect(discarded).toBeGreaterThan(100_000 - 2 * MAX_FRAME - 256);
    expect(pieces).toBeLessThanOrEqual(100_000 / 256 + 1);
  });
});

/** Does a CRC happen to fit somewhere before `goodAt`? */
function holdsFrameBefore(bytes: Uint8Array, goodAt: number): boolean {
  for (let start = 0; start < goodAt; start++) {
    const decoded = decodeFrame(bytes.subarray(start));
    if (decoded !== NEED_MORE && decoded.kind === 'frame') return true;
  }
  return false;
}
