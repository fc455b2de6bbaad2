/** The power-cut storage itself: proofs that rest on it are worth what it forgets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../agent/adapters/open-store.ts';
import { RegionVault } from '../../agent/adapters/vault.ts';
import { EMPTY_VAULT, VAULT_COPY_BYTES } from '../../agent/model/vault-record.ts';
import type { VaultRecord } from '../../agent/model/vault-rows.ts';
import { seeded } from '../../fixtures/seed.ts';
import { CutCounter, PowerCut } from '../../fixtures/storage/cut-counter.ts';
import { CutStore } from '../../fixtures/storage/cut-store.ts';
import { PowerCutDisk, SECTOR_BYTES } from '../../fixtures/storage/power-cut-disk.ts';
import { PowerCutSlots } from '../../fixtures/storage/power-cut-slots.ts';
import { deployment } from './values.ts';
import { freshFolders } from './workbench.ts';

const folder = freshFolders();
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);
const BYTES = { fetched: 1, reused: 2, written: 3, verified: 4 };

/** What each sector of a disk is full of; undefined for a mixed one. */
function fill(bytes: Uint8Array): (number | undefined)[] {
  return Array.from({ length: bytes.length / SECTOR_BYTES }, (_, at) => {
    const sector = bytes.subarray(at * SECTOR_BYTES, (at + 1) * SECTOR_BYTES);
    return sector.every((byte) => byte === sector[0]) ? sector[0] : undefined;
  });
}

function filled(sectors: number, value: number): Uint8Array {
  return new Uint8Array(sectors * SECTOR_BYTES).fill(value);
}

describe('the counter', () => {
  it('cuts at the N-th durable write and at everything after, until power is back', async () => {
    const counter = new CutCounter(2);
    const line = counter.line();
    line.step('first');
    expect(() => line.step('second')).toThrow(new PowerCut(2, 'second'));
    expect(counter.isCut).toBe(true);
    expect(() => line.step('third')).toThrow(PowerCut);
    expect(() => line.check()).toThrow(PowerCut);
    expect(counter.count).toBe(2);
    counter.restore();
    expect(() => line.step('a ghost of the boot before')).toThrow(PowerCut);
    counter.line().step('first again');
    expect(counter.labels).toEqual(['first again']);
  });
});

