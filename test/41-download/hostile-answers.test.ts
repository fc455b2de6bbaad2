/**
 * What no HTTP library would ever send: lying lengths, garbage, heads without end. Each answer ends soon, with a code,
 * and neither the process nor its memory minds. The second try on the same source proves that nothing sticks.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpSource } from '../../agent/adapters/http-source.ts';
import type { AgentErrorCode } from '../../agent/errors.ts';
import type { PayloadPin } from '../../agent/ports.ts';
import { type RawAnswering, startRawServer } from '../../fixtures/server/raw-server.ts';

const PACK = 'pack-0123456789abcdef';
const START = 100;
const BODY = 'x'.repeat(100);
const pin: PayloadPin = { size: 1_000, etag: undefined };
/** Status line and the header that a part needs. */
const PART = 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 100-199/1000\r\n';
const LENGTH = 'Content-Length: 100\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

/** Most bytes of an answer without end: what is read before it is given up, and the kernel's socket buffers. */
const SENT_MOST = 32 * 1024 * 1024;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What the source makes of one answer: the bytes, and the error that ended them. */
async function outcomesOf(answer: RawAnswering, tries = 2) {
  const server = await startRawServer(() => answer);
  ends.push(() => server.stop());
  const patience = { connectMs: 2_000, idleMs: 500 };
  const source = createHttpSource({ baseUrls: [server.url], patience });
  ends.push(() => source.close());
  const outcomes = [];
  for (let again = 0; again < tries; again += 1) outcomes.push(await fetchOnce(source));
  return { server, outcomes };
}

async function fetchOnce(source: ReturnType<typeof createHttpSource>) {
  let text = '';
  const signal = new AbortController().signal;
  try {
    const { body, etag } = await source.range(PACK, START, START + BODY.length, pin, signal);
    for await (const piece of body) text += Buffer.from(piece).toString('latin1');
    return { text, etag };
  } catch (error) {
    return { text, error };
  }
}

const failed = (code: AgentErrorCode, text = '') => ({
  text,
  error: expect.objectContaining({ name: 'AgentError', code }),
});
const whole = (etag?: string) => ({ text: BODY, etag });

function* forever(head: string, piece: string): Generator<string> {
  yield head;
  for (;;) yield piece;
}

/** `end`: the connection ends after it. */
const answers = (text: string, end = false): RawAnswering => ({ pieces: [text], end });

describe('lengths', () => {
  const rows: [string, RawAnswering, unknown][] = [
    ['as it should be', answers(`${PART}${LENGTH}\r\n${BODY}`), whole()],
    ['none, over HTTP/1.0', answers(`${PART.replace('1.1', '1.0')}\r\n${BODY}`, true), whole()],
    [
      'none, and the connection ends early',
      answers(`${PART}\r\n${BODY.slice(50)}`, true),
      failed('SHORT_BODY', BODY.slice(50)),
    ],
    ['given twice', answers(`${PART}${LENGTH}${LENGTH}\r\n${BODY}`), failed('CONNECTION_FAILED')],
    [
      'given twice, and they differ',
      answers(`${PART}${LENGTH}Content-Length: 99\r\n\r\n${BODY}`),
      failed('CONNECTION_FAILED'),
    ],
    [
      'given twice in one line',
      answers(`${PART}Content-Length: 100, 100\r\n\r\n${BODY}`),
      failed('CONNECTION_FAILED'),
    ],
    ['negative', answers(`${PART}Content-Length: -100\r\n\r\n${BODY}`), failed('CONNECTION_FAILED')],
    ['too small', answers(`${PART}Content-Length: 99\r\n\r\n${BODY}`), failed('RANGE_ANSWER')],
    ['too large', answers(`${PART}Content-Length: 101\r\n\r\n${BODY}`), failed('RANGE_ANSWER')],
    [
      'more than the body, which then ends',
      answers(`${PART}${LENGTH}\r\n${BODY.slice(50)}`, true),
      failed('SHORT_BODY', BODY.slice(50)),
    ],
    [
      'more than the body, which then stalls',
      answers(`${PART}${LENGTH}\r\n${BODY.slice(50)}`),
      failed('TIMEOUT', BODY.slice(50)),
    ],
    ['less than the body', answers(`${PART}${LENGTH}\r\n${BODY}and more`), failed('SHORT_BODY')],
    [
      'beside chunks',
      answers(`${PART}${LENGTH}${CHUNKED}\r\n64\r\n${BODY}\r\n0\r\n\r\n`),
      failed('CONNECTION_FAILED'),
    ],
    ['of a chunk that is none', answers(`${PART}${CHUNKED}\r\nzz\r\n${BODY}`), failed('SHORT_BODY')],
    [
      'of a chunk beyond all numbers',
      answers(`${PART}${CHUNKED}\r\n${'f'.repeat(40)}\r\n${BODY}`),
      failed('SHORT_BODY'),
    ],
  ];
  test.each(rows)('%s', async (_, answer, expected) => {
    const { outcomes } = await outcomesOf(answer);
    expect(outcomes).toEqual([expected, expected]);
  });

  test('a second answer that nobody asked for is never taken for the next one', async () => {
    const foreign = `${PART}${LENGTH}\r\n${'z'.repeat(100)}`;
    const pieces = [`${PART}${LENGTH}\r\n${BODY}`, foreign];
    const { outcomes } = await outcomesOf({ pieces }, 5);
    expect(outcomes).toEqual(Array(5).fill(whole()));
  });
});

