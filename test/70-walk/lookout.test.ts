/** What happens at the source while a release is on its way: paused, withdrawn, gone, replaced, and only a fault. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentError, createFolderSource, type Device, type Source, update } from '../../agent/index.ts';
import { GATE_LOOK_MS } from '../../agent/walk/gates.ts';
import { OfferChanged } from '../../agent/walk/lookout.ts';
import { generateKeyPair, keyRing } from '../../format/index.ts';
import { changeChannel } from '../../release/index.ts';
import { CHUNK, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import {
  codeOf,
  DAEMON,
  type Mood,
  moodyMcu,
  orReset,
  PERSON,
  POWER_ON,
  type Published,
  republish,
  World,
} from './world.ts';

const HOUR_MS = 3_600_000;
const HOW = { ...DAEMON, gatePatienceMs: HOUR_MS };
const never = new AbortController().signal;
const channelKey = generateKeyPair('channel');
const trusted = async () => ({ ring: keyRing([channelKey.publicKey]), threshold: 1 });

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let newer: Published;
let urgent: Published;
let burning: Published;
let patient: Published;
let served: string;
let world: World;
beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  newer = await folder.publish('3.0.0', 3);
  urgent = await republish(folder, newer, { severity: 'critical' });
  burning = await republish(folder, fresh, { severity: 'critical' });
  patient = await republish(folder, fresh, { apply: 'next-boot' });
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh, newer);
  served = await mkdtemp(join(tmpdir(), 'donabe-lookout-'));
  await serve(fresh);
});
afterEach(async () => {
  world.dispose();
  await rm(served, { recursive: true, force: true });
});

/** The folder that is served holds this release now; payloads of others and the channel stay. */
const serve = (release: Published): Promise<void> => cp(release.published, served, { recursive: true });
const say = (what: Parameters<typeof changeChannel>[1]): Promise<unknown> =>
  changeChannel(served, what, { keys: [channelKey.privateKey], created: '2026-05-01T00:00:00Z' });
const hours = (): number => (world.clock.time - POWER_ON) / HOUR_MS;
const active = async (): Promise<string | undefined> => (await world.bootControl().read()).active;

/** The folder as a server that may be out of order, or have lost its release.json. */
interface Shelf extends Source {
  looks: number;
  fault: AgentError | undefined;
}

function shelf(): Shelf {
  const inner = createFolderSource(served);
  const here: Shelf = {
    name: 'shelf',
    looks: 0,
    fault: undefined,
    offer: async (etag, signal) => {
      here.looks += 1;
      if (here.fault !== undefined) throw here.fault;
      return inner.offer(etag, signal);
    },
    channel: async (...args) => inner.channel?.(...args),
    read: (...args) => inner.read(...args),
    range: (...args) => inner.range(...args),
    close: async () => undefined,
  };
  return here;
}

const walk = (device: Device, source: Source = shelf(), how = HOW): Promise<unknown> =>
  orReset(() => update(device, source, how, never));

/** A cooker that is at work for so many hours; `begun` is called once it was seen. */
async function cooking(until: number, begun: () => Promise<void>, change: Partial<Device> = {}) {
  let seen: Promise<void> | undefined;
  const mood = (): Mood => {
    if (hours() >= until) return 'free';
    seen ??= begun();
    return 'busy';
  };
  const mcu = moodyMcu(mood);
  const device = await world.boot({ mcu, ...change });
  const status = mcu.status;
  mcu.status = async (signal) => {
    await seen;
    return status(signal);
  };
  return device;
}

/** Calls `act` at the third written chunk, and an hour passes there. */
function inTheDownload(device: Device, act: () => Promise<void> | void): Device {
  let done = false;
  const { slots } = device;
  return {
    ...device,
    slots: {
      openForReading: (...args) => slots.openForReading(...args),
      openForUpdate: async (...args) => {
        const target = await slots.openForUpdate(...args);
        const write = target.write.bind(target);
        target.write = async (offset, data) => {
          await write(offset, data);
          if (done || offset < 3 * CHUNK) return;
          done = true;
          world.clock.time += HOUR_MS;
          await act();
        };
        return target;
      },
    },
  };
}

