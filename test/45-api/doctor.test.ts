/** `donabe doctor` on a board of plain files: each fault is one finding, with the remedy that is its own. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AndroidMisc, openFileRegion } from '../../bootctl/index.ts';
import { diagnose } from '../../cli/doctor.ts';
import { fileBoard } from '../40-adapters/file-board.ts';
import { freshFolders } from '../40-adapters/workbench.ts';

const folders = freshFolders();

/** The findings about the keys, with the key folder at this place. */
async function keyFindings(keys: string): Promise<readonly unknown[]> {
  const { configuration, misc } = fileBoard(folders());
  const control = new AndroidMisc(await openFileRegion(misc));
  await control.initialise('b');
  await control.close();
  const text = readFileSync(configuration, 'utf8');
  writeFileSync(configuration, text.replace(/^keys = .*$/m, `keys = ${JSON.stringify(keys)}`));
  return (await diagnose(configuration)).filter(({ check }) => check.includes('trusted keys'));
}

it('a key folder that is not there is one fault, not a matter of its mode', async () => {
  const keys = join(folders(), 'keys');
  expect(await keyFindings(keys)).toEqual([
    expect.objectContaining({ verdict: 'fail', remedy: expect.stringContaining('put the public keys into') }),
    expect.objectContaining({ verdict: 'skip', detail: `${keys} is not there`, remedy: '' }),
  ]);
});

it('a key folder that others can write is a fault of its mode', async () => {
  const keys = join(folders(), 'keys');
  mkdirSync(keys);
  chmodSync(keys, 0o777);
  expect(await keyFindings(keys)).toEqual([
    expect.objectContaining({ verdict: 'fail' }),
    expect.objectContaining({
      verdict: 'fail',
      detail: "the folder's mode is 0777",
      remedy: expect.stringContaining('chmod go-w'),
    }),
  ]);
});
