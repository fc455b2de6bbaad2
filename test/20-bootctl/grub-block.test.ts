/** The codec of the environment block of GRUB: whatever bytes come, and the same answers as grub-editenv, both ways. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeGrubBlock,
  encodeGrubBlock,
  type GrubBlock,
  grubVariable,
  newGrubBlock,
  withGrubVariable,
} from '../../bootctl/index.ts';
import { hasTool, tool } from './real-tool.ts';

const SIGNATURE = '# GRUB Environment Block\n';
const block = (text: string, size = 1024): Uint8Array =>
  Buffer.from((SIGNATURE + text).padEnd(size, '#'), 'latin1');

const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,11}$/);
/** Values that grub-editenv prints on one line. */
const plainValues = fc.stringMatching(/^[ -~]{0,24}$/);
const values = fc.oneof(plainValues, fc.stringMatching(/^[\\\n#=a]{0,12}$/));

function made(variables: Readonly<Record<string, string>>): GrubBlock {
  return Object.entries(variables).reduce(
    (into, [name, value]) => withGrubVariable(into, name, value),
    newGrubBlock(),
  );
}

function decoded(bytes: Uint8Array): GrubBlock {
  const found = decodeGrubBlock(bytes);
  if (found.kind === 'fault') throw new Error(`fault at ${found.offset}: ${found.detail}`);
  return found.block;
}

function encoded(from: GrubBlock): Uint8Array {
  const bytes = encodeGrubBlock(from);
  if (bytes === undefined) throw new Error('it does not fit');
  return bytes;
}

describe('bytes', () => {
  it('signature, one line for each variable, filler up to 1024 bytes', () => {
    const bytes = encoded(made({ ORDER: 'A B', A_OK: '1' }));
    expect(Buffer.from(bytes).toString('latin1')).toBe(
      '# GRUB Environment Block\nORDER=A B\nA_OK=1\n'.padEnd(1024, '#'),
    );
  });

  it('backslash and line feed are escaped', () => {
    const text = Buffer.from(encoded(made({ x: 'a\\b\nc' }))).toString('latin1');
    expect(text).toContain('x=a\\\\b\\\nc\n');
    expect(grubVariable(decoded(encoded(made({ x: 'a\\b\nc' }))), 'x')).toBe('a\\b\nc');
  });

  it('comments, their places and strange variables stay', () => {
    const bytes = block('# WARNING: Do not edit\nsaved_entry=1\n#\nORDER=A\n');
    expect(encoded(decoded(bytes))).toEqual(Uint8Array.from(bytes));
    const changed = withGrubVariable(decoded(bytes), 'saved_entry', '2');
    expect(encoded(changed)).toEqual(
      Uint8Array.from(block('# WARNING: Do not edit\nsaved_entry=2\n#\nORDER=A\n')),
    );
  });

  it('of two lines the last counts, as GRUB loads it; a change leaves one', () => {
    const twice = decoded(block('x=1\ny=2\nx=3\n'));
    expect(grubVariable(twice, 'x')).toBe('3');
    expect(encoded(withGrubVariable(twice, 'x', '4'))).toEqual(Uint8Array.from(block('x=4\ny=2\n')));
    expect(encoded(withGrubVariable(twice, 'x', undefined))).toEqual(Uint8Array.from(block('y=2\n')));
  });

  it('full to the last byte fits, one byte more does not', () => {
    const room = 1024 - SIGNATURE.length - 'x=\n'.length;
    expect(grubVariable(decoded(encoded(made({ x: 'v'.repeat(room) }))), 'x')).toHaveLength(room);
    expect(encodeGrubBlock(made({ x: 'v'.repeat(room + 1) }))).toBeUndefined();
  });

  it('any variables: decoded is what was encoded, in exactly 1024 bytes', () => {
    fc.assert(
      fc.property(fc.dictionary(names, values, { maxKeys: 12 }), (variables) => {
        const bytes = encoded(made(variables));
        expect(bytes).toHaveLength(1024);
        expect(decoded(bytes)).toEqual(made(variables));
      }),
    );
  });
});

describe('no block', () => {
  it.each([
    ['empty', new Uint8Array(0), 0],
    ['zeros', new Uint8Array(1024), 0],
    ['no signature', block('').map((byte, at) => (at === 3 ? 0x20 : byte)), 0],
    ['no line feed before the filler', block('x=1'), SIGNATURE.length + 3],
    ['last line feed is escaped', block('y=2\nx=1\\\n'), SIGNATURE.length + 4],
    ['line without a name', block('x=1\nnonsense\n'), SIGNATURE.length + 4],
    ['empty name', block('=1\n'), SIGNATURE.length],
    ['zeros instead of filler', Buffer.from(`${SIGNATURE}x=1\n${'\0'.repeat(100)}`), 129],
    ['64 KiB and a byte', block('', 65_537), 65_536],
  ])('%s', (_, bytes, offset) => {
    expect(decodeGrubBlock(bytes)).toMatchObject({ kind: 'fault', offset });
  });

  it('any bytes: a block that encodes to itself in meaning, or a fault inside the file', () => {
    const lines = fc
      .array(fc.oneof(fc.constantFrom('x=1', '\\', '\n', '#', '=', '\0'), fc.string()), { maxLength: 20 })
      .map((parts) => Uint8Array.from(block(parts.join(''), 256)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), lines), (bytes) => {
        const found = decodeGrubBlock(bytes);
        if (found.kind === 'fault') expect(found.offset).toBeLessThanOrEqual(bytes.length);
        else expect(decoded(encoded(found.block))).toEqual(found.block);
      }),
    );
  });
});

describe.skipIf(!hasTool('grub-editenv', 'grub-common'))('grub-editenv', () => {
  let folder: string;
  const file = (): string => join(folder, 'grubenv');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'donabe-grub-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('reads what we wrote', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, plainValues, { maxKeys: 12 }), async (variables) => {
        await writeFile(file(), encoded(made(variables)));
        const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
        expect(await tool('grub-editenv', file(), 'list')).toBe(lines.join(''));
      }),
      { numRuns: 40 },
    );
  });

  it('wrote what we read, with escapes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, values, { minKeys: 1, maxKeys: 12 }), async (variables) => {
        await rm(file(), { force: true });
        await tool('grub-editenv', file(), 'create');
        const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
        await tool('grub-editenv', file(), 'set', ...words);
        const found = decoded(await readFile(file()));
        for (const [name, value] of Object.entries(variables)) expect(grubVariable(found, name)).toBe(value);
      }),
      { numRuns: 40 },
    );
  });

  it('our change of its file is byte for byte its own change', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(names, values, { minKeys: 2, maxKeys: 8 }),
        values,
        async (variables, value) => {
          const [first = 'x'] = Object.keys(variables);
          await rm(file(), { force: true });
          await tool('grub-editenv', file(), 'create');
          const words = Object.entries(variables).map(([name, old]) => `${name}=${old}`);
          await tool('grub-editenv', file(), 'set', ...words);
          const before = decoded(await readFile(file()));
          await tool('grub-editenv', file(), 'set', `${first}=${value}`);
          expect(encoded(withGrubVariable(before, first, value))).toEqual(
            Uint8Array.from(await readFile(file())),
          );
          await tool('grub-editenv', file(), 'unset', first);
          expect(encoded(withGrubVariable(before, first, undefined))).toEqual(
            Uint8Array.from(await readFile(file())),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('changes our block, and we read it', async () => {
    await writeFile(file(), encoded(made({ ORDER: 'B A', A_TRY: '0', note: 'a\\b\nc' })));
    await tool('grub-editenv', file(), 'set', 'A_TRY=1');
    const found = decoded(await readFile(file()));
    expect(found).toEqual(made({ ORDER: 'B A', A_TRY: '1', note: 'a\\b\nc' }));
  });
});