describe('while the cooker cooks', () => {
  it('a roll-out that is paused is heard before the flip', async () => {
    await say({});
    const device = await cooking(0.5, () => say({ paused: true }).then(), { channelKeys: trusted });
    expect(await walk(device)).toMatchObject({ kind: 'held', gate: 'roll-out' });
    expect([await active(), world.row?.state]).toEqual(['a', 'finalised']);
    await say({ paused: false });
    expect(await walk(device)).toBe('reset');
  });

  it('a release that is withdrawn is given up', async () => {
    await say({});
    const withdrawn = { identity: fresh.seal.identity, reason: 'burns rice' };
    const device = await cooking(0.5, () => say({ withdrawn }).then(), { channelKeys: trusted });
    expect(await codeOf(walk(device))).toBe('RELEASE_WITHDRAWN');
    expect(world.row).toBeUndefined();
    expect((await world.bootControl().read()).slots.b.bootable).toBe(false);
  });

  it('a newer release replaces the one that waits', async () => {
    const device = await cooking(0.5, () => serve(newer));
    await expect(walk(device)).rejects.toBeInstanceOf(OfferChanged);
    expect(await active()).toBe('a');
    expect(await walk(device)).toBe('reset');
    expect(world.store.history(1)).toMatchObject([{ outcome: 'replaced', version: '2.0.0' }]);
    expect(world.contentOf('b')).toBe(newer);
  });

  it('a critical one is not replaced by one that would wait for its window', async () => {
    await serve(burning);
    const device = await cooking(0.5, () => serve(newer));
    expect(await walk(device)).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('an older release does not', async () => {
    await serve(newer);
    const device = await cooking(0.5, () => serve(fresh));
    expect(await walk(device)).toBe('reset');
    expect(world.contentOf('b')).toBe(newer);
  });

  it('a look that fails changes nothing', async () => {
    const source = shelf();
    const device = await cooking(0.5, async () => {
      source.fault = new AgentError('CONNECTION_FAILED', 'No.');
    });
    expect(await walk(device, source)).toBe('reset');
    expect(source.looks).toBe(2);
    expect(world.said()).toContain('look-failed');
  });

  it('a short wait asks nobody again', async () => {
    const source = shelf();
    const device = await cooking(GATE_LOOK_MS / 2 / HOUR_MS, async () => undefined);
    expect(await walk(device, source)).toBe('reset');
    expect(source.looks).toBe(1);
  });

  it('what a person asked for is not replaced', async () => {
    const device = await cooking(3, () => serve(newer));
    expect(await walk(device, shelf(), { ...PERSON, gatePatienceMs: 4 * HOUR_MS })).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('longer than a poll interval the walk ends, and goes on without a byte', async () => {
    const device = await cooking(1.5, async () => undefined);
    expect(await walk(device)).toMatchObject({ kind: 'held', gate: 'interlock' });
    expect(hours()).toBeCloseTo(1, 1);
    const fetched = world.row?.bytes.fetched;
    expect(await walk(device)).toBe('reset');
    expect(hours()).toBeCloseTo(1.5, 1);
    expect(world.row?.bytes.fetched).toBe(fetched);
  });

  it('silence is waited out at one stretch: it would begin anew', async () => {
    const device = await world.boot({ mcu: moodyMcu(() => 'silent') });
    expect(await walk(device)).toBe('reset');
    expect(hours()).toBeCloseTo(24, 1);
  });
});

describe('policy next-boot', () => {
  beforeEach(() => serve(patient));

  it('is not activated by a roll-out that was paused during the download', async () => {
    await say({});
    const device = inTheDownload(await world.boot({ channelKeys: trusted }), async () => {
      await say({ paused: true });
    });
    expect(await walk(device, shelf(), { ...HOW, gatePatienceMs: 2 * HOUR_MS })).toMatchObject({
      kind: 'held',
      gate: 'roll-out',
    });
    expect(await active()).toBe('a');
  });

  it('that waits for its power-on is taken back by a pause, and comes back for its first chunks only', async () => {
    await say({});
    const device = await world.boot({ channelKeys: trusted });
    expect(await walk(device)).toMatchObject({ kind: 'awaits-next-boot' });
    await say({ paused: true });
    expect(await walk(device)).toMatchObject({ kind: 'held', gate: 'roll-out' });
    const { active: now, slots } = await world.bootControl().read();
    expect([now, slots.b.bootable]).toEqual(['a', false]);
    expect((await world.record()).trial).toBeUndefined();
    await say({ paused: false });
    expect(await walk(device)).toMatchObject({ kind: 'awaits-next-boot' });
    expect(world.row?.bytes.fetched).toBeLessThanOrEqual(2 * CHUNK);
    expect((await world.boot()).booted).toBe('b');
  });
});

describe('while it downloads', () => {
  it('a critical release replaces a lesser one; what was open is closed as replaced', async () => {
    const device = inTheDownload(await world.boot(), () => serve(urgent));
    await expect(walk(device)).rejects.toThrow('release 3.0.0 is offered instead');
    expect(world.row).toMatchObject({ version: '2.0.0', state: 'fetching' });
    expect(world.row?.bytes.fetched).toBeGreaterThan(0);
    expect(await walk(device)).toBe('reset');
    expect(world.store.history(1)).toMatchObject([{ outcome: 'replaced', version: '2.0.0' }]);
    expect(world.contentOf('b')).toBe(newer);
  });

  it('the daemon begins anew at once', async () => {
    const device = inTheDownload(await world.boot(), () => serve(urgent));
    expect(await world.live(device, { source: shelf(), pollIntervalMs: HOUR_MS })).toBe('reset');
    expect(world.contentOf('b')).toBe(newer);
    expect(hours()).toBeLessThan(1.1);
  });

  it('a newer one that is not critical waits for its turn', async () => {
    const device = inTheDownload(await world.boot(), () => serve(newer));
    expect(await walk(device)).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('a critical one that a gate holds, or that does not verify, replaces nothing', async () => {
    const { gates } = await world.boot();
    const only = { ...gates, vendor: [holding('3.0.0')] };
    const device = inTheDownload(await world.boot({ gates: only }), () => serve(urgent));
    expect(await walk(device)).toBe('reset');
    expect(world.contentOf('b')).toBe(fresh);
  });

  it('a critical one replaces no critical one', async () => {
    await serve(burning);
    const source = shelf();
    const device = inTheDownload(await world.boot(), () => serve(urgent));
    let verifying = false;
    device.reporter.on('progressed', ({ phase }) => {
      verifying ||= phase === 'verifying';
    });
    await walk(device, source).catch(() => undefined);
    expect(verifying).toBe(true);
  });

  it('a release.json that is gone ends it, and the next walk gives it up', async () => {
    const source = shelf();
    const gone = new AgentError('HTTP_STATUS', 'no such file', { facts: { status: 404 } });
    const device = inTheDownload(await world.boot(), () => {
      source.fault = gone;
    });
    await expect(walk(device, source)).rejects.toBeInstanceOf(OfferChanged);
    expect(await walk(device, source)).toEqual({ kind: 'nothing-new' });
    expect(world.store.history(1)).toMatchObject([{ outcome: 'cancelled', code: 'RELEASE_WITHDRAWN' }]);
  });

  it('no byte more is paid for a withdrawn release', async () => {
    await say({});
    const device = inTheDownload(await world.boot({ channelKeys: trusted }), async () => {
      await say({ withdrawn: { identity: fresh.seal.identity, reason: 'burns rice' } });
    });
    await expect(walk(device)).rejects.toThrow('burns rice');
    expect(world.row?.state).toBe('fetching');
    expect(await codeOf(walk(device))).toBe('RELEASE_WITHDRAWN');
    expect(world.row).toBeUndefined();
  });

  it('a source that fails at the look costs nothing', async () => {
    const source = shelf();
    const device = inTheDownload(await world.boot(), () => {
      source.fault = new AgentError('TIMEOUT', 'No.');
    });
    expect(await walk(device, source)).toBe('reset');
    expect(source.looks).toBe(2);
  });
});

/** A vendor's gate that does not want this version. */
function holding(version: string) {
  return {
    name: 'vendor',
    // Before critical-fix-first.
    priority: 4,
    evaluate: async ({ release }: { readonly release: { readonly version: string } }) =>
      release.version === version ? ({ kind: 'wait', reason: 'not this one' } as const) : undefined,
  };
}
