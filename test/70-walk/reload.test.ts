/** SIGHUP and the daemon: a new configuration is taken between two rounds, never in the middle of a walk. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createFolderSource, type Daemon, type Device } from '../../agent/index.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { orReset, POLL_MS, type Published, World } from './world.ts';

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let world: World;
beforeAll(async () => {
  folder = await labFolder(3);
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh);
  return () => world.dispose();
});

/** A device on which the sleep until the next poll is told. */
async function device(onPoll: (signal: AbortSignal) => void): Promise<Device> {
  const { clock } = world;
  return world.boot({
    clock: {
      now: () => clock.now(),
      synchronised: () => clock.synchronised(),
      monotonic: () => clock.monotonic(),
      uptime: () => clock.uptime(),
      sleep: async (ms, signal) => {
        if (ms < POLL_MS) return clock.sleep(ms, signal);
        onPoll(signal);
      },
    },
  });
}

it('a sleep ends at once', async () => {
  let daemon: Daemon | undefined;
  let slept = 0;
  const polled = await device((signal) => {
    slept += 1;
    daemon?.reload();
    expect(signal.aborted).toBe(true);
  });
  daemon = world.daemon(polled);
  expect(await daemon.run()).toBe('reload');
  expect(slept).toBe(1);
});

it('a walk is not disturbed: the update goes on to its reboot', async () => {
  const booted = await device(() => undefined);
  const daemon = world.daemon(booted, { source: createFolderSource(fresh.published) });
  booted.reporter.on('progressed', ({ phase }) => {
    if (phase === 'fetching') daemon.reload();
  });
  expect(await orReset(() => daemon.run())).toBe('reset');
  expect(world.contentOf('b')).toBe(fresh);
});

it('after a walk that ends without a reboot nothing is slept', async () => {
  let slept = 0;
  const booted = await device(() => {
    slept += 1;
  });
  const daemon = world.daemon(booted, { source: createFolderSource(factory.published) });
  booted.reporter.on('progressed', ({ phase }) => {
    if (phase === 'checking') daemon.reload();
  });
  expect(await daemon.run()).toBe('reload');
  expect(slept).toBe(0);
});

it('SIGTERM comes first', async () => {
  let daemon: Daemon | undefined;
  const booted = await device(() => {
    daemon?.reload();
    daemon?.stop();
  });
  daemon = world.daemon(booted);
  expect(await daemon.run()).toBe('stopped');
});
