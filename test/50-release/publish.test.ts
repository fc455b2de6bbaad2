/** Publishing: the order of writes, what lies there already, and a channel that goes on step by step. */
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  CHANNEL_PAYLOAD_TYPE,
  type Channel,
  decodeChannel,
  openEnvelope,
  signEnvelope,
} from '../../format/index.ts';
import {
  buildDeltas,
  buildRelease,
  changeChannel,
  inspectRelease,
  publishRelease,
  readChannel,
  signRelease,
  verifyRelease,
} from '../../release/index.ts';
import { KIB, noise, openWorkshop, type Workshop } from './release-maker.ts';

const CREATED = '2025-03-01T12:00:00Z';
const OTHER = 'cd'.repeat(32);

let shop: Workshop;
let from: string;
let to: string;
let identity: string;
beforeEach(async () => {
  shop = await openWorkshop();
  const image = await shop.image('rootfs.img', noise(300 * KIB, 'publish'));
  const options = shop.options('out', { rootfs: image });
  identity = (await buildRelease(options)).identity;
  from = options.folder;
  to = shop.path('served');
});
afterEach(() => shop.remove());

/** Verified with the workshop's key, as a device would. */
async function channelOf(folder: string): Promise<Channel> {
  const envelope = await readFile(join(folder, 'channel.json'));
  const { payload } = openEnvelope(envelope, {
    payloadType: CHANNEL_PAYLOAD_TYPE,
    ring: shop.ring,
    threshold: 1,
  });
  return decodeChannel(payload);
}

function signing() {
  return { keys: [shop.keys.privateKey], created: CREATED };
}

