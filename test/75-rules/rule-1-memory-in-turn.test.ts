/** Rule 1: what is on its way to a slot is what was verified, although all chunks are made in one memory. */
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WorkMemory } from '../../agent/adapters/work-memory.ts';
import { AgentError, createFolderSource, type Device, type ImageTarget, update } from '../../agent/index.ts';
import { DAEMON, type Published, World } from '../70-walk/world.ts';
import { editedImages, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';

/** Turns of the event loop that a write takes at most: some chunks are decoded meanwhile. */
const MOST_TURNS = 40;

let folder: LabFolder;
let factory: Published;
let whole: Published;
let delta: Published;
beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  whole = await folder.publish('2.0.0', 2);
  delta = await folder.publish('3.0.0', 3, {}, { images: editedImages(factory, 5), base: factory });
});
afterAll(() => folder.remove());

/** The same numbers for the same seed (Lehmer's generator). */
function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

interface Seen {
  mostAtOnce: number;
  /** Writes whose memory changed while they were under way. */
  changed: number;
  /** Writes that were under way when their target was closed. */
  closedEarly: number;
}

/** Writes that take their time, fail now and then, and read their memory only at their end. */
function slow(target: ImageTarget, seed: number, seen: Seen): ImageTarget {
  const random = numbersOf(seed);
  const memory = new WorkMemory((bytes) => new Uint8Array(bytes));
  let underWay = 0;
  return {
    ...target,
    memory: (bytes) => memory.take(bytes) ?? new Uint8Array(bytes),
    write: async (offset, data) => {
      const before = Uint8Array.from(data);
      underWay += 1;
      seen.mostAtOnce = Math.max(seen.mostAtOnce, underWay);
      const turns = Math.floor(random() * MOST_TURNS);
      for (let turn = 0; turn < turns; turn += 1) await setImmediate();
      underWay -= 1;
      if (Buffer.compare(before, data) !== 0) seen.changed += 1;
      if (offset > 0 && random() < 0.25) throw new AgentError('SLOT_WRITE_FAILED', 'It fails now and then.');
      await target.write(offset, data);
    },
    close: async () => {
      // Whoever closes leaves the memory to others.
      seen.closedEarly += underWay;
      await target.close();
    },
  };
}

function withSlow(device: Device, seed: number, seen: Seen): Device {
  return {
    ...device,
    slots: {
      openForReading: (slot, slotClass) => device.slots.openForReading(slot, slotClass),
      openForUpdate: async (slot, slotClass) =>
        slow(await device.slots.openForUpdate(slot, slotClass), seed, seen),
    },
  };
}

describe.each(['whole', 'delta'] as const)('chunks of a %s pack', (way) => {
  it('stay as they were verified until their write has ended, also when another write fails', async () => {
    const release = way === 'whole' ? whole : delta;
    const world = await World.create(folder.keys, factory, release);
    const seen: Seen = { mostAtOnce: 0, changed: 0, closedEarly: 0 };
    const never = new AbortController().signal;
    try {
      for (let seed = 1; world.contentOf('b') !== release; seed += 1) {
        expect(seed).toBeLessThan(60);
        const walk = update(
          withSlow(await world.boot(), seed, seen),
          createFolderSource(release.published),
          DAEMON,
          never,
        );
        const code = await walk.then(
          () => 'done',
          (error: unknown) => (error instanceof AgentError ? error.code : 'reset'),
        );
        expect(['SLOT_WRITE_FAILED', 'done', 'reset']).toContain(code);
      }
      expect(seen).toEqual({ mostAtOnce: 2, changed: 0, closedEarly: 0 });
    } finally {
      world.dispose();
    }
  });
});
