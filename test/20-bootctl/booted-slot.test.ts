/** The booted slot from the kernel command line. */
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BootControlError, bootedSlotFrom, findBootedSlot, rootDevice } from '../../bootctl/index.ts';
import { expectedError } from './misc-image.ts';

describe('one answer', () => {
  it.each([
    ['console=ttyS0 androidboot.slot_suffix=_a quiet\n', 'a'],
    ['androidboot.slot_suffix=_b', 'b'],
    ['root=/dev/x rauc.slot=A', 'a'],
    ['rauc.slot=b', 'b'],
    ['\tdonabe.slot=b\0', 'b'],
    ['androidboot.slot_suffix=_b rauc.slot=B donabe.slot=b', 'b'],
    ['donabe.slot=a donabe.slot=a', 'a'],
  ])('%j', (cmdline, slot) => {
    expect(bootedSlotFrom(cmdline)).toBe(slot);
  });
});

describe('no answer', () => {
  it.each([
    ['empty', ''],
    ['no parameter of a slot', 'console=ttyS0 root=/dev/mmcblk0p2 __proto__=x constructor=a'],
    ['only the name', 'androidboot.slot_suffix'],
    ['no value', 'androidboot.slot_suffix='],
    ['unknown slot', 'androidboot.slot_suffix=_c'],
    ['value of another parameter', 'androidboot.slot_suffix=a'],
    ['name of an object property', 'donabe.slot=constructor'],
    ['two parameters disagree', 'androidboot.slot_suffix=_a rauc.slot=B'],
    ['one parameter twice', 'donabe.slot=a donabe.slot=b'],
    ['good and strange', 'donabe.slot=a rauc.slot=rescue'],
    ['longer name', 'xandroidboot.slot_suffix=_a'],
  ])('%s', (_, cmdline) => {
    expect(() => bootedSlotFrom(cmdline)).toThrow(
      expect.objectContaining({ name: 'BootControlError', code: 'BOOTED_SLOT_UNKNOWN' }),
    );
  });

  it('the message shows what was seen', () => {
    expect(() => bootedSlotFrom('a=1 rauc.slot=B donabe.slot=a')).toThrow('rauc.slot=B donabe.slot=a');
  });

  it('any text: a slot or our error', () => {
    const words = fc.constantFrom(
      'androidboot.slot_suffix=',
      'rauc.slot=',
      'donabe.slot=',
      '_a',
      'b',
      ' ',
      '=',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string())), (parts) => {
        try {
          expect(['a', 'b']).toContain(bootedSlotFrom(parts.join('')));
        } catch (error) {
          expect(error).toBeInstanceOf(BootControlError);
        }
      }),
    );
  });
});

describe('boot names of the board', () => {
  const names = { a: 'left', b: 'right' };

  it('are values of rauc.slot, and of nothing else', () => {
    expect(bootedSlotFrom('rauc.slot=right', names)).toBe('b');
    expect(bootedSlotFrom('rauc.slot=A', names)).toBe('a');
    expect(() => bootedSlotFrom('donabe.slot=right', names)).toThrow(BootControlError);
  });
});

describe('root device', () => {
  it.each([
    ['root=PARTUUID=0A1B-02 ro', '/dev/disk/by-partuuid/0a1b-02'],
    ['root=PARTLABEL=rootfs-a', '/dev/disk/by-partlabel/rootfs-a'],
    ['root=/dev/mmcblk0p2', '/dev/mmcblk0p2'],
    ['root=/dev/sda1 quiet root=/dev/sda2', '/dev/sda2'],
    ['root=PARTUUID=0a1b-02/PARTNROFF=1', undefined],
    ['root=PARTLABEL=..', undefined],
    ['root=PARTLABEL=', undefined],
    ['root=UUID=0a1b', undefined],
    ['root=nfs', undefined],
    ['root', undefined],
    ['xroot=/dev/sda1', undefined],
  ])('%j', (cmdline, path) => {
    expect(rootDevice(cmdline)).toBe(path);
  });
});

describe('everything that speaks has to agree', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);

  beforeEach(async () => {
    // rootDevice takes paths below /dev only; a folder in shared memory is one that files can stand in for.
    folder = await mkdtemp('/dev/shm/donabe-booted-');
    for (const name of ['rootfs-a', 'rootfs-b', 'dm-0']) await writeFile(file(name), name);
    await symlink(file('rootfs-b'), file('by-label-b'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function find(cmdline: string, says?: string): Promise<string> {
    await writeFile(file('cmdline'), cmdline);
    await writeFile(file('current'), `#!/bin/sh\necho "$1${says}"\n`);
    await chmod(file('current'), 0o755);
    return findBootedSlot({
      cmdline: file('cmdline'),
      partitions: { a: [join(tmpdir(), 'no-boot-a'), file('rootfs-a')], b: [file('rootfs-b')] },
      command: says === undefined ? [] : [file('current'), ''],
    });
  }

  it('root device alone, also by another name of it', async () => {
    expect(await find(`quiet root=${file('rootfs-a')}`)).toBe('a');
    expect(await find(`root=${file('by-label-b')}`)).toBe('b');
  });

  it('the command alone', async () => {
    expect(await find('quiet', 'B')).toBe('b');
  });

  it('a root that is no slot says nothing', async () => {
    expect(await find(`root=${file('dm-0')} donabe.slot=a`)).toBe('a');
    expect(await find(`root=${file('nowhere')} donabe.slot=a`)).toBe('a');
    expect(await expectedError(find(`root=${file('dm-0')}`))).toBe('BOOTED_SLOT_UNKNOWN');
  });

  it('a disagreement is an error, not a guess', async () => {
    expect(await expectedError(find(`root=${file('rootfs-a')} donabe.slot=b`))).toBe('BOOTED_SLOT_UNKNOWN');
    expect(await expectedError(find('donabe.slot=b', 'A'))).toBe('BOOTED_SLOT_UNKNOWN');
    expect(await expectedError(find(`root=${file('rootfs-a')}`, 'B'))).toBe('BOOTED_SLOT_UNKNOWN');
    expect(await find(`root=${file('rootfs-b')} rauc.slot=B`, 'B')).toBe('b');
  });

  it('a command that names no slot', async () => {
    expect(await expectedError(find('donabe.slot=b', 'rescue'))).toBe('BOOT_CONTROL_NOT_TWO_SLOTS');
    expect(await expectedError(find('donabe.slot=b', ''))).toBe('BOOTED_SLOT_UNKNOWN');
  });
});
