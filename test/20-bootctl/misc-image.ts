/** A `misc` partition as the tests of this room see it: the two copies, and the boot loader that reads them. */
import { BootControlError, decideBoot, type SlotName } from '../../bootctl/index.ts';
import type { MemoryRegion } from './memory-region.ts';

export const MISC_BYTES = 8192;
/** Written out again, not imported: a wrong offset in the backend has to show. */
export const MAIN_AT = 2048;
export const BACKUP_AT = 6144;
const BLOCK_BYTES = 32;

/** The 32 bytes of the main copy and of the backup. */
export function copies(region: MemoryRegion): readonly [Uint8Array, Uint8Array] {
  return [
    region.bytes.slice(MAIN_AT, MAIN_AT + BLOCK_BYTES),
    region.bytes.slice(BACKUP_AT, BACKUP_AT + BLOCK_BYTES),
  ];
}

/** One power-on: the boot loader decides and writes (its second write may be lost). */
export function bootOnce(region: MemoryRegion, writes = { backup: true }): SlotName | undefined {
  const decision = decideBoot(...copies(region));
  if (decision.writeMain !== undefined) region.bytes.set(decision.writeMain, MAIN_AT);
  if (decision.writeBackup !== undefined && writes.backup) region.bytes.set(decision.writeBackup, BACKUP_AT);
  return decision.slot;
}

/** The code of the BootControlError that the promise has to reject with. */
export async function expectedError(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof BootControlError) return error.code;
    throw error;
  }
  return 'no error';
}
