/** Rule 4: a checkpoint never runs ahead of the data. */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PartitionTarget } from '../../agent/adapters/partition.ts';
import { openReadBack, SYSTEM_TOOLS } from '../../agent/adapters/read-back.ts';
import { WorkMemory } from '../../agent/adapters/work-memory.ts';
import { AgentError, createFolderSource, update } from '../../agent/index.ts';
import { DAEMON, World } from '../70-walk/world.ts';
import { CHUNK } from '../80-power-cut/lab-releases.ts';
import { openStories, type Stories } from './stories.ts';
import { witnessed } from './witness.ts';

describe('an update', () => {
  let stories: Stories;
  beforeAll(async () => {
    stories = await openStories();
  });
  afterAll(() => stories.remove());

  it('commits a checkpoint only when nothing that it names waits for its flush', async () => {
    const { deeds } = await stories.tell({ release: stories.fresh });
    const disks = new Map<string, { written: Set<number>; flushing: Set<number> }>();
    let named = 0;
    for (const deed of deeds) {
      const [, name = '', what, place] =
        /^(\w+): (write|flush begins|flush|named up to chunk) ?(\d*)/.exec(deed) ?? [];
      const disk = disks.get(name) ?? { written: new Set(), flushing: new Set() };
      disks.set(name, disk);
      if (what === 'write') disk.written.add(Number(place) / CHUNK);
      // Only what was written when a flush began is flushed when it ends.
      if (what === 'flush begins') disk.flushing = new Set(disk.written);
      if (what === 'flush') for (const chunk of disk.flushing) disk.written.delete(chunk);
      if (what !== 'named up to chunk') continue;
      named += Number(place);
      const ahead = [...disk.written].filter((chunk) => chunk > 0 && chunk <= Number(place));
      expect(ahead, deeds.join('\n')).toEqual([]);
    }
    expect(named).toBeGreaterThan(3);
  });

  it('goes on behind the checkpoint after a cut, and ends with the right bytes', async () => {
    const { lab } = await stories.tell({ release: stories.fresh });
    const cutAt = lab.writes.lastIndexOf('store: checkpoint');
    for (const seed of [1, 2, 3]) {
      const { end, lab: again } = await stories.tell({ release: stories.fresh, cutAt, seed });
      expect(end).toEqual({ kind: 'idle', slot: 'b' });
      expect(again.contentOf('b')).toBe(stories.fresh);
    }
  });

  it('names nothing after a flush that failed, although the next one would succeed', async () => {
    const world = await World.create(stories.folder.keys, stories.factory, stories.fresh);
    const stop = new AbortController();
    const deeds: string[] = [];
    try {
      const device = await world.boot();
      let flushes = 0;
      const slots: typeof device.slots = {
        openForReading: (slot, slotClass) => device.slots.openForReading(slot, slotClass),
        openForUpdate: async (slot, slotClass) => {
          const target = await device.slots.openForUpdate(slot, slotClass);
          const flush = async (): Promise<void> => {
            flushes += 1;
            if (flushes !== 3) return target.flush();
            // Behind those of the zeros of two images: the first one of chunks, just when somebody ends the agent.
            stop.abort('terminate');
            throw new AgentError('SLOT_WRITE_FAILED', 'The device has lost bytes, and says so once.');
          };
          return { ...target, flush };
        },
      };
      const policy = { ...device.policy, checkpointBytes: 1 };
      const walk = update(
        witnessed({ ...device, slots, policy }, deeds),
        createFolderSource(stories.fresh.published),
        DAEMON,
        stop.signal,
      );
      await expect(walk).rejects.toMatchObject({ code: 'SLOT_WRITE_FAILED' });
      expect(flushes).toBe(3);
      expect(deeds.filter((deed) => deed.includes('named up to chunk'))).toEqual([]);
    } finally {
      world.dispose();
    }
  });
});

describe('a partition', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'donabe-rule-4-'));
    return () => rm(folder, { recursive: true, force: true });
  });

  it('is flushed by fdatasync of the handle that was written', async () => {
    const path = join(folder, 'slot.img');
    await writeFile(path, new Uint8Array(8192));
    const handle = await open(path, 'r+');
    let synced = 0;
    const counted = new Proxy(handle, {
      get: (target, name) => {
        if (name === 'datasync' || name === 'sync') synced += 1;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const memory = new WorkMemory(SYSTEM_TOOLS.alignedMemory);
    const readBack = await openReadBack({ path, isBlock: false }, (flags) => open(path, flags), SYSTEM_TOOLS);
    if (readBack.kind === 'none') throw new Error(readBack.reason);
    const facts = { slot: 'b', slotClass: 'rootfs', path, capacity: 8192 } as const;
    const target = new PartitionTarget(
      facts,
      counted,
      { memory, readBack, direct: undefined },
      () => undefined,
    );
    await target.write(0, new Uint8Array(4096).fill(7));
    await target.flush();
    await target.close();
    expect(synced).toBe(1);
  });
});
