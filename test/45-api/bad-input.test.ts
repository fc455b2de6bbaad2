/** Junk, floods, half-open connections and left-over sockets: the local API says a code, and goes on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Device } from '../../agent/index.ts';
import { type Published, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { type Asking, ask, OpenDoor, untilEnd } from './open-door.ts';

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

async function stillServes(): Promise<void> {
  await expect.poll(async () => (await door.get('/api/v1/slots')).status, { timeout: 20_000 }).toBe(200);
  expect(world.store.requests()).toEqual([]);
}

describe('a request that makes no sense', () => {
  it.each<[string, 'GET' | 'POST' | 'PUT' | 'DELETE', string, Asking, number, string]>([
    ['an unknown path', 'GET', '/api/v1/nothing', {}, 404, 'API_NOT_FOUND'],
    ['the root', 'GET', '/', {}, 404, 'API_NOT_FOUND'],
    ['a path with an end too many', 'GET', '/api/v1/status/', {}, 404, 'API_NOT_FOUND'],
    ['dots in the path', 'GET', '/api/v1/../v1/status', {}, 404, 'API_NOT_FOUND'],
    ['a deed by GET', 'GET', '/api/v1/pause', {}, 404, 'API_NOT_FOUND'],
    ['a look by POST', 'POST', '/api/v1/status', {}, 404, 'API_NOT_FOUND'],
    ['another method', 'DELETE', '/api/v1/history', {}, 404, 'API_NOT_FOUND'],
    ['an unknown parameter', 'GET', '/api/v1/status?verbose=1', {}, 400, 'API_REQUEST_INVALID'],
    ['a parameter called __proto__', 'GET', '/api/v1/status?__proto__=1', {}, 400, 'API_REQUEST_INVALID'],
    ['a parameter twice', 'GET', '/api/v1/history?limit=1&limit=2', {}, 400, 'API_REQUEST_INVALID'],
    ['two queries', 'GET', '/api/v1/history?limit=1?limit=2', {}, 400, 'API_REQUEST_INVALID'],
    ['a limit of nothing', 'GET', '/api/v1/history?limit=0', {}, 400, 'API_REQUEST_INVALID'],
    ['a limit beyond the limit', 'GET', '/api/v1/history?limit=101', {}, 400, 'API_REQUEST_INVALID'],
    ['a limit that is no number', 'GET', '/api/v1/history?limit=1e1', {}, 400, 'API_REQUEST_INVALID'],
    ['a request that is no number', 'GET', '/api/v1/requests/x', {}, 400, 'API_REQUEST_INVALID'],
    ['a request below all', 'GET', '/api/v1/requests/0', {}, 400, 'API_REQUEST_INVALID'],
    ['a version with a blank', 'POST', '/api/v1/upgrade?version=1.0%201', {}, 400, 'API_REQUEST_INVALID'],
    [
      'a version without end',
      'POST',
      `/api/v1/upgrade?version=${'1'.repeat(65)}`,
      {},
      400,
      'API_REQUEST_INVALID',
    ],
    ['a target without end', 'GET', `/api/v1/status?${'a'.repeat(600)}`, {}, 400, 'API_REQUEST_INVALID'],
    ['a body that is no JSON', 'POST', '/api/v1/pause', { body: '{' }, 400, 'API_REQUEST_INVALID'],
    [
      'a body with a wish of its own',
      'POST',
      '/api/v1/pause',
      { body: '{"force":true}' },
      400,
      'API_REQUEST_INVALID',
    ],
    ['a body that is a list', 'POST', '/api/v1/pause', { body: '[]' }, 400, 'API_REQUEST_INVALID'],
    [
      'a body that is too long',
      'POST',
      '/api/v1/pause',
      { body: ' '.repeat(2000) },
      400,
      'API_REQUEST_INVALID',
    ],
  ])('%s is refused with a code', async (_name, method, path, asking, status, error) => {
    await door.open(device);
    expect(await ask({ socketPath: door.act }, method, path, asking)).toMatchObject({
      status,
      body: { error, message: expect.stringMatching(/\.$/) },
    });
    await stillServes();
  });

  it('headers that are too long are refused before they are read', async () => {
    await door.open(device);
    const socket = await door.plug();
    const end = untilEnd(socket);
    socket.write(`GET /api/v1/status HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
    expect(await end).toMatch(/^HTTP\/1\.1 431 /);
    await stillServes();
  });

  it('bytes that are no HTTP end the connection', async () => {
    await door.open(device);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const socket = await door.plug();
        const end = untilEnd(socket);
        socket.end(bytes);
        expect(await end).not.toMatch(/^HTTP\/1\.1 2/);
      }),
      { numRuns: 40 },
    );
    await stillServes();
  });

  it('no path and no query is answered by anything but an answer', async () => {
    await door.open(device);
    const piece = fc.stringMatching(/^[!-~]{0,40}$/);
    await fc.assert(
      fc.asyncProperty(piece, piece, async (path, query) => {
        const { status } = await ask({ socketPath: door.look }, 'GET', `/api/v1/${path}?${query}`);
        expect([400, 404, 429, 200]).toContain(status);
      }),
      { numRuns: 60 },
    );
    await stillServes();
  });
});

describe('too much', () => {
  it('a flood at one socket is answered by 429, and the other socket serves', async () => {
    await door.open(device);
    const replies = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const of = { socketPath: door.look };
        return [await ask(of, 'GET', '/api/v1/slots'), await ask(of, 'GET', '/api/v1/slots')];
      }),
    );
    const statuses = replies.flat().map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(40);
    const refused = replies.flat().find(({ status }) => status === 429);
    expect(refused).toMatchObject({ headers: { 'retry-after': '1' }, body: { error: 'API_TOO_MUCH' } });
    expect((await door.get('/api/v1/slots')).status).toBe(200);
  });

  it('deeds are fewer than looks: each is a write', async () => {
    await door.open(device, {
      poke: () => {
        for (const { id } of world.store.requests()) world.store.answerRequest(id, 'ok: done');
      },
    });
    const statuses: number[] = [];
    for (let at = 0; at < 12; at += 1) statuses.push((await door.post('/api/v1/pause')).status);
    expect(statuses.slice(0, 8)).toEqual(Array(8).fill(200));
    expect(statuses).toContain(429);
  });

  it('connections that say nothing are ended, and then others have their place', async () => {
    await door.open(device);
    const silent: Socket[] = [];
    const ends: Promise<string>[] = [];
    for (let at = 0; at < 40; at += 1) {
      const socket = await door.plug(door.act);
      ends.push(untilEnd(socket));
      // Half of a request, or nothing at all.
      if (at % 2 === 0) socket.write('POST /api/v1/pause HTTP/1.1\r\nhost:');
      silent.push(socket);
    }
    await Promise.race(ends);
    for (const socket of silent.filter((_, at) => at % 2 === 1)) socket.destroy();
    await Promise.all(ends);
    await stillServes();
  });

  it('a body that never comes ends its connection when the API closes', async () => {
    await door.open(device);
    const socket = await door.plug();
    const end = untilEnd(socket);
    socket.write('POST /api/v1/pause HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{');
    await door.get('/api/v1/slots');
    await door.shut();
    expect(await end).not.toMatch(/^HTTP\/1\.1 200/);
    expect(world.store.requests()).toEqual([]);
  });
});

describe('a socket that is there already', () => {
  it('left by a crash is replaced', async () => {
    const program = `require('node:net').createServer().listen(${JSON.stringify(door.act)}, () => console.log('up'))`;
    const crashed = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(crashed.stdout, 'data');
    crashed.kill('SIGKILL');
    await once(crashed, 'exit');
    expect(lstatSync(door.act).isSocket()).toBe(true);
    await door.open(device);
    await stillServes();
  });

  it('on which somebody listens is left alone', async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(door.act, () => resolve()));
    const { ino } = lstatSync(door.act);
    await door.open(device);
    expect(door.said.join()).toMatch(/api-door-shut: .*somebody listens/);
    expect(lstatSync(door.act).ino).toBe(ino);
    expect((await ask({ socketPath: door.look }, 'GET', '/api/v1/slots')).status).toBe(200);
    await door.shut();
    expect(existsSync(door.act)).toBe(true);
    await new Promise((resolve) => other.close(resolve));
  });

  it('that is a file is nobody to remove', async () => {
    writeFileSync(door.act, 'precious');
    await door.open(device);
    expect(door.said.join()).toMatch(/api-door-shut: .*something else/);
    expect(lstatSync(door.act).size).toBe(8);
  });

  it('is gone when the agent has ended, and nothing beside it stays', async () => {
    await door.open(device);
    await stillServes();
    await door.shut();
    expect([door.act, door.look, `${door.act}.new`, `${door.look}.new`].filter(existsSync)).toEqual([]);
  });

  it('whose path is too long for the kernel is a door that stays shut', async () => {
    await door.open(device, {}, `socket = ${JSON.stringify(`${door.folder}/${'x'.repeat(120)}`)}`);
    expect(door.said.join()).toMatch(/api-door-shut: .*at most 103 bytes/);
    expect((await ask({ socketPath: door.look }, 'GET', '/api/v1/slots')).status).toBe(200);
  });
});
