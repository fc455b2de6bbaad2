/** The log: lines for people, for the journal and for programs. */
import { fstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type LogHow, logEvents, writesToJournal } from '../../agent/adapters/log.ts';
import { Reporter } from '../../agent/index.ts';

const AT = Date.UTC(2026, 4, 1, 12);

function logged(how: Partial<LogHow>): { readonly reporter: Reporter; readonly lines: string[] } {
  const reporter = new Reporter('cooker-7');
  const lines: string[] = [];
  const clock = { now: () => AT, synchronised: () => false };
  logEvents(reporter, (line) => lines.push(line), {
    format: 'text',
    level: 'info',
    priorities: false,
    clock,
    ...how,
  });
  return { reporter, lines };
}

describe('as text', () => {
  it('a line is the event and its sentence; nothing below the level is written', () => {
    const { reporter, lines } = logged({});
    reporter.happened('entered', 'Entry: fresh.', { door: 'fresh' });
    reporter.happened('slot-flushed', 'Slot b was flushed.', { flushMs: 3 });
    expect(lines).toEqual(['entered: Entry: fresh.']);
  });

  it('movement is told at each phase and each tenth', () => {
    const { reporter, lines } = logged({});
    for (const progress of [0, 4, 9, 12, 13]) reporter.progress('fetching', { progress });
    expect(lines).toEqual([
      'phase fetching 0 % (fetched 0, reused 0, written 0)',
      'phase fetching 10 % (fetched 0, reused 0, written 0)',
    ]);
  });

  it('in the journal each line brings its priority', () => {
    const { reporter, lines } = logged({ priorities: true, level: 'debug' });
    reporter.happened('trial-failed', 'Slot b goes back.');
    reporter.happened('slot-flushed', 'Slot b was flushed.');
    reporter.progress('idle');
    expect(lines.map((line) => line.slice(0, 3))).toEqual(['<3>', '<7>', '<6>']);
  });

  it('what a stranger said cannot begin a line of its own', () => {
    const { reporter, lines } = logged({ priorities: true });
    reporter.happened('walk-ended', 'The server says:\n<0>all is lost\r\nand more.');
    expect(lines).toEqual(['<4>walk-ended: The server says: <0>all is lost and more.']);
  });

  it('nor end one with a zero byte, nor command a terminal', () => {
    const { reporter, lines } = logged({ priorities: true });
    reporter.happened('walk-ended', 'It says:\0<0>all is lost\u2028\u0085and \u001b[2J\u009b2Jmore.');
    expect(lines).toEqual(['<4>walk-ended: It says: <0>all is lost and  [2J 2Jmore.']);
  });
});

describe('as JSON', () => {
  it('a line is one object with time, level, stable id, device, deployment and facts', () => {
    const { reporter, lines } = logged({ format: 'json' });
    reporter.progress('fetching', { deployment: 'd1', progress: 30 });
    reporter.happened('fetch-retried', 'Fetching again\nin 2 s.', { code: 'TIMEOUT', delayMs: 2000 });
    const [progress, retried] = lines.map((line): unknown => JSON.parse(line));
    expect(lines.join('')).not.toContain('\n');
    expect(progress).toMatchObject({
      event: 'progress',
      level: 'info',
      facts: { phase: 'fetching', percent: 30, fetched: 0 },
    });
    expect(retried).toEqual({
      time: '2026-05-01T12:00:00.000Z',
      synchronised: false,
      level: 'info',
      event: 'fetch-retried',
      message: 'Fetching again\nin 2 s.',
      device: 'cooker-7',
      deployment: 'd1',
      facts: { code: 'TIMEOUT', delayMs: 2000 },
    });
  });

  it('a sentence without end is cut', () => {
    const { reporter, lines } = logged({ format: 'json', priorities: true });
    reporter.happened('looked', 'x'.repeat(100_000));
    expect(lines[0]?.length).toBeLessThan(5000);
    expect(lines[0]).toMatch(/^\{/);
    reporter.happened('looked', 'short', { reason: 'x'.repeat(100_000) });
    expect(lines[1]?.length).toBeLessThan(5000);
  });
});

it('stderr goes into the journal when $JOURNAL_STREAM names it, and not when another stream is meant', () => {
  const { dev, ino } = fstatSync(process.stderr.fd);
  expect(writesToJournal({ JOURNAL_STREAM: `${dev}:${ino}` })).toBe(true);
  expect(writesToJournal({ JOURNAL_STREAM: `${dev}:${ino + 1}` })).toBe(false);
  expect(writesToJournal({})).toBe(false);
});