describe('heads', () => {
  const rows: [string, RawAnswering, unknown][] = [
    ['garbage', answers('\x00\xff\x17garbage\r\n\r\n'), failed('CONNECTION_FAILED')],
    ['another protocol', answers('SSH-2.0-OpenSSH_9.2\r\n'), failed('CONNECTION_FAILED')],
    ['a body without a head', answers(BODY, true), failed('CONNECTION_FAILED')],
    ['nothing, and the end', answers('', true), failed('CONNECTION_FAILED')],
    [
      'a version that does not exist',
      answers(`${PART.replace('1.1', '9.9')}\r\n`),
      failed('CONNECTION_FAILED'),
    ],
    ['a status of four digits', answers('HTTP/1.1 2060 OK\r\n\r\n'), failed('CONNECTION_FAILED')],
    ['status 0', answers('HTTP/1.1 000 OK\r\n\r\n', true), failed('RANGE_ANSWER')],
    ['status 999', answers('HTTP/1.1 999 OK\r\n\r\n', true), failed('RANGE_ANSWER')],
    [
      'another protocol offered (101)',
      answers('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      failed('CONNECTION_FAILED'),
    ],
    ['lines that end without CR', answers(`${PART}\r\n`.replaceAll('\r', '')), failed('CONNECTION_FAILED')],
    ['two Content-Ranges', answers(`${PART}${PART.split('\n')[1]}\n${LENGTH}\r\n`), failed('RANGE_ANSWER')],
    [
      'two encodings, one of them none',
      answers(`${PART}${LENGTH}Content-Encoding: identity\r\nContent-Encoding: br\r\n\r\n`),
      failed('RANGE_ANSWER'),
    ],
    [
      'two ETags: the first counts',
      answers(`${PART}${LENGTH}ETag: "a"\r\nETag: "b"\r\n\r\n${BODY}`),
      whole('"a"'),
    ],
  ];
  test.each(rows)('%s', async (_, answer, expected) => {
    const { outcomes } = await outcomesOf(answer);
    expect(outcomes).toEqual([expected, expected]);
  });
});

describe('without end', () => {
  const long = 'b'.repeat(1_000);
  const rows: [string, Iterable<string>, AgentErrorCode][] = [
    ['headers', forever(PART, `X-Many: ${long}\r\n`), 'CONNECTION_FAILED'],
    ['one header', forever(`${PART}X-Long: `, long), 'CONNECTION_FAILED'],
    ['the status line', forever('HTTP/1.1 206 ', long), 'CONNECTION_FAILED'],
    ['answers that say: go on', forever('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(40)), 'TIMEOUT'],
    ['early hints', forever('', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'.repeat(40)), 'TIMEOUT'],
    ['a chunk extension', forever(`${PART}${CHUNKED}\r\n64;`, long), 'SHORT_BODY'],
    [
      'trailers after a short body',
      forever(`${PART}${CHUNKED}\r\n1\r\nx\r\n0\r\n`, `X-Many: ${long}\r\n`),
      'SHORT_BODY',
    ],
  ];
  test.each(rows)('%s', async (_, pieces, code) => {
    const { server, outcomes } = await outcomesOf({ pieces }, 1);
    expect(outcomes).toEqual([{ ...failed(code), text: expect.stringMatching(/^x?$/) }]);
    expect(server.bytesSent()).toBeLessThan(SENT_MOST);
  });

  test('a header every now and then', async () => {
    async function* drip(): AsyncGenerator<string> {
      yield PART;
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        yield 'X-Slow: a\r\n';
      }
    }
    const { outcomes } = await outcomesOf({ pieces: drip() }, 1);
    expect(outcomes).toEqual([failed('TIMEOUT')]);
  });
});
