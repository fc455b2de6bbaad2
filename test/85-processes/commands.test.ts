/**
 * The technician's command on a real board: the booted image's own command and configuration, exit statuses, `--json`,
 * with the agent asleep beside it and with the agent stopped. What it does beside a walk: persons-and-signals.test.ts.
 */
import { open } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openFileVault } from '../../agent/index.ts';
import { configurationTemplate, type SystemRelease } from '../../fixtures/index.ts';
import { type Answer, Kitchen } from './kitchen.ts';
import { Workshop } from './workshop.ts';

/** The agent looks once when it starts, and then sleeps for longer than any test takes. */
const ASLEEP = { configuration: configurationTemplate({ pollIntervalS: 3600 }) };
const VERBS = [
  'agent',
  'status',
  'check',
  'install',
  'verify',
  'cancel',
  'confirm',
  'rollback',
  'boot',
  'mcu',
];

let workshop: Workshop;
let factory: SystemRelease;
let good: SystemRelease;
let kitchen: Kitchen;
beforeAll(async () => {
  workshop = await Workshop.open();
  factory = await workshop.build({ version: '1.0.0', sequence: 1, tree: ASLEEP });
  good = await workshop.build({ version: '1.1.0', sequence: 2, tree: ASLEEP });
});
afterAll(() => workshop.close());
beforeEach(async () => {
  kitchen = await Kitchen.open(workshop, factory);
  await (await kitchen.switchOn()).waitForLine(/walk-ended|looked:/);
});
afterEach(async () => {
  expect(await kitchen.close()).toEqual([]);
});

/** As `systemctl stop donabe`: the init does not start what ended well. */
async function stopAgent(): Promise<void> {
  const { board } = kitchen;
  const { agentPid } = await board.status();
  process.kill(agentPid ?? 0, 'SIGTERM');
  await board.waitForLine(/boot: agent ended: exit status 0/);
}

function jsonLines({ stdout }: Answer): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function expectFailure(args: readonly string[], code: string): Promise<void> {
  const plain = await kitchen.donabe(...args);
  expect(plain, args.join(' ')).toMatchObject({ status: 1, stdout: '' });
  // Progress, if it got so far, stands before it.
  expect(plain.stderr).toMatch(new RegExp(`^${code}: .+\n$`, 'm'));
}

describe('beside an agent that sleeps', () => {
  it('a second agent ends with 75 and says who runs', async () => {
    const second = await kitchen.donabe('agent');
    const { agentPid } = await kitchen.board.status();
    expect(second.status).toBe(75);
    expect(second.stderr).toContain(`process ${agentPid} (donabe agent)`);
  });

  it('reads: status, check, verify and boot status answer people and scripts', async () => {
    await kitchen.publish(good);
    const words: Readonly<Record<string, RegExp>> = {
      status: /^device cooker-1 runs 1\.0\.0\n/,
      check: /^Release 1\.1\.0 is offered/,
      verify: /^slot a: holds \(release 1\.0\.0\)\nslot b: DOES NOT HOLD/,
      'boot status': /^slot +bootable +tries/,
    };
    for (const [verb, expected] of Object.entries(words)) {
      const plain = await kitchen.donabe(...verb.split(' '));
      expect(plain, verb).toMatchObject({ status: 0, stderr: '' });
      expect(plain.stdout).toMatch(expected);
      const json = await kitchen.donabe(...verb.split(' '), '--json');
      expect(json, verb).toMatchObject({ status: 0, stderr: '' });
      expect(jsonLines(json)).toHaveLength(1);
    }
    const [offer] = jsonLines(await kitchen.donabe('check', '--json'));
    expect(offer).toMatchObject({ offered: true, installed: false, identity: good.identity });
    const [here] = jsonLines(await kitchen.donabe('check', factory.folder, '--json'));
    expect(here).toMatchObject({ offered: false, installed: true, version: '1.0.0' });
    expect(await kitchen.donabe('verify', 'a')).toMatchObject({ status: 0 });
    expect(await kitchen.donabe('verify', 'b')).toMatchObject({ status: 1 });
  });

  it('helps with exit status 0 and refuses wrong usage with 2', async () => {
    for (const args of [['--help'], ['--version'], ...VERBS.map((verb) => [verb, '--help'])]) {
      const help = await kitchen.donabe(...args);
      expect(help, args.join(' ')).toMatchObject({ status: 0, stderr: '' });
      expect(help.stdout).not.toBe('');
    }
    const wrong = [['undo'], ['install'], ['verify', 'c'], ['status', '--colour'], ['boot', 'activate'], []];
    for (const args of wrong) {
      const answer = await kitchen.donabe(...args);
      expect(answer, args.join(' ')).toMatchObject({ status: 2, stdout: '' });
      expect(answer.stderr).not.toBe('');
    }
  });

  it('names what cannot be done by its code, for people and for scripts', async () => {
    await expectFailure(['cancel'], 'NOTHING_TO_DO');
    await expectFailure(['confirm'], 'NOTHING_TO_DO');
    await expectFailure(['rollback'], 'SEAL_BROKEN');
    await expectFailure(['boot', 'activate', 'b'], 'SEAL_BROKEN');
    await expectFailure(['boot', 'activate', 'a'], 'SLOT_IS_BOOTED');
    await expectFailure(['check', kitchen.appliance.places.folder], 'SOURCE_UNREADABLE');
    const json = await kitchen.donabe('cancel', '--json');
    expect(json).toMatchObject({ status: 1, stdout: '' });
    expect(JSON.parse(json.stderr)).toMatchObject({ error: 'NOTHING_TO_DO', facts: {} });
    const state = await kitchen.observer.bootState();
    expect(state).toMatchObject({ active: 'a', slots: { a: { successful: true }, b: { bootable: false } } });
  });

  it('looks at once when SIGUSR1 asks for it', async () => {
    const { board } = kitchen;
    const before = board.lines.at(-1);
    await kitchen.publish(good);
    process.kill((await board.status()).agentPid ?? 0, 'SIGUSR1');
    await board.waitForLine(/phase fetching/, { after: before });
    await board.waitForLine(/slot-marked-good: Slot b is good: 1\.1\.0/);
  });
});

