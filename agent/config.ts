/**
 * Reads the configuration (TOML) by its table. Pure: text in, values and findings out. Whether an unknown key
 * is an error is the caller's choice: it is one for `install`, and a warning for the daemon, which must start.
 */
import { validRange } from 'semver';
import { parse, TomlError } from 'smol-toml';
import { SLOT_NAMES } from '../bootctl/index.ts';
import { faultOfDataPaths } from './config-data.ts';
import { MOST_VENDOR_GATES, VENDOR_GATE_TABLE } from './config-gates.ts';
import type { ConfigRow } from './config-row.ts';
import { CONFIG_TABLE, type ConfigValues, HEALTH_TABLE } from './config-table.ts';
import { AgentError } from './errors.ts';
import { isTimeZone, parseWindow, type TimeWindow } from './model/gates/window.ts';
import { folderOf, isPlace, namesFolder, placesOf, URL_PLACES } from './model/url-template.ts';
import type { SlotName } from './ports.ts';

export interface HealthCommand {
  readonly name: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly retries: number;
  readonly retryPauseMs: number;
}

/** One `[[gate]]`. */
export interface VendorGateSettings {
  readonly name: string;
  /** Path of the ES module. */
  readonly module: string;
  readonly priority: number;
  readonly timeoutMs: number;
  readonly memoryMiB: number;
}

export interface Config {
  readonly values: ConfigValues;
  /** Partition of each slot class, for both slots; the classes are the same in both. */
  readonly slots: Readonly<Record<SlotName, Readonly<Record<string, string>>>>;
  readonly health: readonly HealthCommand[];
  readonly gates: readonly VendorGateSettings[];
  readonly windows: readonly TimeWindow[];
  /** Sentences about keys that nothing reads. */
  readonly warnings: readonly string[];
}

/** A configuration is some KiB; more is another file. */
const MOST_BYTES = 256 * 1024;
/** A slot class is a word that also names files and database rows; manifests have the same rule. */
const SLOT_CLASS = /^[a-z][a-z0-9_-]{0,31}$/;

type Table = Readonly<Record<string, unknown>>;

/** `name` begins each complaint. Error: CONFIG_INVALID with the dotted path of the value that is wrong, or its line. */
export function parseConfig(text: string, name = 'Configuration'): Config {
  try {
    return readConfig(text);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const { code, facts, cause } = error;
    throw new AgentError(code, `${name}: ${error.message}`, { facts, cause });
  }
}

function readConfig(text: string): Config {
  if (Buffer.byteLength(text) > MOST_BYTES) throw invalid('', `is larger than ${MOST_BYTES} bytes`);
  const root = parseToml(text);
  const { slots, health, gate, ...sections } = root;
  const flat = flatten(sections);
  const values = readByTable(CONFIG_TABLE, flat, '') as unknown as ConfigValues;
  checkPlaces('server.base-urls', values['server.base-urls']);
  checkFolder(values['server.base-urls']);
  checkPlaces('report.url', [values['report.url']]);
  const partitions = readSlots(slots);
  checkDataPaths(values, partitions);
  return {
    values,
    slots: partitions,
    health: readHealth(health),
    gates: readGates(gate),
    windows: readWindows(values),
    warnings: [
      ...unknownKeys(Object.keys(flat), Object.keys(CONFIG_TABLE), ''),
      ...unknownEntryKeys('health', health, HEALTH_TABLE),
      ...unknownEntryKeys('gate', gate, VENDOR_GATE_TABLE),
    ],
  };
}

/** What `install` and `doctor` do with warnings. */
export function refuseWarnings(config: Config): void {
  if (config.warnings.length > 0) throw new AgentError('CONFIG_INVALID', config.warnings.join(' '));
}

function parseToml(text: string): Table {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError) && !(error instanceof RangeError)) throw error;
    const line = error instanceof TomlError ? error.line : undefined;
    const where = line === undefined ? 'the file' : `line ${line}`;
    // The parser's first line alone: the others quote the file, and what stands there may be secret.
    const [what = ''] = error.message.replace('Invalid TOML document: ', '').split('\n');
    throw new AgentError('CONFIG_INVALID', `${where} is no TOML: ${what}.`, {
      facts: { line },
      cause: error,
    });
  }
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Two levels: `[section]` and its keys. */
function flatten(sections: Table): Table {
  const flat: Record<string, unknown> = {};
  for (const [section, content] of Object.entries(sections)) {
    if (!isTable(content)) flat[section] = content;
    else for (const [key, value] of Object.entries(content)) flat[`${section}.${key}`] = value;
  }
  return flat;
}

