/** Every answer that a server may give to a range request has exactly one judgement. Pure, no sockets. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AnswerHead,
  judgeRangeAnswer,
  type RangeAsk,
  strongEtag,
} from '../../agent/model/range-answer.ts';

const ETAG = '"one"';
const ask: RangeAsk = { start: 100, end: 200, pin: { size: 1_000, etag: ETAG } };
const part: AnswerHead = {
  status: 206,
  contentRange: 'bytes 100-199/1000',
  contentLength: '100',
  etag: ETAG,
  contentType: 'application/octet-stream',
};
const whole: AnswerHead = { status: 200, contentLength: '1000', etag: ETAG };

const usable = (skip: number, take: number, etag: string | undefined = ETAG) => ({
  kind: 'body',
  skip,
  take,
  etag,
});
const refused = (code: string) => expect.objectContaining({ kind: 'refused', code });

describe('a part', () => {
  const rows: [string, AnswerHead, unknown][] = [
    ['as asked', part, usable(0, 100)],
    ['without Content-Length', { ...part, contentLength: undefined }, usable(0, 100)],
    ['that is typed as HTML but fits every pin', { ...part, contentType: 'text/html' }, usable(0, 100)],
    [
      'shorter than asked',
      { ...part, contentRange: 'bytes 100-149/1000', contentLength: '50' },
      usable(0, 50),
    ],
    [
      'longer than asked is cut',
      { ...part, contentRange: 'bytes 100-299/1000', contentLength: '200' },
      usable(0, 100),
    ],
    ['that starts later', { ...part, contentRange: 'bytes 101-200/1000' }, refused('RANGE_ANSWER')],
    ['that starts earlier', { ...part, contentRange: 'bytes 0-99/1000' }, refused('RANGE_ANSWER')],
    ['of another file', { ...part, contentRange: 'bytes 100-199/1001' }, refused('PAYLOAD_LENGTH')],
    ['of a file of unknown length', { ...part, contentRange: 'bytes 100-199/*' }, refused('RANGE_ANSWER')],
    ['without Content-Range', { ...part, contentRange: undefined }, refused('RANGE_ANSWER')],
    ['with the unsatisfied form', { ...part, contentRange: 'bytes */1000' }, refused('RANGE_ANSWER')],
    ['in other units', { ...part, contentRange: 'items 100-199/1000' }, refused('RANGE_ANSWER')],
    ['that ends before it starts', { ...part, contentRange: 'bytes 100-99/1000' }, refused('RANGE_ANSWER')],
    ['that ends after its total', { ...part, contentRange: 'bytes 100-1000/1000' }, refused('RANGE_ANSWER')],
    ['whose length contradicts its range', { ...part, contentLength: '99' }, refused('RANGE_ANSWER')],
    [
      'in several parts',
      { ...part, contentType: 'multipart/byteranges; boundary=x' },
      refused('RANGE_ANSWER'),
    ],
    ['that is compressed', { ...part, contentEncoding: 'gzip' }, refused('RANGE_ANSWER')],
    [
      'that is compressed on the way',
      { ...part, transferEncoding: 'gzip, chunked' },
      refused('RANGE_ANSWER'),
    ],
    ['in pieces', { ...part, contentLength: undefined, transferEncoding: 'Chunked' }, usable(0, 100)],
    ['encoded as itself', { ...part, contentEncoding: 'identity' }, usable(0, 100)],
    ['with another ETag', { ...part, etag: '"two"' }, refused('VALIDATOR_CHANGED')],
    ['with its ETag gone weak', { ...part, etag: `W/${ETAG}` }, refused('VALIDATOR_CHANGED')],
    ['with its ETag gone', { ...part, etag: undefined }, refused('VALIDATOR_CHANGED')],
  ];
  test.each(rows)('%s', (_, head, verdict) => {
    expect(judgeRangeAnswer(ask, head)).toEqual(verdict);
  });

  test('teaches its ETag when none is pinned', () => {
    const unpinned = { ...ask, pin: { size: 1_000, etag: undefined } };
    expect(judgeRangeAnswer(unpinned, part)).toEqual(usable(0, 100));
    expect(judgeRangeAnswer(unpinned, { ...part, etag: 'W/"one"' })).toMatchObject({ etag: undefined });
  });
});

