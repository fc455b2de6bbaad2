/** The trial deadline's reader of U-Boot's environment, run by sh over real files: it says what the library says. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BootControlError,
  type EnvLayout,
  encodeEnv,
  openBackend,
  otherSlot,
  type SlotName,
  type UbootCounting,
} from '../../bootctl/index.ts';
import { hasTool } from './real-tool.ts';

const run = promisify(execFile);
const PROBE = fileURLToPath(new URL('../../systemd/trial-deadline-uboot-env.sh', import.meta.url));
const LAYOUT: EnvLayout = { size: 1024, redundant: true, endian: 'little' };

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-trial-'));
  await writeFile(file('config'), `${file('env')} 0 0x400\n${file('env')} 0x400 0x400\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function probe(cmdline: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  await writeFile(file('cmdline'), cmdline);
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    DONABE_FW_ENV_CONFIG: file('config'),
    DONABE_CMDLINE: file('cmdline'),
    ...more,
  };
  const { stdout } = await run('sh', [PROBE], { env });
  return stdout.trim();
}

function encoded(text: Readonly<Record<string, string>>, flags: number): Uint8Array {
  const entries = Object.entries(text).map(([name, value]) => `${name}=${value}`);
  const bytes = encodeEnv({ entries, flags }, LAYOUT);
  if (bytes === undefined) throw new Error('the test made an environment that does not fit');
  return bytes;
}

/** The copy that counts, behind one that does not. */
async function variables(text: Readonly<Record<string, string>>): Promise<void> {
  await writeFile(file('env'), Buffer.concat([encoded({ BOOT_ORDER: 'old' }, 8), encoded(text, 9)]));
}

/** The library's answer in the probe's words; that a good booted slot was counted down is no verdict. */
async function expected(booted: SlotName, counting: UbootCounting, trial: string): Promise<string> {
  const backend = await openBackend('uboot-env', { path: file('config'), booted, counting });
  try {
    const { slots } = await backend.read();
    const name = { a: 'A', b: 'B' }[booted];
    if (slots[booted].ranked && !trial.split(' ').includes(name)) return 'good';
    expect(slots[booted].successful).toBe(false);
    return slots[otherSlot(booted)].bootable ? 'trial' : 'no-fallback';
  } catch (error) {
    if (error instanceof BootControlError) return 'unknown';
    throw error;
  } finally {
    await backend.close();
  }
}

const orders = fc.constantFrom('A B', 'B A', 'A', 'B', '', ' B  A', 'A R');
const lefts = fc.constantFrom('0', '1', '3', '9', 'a', '00', '');
const counters = fc.constantFrom('0', '1', '2', '03', '');
const some = fc.record(
  {
    BOOT_ORDER: orders,
    BOOT_A_LEFT: lefts,
    BOOT_B_LEFT: lefts,
    donabe_trial: orders,
    upgrade_available: counters,
    bootcount: counters,
    bootlimit: counters,
    bootcmd: fc.constantFrom('*', 'x=1', 'a b'),
  },
  { requiredKeys: [] },
);
const countings = fc.constantFrom<UbootCounting>('donabe', 'vendor', 'bootcount');

describe.runIf(hasTool('fw_printenv', 'libubootenv-tool'))('the shell probe', () => {
  it('says what the library says, over random variables and every way of counting', async () => {
    await fc.assert(
      fc.asyncProperty(
        some,
        fc.constantFrom<SlotName>('a', 'b'),
        countings,
        async (text, booted, counting) => {
          await variables(
            Object.fromEntries(Object.entries(text).filter(([, value]) => value !== undefined)),
          );
          const answer = await probe(`quiet donabe.slot=${booted}`, { DONABE_COUNTING: counting });
          expect(answer).toBe(await expected(booted, counting, text.donabe_trial ?? ''));
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    ['root=PARTUUID=1-03', 'trial'],
    ['root=PARTUUID=1-02', 'good'],
    ['root=PARTUUID=1-02 rauc.slot=B', 'unknown'],
    ['root=PARTUUID=1-04', 'unknown'],
    ['rauc.slot=B', 'trial'],
    ['rauc.slot=C', 'unknown'],
    ['', 'unknown'],
  ])('command line %j: %s', async (cmdline, answer) => {
    await variables({ BOOT_ORDER: 'B A', BOOT_A_LEFT: '3', BOOT_B_LEFT: '2', donabe_trial: 'B' });
    const words = { DONABE_WORD_A: 'root=PARTUUID=1-02', DONABE_WORD_B: 'root=PARTUUID=1-03' };
    expect(await probe(cmdline, words)).toBe(answer);
  });

  it('no configuration, no environment, both copies bad, or counters that are no numbers', async () => {
    expect(await probe('donabe.slot=a', { DONABE_FW_ENV_CONFIG: file('nowhere') })).toBe('unknown');
    await writeFile(file('env'), new Uint8Array(2048));
    expect(await probe('donabe.slot=a')).toBe('unknown');
    await variables({ BOOT_ORDER: 'A B', BOOT_A_LEFT: 'many', BOOT_B_LEFT: '3' });
    expect(await probe('donabe.slot=a')).toBe('unknown');
  });

  it.each([
    ['B', 'rebooting'],
    ['A', 'marked good'],
  ])('the deadline asks it as its settings say; on trial: %s', async (trial, said) => {
    await variables({ BOOT_ORDER: 'B A', BOOT_A_LEFT: '3', BOOT_B_LEFT: '2', donabe_trial: trial });
    await writeFile(file('cmdline'), 'rauc.slot=B\n');
    await writeFile(file('uptime'), '901.00 1.0\n');
    const settings = [`PROBE=${PROBE}`, `FW_ENV_CONFIG=${file('config')}`, 'COUNTING=vendor', ''].join('\n');
    await writeFile(file('conf'), settings);
    const env = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      DONABE_TRIAL_CONF: file('conf'),
      DONABE_CMDLINE: file('cmdline'),
      DONABE_UPTIME: file('uptime'),
      DONABE_HEARTBEAT: file('heartbeat'),
      DONABE_REBOOT: 'true',
    };
    const { stdout } = await run('sh', [join(dirname(PROBE), 'trial-deadline.sh')], { env });
    expect(stdout).toContain(said);
  });

  it("a default environment that U-Boot's own tool was built with is no answer", async () => {
    const tool = '#!/bin/sh\necho "Warning: Bad CRC, using default environment" >&2\necho BOOT_ORDER=A\n';
    await writeFile(file('fw_printenv'), tool, { mode: 0o755 });
    expect(await probe('donabe.slot=a', { PATH: `${folder}:${process.env['PATH'] ?? ''}` })).toBe('unknown');
  });
});
