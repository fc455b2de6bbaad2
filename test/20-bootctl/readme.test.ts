/** The room's README and its code say the same. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { BACKENDS, BOOT_CONTROL_ERRORS } from '../../bootctl/index.ts';

const README = await readFile(new URL('../../bootctl/README.md', import.meta.url), 'utf8');

describe('README', () => {
  it('error table is the code table', () => {
    const rows = [...README.matchAll(/^\| `([A-Z_]+)` *\| (.+?) *\|$/gm)].map(([, code, meaning]) => [
      code,
      meaning,
    ]);
    expect(rows).toEqual(Object.entries(BOOT_CONTROL_ERRORS));
  });

  it('every backend is named', () => {
    for (const name of Object.keys(BACKENDS)) expect(README).toContain(`'${name}'`);
  });
});
