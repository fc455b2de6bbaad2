/** The configuration's keys about evidence: rows of the one table. */
import type { ConfigRow } from './config-row.ts';

/** Rows of `CONFIG_TABLE`. */
export const EVIDENCE_ROWS = {
  'diag.after-failure': {
    type: 'boolean',
    default: true,
    why: 'a diagnostics archive is made in `paths.data`/diag after an update that failed or was rolled back',
  },
  'diag.most-bytes': {
    type: 'integer',
    default: 4 * 1_048_576,
    min: 65_536,
    max: 64 * 1_048_576,
    unit: 'bytes',
    why: 'of one archive; the largest parts are left out first; it goes through a mobile line',
  },
  'diag.most-archives': {
    type: 'integer',
    default: 5,
    min: 1,
    max: 100,
    unit: 'archives',
    why: 'the oldest one goes: with the size of each this bounds what they take of the data partition',
  },
  'diag.profile-ms': {
    type: 'integer',
    default: 2000,
    min: 0,
    max: 10_000,
    unit: 'ms',
    why: 'length of the CPU profile in it; 0: none, for a board whose Node has no inspector',
  },
} as const satisfies Record<string, ConfigRow>;
