/**
 * Step 8, activate: the commit point of the install. Durable, in this order: the trial in the vault, the boot
 * control (one atomic write), the row in the store. The trial comes first so that whoever boots next knows of it.
 */
import type { Device } from '../device.ts';
import type { Deployment } from '../model/deployment.ts';
import { newTrial } from '../model/trial.ts';
import { inBootControl } from './boot-control-step.ts';
import { verify } from './verify.ts';
import { requireWayBackForMcu } from './way-back-for-mcu.ts';

/**
 * Keys, expiry and floors are judged again: hours may have passed since the release was verified.
 * Errors: those of verify and of the MCU's way back; BOOT_CONTROL_FAILED, VAULT_WRITE_FAILED.
 */
export async function activate(
  device: Device,
  deployment: Deployment,
  how: { readonly forced: boolean; readonly mcuSilent: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { bootControl, clock, policy, reporter, store, vault } = device;
  // What failed before was waived or not when the deployment was opened.
  const release = await verify(device, deployment.envelope, { forced: how.forced, retried: true });
  await requireWayBackForMcu(device, release, signal);
  reporter.progress('activating', { deployment: deployment.id, progress: 100 });
  const { record } = await vault.read();
  const trial = {
    ...newTrial(deployment.slot, deployment, deployment.id, clock.now()),
    ...(how.mcuSilent && { mcuSilent: true }),
    ...(release.manifest.apply === 'next-boot' && { nextBoot: true }),
  };
  // Written before the flip: from then on any power-on may boot the slot, long before the reboot that is wanted.
  await vault.write({ ...record, trial });
  const started = clock.monotonic();
  await inBootControl('activate the slot', () => bootControl.activate(deployment.slot, policy.tries));
  const flipMs = Math.round((clock.monotonic() - started) * 10) / 10;
  store.setState(deployment.id, 'activated', deployment.finalisedBoot);
  reporter.happened('slot-activated', `Slot ${deployment.slot} is active (flip took ${flipMs} ms).`, {
    slot: deployment.slot,
    version: deployment.version,
    flipMs,
  });
}
