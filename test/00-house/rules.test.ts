/** Rules of the house that no linter knows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AGENT_VERSION } from '../../agent/index.ts';
import { ROOMS, ROOT, sourcesIn } from './sources.ts';

/** Longer files hold more than one noun. */
const MOST_LINES = 400;
/** Ways around the type checker and the linter, and promises that nobody keeps. */
const FORBIDDEN =
  /@ts-(?:ignore|nocheck|expect-error)|biome-ignore|eslint-disable|\bas any\b|:\s*any\b|<any>|\bTODO\b|\bFIXME\b/;

const products = ROOMS.flatMap((room) => sourcesIn(room));
const everything = [...products, ...sourcesIn('test')];

describe('every source file', () => {
  it(`has at most ${MOST_LINES} lines`, () => {
    // Tests list their cases one below the other and may be longer.
    const long = products
      .map(({ path, text }) => `${path}: ${text.split('\n').length - 1}`)
      .filter((line) => Number(line.split(': ')[1]) > MOST_LINES);
    expect(long).toEqual([]);
  });

  it('goes around neither types nor lint, and promises nothing', () => {
    const own = 'test/00-house/rules.test.ts';
    const found = everything
      .filter(({ path }) => path !== own)
      .flatMap(({ path, text }) =>
        text
          .split('\n')
          .flatMap((line, at) => (FORBIDDEN.test(line) ? [`${path}:${at + 1} ${line.trim()}`] : [])),
      );
    expect(found).toEqual([]);
  });

  it('says first what it is for', () => {
    const silent = products.filter(({ text }) => !/^(?:#![^\n]*\n)?(?:\/\*\*|\/\/)/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('swallows no error', () => {
    const swallowed = products.flatMap(({ path, text }) =>
      [...text.matchAll(/catch\s*(?:\([^)]*\)\s*)?\{\s*\}/g)].map(([what]) => `${path}: ${what}`),
    );
    expect(swallowed).toEqual([]);
  });
});

describe('the package', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

  it('has the version that the agent says', () => {
    expect(manifest).toMatchObject({ version: AGENT_VERSION });
  });

  it('leaves the build side out of what devices get', () => {
    expect(manifest).toMatchObject({ files: expect.not.arrayContaining(['dist/release', 'dist/fixtures']) });
    expect(manifest).toMatchObject({
      files: expect.arrayContaining([
        'dist/agent',
        'dist/bootctl',
        'dist/cli',
        'dist/format',
        'dist/mcu-bridge',
      ]),
    });
  });
});
