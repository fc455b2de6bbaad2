/**
 * The HTTP source against a server and a line that misbehave: real sockets, one scenario per wrong answer.
 * Correct bytes come first, then everything that must not be accepted.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpSource, type HttpSourceOptions } from '../../agent/adapters/http-source.ts';
import type { PayloadPin, RangeAnswer, Source } from '../../agent/ports.ts';
import { type ReleaseServer, startReleaseServer } from '../../fixtures/server/release-server.ts';
import type { Scenario } from '../../fixtures/server/scenarios.ts';
import { type ProxyFaults, startProxy } from '../../fixtures/server/tcp-proxy.ts';

const PACK = 'pack-0123456789abcdef';
const content = randomBytes(300_000);
const pin: PayloadPin = { size: content.length, etag: undefined };

/** Ends that the test registers, last one first. */
const ends: (() => Promise<unknown>)[] = [];
let folder: string;
let server: ReleaseServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-download-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, PACK), content);
  await writeFile(join(folder, 'release.json'), '{"payload":""}');
  server = await startReleaseServer(folder);
  ends.push(() => server.stop());
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function sourceOf(options: Partial<HttpSourceOptions> = {}): Source {
  const source = createHttpSource({ baseUrls: [server.url], ...options });
  ends.push(() => source.close());
  return source;
}

const never = () => new AbortController().signal;

/** Everything that the body gives, and the error that ended it. */
async function drain(answer: RangeAnswer): Promise<{ bytes: Buffer; error: unknown }> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of answer.body) pieces.push(Buffer.from(piece));
  } catch (error) {
    return { bytes: Buffer.concat(pieces), error };
  }
  return { bytes: Buffer.concat(pieces), error: undefined };
}

async function fetchRange(source: Source, start: number, end: number, pinned: PayloadPin = pin) {
  const answer = await source.range(PACK, start, end, pinned, never());
  return { answer, ...(await drain(answer)) };
}

const failsWith = (code: string, facts: object = {}) =>
  expect.objectContaining({ name: 'AgentError', code, facts: expect.objectContaining(facts) });