function readByTable(table: Readonly<Record<string, ConfigRow>>, given: Table, prefix: string): Table {
  return Object.fromEntries(
    Object.entries(table).map(([key, row]) => [
      key,
      readValue(`${prefix}${key}`, row, Object.hasOwn(given, key) ? given[key] : undefined),
    ]),
  );
}

function readValue(path: string, row: ConfigRow, value: unknown): unknown {
  if (value === undefined) {
    if (row.default === undefined) throw invalid(path, 'is missing');
    return row.default;
  }
  switch (row.type) {
    case 'text':
      if (typeof value !== 'string' || value.includes('\0')) throw invalid(path, 'must be text');
      if (value === '' && row.default === undefined) throw invalid(path, 'must not be empty');
      return value;
    case 'integer':
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < row.min || value > row.max) {
        throw invalid(path, `must be a whole number from ${row.min} to ${row.max} (${row.unit})`);
      }
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw invalid(path, 'must be true or false');
      return value;
    case 'choice':
      if (typeof value !== 'string' || !row.values.includes(value)) {
        throw invalid(path, `must be one of ${row.values.join(', ')}`);
      }
      return value;
    case 'list': {
      const fits = Array.isArray(value) && value.length >= row.least && value.length <= row.most;
      if (!fits || !value.every((item) => typeof item === 'string' && item !== '' && !item.includes('\0'))) {
        throw invalid(path, `must be a list of ${row.least} to ${row.most} texts`);
      }
      return value;
    }
  }
}

function readSlots(value: unknown): Config['slots'] {
  if (!isTable(value)) throw invalid('slots', 'is missing: [slots.a] and [slots.b] name the partitions');
  const stranger = Object.keys(value).find((name) => !(SLOT_NAMES as readonly string[]).includes(name));
  if (stranger !== undefined) throw invalid(`slots.${stranger}`, 'is no slot: there are a and b');
  const slots = { a: readPartitions('slots.a', value['a']), b: readPartitions('slots.b', value['b']) };
  if (Object.keys(slots.a).sort().join() !== Object.keys(slots.b).sort().join()) {
    throw invalid('slots', 'must name the same slot classes for a and b');
  }
  const paths = [...Object.values(slots.a), ...Object.values(slots.b)];
  if (new Set(paths).size !== paths.length) throw invalid('slots', 'names one partition twice');
  return slots;
}

function readPartitions(path: string, value: unknown): Readonly<Record<string, string>> {
  if (!isTable(value) || Object.keys(value).length === 0)
    throw invalid(path, 'must name at least one partition');
  for (const [slotClass, partition] of Object.entries(value)) {
    if (!SLOT_CLASS.test(slotClass))
      throw invalid(`${path}.${slotClass}`, 'is no slot class: a-z, 0-9, _ and -');
    if (typeof partition !== 'string' || partition === '' || partition.includes('\0')) {
      throw invalid(`${path}.${slotClass}`, 'must be the path of a partition');
    }
  }
  return value as Readonly<Record<string, string>>;
}

function readHealth(value: unknown): readonly HealthCommand[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > 64)
    throw invalid('health', 'must be at most 64 [[health]] tables');
  return value.map((entry, at) => {
    if (!isTable(entry)) throw invalid(`health[${at}]`, 'must be a table');
    const read = readByTable(HEALTH_TABLE, entry, `health[${at}].`) as {
      readonly name: string;
      readonly command: readonly string[];
      readonly 'timeout-s': number;
      readonly retries: number;
      readonly 'retry-pause-ms': number;
    };
    return {
      name: read.name,
      command: read.command,
      timeoutMs: read['timeout-s'] * 1000,
      retries: read.retries,
      retryPauseMs: read['retry-pause-ms'],
    };
  });
}

