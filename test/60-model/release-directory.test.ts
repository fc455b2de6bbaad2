/** Names and ranges: what leaves the release directory or makes no sense is refused before anything is asked. */

import { join, normalize } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requirePayloadName, requireRange } from '../../agent/model/release-directory.ts';

describe('a payload name', () => {
  it.each(['a', 'rootfs-0123456789abcdef.pack', '_x', '-x', 'A.B-c_d', 'x'.repeat(255)])(
    'may be %s',
    (name) => {
      expect(requirePayloadName(name)).toBe(name);
    },
  );

  it.each([
    '',
    '.',
    '..',
    '.hidden',
    'a/b',
    '/a',
    '../a',
    'a\\b',
    'a b',
    'a%2fb',
    'http:x',
    'a?b',
    'a#b',
    'a\n',
    'é',
    'x'.repeat(256),
  ])('is refused: %j', (name) => {
    expect(() => requirePayloadName(name)).toThrowError(
      expect.objectContaining({ code: 'MANIFEST_REJECTED' }),
    );
  });

  it('never leaves its folder, nor changes the address of its server', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc
        .array(fc.constantFrom('a', '.', '/', '\\', '%', ':', '-', '\0', '\n'), { maxLength: 12 })
        .map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (name) => {
        let accepted: string;
        try {
          accepted = requirePayloadName(name);
        } catch (error) {
          expect(error).toMatchObject({ name: 'AgentError', code: 'MANIFEST_REJECTED' });
          return;
        }
        expect(normalize(join('/folder', accepted))).toBe(`/folder/${name}`);
        expect(new URL(accepted, 'https://host/base/').href).toBe(`https://host/base/${name}`);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a range', () => {
  const pin = { size: 100, etag: undefined };
  const ask = (start: number, end: number) => (): void => requireRange('x', start, end, pin);

  it.each([
    [0, 1],
    [0, 100],
    [99, 100],
  ])('from %i to %i is asked for', (start, end) => {
    expect(ask(start, end)).not.toThrow();
  });

  it.each([
    [-1, 5],
    [0, 0],
    [5, 4],
    [0, 101],
    [100, 101],
    [0.5, 5],
    [Number.NaN, 5],
    [0, Number.NaN],
  ])('from %d to %d is refused', (start, end) => {
    expect(ask(start, end)).toThrowError(expect.objectContaining({ code: 'RANGE_NOT_SATISFIABLE' }));
  });
});
