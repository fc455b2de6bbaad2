/** Dead buffers outside the heap go while an update writes, without a flag on the command line. */
import { expect, it } from 'vitest';
import { keepMemoryFlat } from '../../agent/adapters/flat-memory.ts';
import { Reporter } from '../../agent/index.ts';

const MIB = 1_048_576;

/** Most bytes of buffers that were alive or dead at a time while 64 chunks of 1 MiB were made and dropped. */
function mostBuffers(reporter: Reporter): number {
  let most = 0;
  for (let chunk = 1; chunk <= 64; chunk += 1) {
    Buffer.alloc(MIB, chunk);
    const bytes = { fetched: 0, reused: 0, written: chunk * MIB, verified: 0 };
    reporter.progress('fetching', { bytes });
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  return most;
}

it('keeps few of them', () => {
  const kept = new Reporter('kept');
  keepMemoryFlat(kept);
  const before = process.memoryUsage().arrayBuffers;
  expect(mostBuffers(kept) - before).toBeLessThan(16 * MIB);
});
