/**
 * U-Boot's environment, byte level, both ways, against the tools of the field: `fw_printenv` and `fw_setenv` of
 * libubootenv, `mkenvimage` of u-boot-tools. Each reads what we wrote, we read what they wrote.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  decodeEnv,
  type EnvLayout,
  encodeEnv,
  openEnvMedium,
  type SlotName,
  UbootEnv,
} from '../../bootctl/index.ts';
import { hasTool, tool } from './real-tool.ts';

const SIZE = 4096;
const single: EnvLayout = { size: SIZE, redundant: false, endian: 'little' };
const redundant: EnvLayout = { ...single, redundant: true };
/** Processes are slow; each run is one tool or two. */
const RUNS = { numRuns: 25 };

let folder: string;
let config: string;
const file = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-uboot-tools-'));
  config = file('fw_env.config');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What text files carry: no line feeds, no `=` in names, no backslash at the end (there it continues a line). */
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,15}$/);
const value = fc
  .stringMatching(/^[!-~][ -~]{0,40}$/)
  .filter((text) => text.trim() === text && !text.endsWith('\\'));
const variables = fc.dictionary(name, value, { maxKeys: 20, noNullPrototype: true });
const flags = fc.integer({ min: 0, max: 255 });

function entriesOf(set: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(set).map(([name, value]) => `${name}=${value}`);
}

function encoded(entries: readonly string[], layout: EnvLayout, flags = 0): Uint8Array {
  const bytes = encodeEnv({ entries, flags }, layout);
  if (bytes === undefined) throw new Error('the test made an environment that does not fit');
  return bytes;
}

/** Two files, or one. */
async function place(...copies: readonly Uint8Array[]): Promise<void> {
  for (const [index, copy] of copies.entries()) await writeFile(file(`env${index}`), copy);
  await writeFile(
    config,
    copies.map((_, index) => `${file(`env${index}`)} 0x0 0x${SIZE.toString(16)}\n`).join(''),
  );
}

async function printed(): Promise<readonly string[]> {
  return (await tool('fw_printenv', '-c', config)).split('\n').filter(Boolean).sort();
}

async function backend(): Promise<UbootEnv> {
  return new UbootEnv(await openEnvMedium(config, { locks: [file('lock1'), file('lock2')] }));
}

describe.runIf(hasTool('mkenvimage', 'u-boot-tools'))('mkenvimage', () => {
  it('makes what we decode, and we make it byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(variables, fc.boolean(), async (set, isRedundant) => {
        fc.pre(Object.keys(set).length > 0);
        const layout = isRedundant ? redundant : single;
        await writeFile(file('text'), `${entriesOf(set).join('\n')}\n`);
        const words = ['-s', String(SIZE), '-p', '0', ...(isRedundant ? ['-r'] : []), '-o', file('image')];
        await tool('mkenvimage', ...words, file('text'));
        const image = await readFile(file('image'));
        const found = decodeEnv(image, layout);
        expect(found).toMatchObject({ kind: 'env', env: { entries: entriesOf(set) } });
        const flags = found.kind === 'env' ? found.env.flags : 0;
        expect(Buffer.compare(encoded(entriesOf(set), layout, flags), image)).toBe(0);
      }),
      RUNS,
    );
  });
});

