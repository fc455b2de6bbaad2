/** The Android backend over a region in memory: what each verb leaves, and what it refuses. */
import { describe, expect, it } from 'vitest';
import { AndroidMisc, decideBoot, type SlotName } from '../../bootctl/index.ts';
import { MemoryRegion } from './memory-region.ts';

const MISC_BYTES = 8192;

async function factory(slot: SlotName = 'a'): Promise<{ region: MemoryRegion; misc: AndroidMisc }> {
  const region = new MemoryRegion(MISC_BYTES);
  const misc = new AndroidMisc(region);
  await misc.initialise(slot);
  return { region, misc };
}

/** The boot loader at power-on, with its writes. */
function boot(region: MemoryRegion): SlotName | undefined {
  const decision = decideBoot(region.bytes.subarray(2048, 2080), region.bytes.subarray(6144, 6176));
  if (decision.writeMain !== undefined) region.bytes.set(decision.writeMain, 2048);
  if (decision.writeBackup !== undefined) region.bytes.set(decision.writeBackup, 6144);
  return decision.slot;
}

describe('the life of an update', () => {
  it('activated slot is tried as often as it was given tries, then the old one comes back', async () => {
    const { region, misc } = await factory();
    await misc.markUnbootable('b');
    await misc.activate('b', 3);
    expect([boot(region), boot(region), boot(region), boot(region), boot(region)]).toEqual([
      'b',
      'b',
      'b',
      'a',
      'a',
    ]);
    const { slots } = await misc.read();
    expect(slots.b).toEqual({ ranked: true, triesRemaining: 0, successful: false, bootable: false });
  });
});
