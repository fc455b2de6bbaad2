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
} as const satisfies Record<string, ConfigRow>;
