/** The U-Boot environment over real files: what is refused, what is kept, what stays unwritten. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BootControlError,
  decodeEnv,
  type EnvCopy,
  type EnvLayout,
  encodeEnv,
  envVariable,
  openBackend,
  openEnvMedium,
  parseFwEnvConfig,
  UbootEnv,
  type UbootEnvOptions,
  withEnvVariables,
} from '../../bootctl/index.ts';
import { MemoryRegion } from './memory-region.ts';
import { expectedError } from './misc-image.ts';

const SIZE = 2048;
const LAYOUT: EnvLayout = { size: SIZE, redundant: true, endian: 'little' };
const GOOD = ['bootcmd=run x', 'BOOT_ORDER=A', 'BOOT_A_LEFT=3', 'BOOT_B_LEFT=0'];

let folder: string;
const file = (name: string): string => join(folder, name);
const locks = (): readonly string[] => [file('lock1'), file('lock2')];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-uboot-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function encoded(entries: readonly string[], flags = 1, layout = LAYOUT): Uint8Array {
  const bytes = encodeEnv({ entries, flags }, layout);
  if (bytes === undefined) throw new Error('the test made an environment that does not fit');
  return bytes;
}

/** Both copies in one file, one behind the other. */
async function place(first: Uint8Array, second = first): Promise<void> {
  await writeFile(file('env'), Buffer.concat([first, second]));
  await writeFile(file('config'), `# copies\n${file('env')} 0x0 0x800\n${file('env')}\t2048 2048 # two\n`);
}

async function open(options: UbootEnvOptions = {}): Promise<UbootEnv> {
  return new UbootEnv(await openEnvMedium(file('config'), { locks: locks() }), options);
}

describe('codec', () => {
  it('random bytes and random variables decode or are a fault, and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isRedundant) => {
        const layout = { ...LAYOUT, size: bytes.length, redundant: isRedundant };
        expect(['env', 'fault']).toContain(decodeEnv(bytes, layout).kind);
      }),
    );
  });

  it('what is encoded decodes to the same, in both byte orders, every byte value', () => {
    const entry = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => Buffer.from(bytes.map((byte) => byte || 1)).toString('latin1'));
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 20 }),
        fc.integer({ min: 0, max: 255 }),
        fc.constantFrom('little' as const, 'big' as const),
        (entries, flags, endian) => {
          const layout = { ...LAYOUT, endian };
          const found = decodeEnv(encoded(entries, flags, layout), layout);
          expect(found).toEqual({ kind: 'env', env: { entries, flags } });
        },
      ),
    );
  });

  it('any one flipped bit outside the flags is a fault', () => {
    const bytes = encoded(GOOD);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: SIZE - 1 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const bad = Uint8Array.from(bytes);
        bad[at] = (bad[at] ?? 0) ^ (1 << bit);
        expect(decodeEnv(bad, LAYOUT).kind).toBe(at === 4 ? 'env' : 'fault');
      }),
    );
  });

  it('the last of several entries of a name counts, and setting leaves one', () => {
    const env = { entries: ['x=1', 'y=2', 'x=3', 'no equals sign'], flags: 0 };
    expect(envVariable(env, 'x')).toBe('3');
    expect(withEnvVariables(env, { x: '4' }).entries).toEqual(['x=4', 'y=2', 'no equals sign']);
    expect(withEnvVariables(env, { y: undefined, z: '' }).entries).toEqual([
      'x=1',
      'x=3',
      'no equals sign',
      'z=',
    ]);
  });

  it('an empty list is two NULs; one variable more than fits is refused', () => {
    expect(encoded([]).subarray(5, 8)).toEqual(new Uint8Array(3));
    const room = SIZE - 5 - 2;
    expect(encodeEnv({ entries: ['x'.repeat(room)], flags: 0 }, LAYOUT)).toBeDefined();
    expect(encodeEnv({ entries: ['x'.repeat(room + 1)], flags: 0 }, LAYOUT)).toBeUndefined();
  });

  it('half a million variables of the largest size are read and kept', () => {
    const layout = { ...LAYOUT, size: 1_048_576 };
    const entries = Array.from({ length: 500_000 }, () => '=');
    const found = decodeEnv(encoded(entries, 1, layout), layout);
    expect(found.kind === 'env' && found.env.entries.length).toBe(500_000);
  });
});