describe('the disk', () => {
  it('keeps what was flushed, whatever the seed', async () => {
    for (const seed of SEEDS) {
      const counter = new CutCounter(3);
      const disk = new PowerCutDisk('disk', 8 * SECTOR_BYTES, counter, seeded(seed));
      const handle = disk.open();
      await handle.write(0, filled(4, 1));
      await handle.flush();
      await expect(handle.write(4 * SECTOR_BYTES, filled(4, 2))).rejects.toThrow(PowerCut);
      await expect(handle.read(0, 1)).rejects.toThrow(PowerCut);
      disk.settle();
      expect(fill(disk.durable()).slice(0, 4)).toEqual([1, 1, 1, 1]);
    }
  });

  it('drops, keeps and tears what was not flushed, by sectors that are never torn', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 500; seed += 1) {
      const disk = new PowerCutDisk('disk', 4 * SECTOR_BYTES, new CutCounter(), seeded(seed));
      const handle = disk.open();
      await handle.write(0, filled(2, 1));
      await handle.write(2 * SECTOR_BYTES, filled(2, 2));
      expect(fill(await handle.read(0, disk.size))).toEqual([1, 1, 2, 2]);
      expect(fill(await handle.readMedium(0, disk.size))).toEqual([0, 0, 0, 0]);
      disk.settle();
      const left = fill(disk.durable());
      expect(left).not.toContain(undefined);
      seen.add(left.join(''));
    }
    // Every subset of four sectors: the order of the writes saves nobody.
    expect(seen.size).toBe(16);
  });

  it('drops, keeps or tears a large write as a whole', async () => {
    const seen = new Set<string>();
    for (const seed of SEEDS) {
      const disk = new PowerCutDisk('disk', 64 * SECTOR_BYTES, new CutCounter(), seeded(seed));
      await disk.open().write(0, filled(64, 1));
      disk.settle();
      const kept = fill(disk.durable()).filter((value) => value === 1).length;
      seen.add(kept === 0 ? 'dropped' : kept === 64 ? 'kept' : 'torn');
    }
    expect([...seen].sort()).toEqual(['dropped', 'kept', 'torn']);
  });

  it('a write across a sector boundary is torn there', async () => {
    const seen = new Set<string>();
    for (const seed of SEEDS) {
      const disk = new PowerCutDisk('disk', 2 * SECTOR_BYTES, new CutCounter(), seeded(seed));
      await disk.open().write(SECTOR_BYTES - 2, new Uint8Array([1, 2, 3, 4]));
      disk.settle();
      seen.add(
        disk
          .durable()
          .subarray(SECTOR_BYTES - 2, SECTOR_BYTES + 2)
          .join(''),
      );
    }
    expect([...seen].sort()).toEqual(['0000', '0034', '1200', '1234']);
  });

  it('a flush that is cut has flushed nothing for sure', async () => {
    const seen = new Set<string>();
    for (const seed of SEEDS) {
      const disk = new PowerCutDisk('disk', SECTOR_BYTES, new CutCounter(2), seeded(seed));
      const handle = disk.open();
      await handle.write(0, filled(1, 7));
      await expect(handle.flush()).rejects.toThrow(PowerCut);
      disk.settle();
      seen.add(fill(disk.durable()).join(''));
    }
    expect([...seen].sort()).toEqual(['0', '7']);
  });

  it('is the same for the same seed', async () => {
    const run = async () => {
      const disk = new PowerCutDisk('disk', filled(64, 9), new CutCounter(), seeded(5));
      for (let at = 0; at < 8; at += 1) await disk.open().write(at * 8 * SECTOR_BYTES, filled(8, at));
      disk.settle();
      return disk.durable();
    };
    expect(await run()).toEqual(await run());
  });

  it('a killed process loses nothing: the page cache outlives it', async () => {
    const counter = new CutCounter();
    const disk = new PowerCutDisk('disk', SECTOR_BYTES, counter, seeded(1));
    const before = disk.open();
    await before.write(0, filled(1, 3));
    counter.restore();
    await expect(before.flush()).rejects.toThrow(PowerCut);
    const after = disk.open();
    expect(fill(await after.read(0, SECTOR_BYTES))).toEqual([3]);
    await after.flush();
    disk.settle();
    expect(fill(disk.durable())).toEqual([3]);
  });
});

