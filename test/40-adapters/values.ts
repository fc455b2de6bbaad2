/** Values to put into a store; also for child processes, which have no test runner. */
import type { Deployment } from '../../agent/model/deployment.ts';

export const DIGEST = 'ab'.repeat(32);

/** What `Store.open` takes. */
export function deployment(
  over: Partial<Deployment> = {},
): Omit<Deployment, 'state' | 'finalisedBoot' | 'bytes' | 'fruitlessTries'> {
  return {
    id: 'd1',
    identity: DIGEST,
    version: '1.2.0',
    sequence: 7,
    slot: 'b',
    source: 'http://127.0.0.1/',
    envelope: new Uint8Array([1, 2, 3]),
    forced: false,
    openedAt: 1_760_000_000_123,
    ...over,
  };
}