describe('the whole file instead of a part', () => {
  const atStart = { ...ask, start: 0 };
  const rows: [string, RangeAsk, AnswerHead, unknown][] = [
    ['from byte 0 is taken', atStart, whole, usable(0, 200)],
    ['from byte 0 with another ETag is taken', atStart, { ...whole, etag: '"two"' }, usable(0, 200, '"two"')],
    ['later is skipped to the start', ask, whole, usable(100, 100)],
    ['later with another ETag drops the pin', ask, { ...whole, etag: '"two"' }, refused('VALIDATOR_CHANGED')],
    ['of another length', ask, { ...whole, contentLength: '999' }, refused('PAYLOAD_LENGTH')],
    ['of unknown length', ask, { ...whole, contentLength: undefined }, refused('RANGE_ANSWER')],
    ['compressed', ask, { ...whole, contentEncoding: 'br' }, refused('RANGE_ANSWER')],
    ['a log-in page', ask, { ...whole, contentType: 'Text/HTML; charset=utf-8' }, refused('CAPTIVE_PORTAL')],
    [
      'a compressed log-in page',
      ask,
      { status: 200, contentType: 'text/html', contentEncoding: 'gzip' },
      refused('CAPTIVE_PORTAL'),
    ],
  ];
  test.each(rows)('%s', (_, asked, head, verdict) => {
    expect(judgeRangeAnswer(asked, head)).toEqual(verdict);
  });
});

describe('no bytes', () => {
  const rows: [string, AnswerHead, string][] = [
    ['416 with the pinned length', { status: 416, contentRange: 'bytes */1000' }, 'RANGE_NOT_SATISFIABLE'],
    ['416 without a length', { status: 416 }, 'RANGE_NOT_SATISFIABLE'],
    ['416 with another length', { status: 416, contentRange: 'bytes */100' }, 'PAYLOAD_LENGTH'],
    ['204', { status: 204 }, 'RANGE_ANSWER'],
    ['304 to If-Range', { status: 304, etag: ETAG }, 'VALIDATOR_CHANGED'],
    ['412 to If-Range', { status: 412 }, 'VALIDATOR_CHANGED'],
    ['503', { status: 503 }, 'SERVER_BUSY'],
    ['404', { status: 404, contentType: 'text/html' }, 'HTTP_STATUS'],
  ];
  test.each(rows)('%s', (_, head, code) => {
    expect(judgeRangeAnswer(ask, head)).toEqual(refused(code));
  });
});

test.each([
  [304, 'RANGE_ANSWER'],
  [412, 'HTTP_STATUS'],
])('%i without If-Range is no answer', (status, code) => {
  const unpinned = { ...ask, pin: { size: 1_000, etag: undefined } };
  expect(judgeRangeAnswer(unpinned, { status, etag: ETAG })).toEqual(refused(code));
});

test('any head gets a judgement, and a usable one never leaves what was asked', () => {
  const text = fc.option(
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        'bytes 0-9/10',
        'bytes 3-5/10',
        'bytes */10',
        '10',
        '3',
        '"a"',
        'W/"a"',
        'gzip',
        'text/html',
      ),
    ),
    { nil: undefined },
  );
  const heads = fc.record({
    status: fc.oneof(fc.constantFrom(200, 206, 416), fc.integer({ min: 100, max: 599 })),
    contentRange: text,
    contentLength: text,
    contentType: text,
    contentEncoding: text,
    transferEncoding: text,
    etag: text,
  });
  const asks = fc
    .tuple(fc.nat(9), fc.integer({ min: 1, max: 10 }), fc.constantFrom(undefined, '"a"'))
    .map(([start, length, etag]) => ({ start, end: Math.min(start + length, 10), pin: { size: 10, etag } }));
  fc.assert(
    fc.property(asks, heads, (asked, head) => {
      const verdict = judgeRangeAnswer(asked, head);
      if (verdict.kind === 'refused') return verdict.why.length > 0;
      const first = head.status === 200 ? 0 : asked.start;
      return (
        first + verdict.skip === asked.start && verdict.take >= 1 && verdict.take <= asked.end - asked.start
      );
    }),
    { numRuns: 5_000 },
  );
});

test('only strong validators of sane length are kept', () => {
  expect(strongEtag('"a-b"')).toBe('"a-b"');
  for (const bad of [undefined, '', 'W/"a"', '"a', 'a', '"a"b"', `"${'x'.repeat(300)}"`, '"\n"']) {
    expect(strongEtag(bad)).toBeUndefined();
  }
});
