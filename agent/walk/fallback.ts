/** Is there a way back? Another slot that is bootable and either successful or of a seal that holds (rule 14). */
import { otherSlot } from '../../bootctl/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { inBootControl } from './boot-control-step.ts';
import { checkSeal } from './seal.ts';

/**
 * Reads all of the other slot when only its seal can tell; one that cannot be read is no way back.
 * Errors: BOOT_CONTROL_FAILED; Stopped.
 */
export async function hasFallback(device: Device, signal: AbortSignal): Promise<boolean> {
  const other = otherSlot(device.booted);
  const boot = await inBootControl('look for a fallback', () => device.bootControl.read());
  const { bootable, successful } = boot.slots[other];
  if (!bootable || successful) return bootable;
  try {
    return (await checkSeal(device, other, signal)).holds;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened('fallback-unreadable', error.message, { slot: other, code: error.code });
    return false;
  }
}
