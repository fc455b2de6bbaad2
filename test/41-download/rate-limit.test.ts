/** The rate limit: the bucket with a clock in hand, the option, and a real socket that really waits. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpSource } from '../../agent/adapters/http-source.ts';
import { SystemClock } from '../../agent/adapters/system-clock.ts';
import { Throttle } from '../../agent/adapters/throttle.ts';
import { openSource, parseConfig } from '../../agent/index.ts';
import { BURST_S, TokenBucket } from '../../agent/model/rate.ts';
import { parseByteRate } from '../../cli/byte-rate.ts';
import { startReleaseServer } from '../../fixtures/server/release-server.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const never = () => new AbortController().signal;

describe('the bucket', () => {
  test('over seconds the rate is kept within 2 per cent, whatever the pieces and however late the timers', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 65_536 }), { minLength: 200, maxLength: 400 });
    const lateness = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(pieces, lateness, fc.integer({ min: 100_000, max: 5_000_000 }), (sizes, late, rate) => {
        const bucket = new TokenBucket(rate, 0);
        let now = 0;
        let received = 0;
        for (const size of sizes) {
          received += size;
          const pause = bucket.take(size, now);
          // A timer is late by up to 20 ms; a pause of nothing takes no time.
          if (pause > 0) now += pause + late;
        }
        const ideal = (received / rate) * 1000;
        // Never early; lateness is made up for but the last.
        expect(now).toBeGreaterThanOrEqual(ideal - 0.001);
        expect(now).toBeLessThanOrEqual(ideal * 1.02 + late);
      }),
    );
  });

  test('a long silence is no credit for a flood', () => {
    const bucket = new TokenBucket(1_000_000, 0);
    expect(bucket.take(1_000_000, 3_600_000)).toBeCloseTo((1 - BURST_S) * 1000, 6);
  });
});

describe('over a real socket', () => {
  const content = randomBytes(3_000_000);

  async function serve() {
    const folder = await mkdtemp(join(tmpdir(), 'donabe-rate-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'pack'), content);
    const server = await startReleaseServer(folder);
    ends.push(() => server.stop());
    return { ...server, folder };
  }

  const realClock = () => new SystemClock({ uptime: '/proc/uptime', synchronised: '/nonexistent' });

  /** A clock that is slept through at once and remembers for how long: the server's line is faster than any limit. */
  class NotedClock {
    slept = 0;
    #now = 0;
    monotonic(): number {
      return this.#now;
    }
    async sleep(ms: number, signal: AbortSignal): Promise<void> {
      if (signal.aborted) return;
      this.slept += ms;
      this.#now += ms;
    }
  }

  test('every received byte is paid for, skipped ones too', async () => {
    const server = await serve();
    const clock = new NotedClock();
    const source = createHttpSource({ baseUrls: [server.url], throttle: new Throttle(1_000_000, clock) });
    ends.push(() => source.close());
    server.misbehave('pack', { kind: 'ignore-range' });
    const pin = { size: content.length, etag: undefined };
    const answer = await source.range('pack', 2_000_000, 3_000_000, pin, never());
    const pieces: Uint8Array[] = [];
    for await (const piece of answer.body) pieces.push(Buffer.from(piece));
    expect(Buffer.concat(pieces).equals(content.subarray(2_000_000))).toBe(true);
    expect(clock.slept).toBeCloseTo(3_000, 3);
  });

  test('takes as long as it has to', async () => {
    const server = await serve();
    const rate = 1_500_000;
    const source = createHttpSource({ baseUrls: [server.url], throttle: new Throttle(rate, realClock()) });
    ends.push(() => source.close());
    const startedAt = performance.now();
    const whole = await source.read('pack', content.length, never());
    const seconds = (performance.now() - startedAt) / 1000;
    expect(content.equals(whole)).toBe(true);
    // What it took to ask is credit, up to the burst.
    expect(content.length / (seconds + BURST_S)).toBeLessThan(rate * 1.02);
  });

  test('holds the server back instead of buffering what it sends', async () => {
    const server = await serve();
    const size = 256 * 1024 * 1024;
    await truncate(join(server.folder, 'pack'), size);
    const throttle = new Throttle(1_000_000, realClock());
    const source = createHttpSource({ baseUrls: [server.url], throttle });
    ends.push(() => source.close());
    const { body } = await source.range('pack', 0, size, { size, etag: undefined }, never());
    let received = 0;
    for await (const piece of body) {
      received += piece.length;
      if (received > 1_000_000) break;
    }
    // Both kernels' socket buffers fill up; an agent that buffers would have taken far more in this second.
    expect(server.log.bytesSent('pack')).toBeLessThan(received + 16 * 1024 * 1024);
  });

  test('the configuration sets it, and the command stands in for the configuration', async () => {
    const server = await serve();
    const example = await readFile(new URL('../../systemd/donabe.toml', import.meta.url), 'utf8');
    const config = parseConfig(example.replace('[server]', '[server]\nrate-limit = 2000000'));
    for (const [given, rate] of [
      [undefined, 2_000_000],
      [4_000_000, 4_000_000],
    ] as const) {
      const source = openSource(config, server.url, given);
      ends.push(() => source.close());
      const startedAt = performance.now();
      await source.read('pack', content.length, never());
      const seconds = (performance.now() - startedAt) / 1000;
      expect(content.length / (seconds + BURST_S)).toBeLessThan(rate * 1.02);
    }
  });

  test('a pause ends with the walk', async () => {
    const server = await serve();
    const source = createHttpSource({ baseUrls: [server.url], throttle: new Throttle(1, realClock()) });
    ends.push(() => source.close());
    const reason = new Error('the walker was told to stop');
    const stop = new AbortController();
    const pin = { size: content.length, etag: undefined };
    const answer = await source.range('pack', 0, content.length, pin, stop.signal);
    const first = answer.body[Symbol.asyncIterator]().next();
    stop.abort(reason);
    await expect(first).rejects.toBe(reason);
  });
});

describe('--limit-rate', () => {
  test.each([
    ['1024', 1024],
    ['1k', 1024],
    ['500k', 512_000],
    ['500K', 512_000],
    ['1.5M', 1_572_864],
    ['2g', 2_147_483_648],
  ])('%s is %i bytes per second', (text, rate) => {
    expect(parseByteRate(text)).toBe(rate);
  });

  test.each(['', '0', '1', '1023', 'k', '-5k', '1e9', '5kb', '1,5M', '99999999999', 'fast'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseByteRate(text)).toThrow('bytes per second');
    },
  );
});