describe('publish', () => {
  test('the-served-folder-is-a-whole-release', async () => {
    const published = await publishRelease({ from, to });
    expect(published).toMatchObject({ identity, copied: 2, kept: 0, channel: undefined });
    expect((await verifyRelease(to, shop.ring, 1)).ok).toBe(true);
    expect((await readdir(to)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await readFile(join(to, 'release.json'))).toEqual(await readFile(join(from, 'release.json')));
  });

  test('a-payload-that-lies-there-is-left-alone-and-a-damaged-one-is-made-good', async () => {
    await publishRelease({ from, to });
    const names = (await readdir(to)).filter((name) => name.startsWith('rootfs-'));
    const [first = '', second = ''] = names;
    for (const name of names) await utimes(join(to, name), 1, 1);
    await writeFile(join(to, second), 'damaged');
    expect(await publishRelease({ from, to })).toMatchObject({ copied: 1, kept: 1 });
    expect((await stat(join(to, first))).mtimeMs).toBe(1000);
    expect((await verifyRelease(to, shop.ring, 1)).ok).toBe(true);
  });

  test('a-payload-that-is-not-what-was-signed-leaves-the-earlier-release', async () => {
    await publishRelease({ from, to });
    const before = await readFile(join(to, 'release.json'));
    const next = shop.options('next', { rootfs: await shop.image('next.img', noise(200 * KIB, 'next')) });
    await buildRelease({ ...next, version: '1.5.0', sequence: 15 });
    const pack = (await readdir(next.folder)).find((name) => name.endsWith('.pack')) ?? '';
    const bytes = await readFile(join(next.folder, pack));
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    await writeFile(join(next.folder, pack), bytes);
    const error = publishRelease({ from: next.folder, to, channel: signing() });
    await expect(error).rejects.toMatchObject({ code: 'PAYLOAD_MISMATCH' });
    expect(await readFile(join(to, 'release.json'))).toEqual(before);
    expect(await readChannel(to)).toBeUndefined();
    expect((await verifyRelease(to, shop.ring, 1)).ok).toBe(true);
  });

  test('an-unsigned-release-is-not-published', async () => {
    const options = shop.options('unsigned', { rootfs: await shop.image('u.img', noise(200 * KIB, 'u')) });
    await buildRelease({ ...options, keys: [] });
    const error = publishRelease({ from: options.folder, to });
    await expect(error).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });

  test('a-delta-that-is-not-signed-yet-keeps-the-release-from-being-published', async () => {
    const base = await shop.image('base.img', noise(200 * KIB, 'base'));
    await buildDeltas({ folder: from, bases: [{ path: base }], workers: 0, setting: 'fast' });
    expect(await inspectRelease(from)).toMatchObject({ signed: true, awaitsSignature: true });
    await expect(publishRelease({ from, to })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('donabe release sign'),
    });
    await expect(readdir(to)).rejects.toMatchObject({ code: 'ENOENT' });
    await signRelease(from, [shop.keys.privateKey]);
    expect(await inspectRelease(from)).toMatchObject({ signed: true, awaitsSignature: false });
    await publishRelease({ from, to });
    expect((await verifyRelease(to, shop.ring, 1)).deltas).toHaveLength(1);
  });

  test('a-release-that-came-without-its-manifest-json-is-published', async () => {
    await rm(join(from, 'manifest.json'));
    expect(await publishRelease({ from, to })).toMatchObject({ identity, copied: 2 });
  });

  test('a-folder-with-a-channel-is-not-published-to-without-one', async () => {
    await publishRelease({ from, to, channel: signing() });
    await expect(publishRelease({ from, to })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });
});

describe('the channel', () => {
  test('goes-on-with-rising-sequences-and-keeps-what-is-not-said-anew', async () => {
    await publishRelease({
      from,
      to,
      channel: { ...signing(), percent: 5, cohorts: [{ labels: ['pilot'] }] },
    });
    expect(await channelOf(to)).toMatchObject({ sequence: 1, offered: identity, percent: 5, paused: false });
    await changeChannel(to, { percent: 25 }, { ...signing(), expires: '2030-01-01T00:00:00Z' });
    await changeChannel(to, { paused: true }, signing());
    await changeChannel(to, { withdrawn: { identity: OTHER, reason: 'burns rice' } }, signing());
    await changeChannel(to, { withdrawn: { identity: OTHER, reason: 'burns all rice' } }, signing());
    const channel = await channelOf(to);
    expect(channel).toMatchObject({
      sequence: 5,
      percent: 25,
      paused: true,
      cohorts: [{ labels: ['pilot'] }],
    });
    expect(channel.withdrawn).toEqual([{ identity: OTHER, reason: 'burns all rice' }]);
    // Each channel has a time of its own.
    expect(channel.expires).toBeUndefined();
  });

  test('one-that-is-expired-when-it-is-made-is-refused', async () => {
    await publishRelease({ from, to });
    for (const expires of ['2025-01-01T00:00:00Z', CREATED]) {
      await expect(changeChannel(to, {}, { ...signing(), expires })).rejects.toMatchObject({
        code: 'OPTIONS_INVALID',
        facts: { created: CREATED, expires },
      });
    }
    expect(await readChannel(to)).toBeUndefined();
    await changeChannel(to, {}, { ...signing(), expires: '2025-03-01T12:00:01Z' });
    expect((await channelOf(to)).sequence).toBe(1);
  });

  test('the-first-one-offers-what-lies-there-to-everybody', async () => {
    await publishRelease({ from, to });
    await changeChannel(to, {}, signing());
    expect(await channelOf(to)).toMatchObject({ sequence: 1, offered: identity, percent: 100, cohorts: [] });
  });

  test('nonsense-is-refused-before-it-is-written', async () => {
    await publishRelease({ from, to });
    await expect(changeChannel(to, { percent: 101 }, signing())).rejects.toMatchObject({
      code: 'CHANNEL_MALFORMED',
    });
    await expect(changeChannel(to, {}, { keys: [], created: CREATED })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
    expect(await readChannel(to)).toBeUndefined();
  });

  test('a-broken-one-is-named', async () => {
    await publishRelease({ from, to });
    const path = join(to, 'channel.json');
    await writeFile(path, '{ broken');
    await expect(changeChannel(to, {}, signing())).rejects.toMatchObject({
      code: 'ENVELOPE_MALFORMED',
      message: expect.stringContaining(path),
      cause: expect.objectContaining({ code: 'ENVELOPE_MALFORMED' }),
    });
    await writeFile(path, signEnvelope(Buffer.from('{}'), CHANNEL_PAYLOAD_TYPE, [shop.keys.privateKey]));
    await expect(changeChannel(to, {}, signing())).rejects.toMatchObject({
      code: 'CHANNEL_MALFORMED',
      message: expect.stringContaining(path),
    });
  });

  test('a-release-in-its-place-is-no-channel', async () => {
    await publishRelease({ from, to });
    await writeFile(join(to, 'channel.json'), await readFile(join(to, 'release.json')));
    await expect(readChannel(to)).rejects.toMatchObject({ code: 'RELEASE_UNREADABLE' });
  });
});
