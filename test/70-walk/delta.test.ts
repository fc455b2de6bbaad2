/** Ways into the slot that need few bytes or none, and what becomes of them when the booted slot is no base. */
import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentError, type Device, type ImageReader, Stopped, update } from '../../agent/index.ts';
import { PowerCutSlots } from '../../fixtures/index.ts';
import { decodeManifest, MANIFEST_PAYLOAD_TYPE, type Manifest, openEnvelope } from '../../format/index.ts';
import { CHUNK, editedImages, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { type Counted, counted } from './counted-source.ts';
import { codeOf, DAEMON, type Published, World } from './world.ts';

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let next: Published;
let manifest: Manifest;
let world: World;
const never = new AbortController().signal;

beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2, {}, { images: editedImages(factory, 5), base: factory });
  next = await folder.publish('3.0.0', 3, {}, { images: editedImages(fresh, 6), base: fresh });
  manifest = await manifestOf(fresh);
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh, next);
});
afterEach(() => world.dispose());

async function manifestOf({ published }: Published): Promise<Manifest> {
  const { payload } = openEnvelope(await readFile(join(published, 'release.json')), {
    payloadType: MANIFEST_PAYLOAD_TYPE,
    ring: folder.keys.ring,
    threshold: 1,
  });
  return decodeManifest(payload);
}

/** What stands on the plan of the last walk. */
interface Planned {
  fetchBytes: number;
  'in-slot': number;
  zero: number;
  copy: number;
  delta: number;
  full: number;
}

/** One walk; what was planned, how many chunks fell, and what was fetched. */
async function walked(
  device: Device,
  source: Counted,
): Promise<{ end: string; planned: Planned | undefined; falls: number }> {
  let planned: Planned | undefined;
  let falls = 0;
  device.reporter.on('happened', ({ name, facts }) => {
    if (name === 'update-planned') planned = { ...(facts as unknown as Planned) };
  });
  device.reporter.on('progressed', (event) => {
    falls = event.falls;
  });
  const end = await codeOf(update(device, source, DAEMON, never).catch(resetOrThrow));
  return { end: end.replace('no error but ', ''), planned, falls };
}

function resetOrThrow(error: unknown): string {
  if (error instanceof AgentError) throw error;
  return 'reset';
}

/** Slots whose booted partitions are read through `wrap`. */
function withBooted(wrap: (reader: ImageReader) => Partial<ImageReader>): Partial<Device> {
  const slots = new PowerCutSlots(world.disks, 'a');
  return {
    slots: {
      openForUpdate: (slot, each) => slots.openForUpdate(slot, each),
      openForReading: async (slot, each) => {
        const reader = await slots.openForReading(slot, each);
        return slot === 'a' ? { ...reader, ...wrap(reader) } : reader;
      },
    },
  };
}

const deltaNames = (): string[] =>
  manifest.images.flatMap(({ deltas }) => deltas.flatMap(({ pack, index }) => [pack.name, index.name]));
const packBytes = (kind: 'full' | 'delta'): number =>
  manifest.images.reduce(
    (sum, image) => sum + (kind === 'full' ? image.pack.size : (image.deltas[0]?.pack.size ?? 0)),
    0,
  );

