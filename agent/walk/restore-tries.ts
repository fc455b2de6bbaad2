/**
 * Some boot loaders count good slots down as well; without this a good slot would run out of boots (DESIGN 5).
 * Before the entry table looks, because a good slot without tries would read there as one that is being left.
 *
 * At most one write per kernel boot, however often the agent starts: only a boot takes a try away.
 */
import type { Device } from '../device.ts';
import { isGood } from '../model/entry-table.ts';
import { inBootControl } from './boot-control-step.ts';

/** What it looks at: no store, no MCU. */
type Looked = Pick<Device, 'booted' | 'bootControl' | 'vault'> & {
  readonly policy: { readonly tries: number };
};

/** Nothing happens on a trial, nor where good slots are not counted. Error: BOOT_CONTROL_FAILED. */
export async function restoreTries({ booted, bootControl, policy, vault }: Looked): Promise<void> {
  if (bootControl.abilities.countsGoodSlots !== true) return;
  await inBootControl('give the good slot its tries back', async () => {
    const boot = await bootControl.read();
    const { record } = await vault.read();
    if (isGood(booted, boot, record) && boot.slots[booted].triesRemaining < policy.tries) {
      await bootControl.scrub({ repair: true });
    }
  });
}