describe('fw_env.config', () => {
  it('numbers of all kinds, comments, negative offsets, sector sizes', () => {
    const text = '\n# x\n/dev/a -0x2000 0x1000 0x200 8\n\t/dev/a  -010000 4096 # second\n';
    expect(parseFwEnvConfig(text, 'f')).toEqual({
      size: 4096,
      places: [
        { device: '/dev/a', offset: -8192, sector: 512 },
        { device: '/dev/a', offset: -4096, sector: undefined },
      ],
    });
  });

  it.each([
    ['nothing', '# only a comment\n', 2],
    ['no number', '/dev/a zero 0x1000', 1],
    ['no size', '/dev/a 0', 1],
    ['octal that is none', '/dev/a 09 0x1000', 1],
    ['relative path', 'env 0 0x1000', 1],
    ['too small', '/dev/a 0 32', 1],
    ['too large', '/dev/a 0 0x200000', 1],
    ['two sizes', '/dev/a 0 0x1000\n/dev/b 0 0x2000', 2],
    ['three copies', '/dev/a 0 64\n/dev/b 0 64\n/dev/c 0 64', 3],
    ['overlap', '/dev/a 0 0x1000\n/dev/a 0x800 0x1000', 2],
    ['same place twice', '/dev/a 0 0x1000\n/dev/a 0 0x1000', 2],
    ['sector of nothing', '/dev/a 0 0x1000 0', 1],
    ['YAML', 'uboot:\n  size: 0x1000\n', 1],
  ])('%s is refused with its line', (_, text, line) => {
    const act = (): unknown => parseFwEnvConfig(text, '/etc/fw_env.config');
    expect(act).toThrowError(BootControlError);
    expect(act).toThrowError(`/etc/fw_env.config, line ${line}:`);
  });
});

describe('what cannot be used is refused, and nothing is written', () => {
  const strange: readonly (readonly [string, readonly string[], string])[] = [
    ['no boot order', ['bootcmd=x'], 'BOOT_CONTROL_BAD'],
    ['unknown slot', [...GOOD, 'BOOT_ORDER=A C'], 'BOOT_CONTROL_NOT_TWO_SLOTS'],
    ['unknown trial', [...GOOD, 'donabe_trial=rescue'], 'BOOT_CONTROL_NOT_TWO_SLOTS'],
    ['counter is no number', [...GOOD, 'BOOT_A_LEFT=many'], 'BOOT_CONTROL_BAD'],
  ];

  it.each(strange)('%s', async (_, entries, code) => {
    await place(encoded(entries));
    const before = await readFile(file('env'));
    const misc = await open();
    expect(await expectedError(misc.read())).toBe(code);
    expect(await expectedError(misc.activate('b', 3))).toBe(code);
    expect(await expectedError(misc.markGood('a'))).toBe(code);
    expect(await expectedError(misc.scrub({ repair: true }))).toBe(code);
    await misc.close();
    expect(Buffer.compare(before, await readFile(file('env')))).toBe(0);
  });

  it('a list without an end, with a right CRC: named with copy and offset', async () => {
    const bytes = new Uint8Array(SIZE).fill('x'.charCodeAt(0));
    bytes.set(encoded([]).subarray(4, 5), 4);
    const { crc32 } = await import('node:zlib');
    new DataView(bytes.buffer).setUint32(0, crc32(bytes.subarray(5)), true);
    await place(bytes);
    const misc = await open();
    const error = await misc.read().then(undefined, (cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'BOOT_CONTROL_BAD' });
    expect(String(error)).toContain(`${file('env')} at 0: byte 5`);
    await misc.close();
  });

  it('no room for the variables: neither copy is touched', async () => {
    const full = ['BOOT_ORDER=A', 'BOOT_A_LEFT=3', `fill=${'x'.repeat(SIZE - 5 - 2 - 12 - 1 - 13 - 1 - 5)}`];
    await place(encoded(full), encoded(['old=1'], 0));
    const before = await readFile(file('env'));
    const misc = await open();
    expect(await expectedError(misc.activate('b', 3))).toBe('BOOT_CONTROL_NO_ROOM');
    await misc.close();
    expect(Buffer.compare(before, await readFile(file('env')))).toBe(0);
  });

  it('files that are not there, too short, or vanish', async () => {
    expect(await expectedError(open())).toBe('REGION_OPEN_FAILED');
    await writeFile(file('config'), `${file('env')} 0 0x800\n${file('env')} 0x800 0x800\n`);
    expect(await expectedError(open())).toBe('REGION_OPEN_FAILED');
    await place(encoded(GOOD));
    await truncate(file('env'), SIZE + 10);
    const misc = await open();
    expect(await expectedError(misc.read())).toBe('REGION_READ_FAILED');
    await misc.close();
    await writeFile(file('config'), `${file('one')} 0 0x800\n`);
    await writeFile(file('one'), new Uint8Array(100));
    const one = await open();
    expect(await expectedError(one.read())).toBe('REGION_READ_FAILED');
    await rm(file('one'));
    expect(await expectedError(one.markGood('a'))).toBe('REGION_READ_FAILED');
  });

  it('both copies in one sector are refused', async () => {
    await writeFile(file('env'), new Uint8Array(4096));
    await writeFile(file('config'), `${file('env')} 0 0x700\n${file('env')} 0x700 0x700\n`);
    expect(await expectedError(open())).toBe('BOOT_CONTROL_OPTION');
  });

  it('the temporary file cannot be made: the single copy stays as it is', async () => {
    await mkdir(file('full'));
    await writeFile(file('full/env'), encoded(GOOD, 0, { ...LAYOUT, redundant: false }));
    await writeFile(file('config'), `${file('full/env')} 0 0x800\n`);
    await mkdir(file('full/.env.donabe'));
    const misc = await open();
    expect(await expectedError(misc.activate('b', 3))).toBe('REGION_WRITE_FAILED');
    expect((await misc.read()).active).toBe('a');
  });

  it('a device that can only be replaced byte by byte is not written with a single copy', async () => {
    await writeFile(file('config'), '/dev/null 0 0x800\n/dev/null 0x800 0x800\n');
    const medium = await openEnvMedium(file('config'), { locks: locks() });
    const write = medium.copies[0]?.write(new Uint8Array(SIZE)) ?? Promise.resolve();
    expect(await expectedError(write)).toBe('BOOT_CONTROL_NOT_ATOMIC');
    await medium.close();
  });

  it('names that a boot loader could not tell apart, and a boot counter for GRUB', async () => {
    await place(encoded(GOOD));
    const options = { path: file('config'), locks: locks() };
    expect(await expectedError(openBackend('uboot-env', { ...options, names: { a: 'A', b: 'A' } }))).toBe(
      'BOOT_CONTROL_OPTION',
    );
    expect(await expectedError(openBackend('grub-env', { ...options, counting: 'bootcount' }))).toBe(
      'BOOT_CONTROL_OPTION',
    );
  });
});

