/** The download pauses for a cooker that cooks and for a system that waits for its I/O, and goes on by itself. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CookingHold, PRESSURE_TURN_MS, PressureHold } from '../../agent/adapters/holds.ts';
import { createFolderSource, Reporter, type Source, Stopped, update } from '../../agent/index.ts';
import { parsePressure } from '../../agent/model/pressure.ts';
import { HOLD_LOOK_MS } from '../../agent/walk/hold.ts';
import { CHUNK, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { DAEMON, type Mood, moodyMcu, type Published, World } from './world.ts';

const never = new AbortController().signal;

describe('the walk', () => {
  let folder: LabFolder;
  let factory: Published;
  let fresh: Published;
  let world: World;
  beforeAll(async () => {
    folder = await labFolder();
    factory = await folder.publish('1.0.0', 1);
    fresh = await folder.publish('2.0.0', 2);
  });
  afterAll(() => folder.remove());
  beforeEach(async () => {
    world = await World.create(folder.keys, factory, fresh);
  });
  afterEach(() => world.dispose());

  /** A source that counts requests for ranges and pieces that were taken out of them. */
  function counted(): Source & { moves: number } {
    const inner = createFolderSource(fresh.published);
    const source = {
      moves: 0,
      name: inner.name,
      offer: inner.offer.bind(inner),
      read: inner.read.bind(inner),
      close: inner.close.bind(inner),
      range: async (...args: Parameters<Source['range']>) => {
        source.moves += 1;
        const answer = await inner.range(...args);
        async function* body(): AsyncGenerator<Uint8Array> {
          for await (const piece of answer.body) {
            source.moves += 1;
            yield piece;
          }
        }
        return { ...answer, body: body() };
      },
    };
    return source;
  }

  it('asks for no byte of an image while the cooker cooks, shows why, and installs when it is done', async () => {
    let mood: Mood = 'busy';
    const source = counted();
    const mcu = moodyMcu(() => mood);
    const device = await world.boot({ holds: [new CookingHold(mcu, world.clock, 1_000)] });
    const waits: (string | undefined)[] = [];
    device.reporter.on('progressed', ({ phase, stage, status, reason }) => {
      if (phase !== 'waiting' || mood !== 'busy') return;
      expect([stage, status]).toEqual(['precheck', 'waiting']);
      waits.push(reason);
      if (waits.length < 100) return;
      expect(source.moves).toBe(0);
      mood = 'free';
    });
    await update(device, source, DAEMON, never).catch(() => 'reset');
    expect(waits).toEqual(Array(100).fill('the cooker is busy: cooking'));
    expect(source.moves).toBeGreaterThan(0);
    expect(world.contentOf('b')).toBe(fresh);
    expect(world.log.join('\n')).toContain(`goes on after ${(100 * HOLD_LOOK_MS) / 1000} s`);
  });

  it('makes a checkpoint before it waits in the middle, and fetches nothing twice after it', async () => {
    const source = counted();
    let held = 0;
    const device = await world.boot();
    const hold = {
      reason: async () => {
        if ((world.row?.bytes.written ?? 0) === 0 && device.reporter.last.bytes.written < CHUNK)
          return undefined;
        held += 1;
        return held <= 3 ? 'somebody asks' : undefined;
      },
    };
    const atWait: { written: number; durable: number; moves: number }[] = [];
    device.reporter.on('progressed', ({ phase, reason, bytes }) => {
      if (phase !== 'waiting' || reason !== 'somebody asks') return;
      atWait.push({
        written: bytes.written,
        durable: world.row?.bytes.written ?? 0,
        moves: source.moves,
      });
    });
    await update({ ...device, holds: [hold] }, source, DAEMON, never).catch(() => 'reset');
    expect(atWait).toHaveLength(3);
    for (const { written, durable } of atWait) expect(durable).toBe(written);
    expect(new Set(atWait.slice(1).map(({ moves }) => moves)).size).toBe(1);
    expect(world.contentOf('b')).toBe(fresh);
    const { fetched, written } = device.reporter.last.bytes;
    expect(fetched).toBeLessThanOrEqual(written + CHUNK);
  });

  it('stops while it waits', async () => {
    const stop = new AbortController();
    const device = await world.boot({ holds: [{ reason: async () => 'for ever' }] });
    device.reporter.on('progressed', ({ reason }) => {
      if (reason === 'for ever') stop.abort('terminate');
    });
    await expect(update(device, counted(), DAEMON, stop.signal)).rejects.toBeInstanceOf(Stopped);
  });
});

