/** The configuration's keys about what the agent tells while it works: rows of the one table. */
import type { ConfigRow } from './config-row.ts';

/** Rows of `CONFIG_TABLE`. */
export const TELLING_ROWS = {
  'log.format': {
    type: 'choice',
    default: 'text',
    values: ['text', 'json'],
    why: 'json: each line of the log is an object with stable event ids; agent/README.md has both',
  },
  'log.level': {
    type: 'choice',
    default: 'info',
    values: ['error', 'warning', 'notice', 'info', 'debug'],
    why: 'nothing below it is written; debug: every flush and every question to the MCU that failed',
  },
  'metrics.textfile': {
    type: 'text',
    default: '',
    why: "file `*.prom` for node_exporter's textfile collector, in a folder that the agent may write; empty: none",
  },
  'metrics.textfile-interval-s': {
    type: 'integer',
    default: 15,
    min: 1,
    max: 3600,
    unit: 's',
    why: 'least time between two writes of it: as often as Prometheus usually looks; nothing is written while nothing happens',
  },
} as const satisfies Record<string, ConfigRow>;
