/**
 * What persons and systemd say to an agent that walks (rule 16), between real processes: the lock, requests left in
 * the store, and signals.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../agent/index.ts';
import {
  configurationTemplate,
  type SystemRelease,
  type SystemReleaseOptions,
} from '../../fixtures/index.ts';
import { decodeChunkIndex } from '../../format/index.ts';
import { type Answer, Kitchen } from './kitchen.ts';
import { Workshop } from './workshop.ts';

/** A download of about ten seconds: commands come and go while the agent walks. */
const BYTES_PER_SECOND = 128 * 1024;
/** No checkpoint comes by itself within a test: the one that is found was made by SIGTERM. */
const RARE_CHECKPOINTS = {
  configuration: `${configurationTemplate()}\n[checkpoint]\ninterval-ms = 600000\n`,
};
/** A health check that a test does not live to see the end of. */
const PONDERING: SystemReleaseOptions['tree'] = {
  configuration: configurationTemplate()
    .replace(/^command = \["@ROOT@.*$/m, 'command = ["/bin/sleep", "300"]')
    .replace(/^timeout-s = 10$/m, 'timeout-s = 300'),
};

let workshop: Workshop;
let factory: SystemRelease;
let good: SystemRelease;
let kitchen: Kitchen;
beforeAll(async () => {
  workshop = await Workshop.open();
  factory = await workshop.build({ version: '1.0.0', sequence: 1, tree: RARE_CHECKPOINTS });
  good = await workshop.build({ version: '1.1.0', sequence: 2 });
});
afterAll(() => workshop.close());
afterEach(async () => {
  expect(await kitchen.close()).toEqual([]);
});

async function agentPid(): Promise<number> {
  return (await kitchen.board.status()).agentPid ?? 0;
}

/** Status 0 and the agent's answer; or the reboot that was asked for came before the answer was read. */
function expectObeyed({ status, stdout, stderr }: Answer, answer: string): void {
  expect(stderr).not.toMatch(/^[A-Z_]+: /m);
  if (status !== undefined) expect({ status, stdout }).toEqual({ status: 0, stdout: answer });
}

/** Command lines of everything that runs on the board. */
async function running(): Promise<readonly string[]> {
  const lines = (await kitchen.leftRunning()).map((pid) =>
    // A process that has just ended runs no more.
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
  );
  return (await Promise.all(lines)).map((line) => line.replaceAll('\0', ' ').trim());
}

describe('beside an agent that downloads', () => {
  beforeEach(async () => {
    kitchen = await Kitchen.open(workshop, factory, { bytesPerSecond: BYTES_PER_SECOND });
    await kitchen.publish(good);
    await (await kitchen.switchOn()).waitForLine(/phase fetching 30 %/);
  });

  it('a second walker ends with status 75 and names holder and verb', async () => {
    const pid = await agentPid();
    for (const args of [
      ['install', good.folder],
      ['boot', 'mark-good'],
      ['boot', 'activate', 'b'],
    ]) {
      const plain = await kitchen.donabe(...args);
      expect(plain, args.join(' ')).toMatchObject({ status: 75, stdout: '' });
      expect(plain.stderr).toMatch(new RegExp(`^LOCKED: .*process ${pid} \\(donabe agent\\)`));
    }
    const json = await kitchen.donabe('install', good.folder, '--json');
    expect(json.status).toBe(75);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: 'LOCKED', facts: { pid, verb: 'agent' } });
  });

  it('commands that only read take no lock', async () => {
    for (const args of [['status'], ['check'], ['verify', 'a'], ['boot', 'status']]) {
      const answer = await kitchen.donabe(...args, '--json');
      expect(answer, args.join(' ')).toMatchObject({ status: 0, stderr: '' });
      expect(() => JSON.parse(answer.stdout)).not.toThrow();
    }
    const { walker, deployment } = JSON.parse((await kitchen.donabe('status', '--json')).stdout);
    expect(walker).toEqual({ pid: await agentPid(), verb: 'agent' });
    expect(deployment).toMatchObject({ version: '1.1.0', slot: 'b', state: 'fetching' });
  });

  it('cancel ends the download, which stays cancelled until a person installs it', async () => {
    const { board } = kitchen;
    const before = board.lines.at(-1);
    const cancel = await kitchen.donabe('cancel', '--json');
    expect(cancel, cancel.stderr).toMatchObject({ status: 0 });
    expect(JSON.parse(cancel.stdout)).toEqual({ answer: 'release 1.1.0 was cancelled' });
    const refused = await board.waitForLine(/walk-ended: CANCELLED/, { after: before });
    const { history } = JSON.parse((await kitchen.donabe('status', '--json')).stdout);
    expect(history).toMatchObject([{ version: '1.1.0', outcome: 'cancelled', code: 'CANCELLED' }]);
    expect((await kitchen.observer.bootState()).slots.b.bootable).toBe(false);

    // The agent sleeps between its looks, so that the command may find the lock free or taken for an instant.
    await expect
      .poll(async () => (await kitchen.donabe('install', good.folder)).status, { timeout: 60_000 })
      .not.toBe(75);
    await board.waitForLine(/slot-marked-good: Slot b is good: 1\.1\.0/, { after: refused });
  });

  it('confirm and rollback are answered by the agent, which then goes on', async () => {
    const { board } = kitchen;
    const pid = await agentPid();
    const confirm = await kitchen.donabe('confirm');
    expect(confirm).toMatchObject({ status: 1, stderr: 'NOTHING_TO_DO: Slot a is marked good already.\n' });
    const before = board.lines.at(-1);
    await board.waitForLine(/phase fetching/, { after: before });
    const rollback = await kitchen.donabe('rollback');
    expect(rollback.status).toBe(1);
    expect(rollback.stderr).toMatch(/^SEAL_BROKEN: /);
    expect(await agentPid()).toBe(pid);
    await board.waitForLine(/slot-marked-good: Slot b is good: 1\.1\.0/);
  });

  // Only root may force.
  it.runIf(process.getuid?.() === 0)(
    'install --force is a request too, and replaces what is under way',
    async () => {
      const other = await workshop.build({ version: '1.0.5', sequence: 1 });
      const forced = await kitchen.donabe('install', other.folder, '--force');
      expectObeyed(forced, `installing from ${other.folder}\n`);
      await kitchen.board.waitForLine(/slot-marked-good: Slot b is good: 1\.0\.5/);
    },
  );

  it('SIGTERM finishes the chunk, makes a checkpoint and ends with status 0; nothing is fetched again', async () => {
    const { board, observer, server, appliance } = kitchen;
    await board.waitForLine(/phase fetching 40 %/);
    process.kill(await agentPid(), 'SIGTERM');
    await board.waitForLine(/boot: agent ended: exit status 0/);

    const image = good.manifest.images.find(({ class: slotClass }) => slotClass === 'rootfs');
    if (image === undefined) throw new Error('the release has a root file system');
    const index = decodeChunkIndex(await readFile(join(good.folder, image.index.name)));
    const missing = await observer.firstMissing('rootfs', 'b', index);
    const store = openStore(join(appliance.places.data, 'store.sqlite'), { mayMigrate: false }).store;
    const row = store.deployment();
    const saved = store.checkpoints(row?.id ?? '').find(({ slotClass }) => slotClass === 'rootfs');
    store.dispose();
    expect(missing).toBeGreaterThan(1);
    expect(missing).toBeLessThan(index.count);
    expect(saved?.chunks, 'the checkpoint names every chunk that was written').toBe(missing - 1);

    const asked = server.log.requests.length;
    await board.reset();
    await board.waitForLine(/slot-marked-good: Slot b is good: 1\.1\.0/);
    const ranges = server.log.requests
      .slice(asked)
      .filter(({ name }) => name === image.pack.name)
      .map(({ headers }) => Number(/^bytes=(\d+)-/.exec(headers['range'] ?? '')?.[1]));
    expect(ranges[0], 'where it goes on').toBe(index.entry(missing).frameOffset);
  });
});

