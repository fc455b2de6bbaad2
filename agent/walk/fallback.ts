/** Is there a way back? Another slot that is bootable and either successful or of a seal that holds (rule 14). */
import { otherSlot } from '../../bootctl/index.ts';
import type { Device } from '../device.ts';
import { inBootControl } from './boot-control-step.ts';
import { checkSeal } from './seal.ts';

/** Reads all of the other slot when only its seal can tell. Errors: BOOT_CONTROL_FAILED, those of slots; Stopped. */
export async function hasFallback(device: Device, signal: AbortSignal): Promise<boolean> {
  const other = otherSlot(device.booted);
  const boot = await inBootControl('look for a fallback', () => device.bootControl.read());
  const { bootable, successful } = boot.slots[other];
  return bootable && (successful || (await checkSeal(device, other, signal)).holds);
}
