/** Step 2, verify: from raw bytes to a release that this device trusts and wants. Writes nothing. */
import type { Judge } from '../device.ts';
import { AgentError } from '../errors.ts';
import { isGood } from '../model/entry-table.ts';
import { mergeFailures } from '../model/failures.ts';
import { floorsOfBooted, highestFloors } from '../model/floors.ts';
import type { Floors, VaultRecord } from '../model/vault-rows.ts';
import {
  type McuProfile,
  type VerifiedManifest,
  verifyManifest,
  type Waivers,
} from '../model/verified-manifest.ts';
import { inBootControl } from './boot-control-step.ts';
import { storedFloors } from './floors-in-store.ts';

/** The store's fact: the highest protocol version that the MCU has named. */
export const MCU_PROTOCOL = 'mcu-protocol';

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
    { ...device.profile, bootedIdentity: record.seals[device.booted]?.identity, mcu: mcuProfile(device) },
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

/** Empty: whatever is offered will do. Error: NOT_OFFERED. */
export function requireVersion({ manifest }: VerifiedManifest, wanted: string): void {
  if (wanted === '' || wanted === manifest.version) return;
  throw new AgentError('NOT_OFFERED', `Release ${manifest.version} is offered, not ${wanted}.`, {
    facts: { offered: manifest.version, wanted },
  });
}

/** The protocol is what it said when it last answered: a release is judged beside a silent MCU, too. */
function mcuProfile({ profile, store }: Judge): McuProfile | undefined {
  const heard = store.fact(MCU_PROTOCOL);
  return profile.mcu && { ...profile.mcu, protocol: heard === undefined ? undefined : Number(heard) };
}

/** Rule 12: the largest of store, vault, and the release-info of the booted slot when it is good. */
export async function currentFloors(device: Judge, record: VaultRecord): Promise<Floors> {
  const boot = await inBootControl('judge the booted slot', () => device.bootControl.read());
  const good = isGood(device.booted, boot, record);
  return highestFloors(record.floors, storedFloors(device.store), floorsOfBooted(device.release, good));
}
