/** What the local API answers: looking, acting, and who may do which. */
import { statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_DOCUMENT, createFolderSource, type Device, ROUTES } from '../../agent/index.ts';
import { moodyMcu, type Published, republish, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { ask, OpenDoor } from './open-door.ts';

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let asking: Published;
let world: World;
let device: Device;
let door: OpenDoor;

beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  asking = await republish(folder, fresh, { apply: 'ask' });
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh);
  device = await world.boot();
  door = new OpenDoor();
});
afterEach(async () => {
  await door.remove();
  world.dispose();
});

/** A daemon that lives until its next poll, at each poke; the last life is awaited. */
function daemonOf(from: Published | undefined): {
  readonly poke: () => void;
  readonly done: () => Promise<string>;
} {
  let life: Promise<string> = Promise.resolve('never lived');
  const source = from && createFolderSource(from.published);
  return {
    poke: () => {
      life = life.then(() => world.live(device, { source }));
    },
    done: () => life,
  };
}

describe('looking', () => {
  it('shows what the device is and does, by either socket', async () => {
    await door.open(device, { walker: () => ({ pid: 7, verb: 'install' }) });
    device.reporter.progress('fetching', { progress: 40 });
    const status = await door.get('/api/v1/status');
    expect(status).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: {
        device: 'world',
        version: '1.0.0',
        walker: { pid: 7, verb: 'install' },
        event: { phase: 'fetching', progress: 40 },
        paused: false,
        slots: [
          { slot: 'a', version: '1.0.0', booted: true, active: true, good: true },
          { slot: 'b', booted: false, bootable: false },
        ],
      },
    });
    expect(await ask({ socketPath: door.look }, 'GET', '/api/v1/status')).toMatchObject({
      body: status.body,
    });
    expect((await door.get('/api/v1/slots')).body['slots']).toEqual(status.body['slots']);
  });

  it('tells what only the agent knows of a failure to those who may act', async () => {
    const part = { name: 'log.txt', bytes: Buffer.from('the last line') };
    await door.open(device, { evidence: async () => ({ parts: [part], missing: [] }) });
    expect(await door.get('/api/v1/diag')).toMatchObject({
      status: 200,
      body: { parts: [{ name: 'log.txt', text: 'the last line' }], missing: [] },
    });
    expect((await ask({ socketPath: door.look }, 'GET', '/api/v1/diag')).status).toBe(403);
  });

  it('shows the history, as much of it as is asked for', async () => {
    await door.open(device);
    for (const release of [asking, asking]) {
      await world.walk(device, release);
      await world.live(device, { source: undefined });
      const row = world.row;
      world.store.close(row?.id ?? '', 'cancelled', {
        code: 'CANCELLED',
        reason: '',
        at: 1,
        rollbackMs: undefined,
        bytes: undefined,
      });
    }
    const all = (await door.get('/api/v1/history')).body['history'];
    expect(all).toMatchObject([{ outcome: 'cancelled' }, { outcome: 'cancelled' }]);
    expect((await door.get('/api/v1/history?limit=1')).body['history']).toHaveLength(1);
  });

  it('shows what the MCU said last, and never asks it', async () => {
    const mcu = moodyMcu(() => {
      throw new Error('the API asked the MCU');
    });
    await door.open(
      { ...device, mcu },
      { mcu: () => ({ version: undefined, status: undefined, heardAt: performance.now() - 5000 }) },
    );
    const { body } = await door.get('/api/v1/mcu');
    expect(body).toMatchObject({ version: null, status: null, conditions: [] });
    expect(body['heardMsAgo']).toBeGreaterThanOrEqual(5000);
  });

  it('says so when there is no MCU', async () => {
    await door.open(device);
    expect(await door.get('/api/v1/mcu')).toMatchObject({ status: 404, body: { error: 'API_NOT_FOUND' } });
  });
});

