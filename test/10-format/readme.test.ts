/** The rooms' error tables and the codes in their source say the same. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { FORMAT_ERROR_CODES } from '../../format/index.ts';
import { RELEASE_ERROR_CODES } from '../../release/index.ts';

async function codesIn(readme: string): Promise<string[]> {
  const text = await readFile(new URL(`../../${readme}`, import.meta.url), 'utf8');
  const table = text.split('\n## ').find((section) => section.startsWith('Errors\n')) ?? '';
  return [...table.matchAll(/^\| `([A-Z_]+)` *\|/gm)].map(([, code]) => code ?? '');
}

test.each([
  ['format/README.md', FORMAT_ERROR_CODES],
  ['release/README.md', RELEASE_ERROR_CODES],
])('%s', async (readme, codes) => {
  expect(await codesIn(readme)).toEqual([...codes]);
});
