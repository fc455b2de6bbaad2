/** `donabe status --watch` and the command's deeds, against a real API: restarts, terminals, logs, refusals. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Device, type DeviceStatus, EVENTS_PATH } from '../../agent/index.ts';
import { askForDeed } from '../../cli/api-client.ts';
import { Pace } from '../../cli/pace.ts';
import { linesOf } from '../../cli/status.ts';
import { duration, watch } from '../../cli/watch.ts';
import { type Published, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { OpenDoor } from './open-door.ts';

let folder: LabFolder;
let factory: Published;
let world: World;
let device: Device;
let door: OpenDoor;

beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory);
  device = await world.boot();
  door = new OpenDoor();
});
afterEach(async () => {
  await door.remove();
  world.dispose();
});

interface Watching {
  readonly text: () => string;
  readonly stop: () => Promise<void>;
}

function watching(how: { readonly isTTY?: boolean; readonly json?: boolean } = {}): Watching {
  const interrupted = new AbortController();
  const pieces: string[] = [];
  const stream = { isTTY: how.isTTY ?? false, write: (piece: string) => void pieces.push(piece) };
  const done = watch({
    sockets: [door.look, door.act],
    eventsPath: EVENTS_PATH,
    stream,
    json: how.json ?? false,
    read: () => Promise.reject(new Error('nobody can read here')),
    linesOf: (status: DeviceStatus) => linesOf(status),
    signal: interrupted.signal,
  });
  return {
    text: () => pieces.join(''),
    stop: async () => {
      interrupted.abort();
      await done;
    },
  };
}

const MOVED = { fetched: 3_000_000, reused: 1_000_000, written: 4_000_000, verified: 4_000_000 };

describe('a watcher', () => {
  it('writes a line for each change into a log, and connects again after a restart', async () => {
    await door.open(device);
    const view = watching();
    await expect.poll(view.text).toBe('idle 0 % (fetched 0.0 MB)\n');
    device.reporter.progress('fetching', { progress: 31, bytes: MOVED });
    device.reporter.progress('fetching', { progress: 32, bytes: MOVED });
    device.reporter.progress('waiting', { status: 'waiting', reason: 'the cooker cooks' });
    await expect.poll(view.text).toMatch(/the cooker cooks/);
    await door.shut();
    await expect.poll(view.text).toMatch(/no agent answers; looking for one\n$/);
    device.reporter.progress('confirming', { progress: 100 });
    await door.open(device);
    await expect.poll(view.text, { timeout: 10_000 }).toMatch(/confirming 100 %.*\n$/);
    await view.stop();
    expect(view.text().split('\n').slice(0, 3)).toEqual([
      'idle 0 % (fetched 0.0 MB)',
      'fetching 31 % (fetched 3.0 MB)',
      'waiting 32 % (fetched 3.0 MB): the cooker cooks',
    ]);
    expect(view.text()).not.toContain('\x1b');
  });

  it('draws slots, bytes and the reason over itself on a terminal', async () => {
    await door.open(device);
    device.reporter.progress('waiting', { progress: 50, status: 'paused', reason: 'paused', bytes: MOVED });
    const view = watching({ isTTY: true });
    await expect.poll(view.text).toMatch(/because: paused/);
    await view.stop();
    expect(view.text()).toContain('\x1b[2J');
    expect(view.text()).toMatch(/slot +version +booted/);
    expect(view.text()).toContain('fetched 3.0 MB  reused 1.0 MB  written 4.0 MB  verified 4.0 MB');
    expect(view.text()).toContain('waiting (paused) 50 %');
  });

  it('passes events through as JSON', async () => {
    await door.open(device);
    const view = watching({ json: true });
    await expect.poll(view.text).toMatch(/\n/);
    device.reporter.progress('checking');
    await expect.poll(view.text).toMatch(/checking/);
    await view.stop();
    const events = view
      .text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { phase: string });
    expect(events.map(({ phase }) => phase)).toEqual(['idle', 'checking']);
  });

  it('says so where there is no agent, and ends when it is told to', async () => {
    const view = watching();
    await expect.poll(view.text).toBe('no agent answers; looking for one\n');
    await view.stop();
  });
});

describe('pace', () => {
  it('follows the last seconds', () => {
    const pace = new Pace();
    expect(pace.push(0, 0, 0)).toEqual({ bytesPerSecond: undefined, secondsLeft: undefined });
    for (let s = 1; s <= 20; s += 1) pace.push(s * 1000, s * 1000, s);
    expect(pace.push(21_000, 21_000, 21)).toEqual({ bytesPerSecond: 1000, secondsLeft: 79 });
    for (let s = 22; s < 40; s += 1) pace.push(s * 1000, 21_000, 21);
    expect(pace.push(40_000, 21_000, 21)).toEqual({ bytesPerSecond: 0, secondsLeft: undefined });
  });

  it('begins anew with another deployment', () => {
    const pace = new Pace();
    pace.push(0, 0, 0);
    pace.push(5000, 5000, 50);
    expect(pace.push(6000, 0, 0)).toEqual({ bytesPerSecond: undefined, secondsLeft: undefined });
  });

  it('is said in two units at most', () => {
    expect([0.2, 59, 61, 3540, 3660, 90_000].map(duration)).toEqual([
      '1 s',
      '59 s',
      '1 min',
      '59 min',
      '1 h 1 min',
      '25 h 0 min',
    ]);
  });
});

describe('a deed of the command', () => {
  it('is answered by the agent', async () => {
    await door.open(device, { poke: () => world.store.answerRequest(1, 'ok: updates are paused') });
    expect(await askForDeed(door.act, 'pause')).toEqual({ answer: 'updates are paused' });
  });

  it('that is refused has the code of the refusal', async () => {
    await door.open(device, {
      poke: () => world.store.answerRequest(1, 'SEAL_BROKEN: Slot b holds nothing.'),
    });
    await expect(askForDeed(door.act, 'rollback')).rejects.toMatchObject({
      code: 'SEAL_BROKEN',
      message: 'Slot b holds nothing.',
    });
  });

  it("is the command's own where no agent listens; a socket that only shows refuses it", async () => {
    expect(await askForDeed(door.act, 'pause')).toEqual({ left: undefined });
    await door.open(device);
    await expect(askForDeed(door.look, 'pause')).rejects.toMatchObject({ code: 'API_FORBIDDEN' });
  });

  it('whose agent ends in between falls back to the command', async () => {
    await door.open(device, { poke: () => void door.shut() });
    expect(await askForDeed(door.act, 'pause')).toHaveProperty('left');
    expect(world.store.requests()).toMatchObject([{ verb: 'pause' }]);
  });
});
