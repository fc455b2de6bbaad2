/** Rule 14: does a slot still hold the digests that the vault knows it by? Reads all of it; needs no envelope. */
import type { Device } from '../device.ts';
import type { Seal } from '../model/vault-rows.ts';
import type { SlotName } from '../ports.ts';
import { digestOf } from './finalise.ts';

export type SealVerdict =
  | { readonly holds: true; readonly seal: Seal }
  | { readonly holds: false; readonly reason: string };

type Needs = Pick<Device, 'vault' | 'slots'>;

/** Errors: those of the slots; a slot without a seal is a verdict, not an error. */
export async function checkSeal(device: Needs, slot: SlotName, signal: AbortSignal): Promise<SealVerdict> {
  const { record } = await device.vault.read();
  const seal = record.seals[slot];
  if (seal === undefined) return { holds: false, reason: `the vault knows no seal of slot ${slot}` };
  for (const image of seal.images) {
    const reader = await device.slots.openForReading(slot, image.slotClass);
    try {
      if (image.size > reader.capacity) {
        return { holds: false, reason: `${image.slotClass} of slot ${slot} is smaller than its image` };
      }
      if ((await digestOf(reader, image.size, signal)) !== image.sha256) {
        return {
          holds: false,
          reason: `${image.slotClass} of slot ${slot} has another digest than its seal`,
        };
      }
    } finally {
      await reader.close();
    }
  }
  return { holds: true, seal };
}