describe('what is kept', () => {
  it('one copy in a file: replaced whole, mode and what lies around it stay', async () => {
    const layout = { ...LAYOUT, redundant: false };
    await writeFile(
      file('env'),
      Buffer.concat([Buffer.alloc(512, 1), encoded(GOOD, 0, layout), Buffer.alloc(512, 2)]),
    );
    await chmod(file('env'), 0o640);
    await writeFile(file('config'), `${file('env')} -2560 2048\n`);
    const misc = await open();
    const { ino } = await stat(file('env'));
    await misc.activate('b', 3);
    const after = await readFile(file('env'));
    expect(after.subarray(0, 512)).toEqual(Buffer.alloc(512, 1));
    expect(after.subarray(2560)).toEqual(Buffer.alloc(512, 2));
    expect(decodeEnv(after.subarray(512, 2560), layout)).toMatchObject({
      kind: 'env',
      env: {
        entries: ['bootcmd=run x', 'BOOT_ORDER=B A', 'BOOT_A_LEFT=3', 'BOOT_B_LEFT=3', 'donabe_trial=B'],
      },
    });
    expect((await stat(file('env'))).mode & 0o777).toBe(0o640);
    expect((await stat(file('env'))).ino).not.toBe(ino);
    expect((await readdir(folder)).sort()).toEqual(['config', 'env', 'lock1', 'lock2']);
  });

  it("a vendor's names, and counters above nine or in hexadecimal", async () => {
    const entries = ['BOOT_ORDER=sys1 sys0', 'BOOT_sys0_LEFT=a', 'BOOT_sys1_LEFT=10'];
    await place(encoded(entries));
    const misc = await open({ names: { a: 'sys0', b: 'sys1' }, counting: 'vendor', booted: 'b' });
    const { slots, active } = await misc.read();
    expect([active, slots.a.triesRemaining, slots.b.triesRemaining]).toEqual(['b', 9, 9]);
    await misc.markUnbootable('a');
    expect(await misc.variable('BOOT_ORDER')).toBe('sys1');
    expect(await misc.variable('BOOT_sys0_LEFT')).toBe('0');
    await misc.close();
  });

  it("a vendor's script that counts good slots: the flip restores the booted one in the same write", async () => {
    const entries = ['BOOT_ORDER=A', 'BOOT_A_LEFT=0', 'BOOT_B_LEFT=0'];
    await place(encoded(entries));
    const misc = await open({ counting: 'vendor', booted: 'a' });
    expect((await misc.read()).slots.a).toMatchObject({ successful: true, bootable: false });
    expect((await misc.scrub({ repair: false })).copies.map(({ health }) => health)).toContain('stale');
    await misc.activate('b', 3);
    expect(await misc.variable('BOOT_A_LEFT')).toBe('9');
    await misc.close();
  });

  it('a slot on trial that activates the other one does not pass for good by that', async () => {
    await place(encoded(['BOOT_ORDER=A', 'BOOT_A_LEFT=2', 'BOOT_B_LEFT=0', 'donabe_trial=A']));
    const misc = await open();
    await misc.activate('b', 3);
    expect(await misc.variable('donabe_trial')).toBe('A B');
    const { slots } = await misc.read();
    expect([slots.a.successful, slots.b.successful]).toEqual([false, false]);
    await misc.close();
  });
});

