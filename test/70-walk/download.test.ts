/** Fetch, checkpoint and finalise: what is fetched again, what is durable when, and what a bad payload costs. */
import { cp, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AgentError,
  createFolderSource,
  type Device,
  type ImageTarget,
  type Slots,
  type Source,
  Stopped,
  type Store,
  update,
} from '../../agent/index.ts';
import { PowerCutSlots } from '../../fixtures/index.ts';
import { CHUNK, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { type Counted, counted } from './counted-source.ts';
import { codeOf, DAEMON, type Published, World } from './world.ts';

/** Chunks that are in the pipeline beside the one that is written. */
const AHEAD = 2;

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let next: Published;
let world: World;
const never = new AbortController().signal;

beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  next = await folder.publish('3.0.0', 3);
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh, next);
});
afterEach(() => world.dispose());

/** Slots whose targets are wrapped. */
function slotsWith(wrap: (target: ImageTarget) => ImageTarget): Slots {
  const inner = new PowerCutSlots(world.disks, 'a');
  return {
    openForReading: (slot, each) => inner.openForReading(slot, each),
    openForUpdate: async (slot, each) => wrap(await inner.openForUpdate(slot, each)),
  };
}

function storeWith(change: Partial<Store>): Store {
  const { store } = world;
  return new Proxy(store, {
    get: (_target, name) => {
      const changed = Reflect.get(change, name);
      if (changed !== undefined) return changed;
      const value: unknown = Reflect.get(store, name);
      return typeof value === 'function' ? value.bind(store) : value;
    },
  });
}

async function counts(release: Published): Promise<{ installAttempts: number } | undefined> {
  return (await world.record()).failures.find(({ identity }) => identity === release.seal.identity);
}

async function unbootable(): Promise<void> {
  const { b } = (await world.bootControl().read()).slots;
  expect(b.bootable).toBe(false);
  expect(b.ranked).toBe(false);
  expect(world.beheaded('b')).toBe(true);
}

