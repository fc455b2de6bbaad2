/** `donabe boot` over a region in memory: what a technician sees, and what is refused. */
import { Command, CommanderError } from 'commander';
import { beforeEach, describe, expect, it } from 'vitest';
import { AndroidMisc, GrubEnv, type SlotName } from '../../bootctl/index.ts';
import { type BootCliContext, bootCommand } from '../../cli/boot.ts';
import { MemoryFile } from './memory-file.ts';
import { MemoryRegion } from './memory-region.ts';

const MISC_BYTES = 8192;
const BACKUP_AT = 6144;

let region: MemoryRegion;
let context: BootCliContext;
let purposes: string[];
let booted: SlotName | undefined;
let seal: { holds: boolean; reason: string };

beforeEach(async () => {
  region = new MemoryRegion(MISC_BYTES);
  await new AndroidMisc(region).initialise('a');
  purposes = [];
  booted = 'a';
  seal = { holds: true, reason: '' };
  context = {
    openBackend: async (purpose) => {
      purposes.push(purpose);
      return new AndroidMisc(region);
    },
    bootedSlot: async () => {
      if (booted === undefined) throw new Error('the kernel command line is empty');
      return booted;
    },
    sealHolds: async () => seal,
  };
});

/** Runs one command line as `main.ts` would; gives what went to stdout. */
async function boot(...words: string[]): Promise<string> {
  let written = '';
  const command = bootCommand(context);
  for (const each of [command, ...command.commands]) {
    each.configureOutput({ writeOut: (text) => (written += text), writeErr: () => undefined });
  }
  await new Command('donabe').addCommand(command).parseAsync(['boot', ...words], { from: 'user' });
  return written;
}

describe('status', () => {
  it('shows both slots and both copies', async () => {
    expect(await boot('status')).toBe(
      [
        'slot  bootable  tries  trial',
        'a     yes       7      successful  active, booted',
        'b     no        0      unbootable',
        'copy    health',
        'main    good',
        'backup  good',
        '',
      ].join('\n'),
    );
    expect(purposes).toEqual(['read']);
    expect(region.closed).toBe(true);
  });

  it('json', async () => {
    await boot('activate', 'b');
    expect(JSON.parse(await boot('status', '--json'))).toEqual({
      slots: {
        a: { ranked: true, triesRemaining: 7, successful: true, bootable: true },
        b: { ranked: true, triesRemaining: 3, successful: false, bootable: true },
      },
      active: 'b',
      booted: 'a',
      copies: [
        { copy: 'main', health: 'good', detail: '' },
        { copy: 'backup', health: 'good', detail: '' },
      ],
    });
  });

  it('unknown booted slot does not hide the rest', async () => {
    booted = undefined;
    expect(await boot('status')).toContain('booted slot unknown: the kernel command line is empty');
    expect(JSON.parse(await boot('status', '--json'))).toMatchObject({ booted: null, active: 'a' });
  });

  it('says that a copy is bad and repairs nothing', async () => {
    region.bytes[BACKUP_AT] = 1;
    expect(await boot('status')).toMatch(/^backup {2}bad {5}CRC-32 is/m);
    expect(region.bytes[BACKUP_AT]).toBe(1);
  });

  it('both copies bad: the error names both', async () => {
    region.bytes.fill(0);
    await expect(boot('status')).rejects.toMatchObject({ code: 'BOOT_CONTROL_BAD' });
    expect(region.closed).toBe(true);
  });
});

describe('activate', () => {
  it('with a seal that holds: active on trial', async () => {
    expect(await boot('activate', 'b', '--tries', '5')).toBe('slot b is active with 5 tries\n');
    const { slots, active } = await new AndroidMisc(region).read();
    expect([active, slots.b.triesRemaining]).toEqual(['b', 5]);
    expect(purposes).toEqual(['write']);
  });

  it('without --tries it gives three, or all that the format holds', async () => {
    expect(await boot('activate', 'b')).toBe('slot b is active with 3 tries\n');
    const memory = new MemoryFile();
    const grub = new GrubEnv(memory);
    await grub.initialise('a');
    context = { ...context, openBackend: async () => grub };
    expect(await boot('activate', 'b')).toBe('slot b is active with 1 try\n');
  });

  it('seal is broken: refused, nothing written', async () => {
    seal = { holds: false, reason: 'rootfs differs' };
    region.writes.length = 0;
    await expect(boot('activate', 'b')).rejects.toMatchObject({ code: 'SEAL_BROKEN' });
    expect(region.writes).toEqual([]);
    expect(region.closed).toBe(true);
  });

  it('seal is checked while the lock is held, so that no update comes between', async () => {
    const order: string[] = [];
    const { openBackend, sealHolds } = context;
    context = {
      ...context,
      openBackend: (purpose) => {
        order.push(purpose);
        return openBackend(purpose);
      },
      sealHolds: (slot) => {
        order.push('seal');
        return sealHolds(slot);
      },
    };
    await boot('activate', 'b');
    expect(order).toEqual(['write', 'seal']);
  });

  it('booted slot: refused', async () => {
    region.writes.length = 0;
    await expect(boot('activate', 'a')).rejects.toMatchObject({ code: 'SLOT_IS_BOOTED' });
    expect(region.writes).toEqual([]);
  });

  it.each([
    ['no slot', ['activate']],
    ['strange slot', ['activate', 'c']],
    ['no tries', ['activate', 'b', '--tries', '0']],
    ['tries in words', ['activate', 'b', '--tries', 'three']],
    ['unknown verb', ['explode']],
  ])('wrong usage: %s', async (_, words) => {
    await expect(boot(...words)).rejects.toBeInstanceOf(CommanderError);
  });

  it('more tries than the format holds', async () => {
    await expect(boot('activate', 'b', '--tries', '8')).rejects.toMatchObject({ code: 'TRIES_OUT_OF_RANGE' });
  });
});

describe('marks and scrub', () => {
  it('mark-good marks the booted slot', async () => {
    await boot('activate', 'b');
    booted = 'b';
    expect(await boot('mark-good')).toBe('slot b is marked good\n');
    expect((await new AndroidMisc(region).read()).slots.b.successful).toBe(true);
  });

  it('mark-bad is refused without a fallback', async () => {
    await expect(boot('mark-bad', 'a')).rejects.toMatchObject({ code: 'NO_FALLBACK' });
    await boot('activate', 'b');
    expect(await boot('mark-bad', 'b')).toBe('slot b is marked bad\n');
  });

  it('scrub repairs a copy and says so', async () => {
    region.bytes[BACKUP_AT] = 1;
    expect(await boot('scrub')).toMatch(/^backup {2}bad {5}CRC-32 is/m);
    expect(region.bytes[BACKUP_AT]).toBe(1);
    expect(await boot('scrub', '--repair')).toMatch(/^backup {2}bad {5}repaired/m);
    expect(purposes).toEqual(['read', 'write']);
    expect(JSON.parse(await boot('scrub', '--json'))).toMatchObject({ repaired: [] });
  });
});
