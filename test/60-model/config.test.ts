/** The configuration: each key by its table, names that are almost right, and hostile text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest, parseConfig, refuseWarnings } from '../../agent/config.ts';
import { VENDOR_GATE_TABLE } from '../../agent/config-gates.ts';
import type { ConfigRow } from '../../agent/config-row.ts';
import { CONFIG_TABLE, HEALTH_TABLE } from '../../agent/config-table.ts';
import { AgentError } from '../../agent/errors.ts';

/** The least that a device must say, as TOML values by dotted key. */
const LEAST: Readonly<Record<string, string>> = {
  'device.compatible': '"cooker/board-1"',
  'paths.vault': '["/vault/0", "/vault/1"]',
  'boot-control.path': '"/dev/misc"',
};
const SLOTS =
  '[slots.a]\nrootfs = "/dev/a"\nboot = "/dev/boot_a"\n[slots.b]\nrootfs = "/dev/b"\nboot = "/dev/boot_b"\n';

/** A configuration with some keys set, or left out where the value is undefined. */
function toml(changes: Readonly<Record<string, string | undefined>> = {}, rest = SLOTS): string {
  const keys = Object.entries({ ...LEAST, ...changes }).filter(([, value]) => value !== undefined);
  return `${keys.map(([key, value]) => `${key} = ${value}`).join('\n')}\n${rest}`;
}

function health(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const keys = Object.entries({ name: '"web"', command: '["/bin/true"]', ...changes });
  const lines = keys.filter(([, value]) => value !== undefined).map(([key, value]) => `${key} = ${value}`);
  return `${SLOTS}[[health]]\n${lines.join('\n')}\n`;
}

