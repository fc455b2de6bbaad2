import { isGood } from '../model/entry-table.js';
import { mergeFailures } from '../model/failures.js';
import { floorsOfBooted, highestFloors } from '../model/floors.js';
import { verifyManifest } from '../model/verified-manifest.js';
import { inBootControl } from './boot-control-step.js';
import { storedFloors } from './floors-in-store.js';
/**
 * Signature, rules of age and fitness, and rule 17 over store and vault.
 * Errors: AgentError of policy `refuse`; BOOT_CONTROL_FAILED.
 */
export async function verify(device, envelope, waivers) {
    const { record } = await device.vault.read();
    return verifyManifest(envelope, await device.keys(), { ...device.profile, bootedIdentity: record.seals[device.booted]?.identity }, await currentFloors(device, record), { now: device.clock.now(), synchronised: device.clock.synchronised() }, (identity) => mergeFailures(device.store.failures(identity), record.failures.find((known) => known.identity === identity)), waivers);
}
/** Rule 12: the largest of store, vault, and the release-info of the booted slot when it is good. */
export async function currentFloors(device, record) {
    const boot = await inBootControl('judge the booted slot', () => device.bootControl.read());
    const good = isGood(device.booted, boot, record);
    return highestFloors(record.floors, storedFloors(device.store), floorsOfBooted(device.release, good));
}
