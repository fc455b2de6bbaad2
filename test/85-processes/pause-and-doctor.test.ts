/** A pause over a kill and a reboot, the local API of a real agent, and what the doctor says of a real board. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LOOK_SOCKET } from '../../agent/index.ts';
import type { SystemRelease } from '../../fixtures/index.ts';
import { readingOf, scrape } from '../46-metrics/scrape.ts';
import { Kitchen } from './kitchen.ts';
import { Workshop } from './workshop.ts';

/** A download of some seconds. */
const BYTES_PER_SECOND = 256 * 1024;

let workshop: Workshop;
let factory: SystemRelease;
let good: SystemRelease;
let kitchen: Kitchen;
beforeAll(async () => {
  workshop = await Workshop.open();
  factory = await workshop.factory();
  good = await workshop.build({ version: '1.1.0', sequence: 2 });
});
afterAll(() => workshop.close());
afterEach(async () => {
  expect(await kitchen.close()).toEqual([]);
});

async function status(): Promise<Record<string, unknown>> {
  return JSON.parse((await kitchen.donabe('status', '--json')).stdout);
}

it('a pause ends the download at its chunk, outlives a kill and a reboot, and resume goes on from there', async () => {
  kitchen = await Kitchen.open(workshop, factory, { bytesPerSecond: BYTES_PER_SECOND });
  await kitchen.publish(good);
  const board = await kitchen.switchOn();
  await board.waitForLine(/phase fetching 30 %/);
  const paused = await kitchen.donabe('pause');
  expect(paused, paused.stderr).toMatchObject({
    status: 0,
    stdout: 'updates are paused until donabe resume\n',
  });
  const held = await board.waitForLine(/phase waiting .*paused; donabe resume goes on/);
  const { deployment } = await status();
  expect(deployment).toMatchObject({ version: '1.1.0', state: 'fetching' });

  process.kill((await board.status()).agentPid ?? 0, 'SIGKILL');
  const again = await board.waitForLine(/phase waiting .*paused; donabe resume goes on/, { after: held });
  await board.reset();
  const booted = await board.waitForLine(/phase waiting .*paused; donabe resume goes on/, { after: again });
  expect(await status()).toMatchObject({
    paused: true,
    deployment: { bytes: { fetched: expect.any(Number) } },
  });

  const resumed = await kitchen.donabe('resume', '--json');
  expect(JSON.parse(resumed.stdout)).toEqual({ answer: 'updates go on' });
  await board.waitForLine(/slot-marked-good: Slot b is good: 1\.1\.0/, { after: booted });
  expect(await kitchen.donabe('resume')).toMatchObject({
    status: 1,
    stderr: 'NOTHING_TO_DO: Updates are not paused.\n',
  });
});

it('an install by hand ends a pause, and says so', async () => {
  kitchen = await Kitchen.open(workshop, factory);
  const board = await kitchen.switchOn();
  await board.waitForLine(/walk-ended|looked:/);
  process.kill((await board.status()).agentPid ?? 0, 'SIGTERM');
  await board.waitForLine(/boot: agent ended: exit status 0/);
  for (const [words, said] of [
    [[], 'The pause is over: updates go on.\n'],
    [['--json'], '{"kind":"pause-ended"}\n'],
  ] as const) {
    expect(await kitchen.donabe('pause')).toMatchObject({ status: 0 });
    // A source without a release: the install ends before the board reboots.
    const install = await kitchen.donabe('install', '/nowhere', ...words);
    expect(install.status).toBe(1);
    expect(install.stdout).toContain(said);
    expect(await status()).toMatchObject({ paused: false });
    const again = await kitchen.donabe('install', '/nowhere', ...words);
    expect(again.stdout).not.toContain(said);
  }
});

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly detail: string;
  readonly remedy: string;
}

describe('the doctor', () => {
  async function findings(): Promise<{
    readonly status: number | undefined;
    readonly of: (check: string) => Finding;
  }> {
    const answer = await kitchen.donabe('doctor', '--json');
    const all = (JSON.parse(answer.stdout) as { findings: Finding[] }).findings;
    const of = (check: string): Finding => {
      const found = all.find((finding) => finding.check === check);
      if (found === undefined)
        throw new Error(`no check "${check}" among ${all.map((each) => each.check).join('; ')}`);
      return found;
    };
    return { status: answer.status, of };
  }

  it('finds a healthy agent, keys, data folder and server; and says what is wrong when they are gone', async () => {
    kitchen = await Kitchen.open(workshop, factory);
    await kitchen.publish(factory);
    const board = await kitchen.switchOn();
    await board.waitForLine(/looked: .*already-installed/);
    const healthy = await findings();
    for (const check of [
      'the configuration can be read',
      'boot control, vault, release-info and store can be read',
      'the configuration has no unknown key',
      'there are enough trusted keys',
      'the vault has a readable copy',
      'the data folder can be written and has room',
      'the agent runs',
      'the server answers',
      'every copy of the boot control is good',
    ]) {
      expect(healthy.of(check), check).toMatchObject({ verdict: 'pass', remedy: '' });
    }
    expect(healthy.of('the MCU answers').verdict).not.toBe('fail');

    const { run } = kitchen.appliance.places;
    const { text } = await scrape({ socketPath: join(run, LOOK_SOCKET) });
    expect(text).toMatch(/^donabe_agent_info\{agent=".+",release="1\.0\.0",slot="a"\} 1$/m);
    expect(readingOf(text, 'donabe_looks_total{outcome="already-installed"}')).toBeGreaterThan(0);
    expect(readingOf(text, 'donabe_clock_synchronised')).toBe(1);

    await kitchen.server.stop();
    process.kill((await board.status()).agentPid ?? 0, 'SIGTERM');
    await board.waitForLine(/boot: agent ended: exit status 0/);
    // Its last words; the next agent begins anew, and this one had looked.
    const left = await readFile(join(run, 'donabe.prom'), 'utf8');
    expect(left).toContain('# TYPE donabe_looks_total counter');
    const sick = await findings();
    expect(sick.status).toBe(1);
    expect(sick.of('the server answers')).toMatchObject({
      verdict: 'fail',
      detail: expect.stringContaining('CONNECTION_FAILED'),
      remedy: expect.stringContaining('server.base-urls'),
    });
    expect(sick.of('the agent runs')).toMatchObject({
      verdict: 'warn',
      remedy: expect.stringContaining('systemctl'),
    });
    const plain = await kitchen.donabe('doctor');
    expect(plain.stdout).toMatch(/^fail +the server answers .*\n +remedy: check server\.base-urls/m);
    expect(plain.stderr).toMatch(/^DOCTOR_FAILED: \d+ of \d+ checks failed\.\n$/);
  });

  it('says so when the configuration itself cannot be read', async () => {
    kitchen = await Kitchen.open(workshop, factory);
    await kitchen.switchOn();
    const answer = await kitchen.donabe('--config', '/nowhere/donabe.toml', 'doctor', '--json');
    expect(answer.status).toBe(1);
    expect(JSON.parse(answer.stdout)).toMatchObject({
      findings: [{ verdict: 'fail', detail: expect.stringContaining('CONFIG_INVALID') }],
    });
  });
});
