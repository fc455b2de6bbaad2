/** Which bodies are worth waiting for. Pure, no clocks. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pace } from '../../agent/model/pace.ts';

const WINDOW_MS = 60_000;

test('a byte a second is given up after one window, a moving body never', () => {
  const crawling = new Pace(WINDOW_MS, 128);
  for (let second = 1; second < 60; second += 1) expect(crawling.tooSlow(1_000, 1)).toBe(false);
  expect(crawling.tooSlow(1_000, 1)).toBe(true);
  const moving = new Pace(WINDOW_MS, 128);
  for (let second = 0; second < 600; second += 1) expect(moving.tooSlow(1_000, 128)).toBe(false);
});

test('a good hour is no credit for a bad one', () => {
  const pace = new Pace(WINDOW_MS, 128);
  expect(pace.tooSlow(WINDOW_MS, 1_000_000_000)).toBe(false);
  expect(pace.tooSlow(WINDOW_MS, 1_000)).toBe(true);
});

test('no limit, no verdict', () => {
  const pace = new Pace(WINDOW_MS, 0);
  expect(pace.tooSlow(10 * WINDOW_MS, 0)).toBe(false);
});

test('whoever keeps the rate in every step is never given up, whatever the steps are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(200_000), { maxLength: 50 }),
      fc.integer({ min: 1, max: 10_000 }),
      (waits, rate) => {
        const pace = new Pace(WINDOW_MS, rate);
        return waits.every((ms) => !pace.tooSlow(ms, Math.ceil((ms * rate) / 1_000)));
      },
    ),
  );
});