describe('a stop', () => {
  it('finishes the chunks at hand and makes a checkpoint; the next start fetches no chunk twice', async () => {
    const whole = counted(fresh.published);
    const reference = await World.create(folder.keys, factory, fresh);
    expect(await reference.walk(await reference.boot(), undefined)).toBe('entered');
    await codeOf(update(await reference.boot(), whole, DAEMON, never).catch(() => 'reset'));
    reference.dispose();

    const stop = new AbortController();
    const first = counted(fresh.published);
    const device = await world.boot();
    device.reporter.on('progressed', ({ bytes }) => {
      if (bytes.written >= 3 * CHUNK) stop.abort('terminate');
    });
    await expect(update(device, first, DAEMON, stop.signal)).rejects.toBeInstanceOf(Stopped);
    const written = (world.row?.bytes.written ?? 0) / CHUNK;
    expect(world.store.checkpoints(world.row?.id ?? '')).toMatchObject([
      { slotClass: 'rootfs', chunks: written },
    ]);
    // What was decoded while the third was written is not thrown away.
    expect(written).toBeGreaterThanOrEqual(3);
    expect(written).toBeLessThanOrEqual(3 + AHEAD);

    world.closeStore();
    const second = counted(fresh.published);
    expect(
      await codeOf(update(await world.start('a'), second, DAEMON, never).catch(() => 'reset')),
    ).toContain('reset');
    // What was in flight in the socket, and the frame that was being put together, are all that may come twice.
    expect(first.bytes + second.bytes - whole.bytes).toBeLessThan(2 * CHUNK);
    expect(second.names.filter((name) => name.includes('index'))).toEqual([]);
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('while it plans is a stop, not a word thrown', async () => {
    const stop = new AbortController();
    const source = counted(fresh.published);
    const device = await world.boot({
      store: storeWith({
        keepIndex: (digest, bytes) => {
          world.store.keepIndex(digest, bytes);
          stop.abort('terminate');
        },
      }),
    });
    await expect(update(device, source, DAEMON, stop.signal)).rejects.toBeInstanceOf(Stopped);
  });

  it('without a word loses no chunk that is in the slot: it is found by its hash', async () => {
    const device = await world.boot({
      store: storeWith({
        checkpoint: () => {
          throw new Error('SIGKILL');
        },
      }),
    });
    const first = counted(fresh.published);
    await expect(update(device, first, DAEMON, never)).rejects.toThrow('SIGKILL');
    const second = counted(fresh.published);
    await codeOf(update(await world.start('a'), second, DAEMON, never).catch(() => 'reset'));
    expect(world.store.deployment()?.bytes.reused).toBeGreaterThanOrEqual(2 * CHUNK);
    expect(world.contentOf('b')).toBe(fresh);
  });
});

it('a checkpoint never runs ahead of the data (rule 4)', async () => {
  const dirty = new Set<string>();
  let checkpoints = 0;
  const device = await world.boot({
    slots: slotsWith((target) => ({
      ...target,
      write: async (offset, data) => {
        dirty.add(target.slotClass);
        await target.write(offset, data);
      },
      flush: async () => {
        await target.flush();
        dirty.delete(target.slotClass);
      },
    })),
    store: storeWith({
      checkpoint: (id, progress, bytes) => {
        checkpoints += 1;
        for (const { slotClass } of progress)
          expect(dirty.has(slotClass), `${slotClass} is flushed`).toBe(false);
        world.store.checkpoint(id, progress, bytes);
      },
    }),
  });
  expect(await world.walk(device, fresh)).toBe('reset');
  expect(checkpoints).toBeGreaterThan(5);
});

describe('a tampered payload', () => {
  it('frame is fetched three times, then refused; the slot cannot boot, and the attempt counts once', async () => {
    const source = counted(fresh.published, (_name, start, piece) =>
      start < CHUNK * 2 && start + piece.length > CHUNK ? Uint8Array.from(piece, (byte) => byte ^ 1) : piece,
    );
    const device = await world.boot();
    expect(await codeOf(update(device, source, DAEMON, never))).toBe('PAYLOAD_REJECTED');
    expect(source.names.filter((name) => !name.includes('index'))).toHaveLength(3);
    await unbootable();
    expect(await counts(fresh)).toMatchObject({ installAttempts: 1, failedTrials: 0, silentTrials: 0 });
    expect(world.store.failures(fresh.seal.identity)).toMatchObject({ installAttempts: 1 });
    expect(world.store.history(1)).toMatchObject([{ outcome: 'abandoned', code: 'PAYLOAD_REJECTED' }]);
    for (const attempt of [2, 3]) {
      expect(await codeOf(update(device, source, DAEMON, never))).toBe('PAYLOAD_REJECTED');
      expect((await counts(fresh))?.installAttempts).toBe(attempt);
    }
    expect(await codeOf(update(device, source, DAEMON, never))).toBe('RELEASE_FAILED_BEFORE');
  });

  it('first chunk is refused after everything else is in the slot, and is not written', async () => {
    const source = counted(fresh.published, (_name, start, piece) =>
      start < 8192 ? Uint8Array.from(piece, (byte) => byte ^ 1) : piece,
    );
    expect(await codeOf(update(await world.boot(), source, DAEMON, never))).toBe('PAYLOAD_REJECTED');
    await unbootable();
    expect((await world.record()).seals.b).toBeUndefined();
  });

  it('index that the line damaged once is fetched again; one that stays wrong is refused, nothing written', async () => {
    let damaged = 1;
    const spoiling = (): Counted => {
      const source = counted(fresh.published);
      const read = source.read;
      source.read = async (name, size, signal) => {
        const bytes = await read(name, size, signal);
        damaged -= 1;
        return damaged < 0 ? bytes : Uint8Array.from(bytes, (byte) => byte ^ 1);
      };
      return source;
    };
    const device = await world.boot();
    damaged = 99;
    const before = world.disks.b['rootfs']?.durable();
    const source = spoiling();
    expect(await codeOf(update(device, source, DAEMON, never))).toBe('PAYLOAD_REJECTED');
    expect(source.names).toHaveLength(3);
    expect(world.disks.b['rootfs']?.durable()).toEqual(before);
    expect(await counts(fresh)).toMatchObject({ installAttempts: 1 });
    damaged = 1;
    expect(await codeOf(update(device, spoiling(), DAEMON, never).catch(() => 'reset'))).toContain('reset');
  });
});

describe('a bad line', () => {
  function broken(code: 'CONNECTION_FAILED', published: string): Source {
    return {
      ...counted(published),
      range: async () => {
        throw new AgentError(code, 'No.');
      },
    };
  }

  it('ends the series after five tries without a chunk; the count is in the store and outlives a restart', async () => {
    const source = broken('CONNECTION_FAILED', fresh.published);
    const stop = new AbortController();
    let tries = 0;
    const device = await world.boot();
    device.reporter.on('happened', ({ name }) => {
      if (name !== 'fetch-retried') return;
      tries += 1;
      if (tries === 3) stop.abort('terminate');
    });
    await expect(update(device, source, DAEMON, stop.signal)).rejects.toBeInstanceOf(Stopped);
    expect(world.row?.fruitlessTries).toBe(3);
    const restarted = await world.start('a');
    restarted.reporter.on('happened', ({ name }) => {
      if (name === 'fetch-retried') tries += 1;
    });
    expect(await codeOf(update(restarted, source, DAEMON, never))).toBe('FETCH_SERIES_ENDED');
    expect(tries).toBe(4);
    expect(world.row?.fruitlessTries).toBe(0);
    expect(await counts(fresh)).toBeUndefined();
  });

  it('that ends with a payload which is not there gives the offer up, and is not counted', async () => {
    const source: Source = {
      ...counted(fresh.published),
      range: async () => {
        throw new AgentError('HTTP_STATUS', '404.');
      },
    };
    expect(await codeOf(update(await world.boot(), source, DAEMON, never))).toBe('HTTP_STATUS');
    expect(world.store.history(1)).toMatchObject([{ outcome: 'abandoned', code: 'HTTP_STATUS' }]);
    expect(await counts(fresh)).toBeUndefined();
  });

  it('holds the byte budget, over all deployments of the release', async () => {
    const device = await world.boot();
    const policy = { ...device.policy, byteBudget: 300_000 };
    const source = counted(fresh.published);
    const spender: Device = { ...device, policy };
    expect(await codeOf(update(spender, source, DAEMON, never))).toBe('BYTE_BUDGET_SPENT');
    expect(source.bytes).toBeLessThanOrEqual(300_000);
    expect(world.row).toMatchObject({ state: 'fetching' });
    expect(await counts(fresh)).toBeUndefined();
    await unbootable();
  });
});

describe('a slot', () => {
  it('that is too small is refused before anything is written', async () => {
    const inner = new PowerCutSlots(world.disks, 'a');
    const device = await world.boot({
      slots: {
        openForUpdate: (slot, each) => inner.openForUpdate(slot, each),
        openForReading: async (slot, each) => ({
          ...(await inner.openForReading(slot, each)),
          capacity: 4096,
        }),
      },
    });
    const before = world.disks.b['boot']?.durable();
    expect(await codeOf(world.walk(device, fresh))).toBe('SLOT_TOO_SMALL');
    expect(world.disks.b['boot']?.durable()).toEqual(before);
    expect(world.row).toBeUndefined();
    expect(await counts(fresh)).toBeUndefined();
  });

  it('that turns out to be the booted one is refused before anything is written', async () => {
    const device = await world.boot({ slots: new PowerCutSlots(world.disks, 'b') });
    const bootBefore = world.misc.durable();
    expect(await codeOf(world.walk(device, fresh))).toBe('SLOT_IS_BOOTED');
    expect(world.row).toBeUndefined();
    expect(world.misc.durable()).toEqual(bootBefore);
    expect((await world.record()).seals.a).toBeDefined();
  });

  it('that does not hold what was written is abandoned, beheaded and unbootable', async () => {
    const device = await world.boot({
      slots: slotsWith((target) => ({
        ...target,
        readBack: async (offset, length) => {
          const bytes = Uint8Array.from(await target.readBack(offset, length));
          if (offset === 0) bytes[7] = (bytes[7] ?? 0) ^ 1;
          return bytes;
        },
      })),
    });
    expect(await codeOf(world.walk(device, fresh))).toBe('SLOT_READ_BACK');
    await unbootable();
    expect(await counts(fresh)).toMatchObject({ installAttempts: 1 });
    expect((await world.record()).seals.b).toBeUndefined();
  });

  it('of which one partition cannot even be beheaded again has the others beheaded, for the first reason', async () => {
    let broken = false;
    const device = await world.boot({
      slots: slotsWith((target) => ({
        ...target,
        write: async (offset, data) => {
          if (broken && target.slotClass === 'rootfs') throw new AgentError('SLOT_WRITE_FAILED', 'Dead.');
          await target.write(offset, data);
        },
        readBack: async (offset, length) => {
          const bytes = Uint8Array.from(await target.readBack(offset, length));
          if (offset === 0 && target.slotClass === 'boot') {
            broken = true;
            bytes[7] = (bytes[7] ?? 0) ^ 1;
          }
          return bytes;
        },
      })),
    });
    expect(await codeOf(world.walk(device, fresh))).toBe('SLOT_READ_BACK');
    expect((await world.bootControl().read()).slots.b.bootable).toBe(false);
    expect(world.disks.b['boot']?.durable().subarray(0, 512)).toEqual(new Uint8Array(512));
  });
});

it('a deployment that was made for the slot that runs now is not continued in the other one', async () => {
  // Only lost records lead here: the row must neither lend its checkpoints nor name the slot that is activated.
  const device = await world.boot();
  const source = createFolderSource(fresh.published);
  const offer = await source.offer(undefined, never);
  if (offer.kind !== 'offer') throw new Error('no offer');
  world.store.open({
    id: 'old',
    identity: fresh.seal.identity,
    version: '2.0.0',
    sequence: 2,
    slot: 'a',
    source: source.name,
    envelope: offer.envelope,
    forced: false,
    openedAt: 1,
  });
  await codeOf(update(device, source, DAEMON, never).catch(() => 'reset'));
  expect(world.row).toMatchObject({ slot: 'b', state: 'activated' });
  const boot = await world.bootControl().read();
  expect(boot.active).toBe('b');
  expect(boot.slots.a.successful).toBe(true);
  expect(world.contentOf('b')).toBe(fresh);
});

describe('a newer release', () => {
  it('replaces one that is half fetched', async () => {
    const stop = new AbortController();
    const device = await world.boot();
    device.reporter.on('progressed', ({ bytes }) => {
      if (bytes.written >= 3 * CHUNK) stop.abort('terminate');
    });
    await expect(update(device, counted(fresh.published), DAEMON, stop.signal)).rejects.toBeInstanceOf(
      Stopped,
    );
    expect(await world.walk(await world.start('a'), next)).toBe('reset');
    expect(world.store.history(1)).toMatchObject([{ outcome: 'replaced', version: '2.0.0' }]);
    expect(world.contentOf('b')).toBe(next);
  });
});

it('a payload that a person truncated on the stick is no fault of the release', async () => {
  const stick = join(folder.folder, 'stick');
  await cp(fresh.published, stick, { recursive: true });
  const packs = (await readdir(stick)).filter((name) => name.endsWith('.pack'));
  for (const name of packs) await truncate(join(stick, name), 100_000);
  expect(packs).toHaveLength(2);
  // Before the slot is opened: half a copy on a stick is no reason to give the old content up.
  expect(await codeOf(world.walk(await world.boot(), { published: stick }))).toBe('SOURCE_INCOMPLETE');
  expect(await counts(fresh)).toBeUndefined();
});
