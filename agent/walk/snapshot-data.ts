/**
 * Before the flip: what the vendor lists under [data] is kept, so that a rollback can bring it back (rule 15). From
 * the flip on the new release may boot at any time and change it.
 */
import type { Device } from '../device.ts';
import { changesData } from '../model/data-snapshot.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';

/** Errors: DATA_TOO_LARGE, DATA_UNFIT, DATA_CHANGING, DATA_SNAPSHOT_FAILED: nothing is active then, nothing is counted. */
export async function snapshotData(
  { data, reporter }: Device,
  { identity, manifest }: VerifiedManifest,
  signal: AbortSignal,
): Promise<void> {
  reporter.progress('activating', { progress: 100, reason: "the vendor's data are kept" });
  const taken = await data.take({ identity, restores: changesData(manifest.requires) }, signal);
  if (taken === undefined) return;
  reporter.happened('data-kept', `${taken.entries} entries of the vendor's data are kept.`, { ...taken });
}