describe.runIf(hasTool('fw_setenv', 'libubootenv-tool'))('fw_printenv and fw_setenv', () => {
  it('read what we wrote: one copy', async () => {
    await fc.assert(
      fc.asyncProperty(variables, async (set) => {
        fc.pre(Object.keys(set).length > 0);
        await place(encoded(entriesOf(set), single));
        expect(await printed()).toEqual([...entriesOf(set)].sort());
      }),
      RUNS,
    );
  });

  it('choose the same copy of two as we do, whatever the serial numbers', async () => {
    await fc.assert(
      fc.asyncProperty(flags, flags, async (first, second) => {
        await place(
          encoded(['copy=1', 'BOOT_ORDER=A'], redundant, first),
          encoded(['copy=2', 'BOOT_ORDER=A'], redundant, second),
        );
        const misc = await backend();
        expect(await printed()).toContain(`copy=${await misc.variable('copy')}`);
        await misc.close();
      }),
      {
        ...RUNS,
        examples: [
          [0, 255],
          [255, 0],
          [127, 128],
          [128, 127],
          [7, 7],
        ],
      },
    );
  });

  it.each([0, 1])('go on with the other copy when copy %s is damaged, as we do', async (bad) => {
    const copies = [encoded(['copy=1'], redundant, 4), encoded(['copy=2'], redundant, 5)];
    copies[bad]?.fill(0x5a, 100, 110);
    await place(...copies);
    const misc = await backend();
    expect(await misc.variable('copy')).toBe(String(2 - bad));
    expect(await printed()).toEqual([`copy=${2 - bad}`]);
    await misc.close();
  });

  it('we read what fw_setenv wrote, with all that was there before', async () => {
    await fc.assert(
      fc.asyncProperty(variables, name, value, fc.boolean(), async (set, key, text, isRedundant) => {
        const before = { ...set, BOOT_ORDER: 'A' };
        const layout = isRedundant ? redundant : single;
        const copy = encoded(entriesOf(before), layout, 1);
        await place(...(isRedundant ? [copy, copy] : [copy]));
        await tool('fw_setenv', '-c', config, '--', key, text);
        const misc = await backend();
        const wanted = { ...before, [key]: text };
        for (const [name, value] of Object.entries(wanted)) expect(await misc.variable(name)).toBe(value);
        await misc.close();
      }),
      RUNS,
    );
  });

  it.each(Array.from({ length: 9 }, (_, index) => index + 1))(
    'activate with %s tries is what the tool prints, and a try that the tool takes away is gone',
    async (tries) => {
      const copy = encoded(
        ['bootcmd=run x', 'BOOT_ORDER=A', 'BOOT_A_LEFT=3', 'BOOT_B_LEFT=0'],
        redundant,
        255,
      );
      await place(copy, copy);
      const misc = await backend();
      await misc.activate('b', tries);
      const shown = [
        'BOOT_A_LEFT=3',
        `BOOT_B_LEFT=${tries}`,
        'BOOT_ORDER=B A',
        'bootcmd=run x',
        'donabe_trial=B',
      ];
      expect(await printed()).toEqual(shown);
      await tool('fw_setenv', '-c', config, 'BOOT_B_LEFT', String(tries - 1));
      expect((await misc.read()).slots.b.triesRemaining).toBe(tries - 1);
      expect((await misc.read()).active).toBe(tries > 1 ? 'b' : 'a');
      await misc.close();
    },
  );

  it('every verb by turns with the tool, over the wrap of the serial number, one copy damaged now and then', async () => {
    const copy = encoded(['BOOT_ORDER=A', 'BOOT_A_LEFT=3', 'BOOT_B_LEFT=0', 'n=0'], redundant, 250);
    await place(copy, copy);
    const misc = await backend();
    let slot: SlotName = 'a';
    for (let turn = 1; turn <= 12; turn += 1) {
      slot = slot === 'a' ? 'b' : 'a';
      await misc.activate(slot, 3);
      await tool('fw_setenv', '-c', config, 'n', String(turn));
      const damaged = await readFile(file(`env${turn % 2}`));
      await misc.scrub({ repair: true });
      damaged[9] = (damaged[9] ?? 0) ^ 1;
      await writeFile(file(`env${turn % 2}`), damaged);
      await misc.markGood(slot);
      const other = slot === 'a' ? 'B' : 'A';
      const names = { a: 'A', b: 'B' }[slot];
      expect(await printed()).toContain(`n=${turn}`);
      expect((await printed()).join()).toContain(
        turn === 1 ? 'BOOT_ORDER=B' : `BOOT_ORDER=${names} ${other}`,
      );
    }
    await misc.close();
  });
});
