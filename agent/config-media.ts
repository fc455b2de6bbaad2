/** The configuration's keys about removable media: rows of the one table. */
import type { ConfigRow } from './config-row.ts';

/** Rows of `CONFIG_TABLE`. */
export const MEDIA_ROWS = {
  'media.folders': {
    type: 'list',
    default: [],
    least: 0,
    most: 8,
    why: 'where the system mounts sticks and cards, such as /media and /run/media: releases are looked for below; the agent mounts nothing; empty: nowhere',
  },
  'media.look-interval-s': {
    type: 'integer',
    default: 5,
    min: 1,
    max: 3600,
    unit: 's',
    why: 'a release on a stick is found within two looks; a look that takes long is made less often',
  },
} as const satisfies Record<string, ConfigRow>;