/** Path of the value that is refused; undefined when nothing is. */
function refused(text: string): unknown {
  try {
    parseConfig(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', policy: 'operator' });
    return error.facts['path'] ?? '';
  }
}

/** Values that a row takes and values that it does not, as TOML. */
function samples(row: ConfigRow): { readonly good: readonly string[]; readonly bad: readonly string[] } {
  switch (row.type) {
    case 'text':
      return {
        good: ['"x"', ...(row.default === undefined ? [] : ['""'])],
        bad: [
          '1',
          'true',
          '["x"]',
          '{}',
          '"a\\u0000b"',
          '2026-01-01',
          ...(row.default === undefined ? ['""'] : []),
        ],
      };
    case 'boolean':
      return { good: ['true', 'false'], bad: ['"true"', '0', '1', '[]', '{}', '2026-01-01'] };
    case 'integer':
      return {
        good: [String(row.min), String(row.max), String(row.default)],
        bad: [
          String(row.min - 1),
          String(row.max + 1),
          '1.5',
          '"1"',
          'nan',
          'inf',
          'true',
          '[]',
          '2026-01-01',
        ],
      };
    case 'choice':
      return { good: row.values.map((value) => `"${value}"`), bad: ['""', '"x"', '1', '["none"]', 'true'] };
    case 'list': {
      const list = (length: number): string => JSON.stringify(Array.from({ length }, (_, at) => `x${at}`));
      return {
        good: [list(row.least), list(row.most)],
        bad: [
          list(row.most + 1),
          ...(row.least === 0 ? [] : [list(row.least - 1)]),
          '"x"',
          JSON.stringify(Array.from({ length: row.most }, () => 1)),
          JSON.stringify(['', ...Array.from({ length: row.most - 1 }, () => 'x')]),
          '["a\\u0000b", "x"]',
        ],
      };
    }
  }
}

const ROWS: readonly (readonly [string, ConfigRow])[] = Object.entries(CONFIG_TABLE);
const HEALTH_ROWS: readonly (readonly [string, ConfigRow])[] = Object.entries(HEALTH_TABLE);

/** Texts that have to mean something. */
const SAYING: Readonly<Record<string, readonly string[]>> = {
  'data.paths': ['[]', '["/data/cooker", "/data/recipes.db"]'],
  'gates.windows': ['[]', '["Mon-Fri 02:00-05:00", "22:00-06:00"]'],
  'gates.time-zone': ['"UTC"', '"Asia/Tokyo"'],
};

describe('a key', () => {
  it.each(ROWS)('%s has its default, or must be given', (key, row) => {
    const text = toml({ [key]: undefined });
    if (row.default === undefined) expect(refused(text)).toBe(key);
    else expect(parseConfig(text).values).toMatchObject({ [key]: row.default });
  });

  it.each(ROWS)('%s takes what its row allows', (key, row) => {
    const good = SAYING[key] ?? samples(row).good;
    for (const value of good) expect(refused(toml({ [key]: value })), value).toBeUndefined();
  });

  it.each(ROWS)('%s refuses what its row forbids, and says where', (key, row) => {
    for (const value of samples(row).bad) expect(refused(toml({ [key]: value })), value).toBe(key);
  });

  it.each(ROWS)('%s gives a reason, and a default that its own row allows', (_, row) => {
    expect(row.why).not.toBe('');
    if (row.type === 'integer') {
      expect(row.default).toBeGreaterThanOrEqual(row.min);
      expect(row.default).toBeLessThanOrEqual(row.max);
    }
    if (row.type === 'choice') expect(row.values).toContain(row.default);
  });

  it('may stand in a section or under its dotted name', () => {
    const section = `${toml({ 'trust.threshold': undefined })}\n[trust]\nthreshold = 2\n`;
    expect(parseConfig(section).values['trust.threshold']).toBe(2);
    expect(parseConfig(toml({ 'trust.threshold': '2' })).values['trust.threshold']).toBe(2);
  });
});

describe('an unknown key', () => {
  it.each([
    ['server.base-url', 'server.base-urls'],
    ['chekpoint.bytes', 'checkpoint.bytes'],
    ['trust.treshold', 'trust.threshold'],
    ['threshold', 'trust.threshold'],
    ['confirm.deadline', 'confirm.deadline-s'],
  ])('%s names the nearest one, %s', (given, known) => {
    const config = parseConfig(toml({ [given]: '1' }));
    expect(config.warnings).toEqual([`Unknown key ${given}; the nearest known one is ${known}.`]);
  });

  it('is a warning for the daemon and an error for a person', () => {
    const config = parseConfig(toml({ 'server.base-url': '"https://x"' }));
    expect(() => refuseWarnings(config)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    refuseWarnings(parseConfig(toml()));
  });

  it('of a health check is named with its place', () => {
    const { warnings } = parseConfig(toml({}, health({ timeout: '5' })));
    expect(warnings).toEqual([
      'Unknown key health[0].timeout; the nearest known one is health[0].timeout-s.',
    ]);
  });

  it('inherits nothing from the language', () => {
    expect(parseConfig(toml({ 'device.constructor': '1', toString: '1' })).warnings).toHaveLength(2);
    expect(refused(`${toml()}\n[__proto__]\ncompatible = 1\n`)).toBeUndefined();
  });

  it('has the nearest by edit distance', () => {
    expect(nearest('abc', ['xyz', 'abd', 'ab'])).toBe('abd');
    expect(nearest('', ['long', 'x'])).toBe('x');
    expect(nearest('x'.repeat(100_000), ['a', 'b'])).toBe('a');
    expect(nearest('anything', [])).toBe('');
  });
});

describe('slots', () => {
  const slots = (a: string, b: string): string => `[slots.a]\n${a}\n[slots.b]\n${b}\n`;

  it('are read for both, class by class', () => {
    expect(parseConfig(toml()).slots).toEqual({
      a: { rootfs: '/dev/a', boot: '/dev/boot_a' },
      b: { rootfs: '/dev/b', boot: '/dev/boot_b' },
    });
  });

  it('may have every name that a manifest may give a slot class', () => {
    const text = toml({}, slots('root_fs-1 = "/dev/a"', 'root_fs-1 = "/dev/b"'));
    expect(refused(text)).toBeUndefined();
  });

  it.each([
    ['missing', '', 'slots'],
    ['no table', 'slots = 1\n', 'slots'],
    ['missing for b', '[slots.a]\nrootfs = "/dev/a"\n', 'slots.b'],
    ['empty', slots('', ''), 'slots.a'],
    ['of different classes', slots('rootfs = "/dev/a"', 'boot = "/dev/b"'), 'slots'],
    ['the same partition twice', slots('rootfs = "/dev/a"', 'rootfs = "/dev/a"'), 'slots'],
    ['a third one', `${slots('r = "/a"', 'r = "/b"')}[slots.c]\nr = "/c"\n`, 'slots.c'],
    ['of a class that is no name', slots('"../x" = "/a"', '"../x" = "/b"'), 'slots.a.../x'],
    ['without a path', slots('rootfs = ""', 'rootfs = "/b"'), 'slots.a.rootfs'],
    ['with a number for a path', slots('rootfs = 1', 'rootfs = "/b"'), 'slots.a.rootfs'],
    ['with a NUL in the path', slots('rootfs = "/a\\u0000"', 'rootfs = "/b"'), 'slots.a.rootfs'],
  ])('are refused: %s', (_, rest, path) => {
    const text = rest.startsWith('slots =') ? rest + toml({}, '') : toml({}, rest);
    expect(refused(text)).toBe(path);
  });
});

describe("paths of the vendor's data", () => {
  it.each([
    ['relative', ['cooker']],
    ['with dots', ['/data/../etc']],
    ['with a slash at the end', ['/data/']],
    ['the whole system', ['/']],
    ['one in another', ['/data', '/data/recipes']],
    ['twice the same', ['/data', '/data']],
    ['the folder of the store', ['/var/lib/donabe']],
    ['above the folder of the store', ['/var/lib']],
    ['below the folder of the store', ['/var/lib/donabe/store.sqlite']],
    ['the run folder', ['/run/donabe/heartbeat']],
    ['the keys', ['/etc/donabe/keys.d']],
    ['the folder of the vault', ['/vault']],
    ['a slot', ['/dev/boot_b']],
  ])('are refused: %s', (_, paths) => {
    const own = { 'paths.vault': '["/vault/0", "/vault/1"]' };
    expect(refused(toml({ ...own, 'data.paths': JSON.stringify(paths) }))).toBe('data.paths');
  });

  it('may have names that begin like those of the agent', () => {
    expect(refused(toml({ 'data.paths': '["/var/lib/donabe-cooker", "/data"]' }))).toBeUndefined();
  });
});

describe('health checks', () => {
  it('are none by default, and have their defaults', () => {
    expect(parseConfig(toml()).health).toEqual([]);
    expect(parseConfig(toml({}, health())).health).toEqual([
      { name: 'web', command: ['/bin/true'], timeoutMs: 30_000, retries: 2, retryPauseMs: 2000 },
    ]);
  });

  it.each(HEALTH_ROWS)('%s refuses what its row forbids, and says where', (key, row) => {
    for (const value of samples(row).bad) {
      expect(refused(toml({}, health({ [key]: value }))), value).toBe(`health[0].${key}`);
    }
    for (const value of samples(row).good) {
      expect(refused(toml({}, health({ [key]: value }))), value).toBeUndefined();
    }
    if (row.default === undefined)
      expect(refused(toml({}, health({ [key]: undefined })))).toBe(`health[0].${key}`);
  });

  it('are at most 64, and tables', () => {
    const many = (count: number): string =>
      SLOTS + '[[health]]\nname = "x"\ncommand = ["/bin/true"]\n'.repeat(count);
    expect(parseConfig(toml({}, many(64))).health).toHaveLength(64);
    expect(refused(toml({}, many(65)))).toBe('health');
    expect(refused(toml({ health: '1' }))).toBe('health');
    expect(refused(toml({ health: '[1]' }))).toBe('health[0]');
  });
});

describe('hostile text', () => {
  const good = toml({}, health());

  /** The text with one to four wounds. */
  const wounded = fc
    .array(
      fc.record({
        kind: fc.constantFrom('cut', 'double', 'drop', 'insert'),
        at: fc.nat(good.length),
        length: fc.nat(20),
        text: fc.oneof(
          fc.string({ unit: 'binary', maxLength: 8 }),
          fc.constantFrom('[', ']', '"', '=', '\n', '.'),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((wounds) =>
      wounds.reduce((text, { kind, at, length, text: piece }) => {
        if (kind === 'cut') return text.slice(0, at);
        if (kind === 'double') return text.slice(0, at + length) + text.slice(at);
        if (kind === 'drop') return text.slice(0, at) + text.slice(at + length);
        return text.slice(0, at) + piece + text.slice(at);
      }, good),
    );

  it('gives a configuration or CONFIG_INVALID', () => {
    fc.assert(
      fc.property(fc.oneof(wounded, fc.string({ unit: 'binary', maxLength: 400 })), (text) => {
        refused(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('of values of any shape under known names gives a configuration or CONFIG_INVALID', () => {
    const value = fc.oneof(
      fc.integer().map(String),
      fc.double().map((number) => (Number.isFinite(number) ? number.toFixed(3) : 'nan')),
      fc.string({ maxLength: 20 }).map((text) => JSON.stringify(text)),
      fc.constantFrom('true', '[]', '{}', '[[]]', '[1, "x"]', '2026-01-01T00:00:00Z', '12:00:00', '0x10'),
    );
    const names = [...Object.keys(CONFIG_TABLE), 'slots', 'slots.a', 'health', 'device', 'x'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 }), (changes) => {
        refused(toml(changes));
      }),
      { numRuns: 1000 },
    );
  });

  it('has an end: too large, too deep, too many keys', () => {
    expect(refused(`# ${'x'.repeat(300 * 1024)}\n${toml()}`)).toBe('');
    for (const deep of ['['.repeat(100_000), '{a='.repeat(60_000)]) refused(toml({ x: deep }));
    const many = Array.from({ length: 10_000 }, (_, at) => `k${at} = 1`).join('\n');
    expect(parseConfig(`${many}\n${toml()}`).warnings).toHaveLength(10_000);
  });
});

describe('gates', () => {
  it.each([
    ['server.base-urls', '["https://a.example/{prodct}/"]'],
    ['gates.windows', '["02:00"]'],
    ['gates.time-zone', '"Mars/Olympus"'],
    ['gates.long-term-support', '"about 1.4"'],
  ])('%s refuses %s', (key, value) => expect(refused(toml({ [key]: value }))).toBe(key));

  it('a [[gate]] has its defaults, limits and known keys', () => {
    const gate = (more: string): string => `${toml()}[[gate]]\nname = "v"\nmodule = "/v.mjs"\n${more}`;
    expect(parseConfig(gate('')).gates).toEqual([
      { name: 'v', module: '/v.mjs', priority: 100, timeoutMs: 10_000, memoryMiB: 16 },
    ]);
    for (const [key, row] of Object.entries(VENDOR_GATE_TABLE)) {
      if (row.type !== 'integer') continue;
      expect(refused(gate(`${key} = ${row.max + 1}`))).toBe(`gate[0].${key}`);
      expect(refused(gate(`${key} = ${row.min}`))).toBeUndefined();
    }
    expect(refused(`${toml()}[[gate]]\nname = "v"\n`)).toBe('gate[0].module');
    expect(parseConfig(gate('timeout = 3')).warnings).toEqual([
      'Unknown key gate[0].timeout; the nearest known one is gate[0].timeout-ms.',
    ]);
    expect(refused(toml() + '[[gate]]\nname = "v"\nmodule = "/v.mjs"\n'.repeat(9))).toBe('gate');
  });
});
