/** Rule 17: a failed release stays failed; what the way to it did wrong is not held against it. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentError, type DaemonParts } from '../../agent/index.ts';
import { decodeManifest, MANIFEST_PAYLOAD_TYPE, openEnvelope } from '../../format/index.ts';
import { openStories, type Published, type Stories, type Story, withDevice } from './stories.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

async function packOf({ published }: Published): Promise<string> {
  const { payload } = openEnvelope(await readFile(join(published, 'release.json')), {
    payloadType: MANIFEST_PAYLOAD_TYPE,
    ring: stories.folder.keys.ring,
    threshold: 1,
  });
  return join(published, decodeManifest(payload).images[0]?.pack.name ?? '');
}

async function flipLastByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(path, bytes);
}

async function countsOf({ lab }: Story, release: Published) {
  const { record } = await lab.vaultRecord();
  return record.failures.find(({ identity }) => identity === release.seal.identity);
}

const refusals = ({ said }: Story): number => said.split('RELEASE_FAILED_BEFORE').length - 1;

describe('install attempts', () => {
  it('three that end by the release itself are enough, whatever the store remembers', async () => {
    const tampered = await stories.folder.publish('2.3.0', 6);
    await flipLastByte(await packOf(tampered));
    const served = (parts: DaemonParts): DaemonParts => asServer(withoutPauses(parts));
    for (const alter of [served, (parts: DaemonParts) => withForgetfulStore(served(parts))]) {
      const story = await stories.tell({ release: tampered, runs: 5, alter });
      expect(await countsOf(story, tampered)).toMatchObject({ installAttempts: 3 });
      expect(story.said.split('walk-ended: PAYLOAD_REJECTED')).toHaveLength(4);
      expect(refusals(story)).toBe(2);
    }
  });

  it('that end by one bad copy of it do not count: a server or another stick may have it whole', async () => {
    const tampered = await stories.folder.publish('2.5.0', 8);
    await flipLastByte(await packOf(tampered));
    const story = await stories.tell({ release: tampered, runs: 5, alter: withoutPauses });
    expect(story.end).toEqual({ kind: 'idle', slot: 'a' });
    expect(story.said).toContain('walk-ended: SOURCE_DAMAGED');
    expect(await countsOf(story, tampered)).toBeUndefined();
    expect(refusals(story)).toBe(0);
  });

  it('that end by the way to the release do not count', async () => {
    const missing = await stories.folder.publish('2.4.0', 7);
    const path = await packOf(missing);
    await rename(path, `${path}.late`);
    const ways = [
      // A folder says so itself, before the slot is opened; a server finds out in the middle.
      { alter: (parts: DaemonParts) => parts, opened: false },
      { alter: withoutPayloads, opened: true },
    ];
    for (const { alter, opened } of ways) {
      const story = await stories.tell({ release: missing, runs: 5, alter });
      expect(story.end).toEqual({ kind: 'idle', slot: 'a' });
      expect(story.deeds.includes('boot control: markUnbootable b')).toBe(opened);
      expect(await countsOf(story, missing)).toBeUndefined();
      expect(refusals(story)).toBe(0);
    }
  });
});

describe('trials', () => {
  it('one with a recorded failed check is enough, with the store lost as well', async () => {
    for (const alter of [(parts: DaemonParts) => parts, withForgetfulStore]) {
      const story = await stories.tell({ release: stories.broken, runs: 3, alter });
      expect(await countsOf(story, stories.broken)).toMatchObject({
        installAttempts: 0,
        failedTrials: 1,
        silentTrials: 0,
      });
      expect(story.deeds.filter((deed) => deed === 'boot control: activate b')).toHaveLength(1);
      expect(refusals(story)).toBe(3);
    }
  });

  it('with the vault lost the store remembers', async () => {
    const story = await stories.tell({
      release: stories.broken,
      runs: 2,
      alter: (parts, boot) =>
        boot < 4
          ? parts
          : withDevice(parts, ({ vault }) => ({
              vault: {
                read: async () => {
                  const { record } = await vault.read();
                  return { record: { ...record, failures: [] }, lost: false };
                },
                write: (record) => vault.write(record),
              },
            })),
    });
    expect(refusals(story)).toBe(2);
  });
});

/** The release in a folder, told as a server would: not one copy of many. */
function asServer(parts: DaemonParts): DaemonParts {
  const { source } = parts;
  if (source === undefined) return parts;
  return {
    ...parts,
    source: {
      name: source.name,
      offer: (etag, signal) => source.offer(etag, signal),
      read: (name, size, signal) => source.read(name, size, signal),
      range: (name, start, end, pin, signal) => source.range(name, start, end, pin, signal),
      close: () => source.close(),
    },
  };
}

/** A server that has the release and none of its payloads: 404, which gives this attempt up. */
function withoutPayloads(parts: DaemonParts): DaemonParts {
  const { source, ...rest } = asServer(parts);
  if (source === undefined) return parts;
  const range = async (): Promise<never> => {
    throw new AgentError('HTTP_STATUS', 'The server answered 404.');
  };
  return { ...rest, source: { ...source, range } };
}

/** Jitter that is never more than nothing. */
function withoutPauses(parts: DaemonParts): DaemonParts {
  return withDevice(parts, () => ({ random: () => 0 }));
}

/** Every look at the failures finds an empty store. */
function withForgetfulStore(parts: DaemonParts): DaemonParts {
  return withDevice(parts, ({ store }) => ({
    store: new Proxy(store, {
      get: (target, name) => {
        if (name === 'failures') return () => undefined;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    }),
  }));
}
