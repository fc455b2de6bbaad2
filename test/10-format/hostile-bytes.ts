/** Arbitraries of hostile bytes: noise, and good bytes with flips, cuts, doublings and insertions. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { FormatError } from '../../format/index.ts';

/** Random bytes up to 4 KiB, or `good` with one to four wounds. */
export function hostileBytes(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const wound = fc.record({
    kind: fc.constantFrom('flip', 'cut', 'insert', 'double', 'byte'),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    value: fc.integer({ min: 0, max: 255 }),
  });
  const wounded = fc.array(wound, { minLength: 1, maxLength: 4 }).map((wounds) =>
    wounds.reduce<Uint8Array>((bytes, { kind, at, value }) => {
      const place = Math.floor(at * bytes.length);
      const before = bytes.subarray(0, place);
      if (kind === 'cut') return before;
      if (kind === 'double') return Buffer.concat([before, bytes.subarray(place), bytes.subarray(place)]);
      if (kind === 'insert') return Buffer.concat([before, Buffer.from([value]), bytes.subarray(place)]);
      const copy = Uint8Array.from(bytes);
      copy[place] = kind === 'byte' ? value : (copy[place] ?? 0) ^ (1 << (value & 7));
      return copy;
    }, good),
  );
  return fc.oneof(fc.uint8Array({ maxLength: 4096 }), wounded);
}

/** Runs a decoder; anything but a value or a FormatError fails the test. */
export function onlyFormatError(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
  }
}
