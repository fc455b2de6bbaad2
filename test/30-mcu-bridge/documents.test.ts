/** README.md and PROTOCOL.md say what the code does; the two libraries are imported where they may be. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CLASS_OF_MODE,
  COMMAND,
  CONSENT_STATE,
  CRC_VARIANTS,
  EVENT,
  KEY,
  LEAST_MAX_PAYLOAD,
  LINK_ERRORS,
  MAX_PAYLOAD,
  MODE,
  MODE_CLASS,
  NO_REASON,
  nameOf,
  REFUSAL,
  TRANSFER_TRANSITIONS,
  TRANSITIONS,
} from '../../mcu-bridge/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');

/** Cells of every table row, without the spaces around them. */
function rows(page: string): string[][] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
const hex = (number: number): string => `0x${number.toString(16).toUpperCase().padStart(2, '0')}`;

describe('README.md', () => {
  it('has every error code, with its meaning, and no other', async () => {
    const listed = rows(await read('mcu-bridge/README.md')).filter(([code]) =>
      /^`[A-Z]+_[A-Z_]+`$/.test(code ?? ''),
    );
    expect(Object.fromEntries(listed.map(([code = '', meaning]) => [code.slice(1, -1), meaning]))).toEqual(
      LINK_ERRORS,
    );
  });

  it('has every CRC variant and the smallest and largest payload limit', async () => {
    const settings = rows(await read('mcu-bridge/README.md'));
    const others = (name: string): string => settings.find(([first]) => first === name)?.join(' ') ?? '';
    for (const variant of Object.keys(CRC_VARIANTS)) expect(others('CRC')).toContain(`\`${variant}\``);
    expect(others('max payload')).toContain(
      `\`${MAX_PAYLOAD}\` ${LEAST_MAX_PAYLOAD} to ${MAX_PAYLOAD} bytes`,
    );
  });

  it('has the transitions of the link machine', async () => {
    const table = rows(await read('mcu-bridge/README.md'));
    const inputs = ['request', 'frame', 'timeout', 'cancel', 'close'] as const;
    expect(table).toContainEqual(['state', ...inputs]);
    for (const state of ['idle', 'waiting', 'closed'] as const) {
      const names = inputs.map((input) => {
        const action = TRANSITIONS[state][input];
        return action === undefined ? '-' : `\`${action.name}\``;
      });
      expect(table).toContainEqual([`\`${state}\``, ...names]);
    }
  });
});

describe('README.md, firmware transfer', () => {
  it('has the transitions of the transfer machine', async () => {
    const table = rows(await read('mcu-bridge/README.md'));
    const header = table.find((row) => row[0] === 'state' && row.includes('begun')) ?? [];
    const known = Object.entries(TRANSFER_TRANSITIONS).map(([state, actions]) => {
      const names = new Map(Object.entries(actions).map(([input, action]) => [input, action.name]));
      expect(header).toEqual(expect.arrayContaining([...names.keys()]));
      return [`\`${state}\``, ...header.slice(1).map((input) => cell(names.get(input)))];
    });
    for (const row of known) expect(table).toContainEqual(row);
  });

  const cell = (name: string | undefined): string => (name === undefined ? '-' : `\`${name}\``);
});

describe('PROTOCOL.md', () => {
  it('has every command, event and reason with its number', async () => {
    const table = rows(await read('mcu-bridge/PROTOCOL.md'));
    const pairs = [
      ...Object.entries({ ...COMMAND, ...EVENT, ...REFUSAL }).map(([name, number]) => [hex(number), name]),
      ...Object.entries(NO_REASON).map(([name, number]) => [String(number), name]),
    ];
    for (const pair of pairs) expect(table.map((row) => row.slice(0, 2))).toContainEqual(pair);
  });

  it('has every mode with its class', async () => {
    const table = rows(await read('mcu-bridge/PROTOCOL.md')).map((row) => row.slice(0, 3));
    for (const [name, number] of Object.entries(MODE)) {
      const mode = nameOf(MODE, number) ?? 'idle';
      expect(table).toContainEqual([String(number), name, CLASS_OF_MODE[mode]]);
    }
    expect(MODE_CLASS).toEqual({ free: 0, ask: 1, busy: 2 });
  });

  it('has every state of a consent and every key', async () => {
    const page = await read('mcu-bridge/PROTOCOL.md');
    for (const [name, number] of Object.entries(CONSENT_STATE)) {
      expect(rows(page).map((row) => row.slice(0, 2))).toContainEqual([String(number), name]);
    }
    for (const [name, number] of Object.entries(KEY)) expect(page).toContain(`${number} ${name}`);
  });

  it('numbers are never given twice', () => {
    for (const numbers of [COMMAND, EVENT, REFUSAL, NO_REASON, MODE, CONSENT_STATE, KEY]) {
      expect(new Set(Object.values(numbers)).size).toBe(Object.keys(numbers).length);
    }
  });
});

describe('libraries', () => {
  const ALLOWED = [
    ['node-crc', 'mcu-bridge/crc16.ts'],
    ['serialport', 'mcu-bridge/adapters/serial-port.ts'],
  ] as const;

  it.each(ALLOWED)('%s is imported by %s alone', async (library, file) => {
    const importing: string[] = [];
    for (const room of [
      'agent',
      'bootctl',
      'cli',
      'fixtures',
      'format',
      'mcu-bridge',
      'release',
      'test',
      'bench',
    ]) {
      for (const entry of await readdir(join(ROOT, room), { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(ts|mjs|js)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        // Loads each addon of a package as it is, to see that it is for the right machine.
        if (path.endsWith('test/systemd/foreign.ts')) continue;
        const imports = new RegExp(`(from|import|require)\\s*\\(?\\s*['"]${library}['"]`);
        if (imports.test(await readFile(path, 'utf8'))) importing.push(path.slice(ROOT.length + 1));
      }
    }
    expect(importing).toEqual([file]);
  });
});
