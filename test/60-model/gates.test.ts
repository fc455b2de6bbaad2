/** The agent's own gates: windows over zones and changes of clocks, shares and cohorts, and who is asked first. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GateAnswer, type GateContext, verdictOf } from '../../agent/model/gates/answer.ts';
import { BUILT_IN_GATES, type GateSettings, OPEN_SETTINGS } from '../../agent/model/gates/built-in.ts';
import { placeInRollOut } from '../../agent/model/gates/roll-out.ts';
import {
  isTimeZone,
  minutesToOpening,
  parseWindow,
  type TimeWindow,
  UNSYNCHRONISED_MOST_MS,
} from '../../agent/model/gates/window.ts';

const CONTEXT: GateContext = {
  stage: 'activate',
  device: { id: 'kitchen-17', compatible: 'cooker/a', version: '1.0.0', labels: ['pilot'], region: 'jp' },
  release: {
    identity: '00'.repeat(32),
    version: '2.0.0',
    sequence: 2,
    securityVersion: 0,
    channel: 'stable',
    severity: 'normal',
    apply: 'now',
  },
  clock: { now: Date.parse('2026-06-03T12:00:00Z'), synchronised: true, unsynchronisedMs: 0 },
  mcuMode: 'idle',
  supplyMillivolts: 5000,
  boardCelsius: 40,
  consented: false,
  rollOut: undefined,
  heldBy: undefined,
};

/** The first decisive answer of the agent's own gates, as `gate: kind`; `open` when nobody has anything to say. */
function first(context: Partial<GateContext>, settings: Partial<GateSettings> = {}): string {
  for (const { name, evaluate } of BUILT_IN_GATES) {
    const answer = evaluate({ ...CONTEXT, ...context }, { ...OPEN_SETTINGS, ...settings });
    if (answer !== undefined) return `${name}: ${answer.kind}`;
  }
  return 'open';
}

function windows(...texts: readonly string[]): readonly TimeWindow[] {
  return texts.map((text) => {
    const window = parseWindow(text);
    if (window === undefined) throw new Error(`${text} is no window`);
    return window;
  });
}