describe('slots on it', () => {
  function bench() {
    const counter = new CutCounter();
    const disk = (label: string) => new PowerCutDisk(label, 4 * SECTOR_BYTES, counter, seeded(1));
    const disks = { a: { rootfs: disk('rootfs_a') }, b: { rootfs: disk('rootfs_b') } };
    return { disks, slots: new PowerCutSlots(disks, 'a') };
  }

  it('refuse the booted slot, a second opener and unknown classes', async () => {
    const { slots } = bench();
    await expect(slots.openForUpdate('a', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_IS_BOOTED' });
    await expect(slots.openForReading('b', 'kernel')).rejects.toMatchObject({ code: 'SLOT_OPEN_FAILED' });
    const target = await slots.openForUpdate('b', 'rootfs');
    await expect(slots.openForUpdate('b', 'rootfs')).rejects.toMatchObject({ code: 'SLOT_BUSY' });
    await target.close();
    await (await slots.openForUpdate('b', 'rootfs')).close();
  });

  it('read back only what was flushed, and lend their memory until the next call but one', async () => {
    const { slots } = bench();
    const target = await slots.openForUpdate('b', 'rootfs');
    await target.write(0, filled(1, 5));
    const view = await target.readBack(0, 1);
    expect(view[0]).toBe(0);
    await target.flush();
    await target.readBack(0, 1);
    expect(view[0]).toBe(0);
    await target.readBack(0, 1);
    expect(view[0]).toBe(5);
    expect((await target.read(0, 1))[0]).toBe(5);
  });
});

it('a vault that is cut at any durable write holds the record before or the record after', async () => {
  const record = (count: number): VaultRecord => ({ ...EMPTY_VAULT, agentStarts: { boot: 'b', count } });
  const outcomes = new Set<string>();
  for (const seed of SEEDS) {
    for (let cutAt = 1; cutAt <= 8; cutAt += 1) {
      const counter = new CutCounter();
      const random = seeded(seed * 100 + cutAt);
      const disks = [0, 1].map((at) => new PowerCutDisk(`vault-${at}`, VAULT_COPY_BYTES, counter, random));
      const open = () => {
        const [first, second] = disks.map((disk) => disk.open());
        if (first === undefined || second === undefined) throw new Error('a vault has two copies');
        return new RegionVault([first, second]);
      };
      await open().write(record(0));
      counter.restore(cutAt);
      let done = 0;
      try {
        for (const vault = open(); done < 4; done += 1) await vault.write(record(done + 1));
      } catch (error) {
        if (!counter.isCut) throw error;
      }
      for (const disk of disks) disk.settle();
      counter.restore();
      const { record: left, lost } = await open().read();
      expect(lost).toBe(false);
      expect([done, done + 1]).toContain(left.agentStarts.count);
      outcomes.add(left.agentStarts.count === done ? 'before' : 'after');
    }
  }
  expect(outcomes).toEqual(new Set(['before', 'after']));
});

describe('the store on it', () => {
  /** A store that is cut at its third durable write, which is a commit; returns what the next boot finds. */
  function cutAtCommit(seed: number) {
    const path = join(folder(), 'store.sqlite');
    const counter = new CutCounter(3);
    const store = new CutStore(openStore(path, { mayMigrate: true }).store, path, counter, seeded(seed));
    store.open(deployment());
    store.setFact('last-poll', '1');
    expect(() =>
      store.checkpoint('d1', [{ slotClass: 'rootfs', indexDigest: 'x', chunks: 8 }], BYTES),
    ).toThrow(PowerCut);
    expect(() => store.deployment()).toThrow(PowerCut);
    expect(() => store.dispose()).toThrow(PowerCut);
    store.settle();
    const wal = readFileSync(`${path}-wal`);
    const next = openStore(path, { mayMigrate: true });
    const found = {
      setAside: next.setAside,
      id: next.store.deployment()?.id,
      poll: next.store.fact('last-poll'),
      chunks: next.store.checkpoints('d1')[0]?.chunks,
      bytes: next.store.deployment()?.bytes.fetched,
      wal,
    };
    next.store.dispose();
    return found;
  }

  it('loses at most the commit that was cut, and that one as a whole', () => {
    const found = SEEDS.map(cutAtCommit);
    for (const each of found) {
      expect(each).toMatchObject({ setAside: undefined, id: 'd1', poll: '1' });
      expect([each.chunks, each.bytes]).toEqual(each.chunks === undefined ? [undefined, 0] : [8, 1]);
    }
    expect(new Set(found.map((each) => each.chunks))).toEqual(new Set([undefined, 8]));
    // The tail really differs: dropped, kept, and several ways of torn.
    expect(new Set(found.map((each) => each.wal.length)).size).toBeGreaterThan(5);
  });

  it('is the same for the same seed', () => {
    for (const seed of SEEDS.slice(0, 5)) {
      const [first, second] = [cutAtCommit(seed), cutAtCommit(seed)];
      expect(first.wal.length).toBe(second.wal.length);
      expect(first.chunks).toBe(second.chunks);
    }
  });

  it('keeps every commit when something else was cut', () => {
    const path = join(folder(), 'store.sqlite');
    const counter = new CutCounter(3);
    const store = new CutStore(openStore(path, { mayMigrate: true }).store, path, counter, seeded(1));
    store.open(deployment());
    store.setState('d1', 'activated', undefined);
    expect(() => counter.line().step('misc: write')).toThrow(PowerCut);
    store.settle();
    const next = openStore(path, { mayMigrate: true });
    expect(next.store.deployment()?.state).toBe('activated');
    next.store.dispose();
  });
});