/** The error of a promise that has to fail. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no error',
    (error: unknown) => error,
  );
}

/** Resolves when `check` holds; a state that never comes is the test's own time limit. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a server that behaves', () => {
  test('gives exactly the bytes that were asked for, and its ETag', async () => {
    const { answer, bytes, error } = await fetchRange(sourceOf(), 1_000, 200_000);
    expect(error).toBeUndefined();
    expect(bytes.equals(content.subarray(1_000, 200_000))).toBe(true);
    expect(answer.etag).toMatch(/^"/);
    expect(answer.discarded()).toBe(0);
    expect(server.log.bytesSent(PACK)).toBe(199_000);
  });

  test('first byte, last byte and whole file', async () => {
    const source = sourceOf();
    for (const [start, end] of [
      [0, 1],
      [content.length - 1, content.length],
      [0, content.length],
    ] as const) {
      const { bytes } = await fetchRange(source, start, end);
      expect(bytes.equals(content.subarray(start, end))).toBe(true);
    }
  });

  test('is asked over one connection that stays open', async () => {
    const source = sourceOf();
    await source.offer(undefined, never());
    for (const length of [1, 100, 10_000, 100_000, content.length]) {
      for (let again = 0; again < 20; again += 1) await fetchRange(source, 0, length);
    }
    expect(server.log.connections).toBe(1);
  });

  test('is asked with If-Range only when a strong ETag is pinned, and without compression', async () => {
    const source = sourceOf();
    const { answer } = await fetchRange(source, 10, 20);
    await fetchRange(source, 10, 20, { size: content.length, etag: answer.etag });
    await errorOf(source.range(PACK, 10, 20, { size: content.length, etag: 'W/"weak"' }, never()));
    expect(server.log.requests.map(({ headers }) => headers['if-range'])).toEqual([
      undefined,
      answer.etag,
      undefined,
    ]);
    expect(server.log.requests.map(({ headers }) => headers['accept-encoding'])).toEqual(
      Array(3).fill('identity'),
    );
  });

  test('gives small payloads as a whole', async () => {
    const source = sourceOf();
    expect(content.equals(await source.read(PACK, content.length, never()))).toBe(true);
    for (const size of [content.length - 1, content.length + 1]) {
      expect(await errorOf(source.read(PACK, size, never()))).toEqual(failsWith('PAYLOAD_LENGTH'));
    }
  });

  test('offers a release once per ETag', async () => {
    const source = sourceOf();
    const first = await source.offer(undefined, never());
    if (first.kind !== 'offer') throw new Error('the first offer is missing');
    expect(Buffer.from(first.envelope).toString()).toBe('{"payload":""}');
    expect(await source.offer(first.etag, never())).toEqual({ kind: 'unchanged' });
    await writeFile(join(folder, 'release.json'), '{"payload":"new"}');
    expect(await source.offer(first.etag, never())).toMatchObject({ kind: 'offer' });
  });
});

describe('range answers that are used', () => {
  test('200 instead of 206 from byte 0', async () => {
    server.misbehave(PACK, { kind: 'ignore-range' });
    const { answer, bytes, error } = await fetchRange(sourceOf(), 0, 5_000);
    expect(error).toBeUndefined();
    expect(bytes.equals(content.subarray(0, 5_000))).toBe(true);
    expect(answer.discarded()).toBe(0);
  });

  test('200 instead of 206 later: skipped and counted', async () => {
    server.misbehave(PACK, { kind: 'ignore-range' });
    const source = sourceOf();
    const { answer, bytes, error } = await fetchRange(source, 150_000, 160_000);
    expect(error).toBeUndefined();
    expect(bytes.equals(content.subarray(150_000, 160_000))).toBe(true);
    expect(answer.discarded()).toBe(150_000);
  });

  test('the reader of a skipped body gets its turn before the first byte', async () => {
    server.misbehave(PACK, { kind: 'ignore-range' });
    const answer = await sourceOf().range(PACK, 250_000, 251_000, pin, never());
    for await (const piece of answer.body) {
      expect(piece.length).toBe(0);
      expect(answer.discarded()).toBeGreaterThan(0);
      break;
    }
  });

  test('206 shorter than asked: what came is good, then the body is short', async () => {
    server.misbehave(PACK, { kind: 'shorter', by: 1_000 });
    const { bytes, error } = await fetchRange(sourceOf(), 100, 10_000);
    expect(bytes.equals(content.subarray(100, 9_000))).toBe(true);
    expect(error).toEqual(failsWith('SHORT_BODY', { received: 8_900, wanted: 9_900 }));
  });

  test('206 longer than asked: cut at the end that was asked', async () => {
    server.misbehave(PACK, { kind: 'longer', by: 200_000 });
    const { bytes, error } = await fetchRange(sourceOf(), 100, 10_000);
    expect(error).toBeUndefined();
    expect(bytes.equals(content.subarray(100, 10_000))).toBe(true);
  });
});

describe('validators that promise nothing', () => {
  test.each(['weak-etag', 'no-etag'] as const)('%s: nothing is pinned and ranges go on', async (kind) => {
    server.misbehave(PACK, { kind });
    const source = sourceOf();
    const first = await fetchRange(source, 0, 1_000);
    expect(first.answer.etag).toBeUndefined();
    const { bytes } = await fetchRange(source, 1_000, 2_000, { ...pin, etag: first.answer.etag });
    expect(bytes.equals(content.subarray(1_000, 2_000))).toBe(true);
    expect(server.log.requests.at(-1)?.headers).not.toHaveProperty('if-range');
  });

  test.each(['weak-etag', 'no-etag'] as const)(
    '%s where a strong one is pinned drops the pin',
    async (kind) => {
      const source = sourceOf();
      const { answer } = await fetchRange(source, 0, 10);
      server.misbehave(PACK, { kind });
      const error = await errorOf(source.range(PACK, 10, 20, { ...pin, etag: answer.etag }, never()));
      expect(error).toEqual(failsWith('VALIDATOR_CHANGED'));
      expect((await fetchRange(source, 10, 20)).bytes.equals(content.subarray(10, 20))).toBe(true);
    },
  );

  test.each([304, 412] as const)('If-Range answered with %i: the next try has none', async (code) => {
    const source = sourceOf();
    const { answer } = await fetchRange(source, 0, 10);
    server.misbehave(PACK, { kind: 'if-range-denied', code });
    const error = await errorOf(source.range(PACK, 10, 20, { ...pin, etag: answer.etag }, never()));
    expect(error).toEqual(failsWith('VALIDATOR_CHANGED', { status: code }));
    expect((await fetchRange(source, 10, 20)).bytes.equals(content.subarray(10, 20))).toBe(true);
  });

  test('If-None-Match answered with 412: the offer is asked for without it', async () => {
    const source = sourceOf();
    server.misbehave('release.json', { kind: 'if-none-match-denied' });
    expect(await source.offer('"earlier"', never())).toMatchObject({ kind: 'offer' });
    expect(server.log.requests.map(({ status }) => status)).toEqual([412, 200]);
  });
});

test('a body that is complete is not waited for to end', async () => {
  server.misbehave(PACK, { kind: 'open-ended' });
  const { bytes, error } = await fetchRange(sourceOf(), 100, 10_000);
  expect(error).toBeUndefined();
  expect(bytes.equals(content.subarray(100, 10_000))).toBe(true);
});

describe('range answers that are refused before a byte is used', () => {
  const rows: [Scenario, string][] = [
    [{ kind: 'wrong-start', by: 1 }, 'RANGE_ANSWER'],
    [{ kind: 'wrong-start', by: -1 }, 'RANGE_ANSWER'],
    [{ kind: '416-total' }, 'RANGE_NOT_SATISFIABLE'],
    [{ kind: '416-other', total: 5_000 }, 'PAYLOAD_LENGTH'],
    [{ kind: 'length-changes', by: 1 }, 'PAYLOAD_LENGTH'],
    [{ kind: 'length-changes', by: -1 }, 'PAYLOAD_LENGTH'],
    [{ kind: 'captive-portal' }, 'CAPTIVE_PORTAL'],
    [{ kind: 'captive-portal', untyped: true }, 'PAYLOAD_LENGTH'],
    [{ kind: 'redirect-loop' }, 'REDIRECT_REFUSED'],
    [{ kind: 'redirect-endless' }, 'REDIRECT_REFUSED'],
    [{ kind: 'redirect', base: 'ftp://127.0.0.1/' }, 'REDIRECT_REFUSED'],
    [{ kind: 'status', code: 206 }, 'RANGE_ANSWER'],
    [{ kind: 'no-content-range' }, 'RANGE_ANSWER'],
    [{ kind: 'unknown-total' }, 'RANGE_ANSWER'],
    [{ kind: 'multipart' }, 'RANGE_ANSWER'],
    [{ kind: 'compressed', header: 'content-encoding' }, 'RANGE_ANSWER'],
    [{ kind: 'compressed', header: 'transfer-encoding' }, 'RANGE_ANSWER'],
    [{ kind: 'status', code: 204 }, 'RANGE_ANSWER'],
    [{ kind: 'status', code: 304 }, 'RANGE_ANSWER'],
    [{ kind: 'status', code: 412 }, 'HTTP_STATUS'],
    [{ kind: 'status', code: 302 }, 'REDIRECT_REFUSED'],
    [{ kind: 'status', code: 403 }, 'ACCESS_DENIED'],
    [{ kind: 'status', code: 404 }, 'HTTP_STATUS'],
    [{ kind: 'status', code: 500 }, 'SERVER_FAILED'],
    [{ kind: 'status', code: 503 }, 'SERVER_BUSY'],
    [{ kind: 'status', code: 511 }, 'CAPTIVE_PORTAL'],
  ];
  test.each(rows)('%o -> %s', async (scenario, code) => {
    server.misbehave(PACK, scenario);
    expect(await errorOf(sourceOf().range(PACK, 1_000, 2_000, pin, never()))).toEqual(failsWith(code));
  });

  test('a file that was never published', async () => {
    expect(await errorOf(sourceOf().range('gone', 0, 1, pin, never()))).toEqual(
      failsWith('HTTP_STATUS', { status: 404 }),
    );
  });

  test('changed ETag, with If-Range honoured or not: the pin falls and the next try goes on', async () => {
    const source = sourceOf();
    for (const kind of ['etag-changes', 'etag-changes-in-part'] as const) {
      const { answer } = await fetchRange(source, 0, 10);
      server.misbehave(PACK, { kind }, 1);
      const pinned = { size: content.length, etag: answer.etag };
      const error = await errorOf(source.range(PACK, 1_000, 2_000, pinned, never()));
      expect(error).toEqual(failsWith('VALIDATOR_CHANGED', { etag: expect.stringMatching(/-\d+"$/) }));
      const { bytes } = await fetchRange(source, 1_000, 2_000);
      expect(bytes.equals(content.subarray(1_000, 2_000))).toBe(true);
    }
  });

  test('Retry-After in both forms is told in ms', async () => {
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
    for (const [headers, retryAfterMs] of [
      [{ 'retry-after': '7' }, 7_000],
      [{ 'retry-after': 'Sun, 06 Nov 1994 08:50:37 GMT', date }, 60_000],
    ] as const) {
      server.misbehave(PACK, { kind: 'status', code: 429, headers });
      expect(await errorOf(sourceOf().range(PACK, 0, 1, pin, never()))).toEqual(
        failsWith('SERVER_BUSY', { status: 429, retryAfterMs }),
      );
    }
  });

  test('names and ranges that make no sense never reach the server', async () => {
    const source = sourceOf();
    for (const name of ['../release.json', 'a/b', '', '.', '..', 'http://x/', 'a?b', 'a%2fb']) {
      expect(await errorOf(source.range(name, 0, 1, pin, never()))).toEqual(failsWith('MANIFEST_REJECTED'));
    }
    for (const [start, end] of [
      [5, 5],
      [-1, 5],
      [0, content.length + 1],
      [0.5, 2],
    ] as const) {
      expect(await errorOf(fetchRange(source, start, end))).toEqual(failsWith('RANGE_NOT_SATISFIABLE'));
    }
    expect(server.log.requests).toEqual([]);
  });
});

describe('a line that breaks', () => {
  test.each([true, false])('body cut short, by RST: %s', async (reset) => {
    server.misbehave(PACK, { kind: 'cut-body', after: 100_000, reset });
    const { bytes, error } = await fetchRange(sourceOf(), 0, 200_000);
    expect(error).toEqual(failsWith('SHORT_BODY', { received: bytes.length }));
    expect(bytes.equals(content.subarray(0, bytes.length))).toBe(true);
    if (!reset) expect(bytes.length).toBe(100_000);
  });

  test.each([0, 100_000])('stall after %i bytes of the body', async (after) => {
    server.misbehave(PACK, { kind: 'stall', after });
    const { bytes, error } = await fetchRange(sourceOf({ patience: { idleMs: 500 } }), 0, 200_000);
    expect(error).toEqual(failsWith('TIMEOUT'));
    expect(bytes.length).toBe(after);
  });

  test('no answer at all', async () => {
    server.misbehave(PACK, { kind: 'silent' });
    const source = sourceOf({ patience: { idleMs: 500 } });
    expect(await errorOf(source.range(PACK, 0, 10, pin, never()))).toEqual(failsWith('TIMEOUT'));
  });

  test('a slow body is no stalled body', async () => {
    server.misbehave(PACK, { kind: 'drip', bytesPerSecond: 50 });
    const patience = { idleMs: 1_000, leastBytesPerSecond: 10 };
    const { bytes, error } = await fetchRange(sourceOf({ patience }), 100, 170);
    expect(error).toBeUndefined();
    expect(bytes.equals(content.subarray(100, 170))).toBe(true);
  });

  test('a byte now and then is given up, however faithfully it comes', async () => {
    server.misbehave(PACK, { kind: 'drip', bytesPerSecond: 20 });
    const patience = { idleMs: 500, leastBytesPerSecond: 200 };
    const { bytes, error } = await fetchRange(sourceOf({ patience }), 100, 10_000);
    expect(error).toEqual(failsWith('TIMEOUT', { received: expect.any(Number) }));
    expect(bytes.length).toBeGreaterThan(0);
    expect(bytes.equals(content.subarray(100, 100 + bytes.length))).toBe(true);
  });

  test('a slow reader is no stalled server', async () => {
    const idleMs = 300;
    const answer = await sourceOf({ patience: { idleMs } }).range(PACK, 0, content.length, pin, never());
    let received = 0;
    for await (const piece of answer.body) {
      // Longer than the limit: the time of the slot is not the server's.
      if (received < 65_000) await new Promise((resolve) => setTimeout(resolve, 2 * idleMs));
      received += piece.length;
    }
    expect(received).toBe(content.length);
  });

  const faults: [ProxyFaults, string][] = [
    [{ refuse: true }, 'CONNECTION_FAILED'],
    [{ cutAfter: 10 }, 'CONNECTION_FAILED'],
    [{ corruptAt: 0 }, 'CONNECTION_FAILED'],
    [{ stallAfter: 10 }, 'TIMEOUT'],
  ];
  test.each(faults)('connection lost before the head is complete: %o -> %s', async (fault, code) => {
    const proxy = await startProxy(server.url, fault);
    ends.push(() => proxy.stop());
    const source = sourceOf({ baseUrls: [proxy.url], patience: { idleMs: 300 } });
    expect(await errorOf(source.range(PACK, 0, 10, pin, never()))).toEqual(failsWith(code));
  });

  test('latency and a narrow line only take time', async () => {
    const proxy = await startProxy(server.url, { latencyMs: 5, bytesPerSecond: 2_000_000 });
    ends.push(() => proxy.stop());
    const { bytes } = await fetchRange(sourceOf({ baseUrls: [proxy.url] }), 0, content.length);
    expect(bytes.equals(content)).toBe(true);
  });

  test('nobody listens', async () => {
    await server.stop();
    ends.splice(1, 1);
    const error = await errorOf(sourceOf().range(PACK, 0, 10, pin, never()));
    expect(error).toEqual(failsWith('CONNECTION_FAILED', { systemCode: 'ECONNREFUSED' }));
  });
});

describe('offers that are refused', () => {
  const rows: [Scenario, string][] = [
    [{ kind: 'endless' }, 'OFFER_TOO_LARGE'],
    [{ kind: 'captive-portal' }, 'CAPTIVE_PORTAL'],
    [{ kind: 'captive-portal', untyped: true }, 'CAPTIVE_PORTAL'],
    [{ kind: 'cut-body', after: 5 }, 'SHORT_BODY'],
    [{ kind: 'status', code: 304 }, 'RANGE_ANSWER'],
    [{ kind: 'status', code: 200, headers: { 'content-encoding': 'gzip' } }, 'RANGE_ANSWER'],
    [{ kind: 'compressed', header: 'transfer-encoding' }, 'RANGE_ANSWER'],
    [{ kind: 'status', code: 206 }, 'RANGE_ANSWER'],
    [{ kind: 'status', code: 404 }, 'HTTP_STATUS'],
    [{ kind: 'status', code: 412 }, 'HTTP_STATUS'],
    [{ kind: 'redirect-loop' }, 'REDIRECT_REFUSED'],
  ];
  test.each(rows)('%o -> %s', async (scenario, code) => {
    server.misbehave('release.json', scenario);
    expect(await errorOf(sourceOf().offer(undefined, never()))).toEqual(failsWith(code));
  });

  test('one that says how large it is, is not read', async () => {
    await writeFile(join(folder, 'release.json'), Buffer.alloc(50 * 1024 * 1024, ' '));
    expect(await errorOf(sourceOf().offer(undefined, never()))).toEqual(failsWith('OFFER_TOO_LARGE'));
  });

  test('an endless one is given up soon after the limit', async () => {
    server.misbehave('release.json', { kind: 'endless' });
    await errorOf(sourceOf().offer(undefined, never()));
    // What lies in the kernel's socket buffers was sent and never read.
    expect(server.log.bytesSent('release.json')).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('abort', () => {
  const reason = new Error('the walker was told to stop');

  test('before the request', async () => {
    expect(await errorOf(sourceOf().range(PACK, 0, 10, pin, AbortSignal.abort(reason)))).toBe(reason);
    expect(server.log.requests).toEqual([]);
  });

  test('while no answer comes', async () => {
    server.misbehave(PACK, { kind: 'silent' });
    const stop = new AbortController();
    const outcome = errorOf(sourceOf().range(PACK, 0, 10, pin, stop.signal));
    await until(() => server.log.requests.length === 1);
    stop.abort(reason);
    expect(await outcome).toBe(reason);
  });

  test('while the body is stalled', async () => {
    server.misbehave(PACK, { kind: 'stall', after: 1_000 });
    const stop = new AbortController();
    const answer = await sourceOf().range(PACK, 0, 10_000, pin, stop.signal);
    const outcome = drain(answer);
    await until(() => server.log.bytesSent(PACK) === 1_000);
    stop.abort(reason);
    expect((await outcome).error).toBe(reason);
  });

  test('leaves no listener behind on a signal that lives long', async () => {
    const signal = new AbortController().signal;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const source = sourceOf();
    await drain(await source.range(PACK, 0, 1_000, pin, signal));
    await source.offer(undefined, signal);
    server.misbehave(PACK, { kind: 'status', code: 500 });
    await errorOf(source.range(PACK, 0, 1_000, pin, signal));
    expect(listeners).toBe(0);
  });
});

describe('mirrors', () => {
  test('the second one answers when the first is broken, and is then asked first', async () => {
    const second = await startReleaseServer(folder);
    ends.push(() => second.stop());
    server.misbehave(PACK, { kind: 'status', code: 404 });
    const source = sourceOf({ baseUrls: [server.url, second.url] });
    for (const start of [0, 1_000]) {
      const { bytes } = await fetchRange(source, start, start + 1_000);
      expect(bytes.equals(content.subarray(start, start + 1_000))).toBe(true);
    }
    expect(server.log.requests.length).toBe(1);
    await source.offer(undefined, never());
    expect(server.log.requests.at(-1)?.name).toBe('release.json');
  });

  test('a body that breaks makes the next try go to the next one', async () => {
    const second = await startReleaseServer(folder);
    ends.push(() => second.stop());
    server.misbehave(PACK, { kind: 'cut-body', after: 10 });
    const source = sourceOf({ baseUrls: [server.url, second.url] });
    expect((await fetchRange(source, 0, 1_000)).error).toEqual(failsWith('SHORT_BODY'));
    expect((await fetchRange(source, 0, 1_000)).bytes.length).toBe(1_000);
  });

  test('a changed ETag is told at once: that mirror is up', async () => {
    const second = await startReleaseServer(folder);
    ends.push(() => second.stop());
    server.misbehave(PACK, { kind: 'etag-changes' });
    const source = sourceOf({ baseUrls: [server.url, second.url] });
    const pinned = { size: content.length, etag: '"old"' };
    expect(await errorOf(source.range(PACK, 10, 20, pinned, never()))).toEqual(
      failsWith('VALIDATOR_CHANGED'),
    );
    expect((await fetchRange(source, 10, 20)).bytes.equals(content.subarray(10, 20))).toBe(true);
    expect(second.log.requests).toEqual([]);
  });

  test('the most hopeful failure is told when all fail', async () => {
    const second = await startReleaseServer(folder);
    ends.push(() => second.stop());
    server.misbehave(PACK, { kind: 'status', code: 503 });
    second.misbehave(PACK, { kind: 'status', code: 404 });
    for (const baseUrls of [
      [server.url, second.url],
      [second.url, server.url],
    ]) {
      const error = await errorOf(sourceOf({ baseUrls }).range(PACK, 0, 10, pin, never()));
      expect(error).toEqual(failsWith('SERVER_BUSY'));
    }
  });

  test('none, or one that is no address, is an error of the configuration', () => {
    for (const baseUrls of [[], ['not an address'], ['ftp://127.0.0.1/'], ['http://a%zz:b@127.0.0.1/']]) {
      expect(() => createHttpSource({ baseUrls })).toThrow(failsWith('CONFIG_INVALID'));
    }
  });
});

test('the name holds no credentials', () => {
  const source = sourceOf({ baseUrls: ['http://user:secret@127.0.0.1:1/releases?token=secret'] });
  expect(source.name).toBe('http://127.0.0.1:1/releases/');
});

describe('a channel', () => {
  test('comes as it is', async () => {
    await writeFile(join(folder, 'channel.json'), '{"payload":"channel"}');
    const answer = await sourceOf().channel?.(undefined, never());
    if (answer?.kind !== 'offer') throw new Error('no channel');
    expect(Buffer.from(answer.envelope).toString()).toBe('{"payload":"channel"}');
    expect(await sourceOf().channel?.(answer.etag, never())).toEqual({ kind: 'unchanged' });
    expect(server.log.requests.at(-1)).toMatchObject({ status: 304, bytesSent: 0 });
  });

  test('is absent only where the server, and every mirror, says so', async () => {
    expect(await sourceOf().channel?.(undefined, never())).toBeUndefined();
    server.misbehave('channel.json', { kind: 'status', code: 410 });
    expect(await sourceOf().channel?.(undefined, never())).toBeUndefined();
    const source = sourceOf({ baseUrls: [server.url, 'http://127.0.0.1:1/'] });
    expect(await errorOf(source.channel?.(undefined, never()) ?? Promise.resolve())).toEqual(
      failsWith('CONNECTION_FAILED'),
    );
  });

  test.each<readonly [Scenario, string]>([
    [{ kind: 'status', code: 403 }, 'ACCESS_DENIED'],
    [{ kind: 'status', code: 500 }, 'SERVER_FAILED'],
    [{ kind: 'captive-portal' }, 'CAPTIVE_PORTAL'],
  ])('%o -> %s', async (scenario, code) => {
    await writeFile(join(folder, 'channel.json'), '{"payload":"channel"}');
    server.misbehave('channel.json', scenario);
    expect(await errorOf(sourceOf().channel?.(undefined, never()) ?? Promise.resolve())).toEqual(
      failsWith(code),
    );
  });
});
