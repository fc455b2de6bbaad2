/** Files in /run only tell; a full or missing run folder must not end an agent that walks. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunFile } from '../../agent/adapters/run-file.ts';
import { Reporter } from '../../agent/events.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-run-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('says a failure once, and writes again when it can', async () => {
  const run = join(folder, 'run');
  const reporter = new Reporter('device');
  const said: string[] = [];
  reporter.on('happened', ({ name }) => said.push(name));
  const file = new RunFile(run, 'status.json', reporter);
  file.write('one');
  file.write('two');
  expect(said).toEqual(['run-file-unwritable']);
  await mkdir(run);
  file.write('three');
  expect(await readFile(join(run, 'status.json'), 'utf8')).toBe('three');
  expect(await readdir(run)).toEqual(['status.json']);
  await rm(run, { recursive: true });
  file.write('four');
  expect(said).toHaveLength(2);
});

it("can be read by the vendor's services, which are other users, whatever the agent's own mask is", async () => {
  const before = process.umask(0o027);
  try {
    new RunFile(folder, 'remote-heating', new Reporter('device')).write('allowed');
  } finally {
    process.umask(before);
  }
  expect((await stat(join(folder, 'remote-heating'))).mode & 0o777).toBe(0o644);
});
