/**
 * What persons said: a cancelled release is left alone until somebody asks for it or a new one comes, and after a
 * pause no update begins or goes on until somebody resumes.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';

const CANCELLED = 'cancelled-identity';
const WANTED = 'wanted-identity';
const PAUSED = 'paused';

/** Remembers that a person does not want this release now. */
export function rememberCancelled(device: Device, identity: string): void {
  device.store.setFact(CANCELLED, identity);
}

/** Did a person say that this release is not wanted now? */
export function isCancelled({ store }: Pick<Device, 'store'>, identity: string): boolean {
  return store.fact(CANCELLED) === identity;
}

/** Did a person ask for this very release to be installed? The roll-out does not bind what persons want. */
export function isWanted({ store }: Pick<Device, 'store'>, identity: string): boolean {
  return store.fact(WANTED) === identity;
}

/** Error: CANCELLED for the daemon; a person's install or `--retry` forgets what was said before. */
export async function respectPersons(
  device: Device,
  release: VerifiedManifest,
  how: { readonly consented: boolean; readonly retried: boolean },
): Promise<void> {
  const { identity, manifest } = release;
  if (isCancelled(device, identity)) {
    if (!how.consented) {
      throw new AgentError(
        'CANCELLED',
        `Release ${manifest.version} was cancelled; donabe install takes it up again.`,
      );
    }
    device.store.setFact(CANCELLED, '');
  }
  if (how.consented) device.store.setFact(WANTED, identity);
  if (!how.retried) return;
  device.store.clearFailures(identity);
  const { record } = await device.vault.read();
  const failures = record.failures.filter((counts) => counts.identity !== identity);
  if (failures.length !== record.failures.length) await device.vault.write({ ...record, failures });
}

/** Durable on return: it outlives crashes and reboots. */
export function rememberPaused({ store }: Pick<Device, 'store'>, paused: boolean): void {
  store.setFact(PAUSED, paused ? 'yes' : '');
}

/** Did a person pause the updates of this device? */
export function isPaused({ store }: { readonly store: Pick<Device['store'], 'fact'> }): boolean {
  return store.fact(PAUSED) === 'yes';
}