describe('an update from the release that the delta was made for', () => {
  it('takes the cheapest way for each chunk, and ends with the right bytes', async () => {
    const source = counted(fresh.published);
    const { end, planned, falls } = await walked(await world.boot(), source);
    expect(end).toBe('reset');
    expect(planned).toMatchObject({ 'in-slot': 0, zero: 4, copy: 8, delta: 12, full: 0 });
    expect(falls).toBe(0);
    expect(world.contentOf('b')).toBe(fresh);
    expect(world.contentOf('a')).toBe(factory);
    expect(source.bytes).toBeLessThanOrEqual(packBytes('delta'));
    expect(source.bytes).toBeLessThan(packBytes('full') / 3);
    expect(source.names).toEqual(expect.not.arrayContaining(manifest.images.map(({ pack }) => pack.name)));
    expect(world.row?.bytes.reused).toBeGreaterThanOrEqual(7 * CHUNK);
  });

  it('hashes the booted slot once; what it then knows is kept for the next one', async () => {
    const reads: number[] = [];
    const device = await world.boot(
      withBooted((reader) => ({
        readInto: (offset, memory) => {
          reads.push(memory.length);
          return reader.readInto(offset, memory);
        },
      })),
    );
    expect((await walked(device, counted(fresh.published))).end).toBe('reset');
    const image = fresh.seal.images.reduce((sum, { size }) => sum + size, 0);
    expect(reads.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(3 * image);

    expect(await world.walk(await world.boot(), fresh)).toBe('nothing-new');
    let before = 0;
    const second = await world.start('b');
    const slots = new PowerCutSlots(world.disks, 'b');
    const again: Device = {
      ...second,
      slots: {
        openForUpdate: (slot, each) => slots.openForUpdate(slot, each),
        openForReading: async (slot, each) => {
          if (slot === 'b' && world.row?.version !== '3.0.0') before += 1;
          return slots.openForReading(slot, each);
        },
      },
    };
    const { end, planned } = await walked(again, counted(next.published));
    expect(end).toBe('reset');
    expect(planned?.delta).toBeGreaterThan(0);
    // Opened for the deltas, and not for hashing before.
    expect(before).toBe(2);
    expect(world.contentOf('a')).toBe(next);
  });

  it('goes on after a stop without fetching a chunk twice', async () => {
    const stop = new AbortController();
    const first = counted(fresh.published);
    const device = await world.boot();
    device.reporter.on('progressed', ({ bytes }) => {
      if (bytes.written >= 7 * CHUNK) stop.abort('terminate');
    });
    await expect(update(device, first, DAEMON, stop.signal)).rejects.toBeInstanceOf(Stopped);
    const second = counted(fresh.published);
    const { end, planned } = await walked(await world.start('a'), second);
    expect(end).toBe('reset');
    expect(planned?.['in-slot']).toBeGreaterThanOrEqual(7);
    expect(first.bytes + second.bytes).toBeLessThan(packBytes('delta') + 2 * CHUNK);
    expect(second.names.filter((name) => name.includes('index'))).toEqual([]);
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('works with the vault as the only memory, with the store as the only one, and with none', async () => {
    expect((await walked(await world.boot(), counted(fresh.published))).end).toBe('reset');
    expect(await world.walk(await world.boot(), fresh)).toBe('nothing-new');
    await world.tellVault((record) => ({ ...record, seals: {} }));
    const byStore = await walked(await world.start('b'), counted(next.published));
    expect(byStore.planned?.delta).toBeGreaterThan(0);
    await world.forget();
    world.settle();
    const nobody = await World.create(folder.keys, factory, fresh);
    await nobody.tellVault((record) => ({ ...record, seals: {} }));
    const blind = await walked(await nobody.boot(), counted(fresh.published));
    expect(blind.planned).toMatchObject({ copy: 0, delta: 0 });
    expect(nobody.contentOf('b')).toBe(fresh);
    nobody.dispose();
  });
});

describe('a booted slot that somebody changed', () => {
  /** One byte in the middle of a chunk of the booted rootfs, after the index of the slot was kept. */
  async function changedAt(chunk: number): Promise<void> {
    const disk = world.disks.a['rootfs']?.open();
    await disk?.write(chunk * CHUNK + 777, Uint8Array.of(1, 2, 3, 4));
    await disk?.flush();
  }

  /** The kept index knows nothing of the change. */
  async function indexKept(): Promise<void> {
    const stop = new AbortController();
    const device = await world.boot();
    device.reporter.on('happened', ({ name }) => {
      if (name === 'update-planned') stop.abort('terminate');
    });
    await expect(update(device, counted(fresh.published), DAEMON, stop.signal)).rejects.toBeInstanceOf(
      Stopped,
    );
  }

  it.each([
    ['copied', 1],
    ['copied, of noise, whose frame would be the chunk itself', 4],
    ['the base of a delta', 2],
  ])('costs the full frame of the chunk that is %s, counted, and no more', async (_what, chunk) => {
    await indexKept();
    const device = await world.start('a');
    await changedAt(chunk);
    const source = counted(fresh.published);
    const { end, falls } = await walked(device, source);
    expect(end).toBe('reset');
    expect(falls).toBe(1);
    expect(world.said()).toMatch(/chunks-fell: Chunk \d+ of rootfs takes its full frame/);
    expect(world.contentOf('b')).toBe(fresh);
    expect(source.bytes).toBeLessThan(packBytes('delta') + 2 * CHUNK);
  });

  it('also when it cannot be read there', async () => {
    await indexKept();
    const broken = withBooted((reader) => ({
      readInto: async (offset, memory) => {
        if (reader.slotClass === 'rootfs' && offset <= CHUNK && offset + memory.length > CHUNK)
          throw new AgentError('SLOT_READ_FAILED', 'A bad block.');
        await reader.readInto(offset, memory);
      },
    }));
    const { end, falls } = await walked(await world.start('a', broken), counted(fresh.published));
    expect(end).toBe('reset');
    expect(falls).toBeGreaterThanOrEqual(1);
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('everywhere holds the byte budget of the delta way and does not fetch the whole release', async () => {
    await indexKept();
    const device = await world.start('a');
    for (let chunk = 0; chunk < 12; chunk += 1) await changedAt(chunk);
    const policy = { ...device.policy, byteBudget: packBytes('delta') + 3 * CHUNK };
    const source = counted(fresh.published);
    const { end, falls } = await walked({ ...device, policy }, source);
    expect(end).toBe('BYTE_BUDGET_SPENT');
    expect(falls).toBeGreaterThan(1);
    expect(source.bytes).toBeLessThanOrEqual(packBytes('delta') + 3 * CHUNK);
    expect((await world.bootControl().read()).slots.b.bootable).toBe(false);
  });
});

describe('a delta that is not at hand', () => {
  it.each(['HTTP_STATUS', 'PAYLOAD_LENGTH', 'SOURCE_UNREADABLE'] as const)(
    'by its index (%s) is dropped with a word before the slot is opened; the full way is planned',
    async (code) => {
      const source = counted(fresh.published);
      const { read } = source;
      source.read = async (name, size, signal) => {
        if (deltaNames().includes(name)) throw new AgentError(code, 'No.');
        return read(name, size, signal);
      };
      const { end, planned, falls } = await walked(await world.boot(), source);
      expect(end).toBe('reset');
      expect(planned).toMatchObject({ delta: 0, copy: 8, full: 12 });
      expect(falls).toBe(0);
      expect(world.said()).toContain('delta-dropped');
      expect(world.contentOf('b')).toBe(fresh);
    },
  );

  it('by its pack falls to the full frames, counted', async () => {
    const source = counted(fresh.published);
    const { range } = source;
    source.range = async (name, start, end, pin, signal) => {
      if (deltaNames().includes(name)) throw new AgentError('HTTP_STATUS', '404.');
      return range(name, start, end, pin, signal);
    };
    const { end, falls } = await walked(await world.boot(), source);
    expect(end).toBe('reset');
    expect(falls).toBe(12);
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('waits like every payload while the line is down', async () => {
    const source = counted(fresh.published);
    source.range = async () => {
      throw new AgentError('CONNECTION_FAILED', 'No.');
    };
    const { end, falls } = await walked(await world.boot(), source);
    expect(end).toBe('FETCH_SERIES_ENDED');
    expect(falls).toBe(0);
  });

  it('in full length, since its pack was cut short on the medium, falls to the full frames', async () => {
    const short = await folder.publish('2.0.1', 4, {}, { images: fresh.images, base: factory });
    for (const { deltas } of (await manifestOf(short)).images) {
      for (const { pack } of deltas) await truncate(join(short.published, pack.name), 100);
    }
    const { end, falls } = await walked(await world.boot(), counted(short.published));
    expect(end).toBe('reset');
    expect(falls).toBe(12);
    expect(world.contentOf('b')?.images).toEqual(fresh.images);
  });
});

describe('a line that damages frames of the delta', () => {
  const spoiled = (times: number): Counted => {
    let left = times;
    return counted(fresh.published, (name, _start, piece) => {
      if (!deltaNames().includes(name) || left === 0) return piece;
      left -= 1;
      return Uint8Array.from(piece, (byte) => byte ^ 1);
    });
  };

  it('once costs another fetch and no fall', async () => {
    const { end, falls } = await walked(await world.boot(), spoiled(1));
    expect(end).toBe('reset');
    expect(falls).toBe(0);
    expect(world.said()).toContain('does not match its digest');
  });

  it('always ends at the full frames, and the release is not to blame', async () => {
    const { end, falls } = await walked(await world.boot(), spoiled(Number.POSITIVE_INFINITY));
    expect(end).toBe('reset');
    expect(falls).toBe(12);
    expect(world.contentOf('b')).toBe(fresh);
    expect((await world.record()).failures).toEqual([]);
  });
});
