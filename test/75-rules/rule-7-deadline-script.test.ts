/** Rule 7, the unit without Node: what may hold the reboot back, and what may not. Run by sh, as on a device. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, expect, it } from 'vitest';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('../../systemd/trial-deadline.sh', import.meta.url));
/** Deadline and grace by default, and where the clock stands. Seconds. */
const NOW_S = 1000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-rule-7-'));
  return () => rm(folder, { recursive: true });
});

/** A probe that says `trial` once and `good` from then on: a script that waits instead of rebooting comes to an end. */
async function rebootedAtOnce(heartbeat: string): Promise<boolean> {
  const file = (name: string): string => join(folder, name);
  await writeFile(
    file('probe'),
    'if [ -e "$FOLDER/asked" ]; then echo good; else echo trial; fi; : >"$FOLDER/asked"\n',
  );
  await writeFile(file('reboot'), '#!/bin/sh\n: >"$FOLDER/rebooted"\n');
  await chmod(file('reboot'), 0o755);
  await writeFile(file('heartbeat'), heartbeat);
  await writeFile(file('uptime'), `${NOW_S}.50 7.00\n`);
  await run('sh', [SCRIPT], {
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      FOLDER: folder,
      DONABE_TRIAL_CONF: file('none'),
      DONABE_TRIAL_PROBE: file('probe'),
      DONABE_HEARTBEAT: file('heartbeat'),
      DONABE_UPTIME: file('uptime'),
      DONABE_REBOOT: file('reboot'),
      DONABE_INTERVAL_S: '0',
    },
  });
  return readFile(file('rebooted')).then(
    () => true,
    () => false,
  );
}

it('an agent that waits for the MCU holds the reboot back', async () => {
  expect(await rebootedAtOnce(`${NOW_S - 59} waiting-mcu\n`)).toBe(false);
});

it('an agent that said so 60 s ago does not', async () => {
  expect(await rebootedAtOnce(`${NOW_S - 60} waiting-mcu\n`)).toBe(true);
});

it('a living agent that waits for nothing does not', async () => {
  expect(await rebootedAtOnce(`${NOW_S} confirming\n`)).toBe(true);
});
