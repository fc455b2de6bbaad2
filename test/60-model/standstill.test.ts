/** Rule 8: how long the confirm deadline has stood still, against a reckoning second by second. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { DeadlineFile } from '../../agent/adapters/deadline-file.ts';
import { Deadline, Reporter } from '../../agent/index.ts';
import {
  earliestEnd,
  heard,
  isPossible,
  leftOf,
  NEVER_STOOD,
  REPLY_COUNTS_MS,
  standsStill,
} from '../../agent/model/standstill.ts';

const LIMIT_MS = 600_000;

/** Times of replies that forbid, s after boot, rising. */
const replies = fc
  .array(fc.integer({ min: 0, max: 2000 }), { maxLength: 40 })
  .map((times) => times.sort((left, right) => left - right));

describe('the deadline', () => {
  it('runs exactly in the seconds that no reply of the last 60 s forbids', () => {
    fc.assert(
      fc.property(replies, fc.integer({ min: 0, max: 500 }), (times, after) => {
        const now = (times.at(-1) ?? 0) + after;
        let state = NEVER_STOOD;
        for (const time of times) {
          state = heard(state, time * 1000);
          expect(isPossible(state, time * 1000)).toBe(true);
        }
        let stood = 0;
        for (let second = 0; second < now; second += 1) {
          if (times.some((time) => time <= second && second < time + 60)) stood += 1;
        }
        expect(leftOf(LIMIT_MS, state, now * 1000)).toBe(LIMIT_MS - (now - stood) * 1000);
        expect(standsStill(state, now * 1000)).toBe(times.some((time) => time <= now && now < time + 60));
      }),
    );
  });

  it('passes at its earliest end when nothing more is heard, and not before', () => {
    fc.assert(
      fc.property(replies, (times) => {
        const now = (times.at(-1) ?? 0) * 1000;
        const state = times.reduce((sofar, time) => heard(sofar, time * 1000), NEVER_STOOD);
        const left = leftOf(LIMIT_MS, state, now);
        fc.pre(left > 0);
        const end = now + earliestEnd(LIMIT_MS, state, now);
        expect(leftOf(LIMIT_MS, state, end)).toBe(0);
        expect(leftOf(LIMIT_MS, state, end - 1)).toBe(1);
      }),
    );
  });

  it('does not stand still for a record that cannot be true', () => {
    const now = 100_000;
    expect(isPossible({ before: 0, since: 10, until: now + REPLY_COUNTS_MS }, now)).toBe(true);
    expect(isPossible({ before: 0, since: 10, until: now + REPLY_COUNTS_MS + 1 }, now)).toBe(false);
    expect(isPossible({ before: 11, since: 10, until: now }, now)).toBe(false);
    expect(isPossible({ before: 0, since: 20, until: 10 }, now)).toBe(false);
  });
});

describe('what it has stood still', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'donabe-deadline-'));
    return () => rm(folder, { recursive: true });
  });
  let uptime = 0;
  const clock = {
    now: () => uptime,
    monotonic: () => uptime,
    uptime: () => uptime,
    synchronised: () => true,
    sleep: async () => undefined,
  };
  const deadline = (boot: string): Deadline =>
    new Deadline(clock, new DeadlineFile(folder, boot, new Reporter('device')));

  it('outlives the process and not the boot', () => {
    uptime = 0;
    const first = deadline('boot-1');
    for (uptime = 0; uptime < 300_000; uptime += 5000) first.heard();
    const left = first.left(LIMIT_MS);
    // The last seconds may not have been saved.
    expect(left - deadline('boot-1').left(LIMIT_MS)).toBeLessThanOrEqual(REPLY_COUNTS_MS / 6);
    expect(deadline('boot-2').left(LIMIT_MS)).toBe(LIMIT_MS - uptime);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"boot":"boot-1",'],
    ['another shape', '{"boot":"boot-1","before":"0","since":0,"until":0}'],
    ['a number that is none', '{"boot":"boot-1","before":0,"since":0,"until":1e999}'],
    ['less than nothing', '{"boot":"boot-1","before":-5,"since":0,"until":0}'],
    ['time that has not come', '{"boot":"boot-1","before":0,"since":0,"until":99999999}'],
  ])('is nothing when the file holds %s', async (_what, text) => {
    uptime = 200_000;
    await writeFile(join(folder, 'deadline.json'), text);
    expect(deadline('boot-1').left(LIMIT_MS)).toBe(LIMIT_MS - uptime);
  });
});