describe('any variables with a right CRC', () => {
  const words = fc.constantFrom('A', 'B', 'A B', 'B A', '', ' ', 'C', '9', '0', 'ff', '-1', '=', '\u00ff');
  const names = fc.constantFrom('BOOT_ORDER', 'BOOT_A_LEFT', 'BOOT_B_LEFT', 'donabe_trial', 'bootcount', 'x');
  const entry = fc.oneof(
    fc.tuple(names, words).map(([name, word]) => `${name}=${word}`),
    fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }),
  );
  const countings = fc.constantFrom('donabe' as const, 'vendor' as const, 'bootcount' as const);
  const verbs = fc.constantFrom('markUnbootable' as const, 'activate' as const, 'markGood' as const);

  it('a verb is done, or refused with a code and without a write', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 12 }),
        countings,
        verbs,
        async (entries, counting, verb) => {
          const region = new MemoryRegion(Buffer.concat([encoded(entries, 7), encoded(['x=old'], 6)]));
          const copyAt = (offset: number): EnvCopy => ({
            name: `memory at ${offset}`,
            read: () => region.read(offset, SIZE),
            write: (bytes) => region.write(offset, bytes),
          });
          const misc = new UbootEnv(
            {
              size: SIZE,
              scheme: 'incremental',
              copies: [copyAt(0), copyAt(SIZE)],
              alone: (work) => work(),
              close: async () => undefined,
            },
            { counting, booted: 'a' },
          );
          const refusal = await expectedError(misc[verb]('b', 3));
          if (refusal === 'no error') await misc.read();
          else expect(region.writes).toEqual([]);
          const others = entries.filter((entry) => /^(x=|[^=]*$)/.test(entry));
          const first = decodeEnv(region.bytes.slice(0, SIZE), LAYOUT);
          expect(first.kind === 'env' && first.env.entries).toEqual(expect.arrayContaining(others));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('storage that lies', () => {
  it.each([0, 1])('copy %s takes a write and forgets it: a coded error', async (which) => {
    await place(encoded(GOOD));
    const medium = await openEnvMedium(file('config'), { locks: locks() });
    const copies = medium.copies.map((copy, index) =>
      index === which ? { name: copy.name, read: () => copy.read(), write: async () => undefined } : copy,
    );
    const misc = new UbootEnv({ ...medium, copies });
    expect(await expectedError(misc.activate('b', 3))).toBe('BOOT_CONTROL_READ_BACK');
    await misc.close();
  });
});

describe('initialise', () => {
  it('into an environment of the board, and only once', async () => {
    await place(encoded(['bootcmd=run x']));
    const misc = await open();
    await misc.initialise('b');
    expect((await misc.read()).slots.b.successful).toBe(true);
    expect((await misc.read()).slots.a.bootable).toBe(false);
    expect(await misc.variable('bootcmd')).toBe('run x');
    expect(await expectedError(misc.initialise('a'))).toBe('BOOT_CONTROL_NOT_BLANK');
    await misc.close();
  });

  it('not into a lost one: U-Boot would have no boot command', async () => {
    await place(new Uint8Array(SIZE));
    const misc = await open();
    expect(await expectedError(misc.initialise('a'))).toBe('BOOT_CONTROL_BAD');
    await misc.close();
  });
});