describe('the cooker', () => {
  it('is asked once in a while, and left alone for a minute when it is silent', async () => {
    let mood: Mood = 'busy';
    let asked = 0;
    const mcu = moodyMcu(() => {
      asked += 1;
      return mood;
    });
    const clock = { now: 0, monotonic: () => clock.now };
    const hold = new CookingHold(mcu, clock, 5_000);
    const at = async (now: number): Promise<[string | undefined, number]> => {
      clock.now = now;
      return [await hold.reason(never), asked];
    };
    const busy = 'the cooker is busy: cooking';
    expect(await at(0)).toEqual([busy, 1]);
    mood = 'silent';
    expect(await at(4_999)).toEqual([busy, 1]);
    expect(await at(5_000)).toEqual([undefined, 2]);
    mood = 'busy';
    expect(await at(64_999)).toEqual([undefined, 2]);
    expect(await at(65_000)).toEqual([busy, 3]);
    mood = 'ask';
    expect(await at(70_000)).toEqual([undefined, 4]);
  });
});

describe('the system', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'donabe-hold-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const pressure = (some: string): string =>
    `some avg10=${some} avg60=1.00 avg300=2.00 total=277926577\nfull avg10=99.00 avg60=0.00 avg300=0.40 total=1\n`;

  it('holds at the configured share, for ten minutes at most, then yields for as long', async () => {
    const path = join(folder, 'io');
    const clock = { now: 0, monotonic: () => clock.now };
    const hold = new PressureHold(path, 40, clock, new Reporter('world'));
    const at = (now: number): Promise<string | undefined> => {
      clock.now = now;
      return hold.reason();
    };
    await writeFile(path, pressure('39.99'));
    expect(await at(0)).toBeUndefined();
    await writeFile(path, pressure('40.00'));
    const held = 'the system waits for its I/O (40 % of the last 10 s)';
    expect(await at(1_000)).toBe(held);
    expect(await at(PRESSURE_TURN_MS + 999)).toBe(held);
    expect(await at(PRESSURE_TURN_MS + 1_000)).toBeUndefined();
    expect(await at(2 * PRESSURE_TURN_MS + 999)).toBeUndefined();
    expect(await at(2 * PRESSURE_TURN_MS + 1_000)).toBe(held);
  });

  it('without pressure information never holds, and says so once', async () => {
    const reporter = new Reporter('world');
    const said: string[] = [];
    reporter.on('happened', ({ name }) => said.push(name));
    const hold = new PressureHold(join(folder, 'absent'), 1, { monotonic: () => 0 }, reporter);
    expect([await hold.reason(), await hold.reason()]).toEqual([undefined, undefined]);
    expect(said).toEqual(['pressure-unknown']);
  });

  it('is read as the kernel writes it, and nothing else is taken for it', () => {
    expect(parsePressure(pressure('0.00'))).toBe(0);
    expect(parsePressure(pressure('100.00'))).toBe(100);
    for (const text of ['', 'full avg10=1.00 avg60=0', 'some avg10=101.00 ', 'some avg10=-1.00 ', 'some']) {
      expect(parsePressure(text)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const share = parsePressure(text);
        return share === undefined || (share >= 0 && share <= 100);
      }),
    );
  });
});
