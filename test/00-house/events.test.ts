/** The agent's events: each that the code sends has a row, each row has a sender, and nothing but its row's facts. */
import { describe, expect, it } from 'vitest';
import { EVENT_TABLE, LEVELS } from '../../agent/event-table.ts';
import { sourcesIn, withoutComments } from './sources.ts';

const TABLE = 'agent/event-table.ts';
/** Sent by the log itself, for what moves. */
const PROGRESS = 'progress';

const code = ['agent', 'cli']
  .flatMap((room) => sourcesIn(room))
  .filter(({ path }) => path !== TABLE)
  .map(({ text }) => withoutComments(text));
/** Where a name is given: one, or two beside `? :`, or a parameter whose type narrows it. */
const GIVEN = [/\bhappened\(\s*([^,]*?),/g, /\bevent: ('[a-z-]+'(?: \| '[a-z-]+')*)/g];
const sent = new Set(
  code
    .flatMap((text) => GIVEN.flatMap((given) => [...text.matchAll(given)]))
    .flatMap(([, names = '']) => [...names.matchAll(/'([a-z-]+)'/g)].map(([, name = '']) => name)),
);

describe('an event', () => {
  it('has a row when the code sends it', () => {
    expect(sent.size).toBeGreaterThan(40);
    expect([...sent].filter((name) => !Object.hasOwn(EVENT_TABLE, name))).toEqual([]);
  });

  it('has a sender when it has a row', () => {
    const silent = Object.keys(EVENT_TABLE).filter((name) => name !== PROGRESS && !sent.has(name));
    expect(silent).toEqual([]);
  });

  it('has one meaning, and a level that syslog knows', () => {
    const rows = Object.values(EVENT_TABLE);
    expect(new Set(rows.map(({ meaning }) => meaning)).size).toBe(rows.length);
    for (const { level } of rows) expect(LEVELS[level]).toBeGreaterThanOrEqual(3);
  });
});
