import { countFailure, mergeFailures, rememberFailure } from '../model/failures.js';
import { isTransportFault } from '../model/retry.js';
/** The slot stays as it is: unbootable since it was opened, without its first chunk. */
export async function abandon(device, release, because) {
    const { clock, store, vault } = device;
    const { identity } = release;
    if (!isTransportFault(because)) {
        const { record } = await vault.read();
        const known = record.failures.find((counts) => counts.identity === identity);
        const counts = countFailure(mergeFailures(store.failures(identity), known), 'installAttempts', {
            identity,
            version: release.manifest.version,
        });
        await vault.write({ ...record, failures: rememberFailure(record.failures, counts) });
        store.setFailures(counts);
    }
    const row = store.deployment();
    if (row?.identity === identity) {
        store.close(row.id, 'abandoned', {
            code: because.code,
            reason: because.message,
            at: clock.now(),
            rollbackMs: undefined,
            bytes: undefined,
        });
    }
}
