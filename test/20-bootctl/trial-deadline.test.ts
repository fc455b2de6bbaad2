/** The trial-deadline script, run as it is by sh over real files: when it reboots, and above all when not. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  AndroidMisc,
  BootControlError,
  bootedSlotFrom,
  decideBoot,
  encodeAndroidBlock,
  newAndroidBlock,
  openFileRegion,
} from '../../bootctl/index.ts';
import { blocks } from './block-arbitrary.ts';

const run = promisify(execFile);
const SYSTEMD = fileURLToPath(new URL('../../systemd/', import.meta.url));
const SCRIPT = join(SYSTEMD, 'trial-deadline.sh');
const PROBE = join(SYSTEMD, 'trial-deadline-android.sh');
const MISC_BYTES = 8192;
const MAIN_AT = 2048;
const BACKUP_AT = 6144;
/** Deadline 600 s and grace 300 s are the defaults. */
const LIMIT_S = 900;

let folder: string;
let misc: AndroidMisc;

const file = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-trial-'));
  await writeFile(file('misc'), new Uint8Array(MISC_BYTES));
  await writeFile(file('cmdline'), 'console=ttyS0 androidboot.slot_suffix=_b root=/dev/mmcblk0p3\n');
  await writeFile(file('uptime'), `${LIMIT_S}.07 1234.5\n`);
  await writeFile(file('reboot'), '#!/bin/sh\necho rebooted >>"$0.log"\n');
  await chmod(file('reboot'), 0o755);
  misc = new AndroidMisc(await openFileRegion(file('misc')));
  await misc.initialise('a');
});

afterEach(async () => {
  await misc.close();
  await rm(folder, { recursive: true, force: true });
});

async function deadline(more: Readonly<Record<string, string>> = {}): Promise<string> {
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    DONABE_TRIAL_CONF: join(SYSTEMD, 'trial-deadline.conf'),
    DONABE_TRIAL_PROBE: PROBE,
    DONABE_MISC: file('misc'),
    DONABE_CMDLINE: file('cmdline'),
    DONABE_UPTIME: file('uptime'),
    DONABE_HEARTBEAT: file('heartbeat'),
    DONABE_REBOOT: file('reboot'),
    ...more,
  };
  const { stdout } = await run('sh', [SCRIPT], { env });
  return stdout;
}

async function rebooted(): Promise<boolean> {
  return (await readFile(file('reboot.log'), 'utf8').catch(() => '')) !== '';
}

async function damage(offset: number): Promise<void> {
  const bytes = await readFile(file('misc'));
  bytes[offset] = (bytes[offset] ?? 0) ^ 0xff;
  await writeFile(file('misc'), bytes);
}

