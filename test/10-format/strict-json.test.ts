/** JSON with one reading per text: what is accepted equals JSON.parse, all else is refused with a code. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictJson } from '../../format/index.ts';
import { hostileBytes, onlyFormatError } from './hostile-bytes.ts';

const limits = { maxBytes: 64 * 1024 };
const parse = (text: string) => parseStrictJson(Buffer.from(text, 'utf8'), limits);

describe('accepted', () => {
  test.each([
    '{}',
    '[]',
    ' [1, -2, 0, 9007199254740991, -9007199254740991] ',
    '{"a":{"b":[true,false,null,"x"]},"c":""}',
    '"\\u00e9\\n\\"\\\\ \\ud83c\\udf5a"',
    '{"":1,"a":2,"constructor":3}',
    `${'['.repeat(16)}${']'.repeat(16)}`,
  ])('%s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });
});

describe('refused', () => {
  test.each([
    ['nothing', ''],
    ['blanks only', ' \n'],
    ['a second document', '{} {}'],
    ['a duplicate name', '{"a":1,"a":1}'],
    ['a duplicate name behind an escape', '{"a":1,"\\u0061":2}'],
    ['a duplicate name deep inside', '{"x":[{"b":1,"b":2}]}'],
    ['__proto__', '{"__proto__":1}'],
    ['__proto__ behind an escape', '{"\\u005f_proto__":{}}'],
    ['2^53', '9007199254740992'],
    ['-2^53', '-9007199254740992'],
    ['a hundred digits', '1'.repeat(100)],
    ['a fraction', '1.0'],
    ['an exponent', '1e3'],
    ['a leading zero', '01'],
    ['a plus', '+1'],
    ['negative zero', '-0'],
    ['NaN', 'NaN'],
    ['a comma at the end of a list', '[1,]'],
    ['a comma at the end of an object', '{"a":1,}'],
    ['a name without quotation marks', '{a:1}'],
    ['a missing colon', '{"a" 1}'],
    ['single quotation marks', "'a'"],
    ['a comment', '[1] // one'],
    ['a raw line feed in a string', '"a\nb"'],
    ['an unknown escape', '"\\x41"'],
    ['half of a surrogate pair', '"\\ud800"'],
    ['an open string', '"abc'],
    ['a string that ends in a backslash', '"abc\\'],
    ['an open object', '{"a":1'],
    ['a no-break space', '\u00a0{}'],
    ['a byte order mark', '\ufeff{}'],
    ['depth 17', `${'['.repeat(17)}${']'.repeat(17)}`],
  ])('%s', (_name, text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ name: 'FormatError', code: 'JSON_MALFORMED' }),
    );
  });

  test('bytes-that-are-not-utf8', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0xaf, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ]) {
      expect(() => parseStrictJson(Uint8Array.from(bytes), limits)).toThrow(/UTF-8/);
    }
  });

  test('one-byte-over-the-limit-with-the-caller-s-code', () => {
    expect(parseStrictJson(Buffer.from('"abc"'), { maxBytes: 5 })).toBe('abc');
    expect(() => parseStrictJson(Buffer.from('"abcd"'), { maxBytes: 5, code: 'MANIFEST_MALFORMED' })).toThrow(
      expect.objectContaining({ code: 'MANIFEST_MALFORMED' }),
    );
  });

  test('a-megabyte-of-brackets-does-not-touch-the-stack', () => {
    const brackets = Buffer.alloc(1024 * 1024, '[');
    expect(() => parseStrictJson(brackets, { maxBytes: brackets.length })).toThrow(/deeper than 16/);
  });
});

describe('properties', () => {
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n)),
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((name) => name !== '__proto__'),
        tie('value'),
        {
          maxKeys: 4,
          noNullPrototype: true,
        },
      ),
    ),
  })).value;

  test('what-JSON.stringify-writes-is-read-back', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(parse(JSON.stringify(original))).toEqual(original);
      }),
    );
  });

  test('what-is-accepted-is-what-JSON.parse-reads', () => {
    const good = Buffer.from('{"a":[1,2,{"b":"\\u0041"}],"c":null,"d":-5,"e":true}');
    fc.assert(
      fc.property(hostileBytes(good), (bytes) => {
        onlyFormatError(() => {
          const read = parseStrictJson(bytes, limits);
          expect(read).toEqual(JSON.parse(Buffer.from(bytes).toString('utf8')));
        });
      }),
      { numRuns: 2000 },
    );
  });
});
