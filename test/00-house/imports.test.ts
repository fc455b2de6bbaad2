/** The arrows between the rooms, read from the import lines. */
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ImportLine, importsOf, ROOMS, ROOT, type Room, sourcesIn, withoutComments } from './sources.ts';

/** Who may import whom. Never from the device side to the build side. */
const ARROWS: Readonly<Record<Room, readonly Room[]>> = {
  agent: ['bootctl', 'format', 'mcu-bridge'],
  bootctl: [],
  cli: ROOMS.filter((room) => room !== 'cli'),
  fixtures: ROOMS.filter((room) => room !== 'fixtures'),
  format: [],
  'mcu-bridge': [],
  release: ['format'],
};

/** What makes a function's answer depend on more than its parameters. */
const IMPURE =
  /\b(?:Date\.now|performance\.now|new Date\(\)|setTimeout|setInterval|setImmediate|Math\.random|await|async|process\.)/g;

const imports = ROOMS.flatMap((room) => sourcesIn(room)).flatMap(importsOf);

/** The file that a relative import means, from the project's root; undefined for packages. */
function target({ from, to }: ImportLine): string | undefined {
  return to.startsWith('.') ? relative(ROOT, join(ROOT, dirname(from), to)) : undefined;
}
const roomOf = (path: string): string => path.split('/')[0] ?? '';
const show = (lines: readonly ImportLine[]): string[] => lines.map(({ from, to }) => `${from} -> ${to}`);

describe('import lines', () => {
  it('are found at all: static, of types, and lazy', () => {
    expect(imports.length).toBeGreaterThan(400);
    expect(imports.some(({ typeOnly }) => typeOnly)).toBe(true);
    expect(imports.some(({ lazy }) => lazy)).toBe(true);
    const example = importsOf({
      path: 'agent/x.ts',
      text: "import {\n  a,\n} from './a.ts';\nexport * from './b.ts';\nimport './c.ts';\nconst d = await import('./d.ts');\n// import './e.ts';\ntype F = import('./f.ts').F;",
    });
    expect(example.map(({ to }) => to)).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', './f.ts']);
  });

  it.each(ROOMS)('of %s follow the arrows', (room) => {
    const strangers = imports.filter((line) => {
      const to = target(line);
      if (roomOf(line.from) !== room || to === undefined) return false;
      return roomOf(to) !== room && !(ARROWS[room] as readonly string[]).includes(roomOf(to));
    });
    expect(show(strangers)).toEqual([]);
  });

  it('into another room go through its index', () => {
    const past = imports.filter((line) => {
      const to = target(line);
      return to !== undefined && roomOf(to) !== roomOf(line.from) && to !== `${roomOf(to)}/index.ts`;
    });
    expect(show(past)).toEqual([]);
  });

  it('name own files with their ending', () => {
    expect(show(imports.filter(({ to }) => to.startsWith('.') && !to.endsWith('.ts')))).toEqual([]);
  });

  it('of the command load a room when a verb needs it', () => {
    const loaded = new Set(['cli/main.ts']);
    for (const path of loaded) {
      for (const line of imports.filter(({ from }) => from === path)) {
        const to = target(line);
        if (to !== undefined && !line.lazy && !line.typeOnly) loaded.add(to);
      }
    }
    expect([...loaded].filter((path) => roomOf(path) !== 'cli')).toEqual([]);
  });

  it('there is one barrel per room', () => {
    const barrels = ROOMS.flatMap((room) => sourcesIn(room)).filter(({ path }) => path.endsWith('/index.ts'));
    expect(barrels.map(({ path }) => path).sort()).toEqual(ROOMS.map((room) => `${room}/index.ts`));
  });
});

describe('the agent', () => {
  it('builds adapters in the composition root only', () => {
    const builders = imports.filter((line) => {
      const to = target(line) ?? '';
      return to.startsWith('agent/adapters/') && !line.from.startsWith('agent/adapters/');
    });
    const allowed = [
      'agent/main.ts',
      'agent/open-device.ts',
      'agent/diagnostics.ts',
      'agent/reread.ts',
      'agent/index.ts',
    ];
    expect(show(builders.filter(({ from }) => !allowed.includes(from)))).toEqual([]);
  });

  it('walks without libraries: only adapters, codecs and tables name one', () => {
    const named = imports.filter(
      ({ from, to }) => from.startsWith('agent/walk/') && !to.startsWith('.') && to !== 'node:crypto',
    );
    expect(show(named)).toEqual([]);
  });

  it('has a pure model: no files, no clock, no timer, no waiting', () => {
    const model = sourcesIn('agent/model');
    const io = model
      .flatMap(importsOf)
      .filter(({ to }) => to.startsWith('node:') && to !== 'node:crypto' && to !== 'node:buffer');
    expect(show(io)).toEqual([]);
    const impure = model.flatMap(({ path, text }) => {
      const code = withoutComments(text).replaceAll(/'[^'\n]*'|`[^`]*`/g, '');
      return [...code.matchAll(IMPURE)].map(([what]) => `${path}: ${what}`);
    });
    expect(impure).toEqual([]);
  });

  it('takes time and chance from its ports: no clock of its own outside adapters', () => {
    const own = sourcesIn('agent/walk').flatMap(({ path, text }) =>
      [
        ...withoutComments(text).matchAll(
          /\b(?:Date\.now|performance\.now|setTimeout|setInterval|Math\.random|process\.)/g,
        ),
      ].map(([what]) => `${path}: ${what}`),
    );
    expect(own).toEqual([]);
  });
});
