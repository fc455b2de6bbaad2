/** Rules 2 and 14: `donabe boot mark-bad` takes nobody's booted slot away without a fallback. */
import { Command } from 'commander';
import { beforeEach, expect, it } from 'vitest';
import { AndroidMisc, type SlotName } from '../../bootctl/index.ts';
import { bootCommand } from '../../cli/boot.ts';
import { MemoryRegion } from '../20-bootctl/memory-region.ts';

const MISC_BYTES = 8192;

let misc: AndroidMisc;
beforeEach(async () => {
  misc = new AndroidMisc(new MemoryRegion(MISC_BYTES));
  await misc.initialise('a');
});

async function markBad(slot: SlotName, sealHolds: boolean): Promise<void> {
  const command = bootCommand({
    openBackend: async () => misc,
    bootedSlot: async () => 'a',
    sealHolds: async () => ({
      holds: sealHolds,
      reason: sealHolds ? '' : 'the vault knows no seal of slot b',
    }),
  });
  for (const each of command.commands) each.configureOutput({ writeOut: () => undefined });
  await new Command('donabe').addCommand(command).parseAsync(['boot', 'mark-bad', slot], { from: 'user' });
}

it('refuses the booted slot when the other one can boot but nobody vouches for it', async () => {
  // As after a boot loader that made its record anew: every slot may boot, whatever it holds.
  await misc.activate('b', 3);
  const before = await misc.read();
  await expect(markBad('a', false)).rejects.toMatchObject({ code: 'NO_FALLBACK' });
  expect(await misc.read()).toEqual(before);
});

it('gives the booted slot up for one whose seal holds, or that was good before', async () => {
  await misc.activate('b', 3);
  await markBad('a', true);
  expect((await misc.read()).slots.a.bootable).toBe(false);

  await misc.activate('a', 3);
  await misc.markGood('b');
  await markBad('a', false);
  expect((await misc.read()).slots.a.bootable).toBe(false);
});

it('marks the other slot bad without asking for its seal', async () => {
  await misc.activate('b', 3);
  await markBad('b', false);
  expect((await misc.read()).slots.b.bootable).toBe(false);
});