describe('on a trial', () => {
  beforeEach(() => misc.activate('b', 3));

  it('time is up: it reboots', async () => {
    expect(await deadline()).toContain('rebooting');
    expect(await rebooted()).toBe(true);
  });

  it('without a settings file it still reboots', async () => {
    await deadline({ DONABE_TRIAL_CONF: file('nowhere') });
    expect(await rebooted()).toBe(true);
  });

  it('nonsense in the settings does not switch it off', async () => {
    await writeFile(file('conf'), 'DEADLINE_S=ten minutes\nGRACE_S=\n$(touch pwned)\nINTERVAL_S=0900\n=\n');
    await deadline({ DONABE_TRIAL_CONF: file('conf') });
    expect(await rebooted()).toBe(true);
  });

  it('settings file sets the deadline', async () => {
    await writeFile(file('uptime'), '30.00 1.0\n');
    await writeFile(file('conf'), '# short\nDEADLINE_S=20\nGRACE_S=10');
    await deadline({ DONABE_TRIAL_CONF: file('conf') });
    expect(await rebooted()).toBe(true);
  });

  it('time is not up: it waits and looks again, and ends when the slot is marked good', async () => {
    // The second look finds the slot good: the stand-in for `sleep` marks the time between the two looks.
    await writeFile(file('uptime'), `${LIMIT_S - 1}.99 1.0\n`);
    await misc.markGood('b');
    await writeFile(file('good'), await readFile(file('misc')));
    await misc.activate('b', 3);
    await standIn('sleep', 'echo "$1" >>"$FOLDER/slept"; cp "$FOLDER/good" "$FOLDER/misc"');
    expect(await deadline({ PATH: withStandIns(), FOLDER: folder })).toContain('marked good');
    expect(await readFile(file('slept'), 'utf8')).toBe('15\n');
    expect(await rebooted()).toBe(false);
  });

  it('time comes up between two looks: it reboots then', async () => {
    await writeFile(file('uptime'), `${LIMIT_S - 1}.99 1.0\n`);
    await standIn('sleep', `echo ${LIMIT_S}.00 1.0 >"$FOLDER/uptime"; echo "$1" >>"$FOLDER/slept"`);
    await deadline({ PATH: withStandIns(), FOLDER: folder });
    expect(await readFile(file('slept'), 'utf8')).toBe('15\n');
    expect(await rebooted()).toBe(true);
  });

  it('fresh heartbeat of an agent that waits for the MCU: not while it is fresh', async () => {
    await writeFile(file('heartbeat'), `${LIMIT_S - 59}.5 waiting-mcu\n`);
    await standIn('sleep', `echo x >>"$FOLDER/slept"; echo ${LIMIT_S + 1}.9 1.0 >"$FOLDER/uptime"`);
    const output = await deadline({ PATH: withStandIns(), FOLDER: folder });
    expect(output).toContain('waits for the MCU');
    expect(await readFile(file('slept'), 'utf8')).toBe('x\n');
    expect(await rebooted()).toBe(true);
  });

  it.each([
    ['another state', `${LIMIT_S} confirming\n`],
    ['a longer word', `${LIMIT_S} waiting-mcu-not\n`],
    ['stale', `${LIMIT_S - 60} waiting-mcu\n`],
    ['from the future', `${LIMIT_S + 5} waiting-mcu\n`],
    ['wall time', '1790000000 waiting-mcu\n'],
    ['empty', ''],
    ['garbage', '\0\x01 $(reboot) `x`\n'],
  ])('heartbeat that does not count: %s', async (_, heartbeat) => {
    await writeFile(file('heartbeat'), heartbeat);
    await deadline();
    expect(await rebooted()).toBe(true);
  });

  it('main copy is bad: the backup says that it is a trial', async () => {
    await damage(MAIN_AT + 12);
    await deadline();
    expect(await rebooted()).toBe(true);
  });

  it('the settings name the words by which root= tells the slots apart', async () => {
    await writeFile(file('cmdline'), 'root=PARTUUID=1-03 ro');
    const conf = 'WORD_A=root=PARTUUID=1-02\nWORD_B=root=PARTUUID=1-03\n';
    await writeFile(file('conf'), conf);
    await deadline({ DONABE_TRIAL_CONF: file('conf') });
    expect(await rebooted()).toBe(true);
  });

  it('last try is used up: still a trial', async () => {
    const region = await openFileRegion(file('misc'));
    for (const _ of [1, 2, 3]) {
      const { writeMain, slot } = decideBoot(
        await region.read(MAIN_AT, 32),
        await region.read(BACKUP_AT, 32),
      );
      expect(slot).toBe('b');
      if (writeMain !== undefined) await region.write(MAIN_AT, writeMain);
    }
    await region.close();
    await deadline();
    expect(await rebooted()).toBe(true);
  });

  it('without a stand-in it asks for a forced reboot, then for the system call itself', async () => {
    await standIn('systemctl', 'echo "$*" >>"$FOLDER/asked"');
    await standIn('sleep', 'echo "$1" >>"$FOLDER/slept"');
    // Nothing but stand-ins in the path: the real systemctl must be out of reach.
    for (const tool of ['sh', 'od', 'cat']) {
      const { stdout } = await run('sh', ['-c', `command -v ${tool}`]);
      await symlink(stdout.trim(), file(tool));
    }
    await deadline({ PATH: folder, FOLDER: folder, DONABE_REBOOT: '', DONABE_REBOOT_FORCE_S: '7' });
    const asked = (await readFile(file('asked'), 'utf8')).trim().split('\n');
    expect(asked.toSorted()).toEqual(['reboot --force', 'reboot --force --force']);
    expect(await readFile(file('slept'), 'utf8')).toBe('7\n');
  });
});

