/** The configuration's keys about result reports: rows of the one table. */
import type { ConfigRow } from './config-row.ts';

/** Rows of `CONFIG_TABLE`. */
export const REPORT_ROWS = {
  'report.url': {
    type: 'text',
    default: '',
    why: 'http(s) address that is told how each deployment ended, with places such as {device}; empty: nobody is told',
  },
  'report.headers-file': {
    type: 'text',
    default: '',
    why: 'lines of `Name: value`, such as a log-in, that are sent with each report; empty: none',
  },
} as const satisfies Record<string, ConfigRow>;
