/** The trial deadline's reader of GRUB's block, run by sh over real files: it says what the library says. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BootControlError,
  encodeGrubBlock,
  newGrubBlock,
  openBackend,
  type SlotName,
  withGrubVariable,
} from '../../bootctl/index.ts';
import { hasTool } from './real-tool.ts';

const run = promisify(execFile);
const PROBE = fileURLToPath(new URL('../../systemd/trial-deadline-grub.sh', import.meta.url));

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-trial-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function probe(cmdline: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  await writeFile(file('cmdline'), cmdline);
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    DONABE_GRUBENV: file('grubenv'),
    DONABE_CMDLINE: file('cmdline'),
    ...more,
  };
  const { stdout } = await run('sh', [PROBE], { env });
  return stdout.trim();
}

async function variables(text: Readonly<Record<string, string>>): Promise<void> {
  const block = Object.entries(text).reduce(
    (into, [name, value]) => withGrubVariable(into, name, value),
    newGrubBlock(),
  );
  await writeFile(file('grubenv'), encodeGrubBlock(block) ?? '');
}

/** The library's answer in the probe's words; a booted good slot's flag is no verdict (a vendor's script sets it). */
async function expected(booted: SlotName): Promise<string> {
  const backend = await openBackend('grub-env', { path: file('grubenv'), booted, counting: 'vendor' });
  try {
    const { slots } = await backend.read();
    if (slots[booted].successful) return 'good';
    return slots[booted === 'a' ? 'b' : 'a'].bootable ? 'trial' : 'no-fallback';
  } catch (error) {
    if (error instanceof BootControlError) return 'unknown';
    throw error;
  }
}

const orders = fc.constantFrom('A B', 'B A', 'A', 'B', '', 'B B A', 'A R');
const flags = fc.constantFrom('0', '1', '1', '');
const some = fc.record(
  {
    ORDER: orders,
    A_OK: flags,
    A_TRY: flags,
    B_OK: flags,
    B_TRY: flags,
    donabe_trial: orders,
    note: fc.constantFrom('*', 'x\\y', '#'),
  },
  { requiredKeys: [] },
);

describe.skipIf(!hasTool('grub-editenv', 'grub-common'))('the shell probe', () => {
  it('says what the library says, over random variables', async () => {
    await fc.assert(
      fc.asyncProperty(some, fc.constantFrom<SlotName>('a', 'b'), async (text, booted) => {
        await variables(Object.fromEntries(Object.entries(text).filter(([, value]) => value !== undefined)));
        expect(await probe(`quiet donabe.slot=${booted}`)).toBe(await expected(booted));
      }),
      { numRuns: 120 },
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
    await variables({ ORDER: 'B A', A_OK: '1', B_OK: '1', B_TRY: '1', donabe_trial: 'B' });
    const words = { DONABE_WORD_A: 'root=PARTUUID=1-02', DONABE_WORD_B: 'root=PARTUUID=1-03' };
    expect(await probe(cmdline, words)).toBe(answer);
  });

  it('no file, or no block in it', async () => {
    expect(await probe('donabe.slot=a', { DONABE_GRUBENV: file('nowhere') })).toBe('unknown');
    await writeFile(file('grubenv'), 'x'.repeat(1024));
    expect(await probe('donabe.slot=a')).toBe('unknown');
  });
});