describe('it does nothing', () => {
  it('good slot', async () => {
    await writeFile(file('cmdline'), 'androidboot.slot_suffix=_a');
    expect(await deadline()).toContain('marked good');
    expect(await rebooted()).toBe(false);
  });

  it.each([
    ['no command line', undefined],
    ['no suffix', 'console=ttyS0 root=/dev/mmcblk0p3'],
    ['strange suffix', 'androidboot.slot_suffix=_c'],
    ['two slots', 'androidboot.slot_suffix=_b rauc.slot=A'],
  ])('%s', async (_, cmdline) => {
    await misc.activate('b', 3);
    if (cmdline === undefined) await rm(file('cmdline'));
    else await writeFile(file('cmdline'), cmdline);
    expect(await deadline()).toContain('unknown');
    expect(await rebooted()).toBe(false);
  });

  it('both copies are bad', async () => {
    await misc.activate('b', 3);
    await damage(MAIN_AT + 12);
    await damage(BACKUP_AT + 12);
    expect(await deadline()).toContain('unknown');
    expect(await rebooted()).toBe(false);
  });

  it('both copies are bad in a byte that says nothing: their CRC alone tells', async () => {
    await misc.activate('b', 3);
    await damage(MAIN_AT + 20);
    await damage(BACKUP_AT + 20);
    expect(await deadline()).toContain('unknown');
    expect(await rebooted()).toBe(false);
  });

  it('misc is missing or too short', async () => {
    await misc.activate('b', 3);
    expect(await deadline({ DONABE_MISC: file('nowhere') })).toContain('unknown');
    await writeFile(file('short'), new Uint8Array(100));
    expect(await deadline({ DONABE_MISC: file('short') })).toContain('unknown');
    expect(await rebooted()).toBe(false);
  });

  it('no other slot can boot: a reboot would only use up the tries', async () => {
    const trial = { priority: 15, triesRemaining: 1, successful: false, verityCorrupted: false, reserved: 0 };
    const none = { ...trial, priority: 0, triesRemaining: 0 };
    const alone = encodeAndroidBlock(newAndroidBlock('_b\0\0', [none, trial]));
    const region = await openFileRegion(file('misc'));
    for (const offset of [MAIN_AT, BACKUP_AT]) await region.write(offset, alone);
    await region.close();
    expect(await deadline()).toContain('no-fallback');
    expect(await rebooted()).toBe(false);
  });

  it('probe is missing', async () => {
    await misc.activate('b', 3);
    expect(await deadline({ DONABE_TRIAL_PROBE: file('nowhere') })).toContain('unknown');
    expect(await rebooted()).toBe(false);
  });
});

describe('the shell probe and the library agree', () => {
  it('on random and damaged blocks', async () => {
    const region = await openFileRegion(file('misc'));
    await fc.assert(
      fc.asyncProperty(blocks, blocks, fc.constantFrom('_a', '_b'), async (main, backup, suffix) => {
        await region.write(MAIN_AT, main);
        await region.write(BACKUP_AT, backup);
        const cmdline = `androidboot.slot_suffix=${suffix}`;
        await writeFile(file('cmdline'), cmdline);
        const env = {
          PATH: process.env['PATH'],
          DONABE_MISC: file('misc'),
          DONABE_CMDLINE: file('cmdline'),
        };
        const { stdout } = await run('sh', [PROBE], { env });
        expect(stdout.trim()).toBe(await expected(cmdline));
      }),
      { numRuns: 150 },
    );
    await region.close();
  });
});

/** The library's answer in the probe's words. */
async function expected(cmdline: string): Promise<string> {
  const booted = bootedSlotFrom(cmdline);
  try {
    const { slots } = await misc.read();
    if (slots[booted].successful) return 'good';
    return slots[booted === 'a' ? 'b' : 'a'].bootable ? 'trial' : 'no-fallback';
  } catch (error) {
    if (error instanceof BootControlError) return 'unknown';
    throw error;
  }
}

async function standIn(name: string, body: string): Promise<void> {
  await writeFile(file(name), `#!/bin/sh\n${body}\n`);
  await chmod(file(name), 0o755);
}

function withStandIns(): string {
  return [folder, process.env['PATH']].join(delimiter);
}
