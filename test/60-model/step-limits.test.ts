/** A step that nothing moves in is overdue after its own limit; a sleep only after its own end. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../agent/config.ts';
import { PHASES } from '../../agent/events.ts';
import { overdue, patienceOf, STEP_LIMITS, type Step } from '../../agent/model/step-limits.ts';

const STEPS = Object.keys(STEP_LIMITS) as Step[];
const PATIENCE = { serverMs: 75_000, healthMs: 30_000, dataMs: 64_000, noneMs: 0 } as const;

describe('limits of the steps', () => {
  it('has one for every phase', () => {
    expect(STEPS).toEqual(expect.arrayContaining([...PHASES]));
  });

  it.each(STEPS)('%s is overdue only beyond its limit', (step) => {
    const { limitS, plus } = STEP_LIMITS[step];
    const limit = limitS * 1000 + PATIENCE[plus];
    const at = (now: number): number => overdue({ step, movedAt: 5, sleepsUntil: undefined }, PATIENCE, now);
    expect(at(5)).toBeLessThan(0);
    expect(at(5 + limit)).toBe(0);
    expect(at(5 + limit + 1)).toBe(1);
  });

  it('lets every sleep last as long as it was meant to, in every step', () => {
    const week = 7 * 86_400_000;
    fc.assert(
      fc.property(fc.constantFrom(...STEPS), fc.nat(week), fc.nat(week), (step, asked, now) => {
        const late = overdue({ step, movedAt: 0, sleepsUntil: asked }, PATIENCE, now);
        expect(late > 0).toBe(now > asked + STEP_LIMITS.asleep.limitS * 1000);
      }),
    );
  });

  it('counts what the configuration allows: every mirror, the rate limit, and every health check to its end', () => {
    const config = parseConfig(`
      [device]
      compatible = "x"
      [paths]
      vault = ["/a", "/b"]
      [boot-control]
      path = "/c"
      [slots.a]
      rootfs = "/d"
      [slots.b]
      rootfs = "/e"
      [server]
      base-urls = ["https://one.example/", "https://two.example/"]
      connect-timeout-s = 10
      idle-timeout-s = 20
      rate-limit = 1024
      [[health]]
      name = "one"
      command = ["true"]
      timeout-s = 5
      retries = 2
      retry-pause-ms = 1000
      [[health]]
      name = "two"
      command = ["true"]
      timeout-s = 7
      retries = 0
      retry-pause-ms = 0
    `);
    expect(patienceOf(config)).toEqual({ serverMs: 124_000, healthMs: 25_000, dataMs: 0, noneMs: 0 });
  });
});
