/**
 * The configuration's keys about the vendor's own data (rule 15): rows of the one table, and what no path of them may
 * touch. It must not know how a snapshot is made.
 */
import { isAbsolute, normalize } from 'node:path';
import type { ConfigRow } from './config-row.ts';

const MIB = 1024 * 1024;

/** Rows of `CONFIG_TABLE`. */
export const DATA_ROWS = {
  'data.paths': {
    type: 'list',
    default: [],
    least: 0,
    most: 32,
    why: "files and folders of the vendor's own on the data partition that a rollback may have to bring back; none: no snapshot is made",
  },
  'data.byte-budget': {
    type: 'integer',
    default: 64 * MIB,
    min: 0,
    max: 1024 * MIB,
    unit: 'bytes',
    why: 'most that a snapshot of them may hold: it needs as much room, and each install writes it',
  },
} as const satisfies Record<string, ConfigRow>;

/** What is wrong with the paths; undefined when they are sound. `own` are paths that belong to the agent or a slot. */
export function faultOfDataPaths(paths: readonly string[], own: readonly string[]): string | undefined {
  for (const [at, path] of paths.entries()) {
    const shown = `"${path.slice(0, 128)}"`;
    if (!isAbsolute(path) || normalize(path) !== path || path.endsWith('/')) {
      return `has ${shown}, which is no absolute path without ".", ".." and a slash at its end`;
    }
    const double = paths.slice(0, at).find((other) => overlaps(path, other));
    if (double !== undefined) return `has ${shown} and "${double}", of which one lies in the other`;
    const taken = own.find((other) => other !== '' && overlaps(path, normalize(other)));
    if (taken !== undefined) return `has ${shown}, which holds or lies in "${taken}" of the agent itself`;
  }
  return undefined;
}

function overlaps(left: string, right: string): boolean {
  return left === right || left.startsWith(`${right}/`) || right.startsWith(`${left}/`);
}