function readGates(value: unknown): readonly VendorGateSettings[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MOST_VENDOR_GATES)
    throw invalid('gate', `must be at most ${MOST_VENDOR_GATES} [[gate]] tables`);
  return value.map((entry, at) => {
    if (!isTable(entry)) throw invalid(`gate[${at}]`, 'must be a table');
    const read = readByTable(VENDOR_GATE_TABLE, entry, `gate[${at}].`) as {
      readonly name: string;
      readonly module: string;
      readonly priority: number;
      readonly 'timeout-ms': number;
      readonly 'memory-mib': number;
    };
    const { name, module, priority } = read;
    return { name, module, priority, timeoutMs: read['timeout-ms'], memoryMiB: read['memory-mib'] };
  });
}

function checkPlaces(path: string, templates: readonly string[]): void {
  const unknown = placesOf(templates).find((name) => !isPlace(name));
  if (unknown === undefined) return;
  const known = Object.keys(URL_PLACES);
  throw invalid(path, `has {${unknown.slice(0, 32)}}; the nearest known is {${nearest(unknown, known)}}`);
}

/** Store, vault, keys, boot control and slots are never the vendor's data. */
function checkDataPaths(values: ConfigValues, slots: Config['slots']): void {
  const own = [
    ...(['paths.data', 'paths.run', 'paths.keys', 'boot-control.path', 'boot-control.trial-mark'] as const),
  ].map((key) => values[key]);
  const partitions = [...Object.values(slots.a), ...Object.values(slots.b)];
  const fault = faultOfDataPaths(values['data.paths'], [...own, ...values['paths.vault'], ...partitions]);
  if (fault !== undefined) throw invalid('data.paths', fault);
}

function checkFolder(urls: readonly string[]): void {
  if (!namesFolder(urls)) return;
  const [first = '', ...others] = urls;
  if (others.length > 0 || folderOf(first) === undefined)
    throw invalid('server.base-urls', 'with a folder must be one file:///... alone');
}

/** Windows, their zone, and the range of versions: what nobody could judge later is refused here. */
function readWindows(values: ConfigValues): readonly TimeWindow[] {
  if (!isTimeZone(values['gates.time-zone'])) {
    throw invalid('gates.time-zone', 'is no time zone that this system knows');
  }
  if (validRange(values['gates.long-term-support']) === null) {
    throw invalid('gates.long-term-support', 'must be a range of versions such as ~1.4');
  }
  return values['gates.windows'].map((text) => {
    const window = parseWindow(text);
    if (window === undefined) {
      throw invalid('gates.windows', `has "${text.slice(0, 64)}", which is no "Mon-Fri 02:00-05:00"`);
    }
    return window;
  });
}

function unknownEntryKeys(name: string, value: unknown, table: object): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry, at) =>
    unknownKeys(Object.keys(isTable(entry) ? entry : {}), Object.keys(table), `${name}[${at}].`),
  );
}

function unknownKeys(given: readonly string[], known: readonly string[], prefix: string): readonly string[] {
  return given
    .filter((key) => !known.includes(key))
    .map((key) => `Unknown key ${prefix}${key}; the nearest known one is ${prefix}${nearest(key, known)}.`);
}

/** The known word with the smallest edit distance. */
export function nearest(word: string, known: readonly string[]): string {
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  ranked.sort((left, right) => left.distance - right.distance);
  return ranked[0]?.candidate ?? '';
}

/** Levenshtein distance; one row at a time. Words are cut at 64 characters: nobody mistypes more. */
function editDistance(left: string, right: string): number {
  const from = [...left].slice(0, 64);
  const to = [...right].slice(0, 64);
  let row = to.map((_, at) => at + 1);
  for (const [i, a] of from.entries()) {
    let diagonal = i;
    let before = i + 1;
    row = row.map((above, j) => {
      const cost = Math.min(above + 1, before + 1, diagonal + (a === to[j] ? 0 : 1));
      diagonal = above;
      before = cost;
      return cost;
    });
  }
  return row.at(-1) ?? from.length;
}

function invalid(path: string, what: string): AgentError {
  return new AgentError('CONFIG_INVALID', `${path || 'the file'} ${what}.`, {
    facts: { path },
  });
}
