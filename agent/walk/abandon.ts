/** An attempt ends by the release's own fault: the row is closed and rule 17 counts it, in store and vault. */
import type { Device } from '../device.ts';
import type { AgentError } from '../errors.ts';
import { countFailure, mergeFailures, rememberFailure } from '../model/failures.ts';
import { isTransportFault } from '../model/retry.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import { closeDeployment } from './close-deployment.ts';

/** The slot stays as it is: unbootable since it was opened, without its first chunk. */
export async function abandon(device: Device, release: VerifiedManifest, because: AgentError): Promise<void> {
  const { store, vault } = device;
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
    closeDeployment(device, row, 'abandoned', { code: because.code, reason: because.message });
  }
}
