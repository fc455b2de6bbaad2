/** `donabe boot doctor` and `params`: a board that is as it should be, and one fault at a time. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AndroidMisc, openFileRegion, type SlotName } from '../../bootctl/index.ts';
import { withBoardVerbs } from '../../cli/boot-board.ts';
import { CHECKS, type Examination, examine, type Verdict } from '../../cli/boot-doctor.ts';
import { MISC_BYTES } from './misc-image.ts';
import { type Board, ENV_BYTES, encoded, UbootMedium } from './uboot-medium.ts';

let folder: string;
let booted: SlotName | undefined;
let misc: AndroidMisc;
const file = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-doctor-'));
  booted = 'a';
  for (const name of ['rootfs-a', 'rootfs-b']) await writeFile(file(name), new Uint8Array(4096));
  await writeFile(file('misc'), new Uint8Array(MISC_BYTES));
  await writeFile(file('cmdline'), 'quiet androidboot.slot_suffix=_a\n');
  await writeFile(file('mounts'), `${file('rootfs-a')} / ext4 ro,noload 0 0\n`);
  await writeFile(file('deadline'), 'echo good\n');
  misc = new AndroidMisc(await openFileRegion(file('misc')));
  await misc.initialise('a');
  await misc.activate('b', 3);
});
afterEach(async () => {
  await misc.close();
  await rm(folder, { recursive: true, force: true });
});

function board(): Examination {
  return {
    backend: misc,
    bootedSlot: async () => {
      if (booted === undefined) throw new Error('nothing names the booted slot');
      return booted;
    },
    counting: 'donabe',
    cmdline: file('cmdline'),
    bootControl: file('misc'),
    partitions: { a: { rootfs: file('rootfs-a') }, b: { rootfs: file('rootfs-b') } },
    mounts: file('mounts'),
    trialDeadline: file('deadline'),
  };
}

/** The checks with another verdict than `pass`. */
async function amiss(parts = board()): Promise<Readonly<Record<string, Verdict>>> {
  const findings = await examine(parts);
  expect(findings.map(({ check }) => check)).toEqual(Object.keys(CHECKS));
  const strange = findings.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip');
  return Object.fromEntries(strange.map(({ check, verdict }) => [check, verdict]));
}

/** Files stand in for partitions, and the doctor says so. */
const FILES = { 'every partition is a device of its own': 'warn' };

describe('doctor', () => {
  it('a board that is as it should be', async () => {
    expect(await amiss()).toEqual(FILES);
  });

  it.each<[string, string, Verdict, () => Promise<unknown>]>([
    ['a bad copy', 'every copy of the boot control is good', 'fail', () => damage()],
    ['no fallback', 'there is a fallback', 'warn', () => misc.markUnbootable('b')],
    [
      'a root that is writable',
      'the booted slot is mounted read-only',
      'fail',
      () => appendFile(file('mounts'), `${file('rootfs-a')} /mnt ext4 rw 0 0\n`),
    ],
    ['slots of two sizes', 'both slots are equally large', 'warn', () => appendFile(file('rootfs-b'), 'x')],
    [
      'a trial deadline that reads another record',
      'the trial deadline reads the same',
      'fail',
      () => writeFile(file('deadline'), 'echo trial\n'),
    ],
    ['no trial deadline', 'the trial deadline reads the same', 'fail', () => rm(file('deadline'))],
    [
      'a command line without a slot',
      'a slot parameter is on the kernel command line',
      'warn',
      () => writeFile(file('cmdline'), 'root=PARTUUID=1'),
    ],
  ])('%s', async (_, check, verdict, fault) => {
    await fault();
    expect(await amiss()).toEqual({ ...FILES, [check]: verdict });
  });

  it('one partition for two slots', async () => {
    const twice = { a: { rootfs: file('rootfs-a') }, b: { rootfs: join(folder, '.', 'rootfs-a') } };
    expect((await amiss({ ...board(), partitions: twice }))['every partition is a device of its own']).toBe(
      'fail',
    );
  });

  it.each<[string, string, Verdict]>([
    ['nothing', 'run donabe_boot', 'fail'],
    ['its boot command', 'setenv BOOT_A_LEFT 3; saveenv; reset', 'pass'],
    ['what it runs', 'run nowhere again; boot', 'pass'],
    ['a loop of variables', 'run bootcmd', 'fail'],
  ])("U-Boot under a vendor's script, tries are given back by %s", async (_, bootcmd, verdict) => {
    const parts = board();
    const uboot: Board = { counting: 'vendor', scheme: 'incremental' };
    const bytes = new Uint8Array(2 * ENV_BYTES);
    const entries = [`bootcmd=${bootcmd}`, 'again=setenv BOOT_B_LEFT "3"'];
    bytes.set(encoded({ entries, flags: 1 }), 0);
    const backend = await new UbootMedium(uboot, bytes).open();
    await backend.initialise('a');
    const findings = await examine({ ...parts, backend, counting: 'vendor' });
    expect(findings.at(-1)?.verdict).toBe(verdict);
  });

  it('what cannot be looked at has failed, and the other checks go on', async () => {
    booted = undefined;
    expect(await amiss()).toMatchObject({ 'the booted slot is known': 'fail', ...FILES });
  });

  it('INTEGRATION.md names every check, in this order', async () => {
    const text = await readFile(new URL('../../bootctl/INTEGRATION.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| ([^|`]+?) +\| .+ \|$/gm)].map(([, check]) => check);
    expect(rows.filter((check) => check !== undefined && check in CHECKS)).toEqual(Object.keys(CHECKS));
  });
});

describe('command', () => {
  async function boot(...words: string[]): Promise<string> {
    let written = '';
    const command = new Command('boot').exitOverride();
    withBoardVerbs(command, {
      bootParams: async () => ({ version: 1, flags: 3, bootMode: 'recovery', deviceTree: 0x4000n }),
      examination: async () => board(),
    });
    for (const each of [command, ...command.commands]) {
      each.configureOutput({ writeOut: (text) => (written += text), writeErr: () => undefined });
    }
    await new Command('donabe').addCommand(command).parseAsync(['boot', ...words], { from: 'user' });
    return written;
  }

  it('params', async () => {
    expect(await boot('params')).toMatch(/^bootMode +recovery$/m);
    expect(JSON.parse(await boot('params', '--json'))).toEqual({
      version: 1,
      flags: '0x3',
      bootMode: 'recovery',
      deviceTree: '0x4000',
    });
  });

  it('doctor: a table, JSON, and an error when a check failed', async () => {
    expect(await boot('doctor')).toMatch(/^pass +the booted slot is known +slot a$/m);
    expect(JSON.parse(await boot('doctor', '--json'))).toMatchObject({ findings: expect.any(Array) });
    await damage();
    await expect(boot('doctor')).rejects.toMatchObject({ code: 'DOCTOR_FAILED' });
  });
});

async function damage(): Promise<void> {
  const bytes = await readFile(file('misc'));
  bytes[6144 + 12] = (bytes[6144 + 12] ?? 0) ^ 0xff;
  // In place: the backend holds the file open.
  await writeFile(file('misc'), bytes, { flag: 'r+' });
}
