/**
 * A slot that was finalised earlier and not activated yet. In the same kernel boot the read-back still counts;
 * in a later one the whole slot is read again, since nobody saw what happened to it while the power was off.
 */
import type { Device } from '../device.ts';
import type { Deployment } from '../model/deployment.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import { closeDeployment } from './close-deployment.ts';
import { checkSeal } from './seal.ts';

/**
 * The open deployment, ready to be activated by the envelope that is offered now: a gate may have held it for so long
 * that it was signed again, with a later date or other keys. Undefined when the slot has to be worked on.
 */
export async function stillFinalised(
  device: Device,
  release: VerifiedManifest,
  envelope: Uint8Array,
  signal: AbortSignal,
): Promise<Deployment | undefined> {
  const row = await wholeRow(device, release, signal);
  if (row === undefined || Buffer.compare(row.envelope, envelope) === 0) return row;
  device.store.setEnvelope(row.id, envelope);
  return { ...row, envelope };
}

async function wholeRow(
  device: Device,
  release: VerifiedManifest,
  signal: AbortSignal,
): Promise<Deployment | undefined> {
  const { bootId, reporter, store } = device;
  const row = store.deployment();
  if (row === undefined || row.identity !== release.identity || row.state !== 'finalised') return undefined;
  if (row.slot === device.booted) return undefined;
  if (row.finalisedBoot === bootId) return row;
  reporter.progress('verifying', { deployment: row.id, progress: 66 });
  const verdict = await checkSeal(device, row.slot, signal);
  if (!verdict.holds || verdict.seal.identity !== release.identity) {
    // Its checkpoints speak of bytes that are gone: a new row hashes what is left, and no release is blamed.
    const reason = verdict.holds ? 'the slot was sealed as another release' : verdict.reason;
    closeDeployment(device, row, 'abandoned', { code: 'SEAL_BROKEN', reason });
    return undefined;
  }
  store.setState(row.id, 'finalised', bootId);
  return { ...row, state: 'finalised', finalisedBoot: bootId };
}
