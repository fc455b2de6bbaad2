/** A channel that has not changed costs no body, over restarts, and a copy that has rotted is fetched anew. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createHttpSource } from '../../agent/adapters/http-source.ts';
import { type Device, type Source, update } from '../../agent/index.ts';
import { type ReleaseServer, startReleaseServer } from '../../fixtures/index.ts';
import { generateKeyPair, keyRing } from '../../format/index.ts';
import { changeChannel } from '../../release/index.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { codeOf, DAEMON, type Published, World } from './world.ts';

const key = generateKeyPair('channel');
const channelKeys = async () => ({ ring: keyRing([key.publicKey]), threshold: 1 });
const NOW = { ...DAEMON, gatePatienceMs: 0 };
const never = new AbortController().signal;

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let world: World;
let served: string;
let server: ReleaseServer;
let source: Source;
beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh);
  served = await mkdtemp(join(tmpdir(), 'donabe-copy-'));
  await cp(fresh.published, served, { recursive: true });
  await say({ paused: true });
  server = await startReleaseServer(served);
  source = createHttpSource({ baseUrls: [server.url] });
});
afterEach(async () => {
  await source.close();
  await server.stop();
  world.dispose();
  await rm(served, { recursive: true, force: true });
});

const say = (what: Parameters<typeof changeChannel>[1]): Promise<unknown> =>
  changeChannel(served, what, { keys: [key.privateKey], created: '2026-05-01T00:00:00Z' });
const poll = (device: Device): Promise<string> =>
  codeOf(update(device, source, NOW, never).then(({ kind }) => kind));
const answers = (): number[] =>
  server.log.requests.filter(({ name }) => name === 'channel.json').map(({ status }) => status);

it('is asked for by its ETag at each poll, also after a restart, until it changes', async () => {
  expect(await poll(await world.boot({ channelKeys }))).toBe('no error but held');
  const bytes = server.log.bytesSent('channel.json');
  expect(await poll(await world.boot({ channelKeys }))).toBe('no error but held');
  world.closeStore();
  expect(await poll(await world.boot({ channelKeys }))).toBe('no error but held');
  expect(answers()).toEqual([200, 304, 304]);
  expect(server.log.bytesSent('channel.json')).toBe(bytes);
  await say({ withdrawn: { identity: fresh.seal.identity, reason: 'burns rice' } });
  expect(await poll(await world.boot({ channelKeys }))).toBe('RELEASE_WITHDRAWN');
  expect(answers().at(-1)).toBe(200);
});

it('that has rotted in the store, or belongs to another source, is fetched anew', async () => {
  const device = await world.boot({ channelKeys });
  expect(await poll(device)).toBe('no error but held');
  const copy = world.store.fact('channel-copy') ?? '';
  const spoilt = [copy.slice(0, -8), copy.replace(server.url, 'https://a.example/'), 'x', '\n\n\n', ''];
  for (const text of spoilt) {
    world.store.setFact('channel-copy', text);
    expect(await poll(device)).toBe('no error but held');
    expect(world.store.fact('channel-copy')).toBe(copy);
  }
  expect(answers()).toEqual(Array(1 + spoilt.length).fill(200));
});

it('that was refused is not kept: whoever spoils one answer does not spoil those that follow', async () => {
  const device = await world.boot({ channelKeys });
  const { channel } = source;
  const forged: Source = {
    ...source,
    name: source.name,
    offer: (...args) => source.offer(...args),
    channel: async (_etag, signal) => {
      const answer = await channel?.call(source, undefined, signal);
      return answer?.kind === 'offer' ? { ...answer, envelope: Buffer.from('{}') } : answer;
    },
  };
  expect(await codeOf(update(device, forged, NOW, never))).toBe('CHANNEL_REJECTED');
  expect(await poll(device)).toBe('no error but held');
});

it('without an ETag is fetched each time', async () => {
  server.misbehave('channel.json', { kind: 'no-etag' });
  const device = await world.boot({ channelKeys });
  expect(await poll(device)).toBe('no error but held');
  expect(await poll(device)).toBe('no error but held');
  expect(answers()).toEqual([200, 200]);
});
