/**
 * Keeps the process small while an image passes through it. The engine knows what its buffers outside the heap
 * cost only roughly and lets 45 MB of dead ones stand (seen on Node 20 with chunks of 1 MiB); on a board of
 * 128 MB that is a third of it. It knows the progress of a walk and nothing else of it.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Reporter } from '../events.ts';

/** Bytes written between two collections: a young collection takes about 1 ms, writing 4 MiB takes longer. */
const BYTES_BETWEEN = 4 * 1_048_576;

/** Follows the reporter. Does nothing on an engine that lends no collector. */
export function keepMemoryFlat(reporter: Reporter): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  if (typeof collect !== 'function') return;
  let collected = 0;
  reporter.on('progressed', ({ bytes }) => {
    if (Math.abs(bytes.written - collected) < BYTES_BETWEEN) return;
    collected = bytes.written;
    collect({ type: 'minor' });
  });
}