describe('a time window', () => {
  it.each([
    ['02:00-05:00', 'UTC', '2026-06-03T02:00:00Z', 0],
    ['02:00-05:00', 'UTC', '2026-06-03T04:59:59Z', 0],
    ['02:00-05:00', 'UTC', '2026-06-03T05:00:00Z', 21 * 60],
    ['02:00-05:00', 'UTC', '2026-06-03T01:59:00Z', 1],
    // 2026-06-03 is a Wednesday.
    ['Mon-Fri 02:00-05:00', 'UTC', '2026-06-03T03:00:00Z', 0],
    ['Sat 02:00-05:00', 'UTC', '2026-06-03T03:00:00Z', 2 * 1440 + 23 * 60],
    ['Fri-Mon 00:00-24:00', 'UTC', '2026-06-07T23:59:00Z', 0],
    ['Fri-Mon 00:00-24:00', 'UTC', '2026-06-09T00:00:00Z', 3 * 1440],
    // Over midnight it belongs to the day on which it begins.
    ['Wed 22:00-06:00', 'UTC', '2026-06-04T05:59:00Z', 0],
    ['Wed 22:00-06:00', 'UTC', '2026-06-03T05:59:00Z', 16 * 60 + 1],
    ['Sat 22:00-06:00', 'UTC', '2026-06-07T03:00:00Z', 0],
    ['02:00-05:00', 'Asia/Tokyo', '2026-06-02T17:00:00Z', 0],
    ['02:00-05:00', 'Asia/Tokyo', '2026-06-03T02:00:00Z', 15 * 60],
    // Summer and winter of one zone.
    ['02:00-05:00', 'Europe/Berlin', '2026-07-01T00:00:00Z', 0],
    ['02:00-05:00', 'Europe/Berlin', '2026-01-01T00:30:00Z', 30],
    ['02:00-05:00', 'Europe/Berlin', '2026-01-01T01:00:00Z', 0],
    // The hour from 2 to 3 does not exist on this day.
    ['02:00-03:00', 'Europe/Berlin', '2026-03-29T01:00:00Z', 23 * 60],
  ] as const)('%s in %s is, at %s, %i minutes away', (text, zone, at, away) => {
    expect(minutesToOpening(windows(text), zone, Date.parse(at))).toBe(away);
  });

  it('is open at each minute that it names, and at no other', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), minute, minute, minute, (day, from, to, at) => {
        fc.pre(from !== to);
        const now = Date.parse('2026-06-07T00:00:00Z') + (day * 1440 + at) * 60_000;
        const away = minutesToOpening([{ days: [0, 1, 2, 3, 4, 5, 6], from, to }], 'UTC', now);
        const inside = from < to ? at >= from && at < to : at >= from || at < to;
        expect(away === 0).toBe(inside);
        expect(
          minutesToOpening([{ days: [0, 1, 2, 3, 4, 5, 6], from, to }], 'UTC', now + away * 60_000),
        ).toBe(0);
      }),
    );
  });

  it.each([
    '',
    '2:00-5:00',
    '02:00',
    '24:00-05:00',
    '02:00-02:00',
    'Foo 02:00-05:00',
    'Mon-Foo 02:00-05:00',
    '02:60-05:00',
    '02:00-05:00 ',
  ])('"%s" is none', (text) => expect(parseWindow(text)).toBeUndefined());

  it('any text is a window or none, and any name a zone or none', () => {
    fc.assert(fc.property(fc.string(), (text) => (parseWindow(text)?.days.length ?? 1) > 0));
    fc.assert(fc.property(fc.string(), (text) => typeof isTimeZone(text) === 'boolean'));
  });

  it('of several the next one counts, and says when', () => {
    const settings = { ...OPEN_SETTINGS, windows: windows('02:00-03:00', '13:30-14:00') };
    const gate = BUILT_IN_GATES.find(({ name }) => name === 'time-window');
    expect(gate?.evaluate(CONTEXT, settings)).toMatchObject({ until: Date.parse('2026-06-03T13:30:00Z') });
  });

  it('with a clock that nobody set stays closed for a week of power, then opens beside an idle cooker', () => {
    const clock = {
      now: CONTEXT.clock.now,
      synchronised: false,
      unsynchronisedMs: UNSYNCHRONISED_MOST_MS - 1,
    };
    const always = { windows: windows('00:00-24:00') };
    const later = { ...clock, unsynchronisedMs: UNSYNCHRONISED_MOST_MS };
    expect(first({ clock }, always)).toBe('time-window: wait');
    expect(first({ clock: later }, always)).toBe('open');
    for (const mcuMode of ['cooking', 'keep-warm', 'delayed-start', 'fault', 'silent', 'not-asked']) {
      expect(first({ clock: later, mcuMode }, always)).toBe('time-window: wait');
    }
    expect(first({ clock: later, mcuMode: 'absent' }, always)).toBe('open');
  });
});

describe('a roll-out', () => {
  const rollOut = { offered: CONTEXT.release.identity, percent: 100, paused: false, cohorts: [] };

  it('has a fixed place for a device and a release', () => {
    // By hand: sha256sum of the three lines, first 12 digits, divided by 2^48.
    expect(placeInRollOut('kitchen-17', '00'.repeat(32))).toBeCloseTo(30.542839366734498, 9);
  });

  it('reaches the share of the fleet that it names, and nobody leaves it as it grows', () => {
    const places = Array.from({ length: 4000 }, (_, at) => placeInRollOut(`device-${at}`, 'release'));
    for (const percent of [1, 10, 50, 90]) {
      const share = (places.filter((place) => place < percent).length / places.length) * 100;
      // Four standard deviations of a fair draw at the worst share.
      expect(Math.abs(share - percent)).toBeLessThan(4 * Math.sqrt((50 * 50) / places.length));
    }
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...places)).toBeLessThan(100);
  });

  it('gives a device another place in each release', () => {
    const share = Array.from({ length: 1000 }, (_, at) => placeInRollOut('one', `release-${at}`)).filter(
      (place) => place < 50,
    ).length;
    expect(Math.abs(share - 500)).toBeLessThan(4 * Math.sqrt(250));
  });

  it('at 0 % reaches nobody, at 100 % everybody, paused nobody', () => {
    expect(first({ rollOut: { ...rollOut, percent: 0 } })).toBe('roll-out: wait');
    expect(first({ rollOut })).toBe('open');
    expect(first({ rollOut: { ...rollOut, paused: true } })).toBe('roll-out: wait');
    expect(first({ stage: 'fetch', rollOut: { ...rollOut, percent: 0 } })).toBe('roll-out: wait');
  });

  it('of another release holds this one', () => {
    expect(first({ rollOut: { ...rollOut, offered: 'ff'.repeat(32) } })).toBe('roll-out: wait');
  });

  it.each([
    [[], true],
    [[{ labels: ['pilot'] }], true],
    [[{ labels: ['other'] }], false],
    [[{ labels: ['other'] }, { regions: ['jp'] }], true],
    [[{ labels: ['pilot'], regions: ['de'] }], false],
    [[{ idSuffixes: ['3', '17'] }], true],
    [[{ idSuffixes: ['7-'] }], false],
    [[{ labels: [] }], false],
  ] as const)('for cohorts %j is for this device: %s', (cohorts, meant) => {
    expect(first({ rollOut: { ...rollOut, cohorts } })).toBe(meant ? 'open' : 'cohort: wait');
  });
});

