import { newTrial } from '../model/trial.js';
import { inBootControl } from './boot-control-step.js';
import { verify } from './verify.js';
/**
 * Keys, expiry and floors are judged again: hours may have passed since the release was verified.
 * Errors: those of verify; BOOT_CONTROL_FAILED, VAULT_WRITE_FAILED.
 */
export async function activate(device, deployment, how) {
    const { bootControl, clock, policy, reporter, store, vault } = device;
    // What failed before was waived or not when the deployment was opened.
    await verify(device, deployment.envelope, { forced: how.forced, retried: true });
    reporter.progress('activating', { deployment: deployment.id, progress: 100 });
    const { record } = await vault.read();
    const trial = newTrial(deployment.slot, deployment, deployment.id, clock.now());
    // Written before the flip: from then on any power-on may boot the slot, long before the reboot that is wanted.
    await vault.write({ ...record, trial: how.mcuSilent ? { ...trial, mcuSilent: true } : trial });
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
