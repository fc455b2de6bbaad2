/** The stream of progress events: newcomers, many listeners, slow ones, and what listeners should not say. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Device, EVENTS_PATH, MOST_LISTENERS, type ProgressEvent } from '../../agent/index.ts';
import { type Published, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { OpenDoor, untilEnd } from './open-door.ts';

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
  await door.open(device);
});
afterEach(async () => {
  await door.remove();
  world.dispose();
});

interface Listener {
  readonly socket: WebSocket;
  readonly events: ProgressEvent[];
}

/** Connected, with the first event heard. */
async function listen(at: string = door.look): Promise<Listener> {
  const socket = new WebSocket(`ws+unix://${at}:${EVENTS_PATH}`);
  const events: ProgressEvent[] = [];
  socket.on('message', (data) => events.push(JSON.parse(String(data)) as ProgressEvent));
  await once(socket, 'open');
  if (events.length === 0) await once(socket, 'message');
  return { socket, events };
}

describe('a listener', () => {
  it('gets the last event at once, and then each new one in order', async () => {
    device.reporter.progress('fetching', { progress: 30 });
    const { socket, events } = await listen();
    for (const progress of [31, 32, 33]) device.reporter.progress('fetching', { progress });
    device.reporter.progress('waiting', { status: 'waiting', reason: 'the cooker cooks' });
    await expect.poll(() => events.length).toBe(5);
    expect(events.map(({ progress }) => progress)).toEqual([30, 31, 32, 33, 33]);
    expect(events.at(-1)).toEqual(device.reporter.last);
    socket.terminate();
  });

  it('may use either socket', async () => {
    const { socket, events } = await listen(door.act);
    expect(events).toEqual([JSON.parse(JSON.stringify(device.reporter.last))]);
    socket.terminate();
  });

  it('is told when the agent ends', async () => {
    const { socket } = await listen();
    const closed = once(socket, 'close');
    await door.shut();
    await closed;
  });

  it('that goes makes place: there are no more than so many', async () => {
    const all: Listener[] = [];
    for (let at = 0; at < MOST_LISTENERS; at += 1) all.push(await listen());
    await expect(listen()).rejects.toThrow(/429/);
    const [first] = all;
    first?.socket.terminate();
    await expect.poll(() => listen().then(({ socket }) => socket.terminate(), String)).toBeUndefined();
    for (const { socket } of all) socket.terminate();
  });
});

describe('a listener that misbehaves', () => {
  it('too slow: it is dropped, and the others hear everything', async () => {
    const { socket: good, events } = await listen();
    const slow = await door.plug(door.look);
    slow.write(
      `GET ${EVENTS_PATH} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await once(slow, 'readable');
    // From now on it reads nothing.
    let sent = 0;
    for (; sent < 4_000; sent += 1) {
      device.reporter.progress('fetching', { progress: sent % 100, reason: 'x'.repeat(1000) });
      if (sent % 25 === 0) await expect.poll(() => events.length, { interval: 2 }).toBe(sent + 2);
    }
    await expect.poll(() => events.length, { timeout: 30_000 }).toBe(sent + 1);
    const end = untilEnd(slow);
    slow.resume();
    const heard = (await end).split('"phase":"fetching"').length - 1;
    expect(heard).toBeLessThan(sent / 2);
    good.terminate();
  });

  it('talkative: what it says is not listened to, and a long speech ends it', async () => {
    const { socket } = await listen();
    socket.send('{"pause":true}');
    socket.send('x'.repeat(1000));
    device.reporter.progress('checking');
    await once(socket, 'message');
    const closed = once(socket, 'close');
    socket.send('x'.repeat(5000));
    await closed;
    expect(world.store.requests()).toEqual([]);
    (await listen()).socket.terminate();
  });

  it.each(['/', '/api/v1/event', '/api/v1/status', `${EVENTS_PATH}?all=1`])(
    'at %s: there is nothing',
    async (path) => {
      const socket = new WebSocket(`ws+unix://${door.look}:${path}`);
      const [error] = await once(socket, 'error');
      expect(String(error)).toMatch(/404/);
    },
  );

  it('that is no WebSocket: it is refused', async () => {
    const socket = await door.plug(door.look);
    const end = untilEnd(socket);
    socket.write(
      `GET ${EVENTS_PATH} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
    );
    expect(await end).toMatch(/^HTTP\/1\.1 4/);
    (await listen()).socket.terminate();
  });
});
