/** GRUB's block as a file on disk: what grub-editenv sees of our verbs, what we refuse, and a vendor's counting. */
import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_BOOT_NAMES,
  decideGrubBoot,
  encodeGrubBlock,
  GrubEnv,
  newGrubBlock,
  openBackend,
  ReplacedFile,
  type SlotName,
  withGrubVariable,
} from '../../bootctl/index.ts';
import { MemoryFile } from './memory-file.ts';
import { expectedError } from './misc-image.ts';
import { hasTool, tool } from './real-tool.ts';

let folder: string;
const file = (): string => join(folder, 'grubenv');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-grub-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function blockOf(text: Readonly<Record<string, string>>): Uint8Array {
  const block = Object.entries(text).reduce(
    (into, [name, value]) => withGrubVariable(into, name, value),
    newGrubBlock(),
  );
  return encodeGrubBlock(block) ?? new Uint8Array();
}

const variables = (text: Readonly<Record<string, string>>): Promise<void> => writeFile(file(), blockOf(text));

const GOOD_A = { ORDER: 'A', A_OK: '1', A_TRY: '0', B_OK: '0', B_TRY: '0' };

describe('a file on disk', () => {
  it('a flip, seen by reading the file', async () => {
    await new GrubEnv(new ReplacedFile(file())).initialise('a');
    const backend = await openBackend('grub-env', { path: file() });
    await backend.activate('b', 1);
    await backend.close();
    const text = await readFile(file(), 'latin1');
    expect(text).toHaveLength(1024);
    expect(text.replace(/#+$/, '')).toBe(
      '# GRUB Environment Block\nORDER=B A\nA_OK=1\nA_TRY=0\nB_OK=1\nB_TRY=0\ndonabe_trial=B\n',
    );
    expect(await readdir(folder)).toEqual(['grubenv']);
  });

  it('other names, other variables and the mode of the file stay', async () => {
    await variables({ saved_entry: '0', ORDER: 'left', left_OK: '1' });
    const before = (await stat(file())).mode;
    const backend = await openBackend('grub-env', { path: file(), names: { a: 'left', b: 'right' } });
    await backend.activate('b', 1);
    const text = await readFile(file(), 'latin1');
    expect(text).toContain('\nsaved_entry=0\nORDER=right left\n');
    expect((await stat(file())).mode).toBe(before);
  });

  it('a symbolic link keeps pointing at the file that GRUB reads', async () => {
    await mkdir(join(folder, 'efi'));
    await new GrubEnv(new ReplacedFile(join(folder, 'efi', 'grubenv'))).initialise('a');
    await symlink('efi/grubenv', file());
    await (await openBackend('grub-env', { path: file() })).activate('b', 1);
    expect(await readFile(join(folder, 'efi', 'grubenv'), 'latin1')).toContain('ORDER=B A');
    expect(await readdir(folder)).toEqual(['efi', 'grubenv']);
  });

  it('the old file is whole until the new one is in place: it is never written in place', async () => {
    await variables(GOOD_A);
    await link(file(), join(folder, 'old'));
    await (await openBackend('grub-env', { path: file() })).activate('b', 1);
    expect(await readFile(join(folder, 'old'), 'latin1')).toContain('\nORDER=A\n');
  });

  it('left over from a cut: the temporary file is written anew', async () => {
    await variables(GOOD_A);
    await writeFile(join(folder, '.grubenv.donabe'), 'x'.repeat(5000));
    await (await openBackend('grub-env', { path: file() })).activate('b', 1);
    expect((await stat(file())).size).toBe(1024);
    expect(await readdir(folder)).toEqual(['grubenv']);
  });

  it('no successful flag: good is ranked, with a try, and not on trial', async () => {
    await variables({ ...GOOD_A, ORDER: 'B A', B_OK: '1', donabe_trial: 'B' });
    const { slots, active } = await (await openBackend('grub-env', { path: file() })).read();
    expect([slots.a.successful, slots.b.successful, active]).toEqual([true, false, 'b']);
  });

  it('two slots on trial: neither passes for good', async () => {
    const memory = new MemoryFile();
    const backend = new GrubEnv(memory);
    await backend.initialise('a');
    await backend.activate('b', 1);
    await backend.activate('a', 1);
    const { slots } = await backend.read();
    expect([slots.a.successful, slots.b.successful]).toEqual([false, false]);
  });
});

describe('refused, and nothing is written', () => {
  const READ_BAD: readonly [string, Readonly<Record<string, string>>, string][] = [
    ['no ORDER', { A_OK: '1' }, 'BOOT_CONTROL_BAD'],
    ['strange flag', { ...GOOD_A, A_OK: 'yes' }, 'BOOT_CONTROL_BAD'],
    ['third slot in the order', { ...GOOD_A, ORDER: 'A B R' }, 'BOOT_CONTROL_NOT_TWO_SLOTS'],
    ['trial of a third slot', { ...GOOD_A, donabe_trial: 'R' }, 'BOOT_CONTROL_NOT_TWO_SLOTS'],
    ['name of an object property', { ...GOOD_A, ORDER: 'constructor' }, 'BOOT_CONTROL_NOT_TWO_SLOTS'],
  ];

  it.each(READ_BAD)('%s', async (_, text, code) => {
    await variables(text);
    const before = await readFile(file());
    const backend = await openBackend('grub-env', { path: file() });
    expect(await expectedError(backend.activate('b', 1))).toBe(code);
    expect(await expectedError(backend.scrub({ repair: true }))).toBe(code);
    expect(await readFile(file())).toEqual(before);
  });

  it('no file', async () => {
    const backend = await openBackend('grub-env', { path: file() });
    expect(await expectedError(backend.read())).toBe('REGION_OPEN_FAILED');
    expect(await readdir(folder)).toEqual([]);
  });

  it('a folder in place of the file', async () => {
    const backend = await openBackend('grub-env', { path: folder });
    expect(await expectedError(backend.read())).toBe('REGION_READ_FAILED');
  });

  it('a file without end', async () => {
    const backend = await openBackend('grub-env', { path: '/dev/zero' });
    expect(await expectedError(backend.read())).toBe('REGION_READ_FAILED');
  });

  it('a block without room: the error names the file', async () => {
    await variables({ ...GOOD_A, note: 'n'.repeat(950) });
    const before = await readFile(file());
    const backend = await openBackend('grub-env', { path: file() });
    await expect(backend.activate('b', 1)).rejects.toMatchObject({
      code: 'BOOT_CONTROL_NO_ROOM',
      facts: { path: file(), size: 1024 },
    });
    expect(await readFile(file())).toEqual(before);
  });

  it('no folder to write into', async () => {
    const target = new ReplacedFile(join(folder, 'nowhere', 'grubenv'));
    expect(await expectedError(target.replace(new Uint8Array(1024)))).toBe('REGION_WRITE_FAILED');
  });

  it('storage that lies is found out', async () => {
    const memory = new MemoryFile();
    await new GrubEnv(memory).initialise('a');
    memory.lying = true;
    expect(await expectedError(new GrubEnv(memory).activate('b', 1))).toBe('BOOT_CONTROL_READ_BACK');
  });

  it('set up already', async () => {
    await variables(GOOD_A);
    const set = new GrubEnv(new ReplacedFile(file())).initialise('b');
    expect(await expectedError(set)).toBe('BOOT_CONTROL_NOT_BLANK');
  });

  it.each([
    ['equal', { a: 'A', b: 'A' }],
    ['with a space', { a: 'A', b: 'slot B' }],
    ['empty', { a: '', b: 'B' }],
    ['crossed', { a: 'B', b: 'A' }],
  ])('boot names that are %s', async (_, names) => {
    expect(await expectedError(openBackend('grub-env', { path: file(), names }))).toBe('BOOT_CONTROL_OPTION');
  });
});

describe("a vendor's script counts every boot", () => {
  const power = async (memory: MemoryFile): Promise<SlotName | undefined> => {
    const { slot, save } = decideGrubBoot(memory.bytes ?? new Uint8Array(), {
      names: DEFAULT_BOOT_NAMES,
      counting: 'vendor',
      opens: { a: true, b: true },
    });
    if (save !== undefined) memory.bytes = encodeGrubBlock(save);
    return slot;
  };

  let memory: MemoryFile;
  const opened = (booted: SlotName): GrubEnv => new GrubEnv(memory, { counting: 'vendor', booted });

  beforeEach(async () => {
    memory = new MemoryFile();
    await opened('a').initialise('a');
    await opened('a').activate('b', 1);
    await power(memory);
    await opened('b').markGood('b');
  });

  it('the good booted slot stays good although its try is used up, and a scrub restores it', async () => {
    expect(await power(memory)).toBe('b');
    expect((await opened('b').read()).slots.b).toMatchObject({ successful: true, triesRemaining: 0 });
    expect((await opened('b').scrub({ repair: false })).copies[0]?.health).toBe('stale');
    expect((await opened('b').scrub({ repair: true })).repaired).toEqual(['grubenv']);
    expect((await opened('b').scrub({ repair: true })).repaired).toEqual([]);
    expect(await power(memory)).toBe('b');
  });

  it('a flip restores the slot that it leaves, in the same write', async () => {
    await power(memory);
    const before = memory.writes;
    await opened('b').activate('a', 1);
    expect(memory.writes - before).toBe(1);
    expect([await power(memory), await power(memory)]).toEqual(['a', 'b']);
  });

  it('a trial is never restored by a scrub', async () => {
    await opened('b').activate('a', 1);
    expect(await power(memory)).toBe('a');
    expect((await opened('a').scrub({ repair: true })).repaired).toEqual([]);
    expect((await opened('a').read()).slots.a).toMatchObject({ successful: false, triesRemaining: 0 });
  });
});

describe('our boot script, as a table says it', () => {
  const decide = (text: Readonly<Record<string, string>>, opens = { a: true, b: true }) =>
    decideGrubBoot(blockOf(text), { names: DEFAULT_BOOT_NAMES, counting: 'donabe', opens });
  const TRIAL_B = { ORDER: 'B A', A_OK: '1', A_TRY: '0', B_OK: '1', B_TRY: '0', donabe_trial: 'B' };

  it('a good slot boots for nothing', () => {
    expect(decide(GOOD_A)).toEqual({ slot: 'a', save: undefined });
  });

  it('a slot that does not open is passed over and not counted', () => {
    expect(decide(TRIAL_B, { a: true, b: false })).toEqual({ slot: 'a', save: undefined });
  });

  it('no variables: the first slot that opens, which a half-written one does not', () => {
    const decision = decideGrubBoot(new Uint8Array(1024), {
      names: DEFAULT_BOOT_NAMES,
      counting: 'donabe',
      opens: { a: false, b: true },
    });
    expect(decision).toEqual({ slot: 'b', save: undefined });
  });

  it('all tries used up: they come back, but not for a slot that was given up', () => {
    expect(decide({ ...TRIAL_B, ORDER: 'B', A_OK: '0', B_TRY: '1' }).slot).toBe('b');
    expect(decide({ ...TRIAL_B, ORDER: 'B', B_OK: '0', A_OK: '0' }).slot).toBeUndefined();
  });
});

describe.skipIf(!hasTool('grub-editenv', 'grub-common'))('grub-editenv', () => {
  it('makes the file as INTEGRATION.md says, and lists what we made of it', async () => {
    await tool('grub-editenv', file(), 'create');
    await tool('grub-editenv', file(), 'set', 'ORDER=A', 'A_OK=1', 'A_TRY=0');
    const backend = await openBackend('grub-env', { path: file() });
    await backend.activate('b', 1);
    expect(await tool('grub-editenv', file(), 'list')).toBe(
      'ORDER=B A\nA_OK=1\nA_TRY=0\nB_OK=1\nB_TRY=0\ndonabe_trial=B\n',
    );
    await tool('grub-editenv', file(), 'set', 'B_TRY=1');
    expect((await backend.read()).active).toBe('a');
    await backend.markGood('b');
    expect(await tool('grub-editenv', file(), 'list')).toBe('ORDER=B A\nA_OK=1\nA_TRY=0\nB_OK=1\nB_TRY=0\n');
  });
});

describe('a file system that cannot take it', () => {
  it('full: the old file stays whole, and nothing is left behind', async ({ skip }) => {
    const device = join(folder, 'full');
    await mkdir(device);
    if (!(await mounted('-o', 'size=8k', 'tmpfs', device))) skip();
    try {
      const path = join(device, 'grubenv');
      await new GrubEnv(new ReplacedFile(path)).initialise('a');
      const before = await readFile(path);
      await writeFile(join(device, 'ballast'), new Uint8Array(4096));
      await expect((await openBackend('grub-env', { path })).activate('b', 1)).rejects.toMatchObject({
        code: 'REGION_WRITE_FAILED',
        facts: { path, errno: 'ENOSPC' },
      });
      expect(await readFile(path)).toEqual(before);
      expect(await readdir(device)).toEqual(['ballast', 'grubenv']);
    } finally {
      await tool('umount', device);
    }
  });

  it('read-only: refused, and still readable', async ({ skip }) => {
    const device = join(folder, 'read-only');
    await mkdir(device);
    if (!(await mounted('tmpfs', device))) skip();
    try {
      const path = join(device, 'grubenv');
      await new GrubEnv(new ReplacedFile(path)).initialise('a');
      await tool('mount', '-o', 'remount,ro', device);
      const backend = await openBackend('grub-env', { path });
      await expect(backend.markGood('a')).rejects.toMatchObject({ facts: { path, errno: 'EROFS' } });
      expect((await backend.read()).active).toBe('a');
    } finally {
      await tool('umount', device);
    }
  });
});

/** Only root in a namespace of its own may mount; elsewhere the test says so. */
async function mounted(...words: readonly string[]): Promise<boolean> {
  try {
    await tool('mount', '-t', 'tmpfs', ...words);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'stderr' in error)) throw error;
    console.warn(`skipped: a file system cannot be mounted here (${String(error.stderr).trim()})`);
    return false;
  }
}