describe('the others', () => {
  it('asks the user where the manifest says so, before the flip only', () => {
    const release = { ...CONTEXT.release, apply: 'ask' as const };
    expect(first({ release })).toBe('consent: wait');
    expect(first({ release, consented: true })).toBe('open');
    expect(first({ release, stage: 'fetch' })).toBe('open');
  });

  it('a critical fix passes what comes after it, never the user or the publisher', () => {
    const critical = { ...CONTEXT.release, severity: 'critical' as const };
    const closed = { windows: windows('02:00-03:00'), longTermSupport: '~1.0', mostCelsius: 20 };
    expect(first({ release: critical }, closed)).toBe('critical-fix-first: allow');
    expect(first({ release: { ...critical, apply: 'ask' } }, closed)).toBe('consent: wait');
    const rollOut = { offered: critical.identity, percent: 0, paused: false, cohorts: [] };
    expect(first({ release: critical, rollOut }, closed)).toBe('roll-out: wait');
  });

  it('stays with its long-term support', () => {
    expect(first({}, { longTermSupport: '~1.4' })).toBe('long-term-support: deny');
    expect(first({}, { longTermSupport: '^2.0' })).toBe('open');
  });

  it('a board that was too warm has to cool down by the hysteresis', () => {
    const settings = { mostCelsius: 60, hysteresisCelsius: 5 };
    expect(first({ boardCelsius: 60 }, settings)).toBe('open');
    expect(first({ boardCelsius: 60.1 }, settings)).toBe('safety-guard: wait');
    expect(first({ boardCelsius: 56, heldBy: 'safety-guard' }, settings)).toBe('safety-guard: wait');
    expect(first({ boardCelsius: 55, heldBy: 'safety-guard' }, settings)).toBe('open');
    expect(first({ boardCelsius: 56, heldBy: 'time-window' }, settings)).toBe('open');
    expect(first({ boardCelsius: undefined }, settings)).toBe('open');
  });

  it('waits for the supply', () => {
    expect(first({ supplyMillivolts: 4499 }, { leastSupplyMillivolts: 4500 })).toBe('safety-guard: wait');
    expect(first({ supplyMillivolts: 4500 }, { leastSupplyMillivolts: 4500 })).toBe('open');
    expect(first({ supplyMillivolts: undefined }, { leastSupplyMillivolts: 4500 })).toBe('open');
  });

  it('are asked in the order of their numbers', () => {
    const numbers = BUILT_IN_GATES.map(({ priority }) => priority);
    expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
    expect(new Set(BUILT_IN_GATES.map(({ name }) => name)).size).toBe(BUILT_IN_GATES.length);
    const named = Object.fromEntries(BUILT_IN_GATES.map(({ name, priority }) => [name, priority]));
    expect(named).toMatchObject({ 'critical-fix-first': 5, 'safety-guard': 10, 'long-term-support': 20 });
  });
});

it.each<readonly [GateAnswer, string]>([
  [{ kind: 'allow' }, 'open'],
  [{ kind: 'prefer', version: '2.0.0' }, 'open'],
  [{ kind: 'prefer', version: '1.9.0' }, 'held'],
  [{ kind: 'wait', reason: 'later' }, 'held'],
  [{ kind: 'deny', reason: 'never' }, 'denied'],
])('the answer %j to 2.0.0 comes to %s', (answer, verdict) => {
  expect(verdictOf('gate', answer, '2.0.0').kind).toBe(verdict);
});