describe('beside a trial whose health check takes long', () => {
  beforeEach(async () => {
    kitchen = await Kitchen.open(workshop, factory);
    await kitchen.publish(await workshop.build({ version: '1.1.0', sequence: 2, tree: PONDERING }));
    await (await kitchen.switchOn()).waitForLine(/\[2\] agent: phase confirming/);
  });

  it('confirm ends the trial by mark good', async () => {
    const confirm = await kitchen.donabe('confirm');
    expect(confirm, confirm.stderr).toMatchObject({ status: 0, stdout: 'slot b is marked good\n' });
    expect((await kitchen.observer.bootState()).slots.b.successful).toBe(true);
    expect((await kitchen.board.status()).boot).toBe(2);
  });

  it('rollback ends the trial by mark bad and the way back', async () => {
    const rollback = await kitchen.donabe('rollback');
    expectObeyed(rollback, 'the trial of slot b is over\n');
    await kitchen.board.waitForLine(/rolled-back: Release 1\.1\.0/);
    expect(await kitchen.board.status()).toMatchObject({ slot: 'a', version: '1.0.0' });
    expect((await kitchen.observer.bootState()).slots.b.bootable).toBe(false);
    const { history } = JSON.parse((await kitchen.donabe('status', '--json')).stdout);
    expect(history).toMatchObject([{ outcome: 'rolled-back', code: 'ROLLED_BACK_BY_PERSON' }]);
  });

  it('SIGTERM ends the check with the agent, and the trial stays a trial', async () => {
    await expect.poll(running, { timeout: 30_000 }).toContain('/bin/sleep 300');
    process.kill(await agentPid(), 'SIGTERM');
    await kitchen.board.waitForLine(/\[2\] boot: agent ended: exit status 0/);
    const state = await kitchen.observer.bootState();
    expect(state).toMatchObject({ active: 'b', slots: { b: { successful: false, bootable: true } } });
    await expect.poll(running, { timeout: 30_000 }).not.toContain('/bin/sleep 300');
  });
});
