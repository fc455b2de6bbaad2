/** What systemd hears from the agent, by systemd's own program and a real datagram socket. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemdNotify, takeNotifyEnvironment } from '../../agent/adapters/systemd-notify.ts';
import { tellSystemd } from '../../agent/adapters/watchdog.ts';
import { Reporter } from '../../agent/events.ts';

const LISTENER = fileURLToPath(new URL('notify-socket.py', import.meta.url));

let folder: string;
let socket: string;
let listener: ChildProcess;
let heard: string[];
let news: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-notify-'));
  socket = join(folder, 'notify');
  heard = [];
  news = () => undefined;
  listener = spawn('python3', [LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (listener.stdout === null) throw new Error('no pipe');
  createInterface(listener.stdout).on('line', (line) => {
    const text = String(JSON.parse(line));
    if (text === 'BARRIER=1') return;
    heard.push(text);
    news();
  });
  await until('bound');
});

afterEach(async () => {
  listener.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Resolves when a message with this line has come. */
function until(line: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (heard.some((text) => text.split('\n').includes(line))) resolve();
    };
    news = look;
    look();
  });
}

const assignments = (): string[] => heard.flatMap((text) => text.split('\n'));

describe('sd_notify', () => {
  it('says ready at the door, the phase as status, feeds the watchdog, and says that it stops', async () => {
    const reporter = new Reporter('device');
    const stop = tellSystemd({ socket, watchdogMs: 90 }, reporter, { hung: () => undefined });
    await until('WATCHDOG=1');
    // Until it is ready, the time limit of the start is prolonged by a watchdog's period (microseconds).
    expect(assignments()).toContain('EXTEND_TIMEOUT_USEC=90000');
    reporter.happened('agent-started', 'not ready yet');
    reporter.happened('entered', 'Entry: fresh.');
    await until('READY=1');
    heard.length = 0;
    await until('WATCHDOG=1');
    reporter.progress('waiting', { status: 'waiting', reason: 'the cooker\ncooks' });
    await until('STATUS=waiting: the cooker cooks');
    reporter.progress('fetching', { progress: 47 });
    await until('STATUS=fetching 40 %');
    await stop('stopped');
    await until('STOPPING=1');
    expect(assignments().filter((line) => line === 'READY=1')).toEqual([]);
    expect(assignments().some((line) => line.startsWith('EXTEND_TIMEOUT_USEC='))).toBe(false);
  });

  it('is ready although the way to the door failed: the agent tries again by itself', async () => {
    const reporter = new Reporter('device');
    const stop = tellSystemd({ socket, watchdogMs: undefined }, reporter, { hung: () => undefined });
    reporter.happened('walk-ended', 'BOOT_CONTROL_FAILED: ...');
    await until('READY=1');
    await stop('reload');
    expect(assignments()).not.toContain('STOPPING=1');
  });

  it('does not feed while a step hangs, says so once, and feeds again when it moves', async () => {
    const reporter = new Reporter('device');
    const said: string[] = [];
    let beats = 0;
    let hangs = true;
    let stop: ReturnType<typeof tellSystemd> = () => Promise.resolve();
    const beaten = new Promise<void>((resolve) => {
      const hung = (): { step: 'fetching'; overdueMs: number } | undefined => {
        beats += 1;
        if (beats === 4) resolve();
        return hangs ? { step: 'fetching', overdueMs: 1 } : undefined;
      };
      reporter.on('happened', ({ name }) => said.push(name));
      stop = tellSystemd({ socket, watchdogMs: 60 }, reporter, { hung });
    });
    await beaten;
    expect(assignments()).not.toContain('WATCHDOG=1');
    expect(said).toEqual(['step-hangs']);
    hangs = false;
    await until('WATCHDOG=1');
    await stop('stopped');
  });

  it('sends the last value of what came while it was sending', async () => {
    const notify = new SystemdNotify(socket, new Reporter('device'));
    for (let at = 0; at < 50; at += 1) notify.send({ STATUS: String(at) });
    await notify.settled();
    await until('STATUS=49');
    expect(assignments()).toEqual(['bound', 'STATUS=0', 'STATUS=49']);
  });

  it('says once that nobody listens', async () => {
    const reporter = new Reporter('device');
    const said: string[] = [];
    reporter.on('happened', ({ name }) => said.push(name));
    const notify = new SystemdNotify(join(folder, 'nobody'), reporter);
    notify.send({ WATCHDOG: '1' });
    await notify.settled();
    notify.send({ WATCHDOG: '1' });
    await notify.settled();
    expect(said).toEqual(['notify-failed']);
  });
});

describe('the environment of the service manager', () => {
  it('is taken out, so that no child can speak in the agent’s name', () => {
    const env = { NOTIFY_SOCKET: '/s', WATCHDOG_USEC: '300000000', WATCHDOG_PID: '12', PATH: '/bin' };
    expect(takeNotifyEnvironment(env, 12)).toEqual({ socket: '/s', watchdogMs: 300_000 });
    expect(env).toEqual({ PATH: '/bin' });
  });

  it('without a socket there is nobody to tell', () => {
    expect(takeNotifyEnvironment({}, 1)).toBeUndefined();
    expect(takeNotifyEnvironment({ NOTIFY_SOCKET: '', WATCHDOG_USEC: '1000' }, 1)).toBeUndefined();
    expect(takeNotifyEnvironment({ NOTIFY_SOCKET: '@s' }, 1)).toEqual({
      socket: '@s',
      watchdogMs: undefined,
    });
  });

  it.each(['0', '-5', 'soon', '1'.repeat(30)])('a watchdog period of %s is none', (usec) => {
    expect(
      takeNotifyEnvironment({ NOTIFY_SOCKET: '/s', WATCHDOG_USEC: usec }, 1)?.watchdogMs,
    ).toBeUndefined();
  });

  it('somebody else’s watchdog is not ours', () => {
    const env = { NOTIFY_SOCKET: '/s', WATCHDOG_USEC: '1000', WATCHDOG_PID: '3' };
    expect(takeNotifyEnvironment(env, 4)).toEqual({ socket: '/s', watchdogMs: undefined });
  });
});
