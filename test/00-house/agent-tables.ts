/** The tables of agent/README.md that the code already knows: entry table, errors, configuration, store. */
import { COLUMNS } from '../../agent/adapters/sqlite-schema.ts';
import { VENDOR_GATE_TABLE } from '../../agent/config-gates.ts';
import type { ConfigRow } from '../../agent/config-row.ts';
import { CONFIG_TABLE, HEALTH_TABLE } from '../../agent/config-table.ts';
import { ERROR_TABLE } from '../../agent/errors.ts';
import { EVENT_TABLE } from '../../agent/event-table.ts';
import { ENTRY_TABLE, ENTRY_VALUES, type EntryFacts } from '../../agent/model/entry-table.ts';
import { BUILT_IN_GATES } from '../../agent/model/gates/built-in.ts';
import { METRIC_TABLE, type MetricRow } from '../../agent/model/metric-table.ts';
import { RANGE_ANSWERS } from '../../agent/model/range-answer.ts';
import { STATUSES } from '../../agent/model/retry.ts';
import { STEP_LIMITS } from '../../agent/model/step-limits.ts';
import { URL_PLACES } from '../../agent/model/url-template.ts';
import { code, tableOf } from './markdown.ts';

/** Longer lists of a label's values stand elsewhere: codes, events. */
const MOST_LISTED = 12;

export function entryTable(): string {
  const names = Object.keys(ENTRY_VALUES) as (keyof EntryFacts)[];
  return tableOf(
    ['', ...names, 'door', 'why'],
    ENTRY_TABLE.map(({ when, door, why }, at) => [
      String(at + 1),
      ...names.map((name) => when[name]?.join(', ') ?? 'any'),
      code(door),
      why,
    ]),
  );
}

export function entryValues(): string {
  return tableOf(
    ['fact', 'values'],
    Object.entries(ENTRY_VALUES).map(([name, values]) => [code(name), values.join(', ')]),
  );
}

export function errorTable(): string {
  return tableOf(
    ['code', 'policy', 'meaning'],
    Object.entries(ERROR_TABLE).map(([name, { policy, meaning }]) => [code(name), policy, meaning]),
  );
}

export function eventTable(): string {
  return tableOf(
    ['event', 'level', 'meaning', 'facts'],
    Object.entries(EVENT_TABLE).map(([name, { level, meaning, facts }]) => [
      code(name),
      level,
      meaning,
      facts.map(code).join(' '),
    ]),
  );
}

export function metricTable(): string {
  const valuesOf = (label: string, values: readonly string[] | 'free'): string => {
    if (values === 'free') return `${code(label)} (one at a time)`;
    if (values.length > MOST_LISTED) return `${code(label)} (${values.length} values)`;
    return `${code(label)}: ${values.join(', ')}`;
  };
  return tableOf(
    ['metric', 'type', 'meaning', 'labels'],
    Object.entries<MetricRow>(METRIC_TABLE).map(([name, { type, help, labels }]) => [
      code(name),
      type,
      help,
      Object.entries(labels)
        .map(([label, values]) => valuesOf(label, values))
        .join('; '),
    ]),
  );
}

export function rangeAnswers(): string {
  const outcome = (text: string): string => (text in ERROR_TABLE ? code(text) : text);
  return tableOf(
    ['answer to a range request', 'what becomes of it'],
    RANGE_ANSWERS.map((row) => [row.answer, outcome(row.outcome)]),
  );
}

export function statusTable(): string {
  return tableOf(
    ['status', 'code', 'policy'],
    STATUSES.map((row) => [row.status, code(row.code), ERROR_TABLE[row.code].policy]),
  );
}

const PLUS = {
  noneMs: '',
  dataMs: 'a second for each MiB of `data.byte-budget`',
  serverMs: "each mirror's time to connect and to be silent",
  healthMs: 'all health checks with their retries',
} as const;

export function stepTable(): string {
  return tableOf(
    ['step', 'limit', 'and, as configured', 'why'],
    Object.entries(STEP_LIMITS).map(([step, { limitS, plus, why }]) => [
      code(step),
      `${limitS} s`,
      PLUS[plus],
      why,
    ]),
  );
}

export function configTable(): string {
  return keysOf(CONFIG_TABLE);
}

export function gateTable(): string {
  return tableOf(
    ['priority', 'gate', 'what it does'],
    BUILT_IN_GATES.map(({ name, priority, what }) => [String(priority), code(name), what]),
  );
}

export function vendorGateTable(): string {
  return keysOf(VENDOR_GATE_TABLE);
}

export function urlPlaceTable(): string {
  return tableOf(
    ['place', 'what it is'],
    Object.entries(URL_PLACES).map(([name, what]) => [code(`{${name}}`), what]),
  );
}

export function healthTable(): string {
  return keysOf(HEALTH_TABLE);
}

function keysOf(table: Readonly<Record<string, ConfigRow>>): string {
  return tableOf(
    ['key', 'type', 'default', 'range', 'why'],
    Object.entries(table).map(([key, row]) => [code(key), row.type, defaultOf(row), rangeOf(row), row.why]),
  );
}

function defaultOf(row: ConfigRow): string {
  if (row.default === undefined) return 'must be given';
  if (row.type === 'list') return code(JSON.stringify(row.default));
  return row.default === '' ? 'empty' : code(String(row.default));
}

function rangeOf(row: ConfigRow): string {
  if (row.type === 'choice') return row.values.map(code).join(' ');
  if (row.type === 'integer') return `${row.min} to ${row.max} ${row.unit}`;
  if (row.type === 'boolean') return `${code('true')} ${code('false')}`;
  if (row.type === 'list')
    return row.least === row.most ? `${row.most} texts` : `${row.least} to ${row.most} texts`;
  return '';
}

/** A table that nobody explains does not compile. */
const STORE_MEANINGS: Readonly<Record<keyof typeof COLUMNS, string>> = {
  meta: 'schema number and the oldest schema whose agents can still read the file',
  deployment: 'the open deployment; there is at most one',
  checkpoint: 'for each image of it: the chunks up to which everything is flushed',
  pin: 'length and ETag that a payload must keep between two requests',
  history: 'closed deployments, the newest 100, chained by their digests',
  failure: 'counters of rule 17 by release identity, the newest 64',
  chunk_index: 'chunk indexes of installed images by digest, the newest 8; a cache',
  fact: 'small facts: last poll, ETag and identity of the last offer, what was cancelled, what a person installed, floors',
  request: 'what persons asked of a walker, and its answers, the newest 100',
};

export function storeTable(): string {
  return tableOf(
    ['table', 'columns', 'meaning'],
    Object.entries(COLUMNS).map(([table, columns]) => [
      code(table),
      columns,
      STORE_MEANINGS[table as keyof typeof COLUMNS],
    ]),
  );
}