describe('acting', () => {
  it('a pause is durable when it is answered, holds the next walk, and ends by resume', async () => {
    const daemon = daemonOf(fresh);
    await door.open(device, daemon);
    expect(await door.post('/api/v1/pause')).toMatchObject({
      status: 200,
      body: { request: 1, answer: 'updates are paused until donabe resume' },
    });
    expect(await daemon.done()).toBe('asleep');
    expect(device.reporter.last).toMatchObject({ phase: 'waiting', status: 'paused' });
    world.closeStore();
    device = await world.boot({ store: world.store });
    expect(await world.live(device, { source: createFolderSource(fresh.published) })).toBe('asleep');
    expect(world.row).toBeUndefined();

    await door.shut();
    const next = daemonOf(fresh);
    await door.open(device, next);
    expect((await door.get('/api/v1/status')).body['paused']).toBe(true);
    expect(await door.post('/api/v1/resume')).toMatchObject({
      status: 200,
      body: { answer: 'updates go on' },
    });
    expect(await next.done()).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('what does not fit the present state is refused with its code', async () => {
    await door.open(device, daemonOf(undefined));
    for (const verb of ['resume', 'cancel', 'confirm']) {
      expect(await door.post(`/api/v1/${verb}`), verb).toMatchObject({
        status: 409,
        body: { error: 'NOTHING_TO_DO', message: expect.stringMatching(/\.$/) },
      });
    }
    expect(await door.post('/api/v1/rollback')).toMatchObject({
      status: 503,
      body: { error: 'SEAL_BROKEN' },
    });
  });

  it('a request that nobody answers yet stays, and has a number to ask with', async () => {
    await door.open(device, { poke: () => void setTimeout(() => door.shut(), 100) });
    await expect(door.post('/api/v1/pause')).rejects.toThrow();
    expect(world.store.requests()).toMatchObject([{ verb: 'pause', argument: '' }]);
    await door.open(device);
    expect(await door.get('/api/v1/requests/1')).toMatchObject({
      status: 200,
      body: { verb: 'pause', answer: null },
    });
    world.store.answerRequest(1, 'ok: done');
    expect((await door.get('/api/v1/requests/1')).body['answer']).toBe('ok: done');
    expect(await door.get('/api/v1/requests/2')).toMatchObject({ status: 404 });
  });

  it('the same wish twice is one request, and waiting ones have a limit', async () => {
    await door.open(device, { poke: () => undefined });
    world.store.addRequest('pause', '');
    const asked = door.post('/api/v1/pause');
    await expect.poll(() => world.store.requests().length).toBe(1);
    for (let at = 0; at < 15; at += 1) world.store.addRequest('force', String(at));
    expect(await door.post('/api/v1/resume')).toMatchObject({ status: 429, body: { error: 'API_TOO_MUCH' } });
    world.store.answerRequest(1, 'ok: paused');
    expect(await asked).toMatchObject({ status: 200, body: { request: 1 } });
  });

  it('nothing is promised by a store that lives in memory', async () => {
    const { AgentError } = await import('../../agent/index.ts');
    const storeFault = new AgentError('STORE_UNWRITABLE', 'The partition is full.');
    await door.open({ ...device, storeFault });
    expect(await door.post('/api/v1/pause')).toMatchObject({
      status: 503,
      body: { error: 'STORE_UNWRITABLE' },
    });
    expect(world.store.requests()).toEqual([]);
  });
});

describe('upgrade', () => {
  it('is accepted, consents to the release and ends a pause', async () => {
    const daemon = daemonOf(asking);
    await door.open(device, daemon);
    world.store.setFact('paused', 'yes');
    const accepted = await door.post('/api/v1/upgrade');
    expect(accepted).toMatchObject({
      status: 202,
      body: { request: 1, answer: 'installing release 2.0.0; the pause is over' },
    });
    expect(await daemon.done()).toBe('reset');
    expect((await world.boot()).booted).toBe('b');
  });

  it('takes up a deployment that waits, and says which', async () => {
    await world.walk(device, asking);
    const daemon = daemonOf(asking);
    await door.open(device, daemon);
    const accepted = await door.post('/api/v1/upgrade?version=2.0.0');
    expect(accepted).toMatchObject({ status: 202, body: { deployment: { version: '2.0.0', slot: 'b' } } });
    expect(accepted.body['deployment']).not.toHaveProperty('envelope');
    expect(await daemon.done()).toBe('reset');
  });

  it('is refused while one runs', async () => {
    await world.walk(device, asking);
    await door.open(device, { walks: () => true });
    expect(await door.post('/api/v1/upgrade')).toMatchObject({
      status: 409,
      body: { error: 'UPDATE_RUNS', facts: { version: '2.0.0' } },
    });
    expect(world.store.requests()).toEqual([]);
  });

  it.each([
    ['another version', () => fresh, '?version=3.0.0'],
    ['what runs already', () => factory, ''],
    ['no server', () => undefined, ''],
  ])('is not found: %s', async (_name, from, query) => {
    const daemon = daemonOf(from());
    await door.open(device, daemon);
    world.store.setFact('paused', 'yes');
    expect(await door.post(`/api/v1/upgrade${query}`)).toMatchObject({
      status: 404,
      body: { error: 'NOT_OFFERED' },
    });
    expect(await daemon.done()).toBe('asleep');
    expect(world.row).toBeUndefined();
    // What led to nothing ends no pause.
    expect((await door.get('/api/v1/status')).body['paused']).toBe(true);
  });
});

it('an offer that changed since the upgrade was accepted is not installed in its place', async () => {
  const how = { forced: false, retried: false, consented: true, only: '3.0.0' };
  await expect(world.walk(device, fresh, how)).rejects.toMatchObject({ code: 'NOT_OFFERED' });
  expect(world.row).toBeUndefined();
});

describe('who may', () => {
  it('act: the owner and the group; look: everybody', async () => {
    await door.open(device);
    expect(statSync(door.act).mode & 0o777).toBe(0o660);
    expect(statSync(door.look).mode & 0o777).toBe(0o666);
  });

  it.each(ROUTES.filter(({ may }) => may === 'act').map(({ method, path }) => [method, path] as const))(
    'the look socket does not take %s %s',
    async (method, path) => {
      await door.open(device);
      expect(await ask({ socketPath: door.look }, method, path)).toMatchObject({
        status: 403,
        body: { error: 'API_FORBIDDEN' },
      });
      expect(world.store.requests()).toEqual([]);
    },
  );

  it('by TCP: whoever has the token', async () => {
    const port = await freePort();
    const token = join(door.folder, 'token');
    writeFileSync(token, 'correct-horse-battery\n', { mode: 0o640 });
    await door.open(device, daemonOf(undefined), `tcp-port = ${port}\ntoken-file = ${JSON.stringify(token)}`);
    const where = { host: '127.0.0.1', port };
    const bearer = { headers: { authorization: 'Bearer correct-horse-battery' } };
    expect((await ask(where, 'GET', '/api/v1/status', bearer)).status).toBe(200);
    expect((await ask(where, 'POST', '/api/v1/pause', bearer)).status).toBe(200);
    for (const authorization of [
      '',
      'Bearer ',
      'Bearer correct-horse-batter',
      'Basic correct-horse-battery',
    ]) {
      expect(await ask(where, 'GET', '/api/v1/status', { headers: { authorization } })).toMatchObject({
        status: 403,
        body: { error: 'API_FORBIDDEN' },
      });
    }
  });

  it.each([
    ['that others may read', 'correct-horse-battery', 0o644],
    ['that is too short', 'short', 0o600],
    ['that is no token', 'two words and a line of text', 0o600],
  ])('a token file %s opens no port, and the sockets stay open', async (_name, text, mode) => {
    const port = await freePort();
    const token = join(door.folder, 'token');
    writeFileSync(token, text, { mode });
    await door.open(device, {}, `tcp-port = ${port}\ntoken-file = ${JSON.stringify(token)}`);
    expect(door.said.join('\n')).toMatch(/api-door-shut: .*token/);
    await expect(ask({ host: '127.0.0.1', port }, 'GET', '/api/v1/status')).rejects.toThrow(/ECONNREFUSED/);
    expect((await door.get('/api/v1/status')).status).toBe(200);
  });

  it('nobody, where the configuration says so', async () => {
    await door.open(device, {}, 'enabled = false');
    await expect(door.get('/api/v1/status')).rejects.toThrow(/ENOENT/);
  });
});

describe('the OpenAPI document', () => {
  const routes = ROUTES.map(({ method, path, may }) => `${method} ${path} ${may}`).sort();

  it('has every route and no other', () => {
    const documented = Object.entries(API_DOCUMENT.paths).flatMap(([path, { get, post }]) => [
      ...(get === undefined ? [] : [`GET ${path} ${get['x-may']}`]),
      ...(post === undefined ? [] : [`POST ${path} ${post['x-may']}`]),
    ]);
    expect(documented.sort()).toEqual(routes);
  });

  it('names the parameters that the routes take', () => {
    for (const { method, path, input } of ROUTES) {
      const item = API_DOCUMENT.paths[path];
      const operation = method === 'GET' ? item?.get : item?.post;
      const documented = (operation?.parameters ?? []).map(({ name }) => name).sort();
      const taken = 'entries' in input ? Object.keys(input.entries as object).sort() : [];
      expect(documented, path).toEqual(taken);
    }
  });

  it('refers to nothing that it does not have', () => {
    const text = JSON.stringify(API_DOCUMENT);
    const known = Object.keys((API_DOCUMENT.components['schemas'] ?? {}) as object);
    const named = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('is served', async () => {
    await door.open(device);
    expect((await door.get('/api/v1/openapi.json')).body).toEqual(JSON.parse(JSON.stringify(API_DOCUMENT)));
  });
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
