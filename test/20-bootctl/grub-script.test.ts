/**
 * The GRUB boot script that we ship, run by GRUB itself (grub-emu, over a disk image with an ext2 file system):
 * it starts the slot that `decideGrubBoot` says, and saves what it says.
 */
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DEFAULT_BOOT_NAMES,
  decideGrubBoot,
  decodeGrubBlock,
  encodeGrubBlock,
  type GrubBlock,
  GrubEnv,
  grubVariable,
  newGrubBlock,
  orderOfGrub,
  ReplacedFile,
  type SlotName,
  withGrubVariable,
} from '../../bootctl/index.ts';
import { hasTool, tool } from './real-tool.ts';

const SCRIPT = fileURLToPath(new URL('../../systemd/boot-grub.cfg', import.meta.url));
const DISK_BYTES = 1_048_576;
const PROGRAMS = [
  ['grub-emu', 'grub-emu'],
  ['grub-editenv', 'grub-common'],
  ['mke2fs', 'e2fsprogs'],
  ['script', 'bsdutils'],
] as const;
const missing = PROGRAMS.filter(([program, debianPackage]) => !hasTool(program, debianPackage));

let folder: string;
const file = (...names: readonly string[]): string => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-grub-'));
  await mkdir(file('files'));
  await mkdir(file('prefix'));
  await writeFile(file('prefix', 'donabe.cfg'), await readFile(SCRIPT));
  await writeFile(file('map'), `(hd0) ${file('disk')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const OPENS: Readonly<Record<string, Record<SlotName, boolean>>> = {
  true: { a: true, b: true },
  '[ "$1" = A ]': { a: true, b: false },
  '[ "$1" = B ]': { a: false, b: true },
  false: { a: false, b: false },
};

/** One power-on by GRUB: the slot that its script started, and the block afterwards. */
async function powerOn(grubenv: Uint8Array, opens: string): Promise<{ slot: string; grubenv: Uint8Array }> {
  await writeFile(file('files', 'grubenv'), grubenv);
  await writeFile(file('files', 'started'), encodeGrubBlock(newGrubBlock()) ?? '');
  const report = 'save_env --file (hd0)/started started; exit';
  await writeFile(
    file('prefix', 'grub.cfg'),
    `set donabe_env=(hd0)/grubenv
function donabe_opens { ${opens}; }
function donabe_start { set started=$1; ${report}; }
source $prefix/donabe.cfg
set started=none; ${report}\n`,
  );
  await rm(file('disk'), { force: true });
  await writeFile(file('disk'), '');
  await truncate(file('disk'), DISK_BYTES);
  await tool('mke2fs', '-q', '-F', '-t', 'ext2', '-d', file('files'), file('disk'));
  const emulator = `TERM=vt100 grub-emu -m ${file('map')} -d ${file('prefix')} -r host </dev/null`;
  await tool('script', '-qec', emulator, '/dev/null');
  for (const name of ['grubenv', 'started']) {
    await tool('debugfs', '-R', `dump /${name} ${file(name)}`, file('disk'));
  }
  const started = decoded(await readFile(file('started')));
  return { slot: grubVariable(started, 'started') ?? 'silent', grubenv: await readFile(file('grubenv')) };
}

function decoded(bytes: Uint8Array): GrubBlock {
  const found = decodeGrubBlock(bytes);
  if (found.kind === 'fault') throw new Error(found.detail);
  return found.block;
}

const lists = fc.constantFrom('A B', 'B A', 'A', 'B', '');
const flags = fc.constantFrom('0', '1', '1', '');
const variables = fc.record(
  { ORDER: lists, A_OK: flags, A_TRY: flags, B_OK: flags, B_TRY: flags, donabe_trial: lists },
  { requiredKeys: ['ORDER'] },
);

describe.skipIf(missing.length > 0)('boot-grub.cfg in GRUB', () => {
  it('starts and saves what the table says, over random variables', async () => {
    await fc.assert(
      fc.asyncProperty(variables, fc.constantFrom(...Object.keys(OPENS)), async (text, opens) => {
        const block = Object.entries(text).reduce(
          (into, [name, value]) => withGrubVariable(into, name, value),
          newGrubBlock(),
        );
        const bytes = encodeGrubBlock(block) ?? new Uint8Array();
        const wanted = decideGrubBoot(bytes, {
          names: DEFAULT_BOOT_NAMES,
          counting: 'donabe',
          opens: OPENS[opens] ?? { a: false, b: false },
        });
        const did = await powerOn(bytes, opens);
        expect(did.slot).toBe(wanted.slot?.toUpperCase() ?? 'none');
        const after = decoded(did.grubenv);
        expect(orderOfGrub(after, DEFAULT_BOOT_NAMES)).toEqual(
          orderOfGrub(wanted.save ?? block, DEFAULT_BOOT_NAMES),
        );
        for (const name of ['ORDER', 'A_OK', 'B_OK', 'donabe_trial']) {
          expect(grubVariable(after, name)).toBe(grubVariable(block, name));
        }
      }),
      { numRuns: 25 },
    );
  });

  it('a whole trial: activated, one boot, back by itself; marked good, it stays', async () => {
    const backend = new GrubEnv(new ReplacedFile(file('grubenv')));
    await rm(file('grubenv'), { force: true });
    await backend.initialise('a');
    await backend.activate('b', 1);
    const boot = async (): Promise<string> => (await powerOn(await readFile(file('grubenv')), 'true')).slot;
    expect([await boot(), await boot()]).toEqual(['B', 'A']);
    await backend.activate('b', 1);
    expect(await boot()).toBe('B');
    await backend.markGood('b');
    expect([await boot(), await boot()]).toEqual(['B', 'B']);
  });

  it.each([
    ['zeros', new Uint8Array(1024)],
    ['no ORDER', encodeGrubBlock(newGrubBlock()) ?? new Uint8Array()],
  ])(
    'a block that is lost (%s): a half-written slot does not open, the other one starts',
    async (_, lost) => {
      expect((await powerOn(lost, '[ "$1" = B ]')).slot).toBe('B');
    },
  );
});
