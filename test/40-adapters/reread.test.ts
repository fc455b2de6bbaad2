/** SIGHUP reads the configuration anew: what cannot be used changes nothing, and is said with a code. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Config, loadConfig, newReporter } from '../../agent/index.ts';
import { reread } from '../../agent/reread.ts';
import { AndroidMisc, openFileRegion } from '../../bootctl/index.ts';
import { fileBoard } from './file-board.ts';
import { freshFolders } from './workbench.ts';

const folders = freshFolders();
let path: string;
let running: Config;
let said: Record<string, unknown>[];
beforeEach(async () => {
  const { configuration, misc } = fileBoard(folders());
  path = configuration;
  const control = new AndroidMisc(await openFileRegion(misc));
  await control.initialise('b');
  await control.close();
  running = await loadConfig(path);
  said = [];
});

async function again(change: (text: string) => string): Promise<Config | undefined> {
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  const reporter = newReporter(running);
  reporter.on('happened', ({ name, facts }) => said.push({ name, ...facts }));
  return reread(path, running, reporter);
}

it('takes what an agent can run with', async () => {
  const config = await again((text) => `${text}[server]\npoll-interval-s = 7\n`);
  expect(config?.values['server.poll-interval-s']).toBe(7);
  expect(said).toEqual([{ name: 'config-read' }]);
});

it('keeps the folder of the lock that the process holds, and names the key', async () => {
  const config = await again((text) => text.replace(/^run = .*$/m, 'run = "/run/elsewhere"'));
  expect(config?.values['paths.run']).toBe(running.values['paths.run']);
  expect(said[0]).toEqual({ name: 'config-needs-restart', key: 'paths.run' });
});

describe('keeps what runs', () => {
  it.each<[string, string, (text: string) => string]>([
    ['no TOML', 'CONFIG_INVALID', () => '[device'],
    ['an empty file', 'CONFIG_INVALID', () => ''],
    ['a value out of its range', 'CONFIG_INVALID', (text) => `${text}[confirm]\ndeadline-s = 1\n`],
    ['a boot control that is not there', 'BOOT_CONTROL_FAILED', (text) => text.replace('/misc"', '/none"')],
    [
      'a release-info that is not there',
      'RELEASE_INFO_INVALID',
      (text) => text.replace('/release-info"', '/none"'),
    ],
    [
      'a boot id that is not there',
      'CONFIG_INVALID',
      (text) => text.replace(/^boot-id = .*$/m, 'boot-id = "/none"'),
    ],
    [
      'a log-in that is not percent-encoded',
      'CONFIG_INVALID',
      (text) => `${text}[server]\nbase-urls = ["https://a%zz:b@127.0.0.1/"]\n`,
    ],
    [
      'a certificate that is not there',
      'CONFIG_INVALID',
      (text) => `${text}[server]\nbase-urls = ["https://127.0.0.1/"]\nca-file = "/none"\n`,
    ],
  ])('when the new one has %s: %s', async (_, code, change) => {
    expect(await again(change)).toBeUndefined();
    expect(said).toEqual([expect.objectContaining({ name: 'config-kept', code })]);
  });

  it('when the file is gone', async () => {
    rmSync(path);
    const reporter = newReporter(running);
    expect(await reread(path, running, reporter)).toBeUndefined();
  });
});
