/** Rule 1: nothing unverified is ever bootable. */
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReadBack } from '../../agent/adapters/read-back.ts';
import { MANIFEST_PAYLOAD_TYPE, openEnvelope } from '../../format/index.ts';
import { CHUNK } from '../80-power-cut/lab-releases.ts';
import { flipped, openStories, type Stories, type Story, withDevice, withTargets } from './stories.ts';
import { at, lastAt } from './witness.ts';

/** Of a chunk index; each entry begins with the digest of its chunk. */
const ENTRY_BYTES = 72;

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

async function expectNeverActive({ lab, end, deeds }: Story): Promise<void> {
  expect(end).toEqual({ kind: 'idle', slot: 'a' });
  expect(deeds.filter((deed) => deed.startsWith('boot control: activate'))).toEqual([]);
  expect((await lab.bootState()).slots.b.bootable).toBe(false);
}

describe('before the flip', () => {
  it('every byte is read back from the device after its last write and its flush', async () => {
    const { deeds } = await stories.tell({ release: stories.fresh });
    const flip = at(deeds, 'boot control: activate b');
    for (const slotClass of ['rootfs', 'boot']) {
      for (const offset of [0, CHUNK, 2 * CHUNK]) {
        const written = lastAt(deeds, new RegExp(`^${slotClass}_b: write ${offset}( zeros)?$`));
        const flushed = at(deeds, `${slotClass}_b: flush`, written);
        expect(at(deeds, `${slotClass}_b: read back ${offset}`, flushed)).toBeLessThan(flip);
      }
    }
  });

  it('the seal is in the vault before the row says finalised', async () => {
    const { deeds } = await stories.tell({ release: stories.fresh });
    const finalised = at(deeds, 'store: setState finalised');
    expect(at(deeds, 'vault: no trial, seals a b')).toBeLessThan(finalised);
    expect(at(deeds, 'boot control: activate b')).toBeGreaterThan(finalised);
  });
});

describe('the slot is never active', () => {
  it.each([CHUNK, 2 * CHUNK])('when the device did not keep the chunk at %i', async (lost) => {
    const story = await stories.tell({
      release: stories.fresh,
      alter: (parts) =>
        withTargets(parts, ({ slotClass, readBack }) => ({
          readBack: async (offset, length) => {
            const bytes = await readBack(offset, length);
            return slotClass === 'rootfs' && offset === lost ? flipped(bytes) : bytes;
          },
        })),
    });
    expect(story.said).toContain('SLOT_READ_BACK');
    await expectNeverActive(story);
  });

  it('when the keys that signed the release are gone by the time of the flip', async () => {
    const story = await stories.tell({
      release: stories.fresh,
      alter: (parts) =>
        withDevice(parts, ({ keys, store }) => ({
          keys: async () => {
            const known = await keys();
            if (store.deployment()?.state !== 'finalised') return known;
            return { ...known, threshold: 2 };
          },
        })),
    });
    expect(story.said).toContain('MANIFEST_REJECTED');
    await expectNeverActive(story);
  });

  it('when one byte of the manifest was changed: nothing is written either', async () => {
    const forged = await stories.folder.publish('2.1.0', 4);
    const path = join(forged.published, 'release.json');
    const envelope = JSON.parse(await readFile(path, 'utf8')) as { payload: string };
    const text = Buffer.from(envelope.payload, 'base64').toString('utf8');
    const payload = Buffer.from(text.replace('2.1.0', '2.1.1')).toString('base64');
    await writeFile(path, JSON.stringify({ ...envelope, payload }));
    const story = await stories.tell({ release: forged });
    expect(story.said).toContain('MANIFEST_REJECTED');
    expect(story.deeds).not.toContain('boot control: markUnbootable b');
    await expectNeverActive(story);
  });

  it('when the chunk index is not the signed one: refused before the slot is opened', async () => {
    const forged = await stories.folder.publish('2.2.0', 5);
    const opened = openEnvelope(await readFile(join(forged.published, 'release.json')), {
      payloadType: MANIFEST_PAYLOAD_TYPE,
      ring: stories.folder.keys.ring,
      threshold: 1,
    });
    const { images } = JSON.parse(Buffer.from(opened.payload).toString('utf8')) as {
      images: { index: { name: string } }[];
    };
    const path = join(forged.published, images[0]?.index.name ?? '');
    const index = await readFile(path);
    await writeFile(path, flippedAt(index, index.length - ENTRY_BYTES));
    const story = await stories.tell({ release: forged });
    expect(story.said).toContain('SOURCE_DAMAGED');
    expect(story.deeds).not.toContain('boot control: markUnbootable b');
    await expectNeverActive(story);
  });
});

it('a read-back beside the page cache drops it again after every write', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'donabe-rule-1-'));
  const path = join(folder, 'slot.img');
  await writeFile(path, new Uint8Array(8192));
  let dropped = 0;
  const dropCache = async (): Promise<undefined> => {
    dropped += 1;
    return undefined;
  };
  const tools = { alignedMemory: () => undefined, dropCache };
  const readBack = await openReadBack({ path, isBlock: true }, (flags) => open(path, flags), tools);
  try {
    if (readBack.kind === 'none') throw new Error(readBack.reason);
    expect(readBack.kind).toBe('flushed');
    await readBack.read(0, 4096);
    const before = dropped;
    await readBack.read(4096, 4096);
    expect(dropped).toBe(before);
    readBack.written();
    await readBack.read(0, 4096);
    expect(dropped).toBe(before + 1);
  } finally {
    if (readBack.kind !== 'none') await readBack.close();
    await rm(folder, { recursive: true });
  }
});

function flippedAt(bytes: Uint8Array, place: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}
