/** The files in systemd/ fit the code and each other. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../agent/index.ts';
import { ROOT } from './sources.ts';

const read = (name: string): Promise<string> => readFile(join(ROOT, 'systemd', name), 'utf8');

it('the example configuration is read without a warning', async () => {
  expect(parseConfig(await read('donabe.toml')).warnings).toEqual([]);
});

it('agent and trial-deadline unit have the same deadline', async () => {
  const [, seconds] = /^DEADLINE_S=(\d+)$/m.exec(await read('trial-deadline.conf')) ?? [];
  expect(parseConfig(await read('donabe.toml')).values['confirm.deadline-s']).toBe(Number(seconds));
});
