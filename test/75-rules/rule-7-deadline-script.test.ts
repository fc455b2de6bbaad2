/** Rule 7, the unit without Node: what may hold the reboot back, and what may not. Run by sh, as on a device. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { startHeartbeat } from '../../agent/adapters/heartbeat.ts';
import { Deadline, Reporter } from '../../agent/index.ts';

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

describe('the heartbeat of an agent that waits for its cooker (rule 8)', () => {
  /** What the agent's file says at NOW_S when the deadline has stood still so, s. */
  async function beat(before: number, since: number, until: number): Promise<string> {
    const uptime = (): number => NOW_S * 1000;
    const clock = {
      now: uptime,
      monotonic: uptime,
      uptime,
      synchronised: () => true,
      sleep: async () => undefined,
    };
    const kept = { before: before * 1000, since: since * 1000, until: until * 1000 };
    const deadline = new Deadline(clock, { load: () => kept, save: () => undefined });
    const reporter = new Reporter('device');
    reporter.progress('confirming');
    startHeartbeat(folder, { clock, deadline, reporter, policy: { confirmDeadlineMs: 600_000 } })();
    return readFile(join(folder, 'heartbeat'), 'utf8');
  }

  it('holds the reboot back while the deadline stands still', async () => {
    expect(await beat(0, 10, NOW_S + 30)).toBe(`${NOW_S} waiting-mcu\n`);
    expect(await rebootedAtOnce(await beat(0, 10, NOW_S + 30))).toBe(false);
  });

  it('and while the time that was added is not used up: the MCU is flashed in it', async () => {
    expect(await rebootedAtOnce(await beat(200, 210, 700))).toBe(false);
  });

  it('not any longer', async () => {
    expect(await rebootedAtOnce(await beat(0, 10, 300))).toBe(true);
  });

  it('nor by a record that cannot be true', async () => {
    expect(await rebootedAtOnce(await beat(1e9, 10, NOW_S))).toBe(true);
    expect(await rebootedAtOnce(await beat(0, 10, 1e9))).toBe(true);
  });
});