describe('with the agent stopped', () => {
  it('installs from a folder, and what it installed confirms itself', async () => {
    await stopAgent();
    const install = await kitchen.donabe('install', good.folder, '--json');
    // The reboot that it asked for ended it.
    expect(install.status, install.stderr).toBeUndefined();
    const phases = jsonLines(install).map(({ phase }) => phase);
    expect([...new Set(phases)]).toEqual(
      expect.arrayContaining(['checking', 'fetching', 'verifying', 'activating', 'rebooting']),
    );
    await kitchen.board.waitForLine(/slot-marked-good: Slot b is good: 1\.1\.0/);
    // Its agent has spoken with the MCU and sleeps: the serial port is free for whoever comes.
    await kitchen.board.waitForLine(/\[2\] agent: walk-ended|\[2\] agent: looked/);
    expect(await kitchen.donabe('mcu', 'status')).toMatchObject({ status: 0, stderr: '' });
    const again = await kitchen.donabe('install', good.folder);
    expect(again).toMatchObject({ status: 0, stdout: 'Release 1.1.0 is installed already.\n' });
  });

  it('refuses an older release unless it is forced, and then keeps the floors', async () => {
    await stopAgent();
    const newer = await workshop.build({ version: '2.0.0', sequence: 7, tree: ASLEEP });
    await kitchen.donabe('install', newer.folder);
    const first = await kitchen.board.waitForLine(/slot-marked-good: Slot b is good: 2\.0\.0/);
    await expectFailure(['install', good.folder], 'SEQUENCE_BELOW_FLOOR');
    const forced = await kitchen.donabe('install', good.folder, '--force');
    if (process.getuid?.() !== 0) {
      expect(forced).toMatchObject({ status: 1, stderr: expect.stringMatching(/^ROOT_NEEDED/) });
      return;
    }
    await kitchen.board.waitForLine(/slot-marked-good: Slot a is good: 1\.1\.0/, { after: first });
    const vault = await openFileVault(...kitchen.appliance.places.vault);
    const { record } = await vault.read();
    await vault.close();
    expect(record.floors.sequence).toBe(7);
    await expectFailure(['check', factory.folder], 'SEQUENCE_BELOW_FLOOR');
  });

  it('refuses a slot whose bytes are not what was sealed', async () => {
    await kitchen.publish(good);
    process.kill((await kitchen.board.status()).agentPid ?? 0, 'SIGUSR1');
    await kitchen.board.waitForLine(/slot-marked-good: Slot b/);
    expect(await kitchen.donabe('verify')).toMatchObject({ status: 0 });
    await flipBit(kitchen.appliance.places.partition('rootfs', 'a'), 100_000);
    expect(await kitchen.donabe('verify', 'a')).toMatchObject({ status: 1 });
    expect(await kitchen.donabe('verify', 'b')).toMatchObject({ status: 0 });
    await expectFailure(['rollback'], 'SEAL_BROKEN');
    await expectFailure(['boot', 'activate', 'a'], 'SEAL_BROKEN');
    expect((await kitchen.observer.bootState()).active).toBe('b');
  });
});

async function flipBit(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte.writeUInt8(byte.readUInt8() ^ 1);
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
}
