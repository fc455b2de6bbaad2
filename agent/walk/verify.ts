/** Step 2, verify: from raw bytes to a release that this device trusts and wants. Writes nothing. */
import type { Judge } from '../device.ts';
import { isGood } from '../model/entry-table.ts';
import { mergeFailures } from '../model/failures.ts';
import { floorsOfBooted, highestFloors } from '../model/floors.ts';
import { type VerifiedManifest, verifyManifest, type Waivers } from '../model/verified-manifest.ts';
import type { Floors, VaultRecord } from '../ports.ts';
import { inBootControl } from './boot-control-step.ts';
import { storedFloors } from './floors-in-store.ts';

/**
 * Signature, rules of age and fitness, and rule 17 over store and vault.
 * Errors: AgentError of policy `refuse`; BOOT_CONTROL_FAILED.
 */
export async function verify(
  device: Judge,
  envelope: Uint8Array,
  waivers: Waivers,
): Promise<VerifiedManifest> {
  const { record } = await device.vault.read();
  return verifyManifest(
    envelope,
    await device.keys(),
    { ...device.profile, bootedIdentity: record.seals[device.booted]?.identity },
    await currentFloors(device, record),
    { now: device.clock.now(), synchronised: device.clock.synchronised() },
    (identity) =>
      mergeFailures(
        device.store.failures(identity),
        record.failures.find((known) => known.identity === identity),
      ),
    waivers,
  );
}

/** Rule 12: the largest of store, vault, and the release-info of the booted slot when it is good. */
export async function currentFloors(device: Judge, record: VaultRecord): Promise<Floors> {
  const boot = await inBootControl('judge the booted slot', () => device.bootControl.read());
  const good = isGood(device.booted, boot, record);
  return highestFloors(record.floors, storedFloors(device.store), floorsOfBooted(device.release, good));
}
