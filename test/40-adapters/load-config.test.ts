/** A configuration that cannot be used: each complaint names the file, and the line or the key in it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../agent/index.ts';
import { freshFolders } from './workbench.ts';

const folder = freshFolders();

it.each([
  [
    'no value',
    '[device]\ncompatible = "cooker/lab"\nlabels = secret\n',
    'line 3 is no TOML: invalid value.',
    { line: 3 },
  ],
  ['a bracket that is open', '\n[device', /^line 2 is no TOML: [^\n]+\.$/, { line: 2 }],
  ['nothing', '', 'device.compatible is missing.', { path: 'device.compatible' }],
  ['too much', '#'.repeat(300_000), 'the file is larger than 262144 bytes.', { path: '' }],
])('with %s is named with its place', async (_, text, complaint, facts) => {
  const file = join(folder(), 'donabe.toml');
  writeFileSync(file, text);
  const error = await loadConfig(file).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', facts });
  const message = error instanceof Error ? error.message : '';
  expect(message).not.toContain('secret');
  expect(message.slice(0, file.length + 2)).toBe(`${file}: `);
  const rest = message.slice(file.length + 2);
  if (typeof complaint === 'string') expect(rest).toBe(complaint);
  else expect(rest).toMatch(complaint);
});

it('that is not there hints at --config, and one that is no file does not', async () => {
  const file = join(folder(), 'donabe.toml');
  await expect(loadConfig(file)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    facts: { file },
    message: `The configuration ${file} is not there; name another one with --config FILE.`,
    cause: { code: 'ENOENT' },
  });
  const none = folder();
  await expect(loadConfig(none)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(`The configuration ${none} cannot be read: EISDIR`),
  });
});
