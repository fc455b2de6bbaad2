/** The configuration's keys about gates: rows of the one table, and those of a `[[gate]]` of the vendor's own. */
import type { ConfigRow } from './config-row.ts';

/** Rows of `CONFIG_TABLE`. */
export const GATE_ROWS = {
  'device.labels': {
    type: 'list',
    default: [],
    least: 0,
    most: 32,
    why: 'what cohorts of a roll-out may ask for',
  },
  'device.region': { type: 'text', default: '', why: 'the same; one word such as a country' },
  'server.channel': {
    type: 'boolean',
    default: false,
    why: "true: the source's channel.json says who gets a release and when; without one nothing is installed",
  },
  'paths.channel-keys': {
    type: 'text',
    default: '',
    why: 'keys of channels, part of the read-only system image; one of them must have signed; empty: those of releases',
  },
  'gates.windows': {
    type: 'list',
    default: [],
    least: 0,
    most: 32,
    why: 'when a release may be activated, such as `Mon-Fri 02:00-05:00` or `22:00-06:00`; none: at any time',
  },
  'gates.time-zone': {
    type: 'text',
    default: 'UTC',
    why: 'of the windows, such as `Asia/Tokyo`; daylight saving is its own',
  },
  'gates.consent-s': {
    type: 'integer',
    default: 120,
    min: 0,
    max: 3600,
    unit: 's',
    why: 'policy `ask`: how long, at each poll, the cooker shows a code and waits for its key; 0: it is not asked',
  },
  'gates.long-term-support': {
    type: 'text',
    default: '',
    why: 'range of versions that the device stays with, such as `~1.4`; empty: all',
  },
  'gates.least-supply-mv': {
    type: 'integer',
    default: 0,
    min: 0,
    max: 60_000,
    unit: 'mV',
    why: 'nothing is activated below it, by the measure of the MCU; 0: not looked at',
  },
  'gates.most-temperature-c': {
    type: 'integer',
    default: 0,
    min: 0,
    max: 150,
    unit: 'degrees Celsius',
    why: 'nothing is activated on a warmer board; 0: not looked at',
  },
  'gates.temperature-hysteresis-c': {
    type: 'integer',
    default: 5,
    min: 0,
    max: 50,
    unit: 'degrees Celsius',
    why: 'how far below that a board that was too warm must cool down',
  },
  'gates.temperature-file': {
    type: 'text',
    default: '',
    why: 'of the kernel, in thousandths of a degree, such as /sys/class/thermal/thermal_zone0/temp; empty: what the MCU measures',
  },
} as const satisfies Record<string, ConfigRow>;

/** Most `[[gate]]` tables: with their longest time each, a look stays within the watchdog's limit. */
export const MOST_VENDOR_GATES = 8;

/** Keys of one `[[gate]]` entry. */
export const VENDOR_GATE_TABLE = {
  name: { type: 'text', default: undefined, why: 'shown when it holds an update' },
  module: {
    type: 'text',
    default: undefined,
    why: 'path of an ES module, part of the read-only system image, that exports `evaluate(context)`',
  },
  priority: {
    type: 'integer',
    default: 100,
    min: 0,
    max: 1000,
    unit: '(lower first)',
    why: 'when it is asked: by default after all of the agent, so that its `allow` passes none of them',
  },
  'timeout-ms': {
    type: 'integer',
    default: 10_000,
    min: 10,
    max: 60_000,
    unit: 'ms',
    why: 'then its thread is ended, and that counts as wait; a small board takes seconds to start one while it boots',
  },
  'memory-mib': {
    type: 'integer',
    default: 16,
    min: 8,
    max: 256,
    unit: 'MiB',
    why: 'the same for its memory',
  },
} as const satisfies Record<string, ConfigRow>;
