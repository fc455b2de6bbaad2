/** The walk and its gates: where they hold it, what opens them, and what they never do. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentError, createFolderSource, type Device, OPEN_GATES, update } from '../../agent/index.ts';
import type { GateAnswer, GateContext } from '../../agent/model/gates/answer.ts';
import { parseWindow, UNSYNCHRONISED_MOST_MS } from '../../agent/model/gates/window.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import {
  codeOf,
  DAEMON,
  FORCE,
  type Mood,
  moodyMcu,
  orReset,
  POWER_ON,
  type Published,
  republish,
  World,
} from './world.ts';

const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let critical: Published;
let world: World;
beforeAll(async () => {
  folder = await labFolder();
  factory = await folder.publish('1.0.0', 1);
  fresh = await folder.publish('2.0.0', 2);
  critical = await republish(folder, fresh, { severity: 'critical' });
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh);
});
afterEach(() => world.dispose());

type Answers = (context: GateContext) => GateAnswer | undefined | Promise<GateAnswer | undefined>;

function vendor(evaluate: Answers, priority = 100): Device['gates'] {
  return {
    ...OPEN_GATES,
    vendor: [{ name: 'vendor', priority, evaluate: async (context) => evaluate(context) }],
  };
}

/** Only from 02:00 to 03:00 UTC; the world is switched on at midnight. */
function night(): Device['gates'] {
  const window = parseWindow('02:00-03:00');
  if (window === undefined) throw new Error('no window');
  return { ...OPEN_GATES, settings: { ...OPEN_GATES.settings, windows: [window] } };
}

function walk(device: Device, gatePatienceMs?: number, release = fresh): Promise<unknown> {
  const how = { ...DAEMON, ...(gatePatienceMs === undefined ? {} : { gatePatienceMs }) };
  return orReset(() => update(device, createFolderSource(release.published), how, never));
}

const active = async (): Promise<string | undefined> => (await world.bootControl().read()).active;

describe('before the download', () => {
  it('a gate that waits costs no byte, says why, and lets go when it opens', async () => {
    let looks = 0;
    const stages: string[] = [];
    const gates = vendor(({ stage }) => {
      stages.push(stage);
      looks += 1;
      return looks < 5 ? { kind: 'wait', reason: 'a holiday' } : undefined;
    });
    const device = await world.boot({ gates });
    const reasons = new Set<string | undefined>();
    device.reporter.on('progressed', ({ phase, reason }) => {
      if (phase !== 'waiting') return;
      reasons.add(reason);
      expect(world.row).toBeUndefined();
    });
    expect(await walk(device)).toBe('reset');
    expect([...reasons]).toEqual(['vendor: a holiday']);
    expect(stages).toEqual([...Array(5).fill('fetch'), 'activate']);
  });

  it('ends when the patience is used up, so that the source is asked again', async () => {
    const device = await world.boot({ gates: vendor(() => ({ kind: 'wait', reason: 'a holiday' })) });
    const before = world.clock.time;
    expect(await walk(device, HOUR_MS / 2)).toMatchObject({
      kind: 'held',
      gate: 'vendor',
      reason: 'a holiday',
    });
    expect(world.clock.time - before).toBe(HOUR_MS / 2);
    expect(world.row).toBeUndefined();
  });

  it('a gate that denies ends the walk', async () => {
    const device = await world.boot({ gates: vendor(() => ({ kind: 'deny', reason: 'never' })) });
    expect(await codeOf(walk(device))).toBe('GATE_DENIED');
    expect(world.row).toBeUndefined();
  });
});

describe('before the flip', () => {
  it('a window holds a finalised release, and nothing is fetched twice', async () => {
    const device = await world.boot({ gates: night() });
    expect(await walk(device, HOUR_MS / 2)).toMatchObject({ kind: 'held', gate: 'time-window' });
    expect(await active()).toBe('a');
    expect(world.row?.state).toBe('finalised');
    const fetched = world.row?.bytes.fetched;
    expect(await walk(device)).toBe('reset');
    expect(new Date(world.clock.time).getUTCHours()).toBe(2);
    expect(world.row?.bytes.fetched).toBe(fetched);
  });

  it('a release that was signed again while a gate held it is judged by its new date', async () => {
    const short = await republish(folder, fresh, { expires: '2026-06-01T01:00:00Z' });
    const device = await world.boot({ gates: night() });
    expect(await walk(device, HOUR_MS / 2, short)).toMatchObject({ kind: 'held' });
    const long = await republish(folder, fresh, { expires: '2026-07-01T00:00:00Z' });
    const fetched = world.row?.bytes.fetched;
    expect(await walk(device, undefined, long)).toBe('reset');
    expect(world.row).toMatchObject({ state: 'activated', bytes: { fetched } });
  });

  it('a programme that cooks past the end of the window waits for the next one', async () => {
    let mood: Mood = 'free';
    const mcu = moodyMcu(() => mood);
    const device = await world.boot({ gates: night(), mcu });
    device.reporter.on('progressed', () => {
      const hours = (world.clock.time - POWER_ON) / HOUR_MS;
      mood = hours >= 1 && hours < 4 ? 'busy' : 'free';
    });
    expect(await walk(device)).toBe('reset');
    expect(new Date(world.clock.time).getUTCHours()).toBe(2);
    expect(new Date(world.clock.time).getUTCDate()).toBe(2);
  });

  it('time for which a gate held is no silence of the MCU; a day of silence is over once', async () => {
    const hours = (): number => (world.clock.time - POWER_ON) / HOUR_MS;
    const mcu = moodyMcu(() => (hours() < 4 ? 'busy' : hours() < 5 ? 'free' : 'silent'));
    const gates = vendor(() =>
      hours() >= 4 && hours() < 100 ? { kind: 'wait', reason: 'a holiday' } : undefined,
    );
    expect(await walk(await world.boot({ gates, mcu }))).toBe('reset');
    expect(hours()).toBeGreaterThanOrEqual(124);
    expect(hours()).toBeLessThan(125);
  });

  it('a clock that nobody sets keeps the window closed for a week of power, over restarts', async () => {
    world.clock.isSynchronised = false;
    const device = await world.boot({ gates: night() });
    expect(await walk(device, 3 * HOUR_MS)).toMatchObject({ gate: 'time-window' });
    const noted = (): string[] => (world.store.fact('window-unsynchronised') ?? '').split(' ');
    expect(noted()).toEqual([fresh.seal.identity, String(3 * HOUR_MS)]);
    world.store.setFact(
      'window-unsynchronised',
      `${fresh.seal.identity} ${UNSYNCHRONISED_MOST_MS - HOUR_MS}`,
    );
    const later = await world.boot({ gates: night() });
    const before = world.clock.time;
    expect(await walk(later)).toBe('reset');
    expect(world.clock.time - before).toBe(HOUR_MS);
  });

  it('a critical fix does not wait for the window; --force waits for no gate', async () => {
    expect(await walk(await world.boot({ gates: night() }), 0, critical)).toBe('reset');
    const gates = vendor(() => ({ kind: 'deny', reason: 'never' }), 0);
    const device = await world.boot({ gates: OPEN_GATES });
    await world.walk(device, undefined);
    expect(await world.walk({ ...device, gates }, factory, FORCE)).toBe('reset');
  });

  it('--force waits for the cooker all the same', async () => {
    const mcu = moodyMcu(() => (new Date(world.clock.time).getUTCHours() < 5 ? 'busy' : 'free'));
    const device = await world.boot({ gates: night(), mcu });
    expect(await world.walk(device, fresh, FORCE)).toBe('reset');
    expect(new Date(world.clock.time).getUTCHours()).toBe(5);
  });
});

describe('a gate that fails', () => {
  const failing = (): never => {
    throw new AgentError('GATE_FAILED', 'Gate vendor failed.');
  };

  it('counts as wait, never as allow', async () => {
    const device = await world.boot({ gates: vendor(failing, 0) });
    expect(await walk(device, HOUR_MS / 2, critical)).toMatchObject({ kind: 'held', gate: 'vendor' });
    expect(world.row).toBeUndefined();
  });

  it('in the new slot ends the trial: from there no update would ever be let through', async () => {
    await world.installed(fresh);
    const device = await world.boot({ gates: vendor(failing) });
    expect(device.booted).toBe('b');
    expect(await world.walk(device, undefined)).toBe('reset');
    expect((await world.boot()).booted).toBe('a');
    expect(world.said()).toContain('(gates)');
  });

  it('one that only waits or denies there is well', async () => {
    await world.installed(fresh);
    const device = await world.boot({ gates: vendor(() => ({ kind: 'deny', reason: 'not now' }), 0) });
    expect(await world.walk(device, undefined)).toBe('entered');
    expect((await world.bootControl().read()).slots.b.successful).toBe(true);
  });
});

describe('the daemon', () => {
  it('asks the source again after each poll interval, and takes the newer release', async () => {
    const newer = await folder.publish('3.0.0', 3);
    const both = await World.create(folder.keys, factory, fresh, newer);
    try {
      const device = await both.boot({ gates: night() });
      let polls = 0;
      const inner = createFolderSource(fresh.published);
      const later = createFolderSource(newer.published);
      const source = { ...inner, name: 'server', close: async () => undefined };
      const current = () => (polls > 1 ? later : inner);
      const end = await both.live(device, {
        pollIntervalMs: HOUR_MS / 2,
        source: {
          ...source,
          offer: (etag, signal) => {
            polls += 1;
            return current().offer(etag, signal);
          },
          read: (...args) => current().read(...args),
          range: (...args) => current().range(...args),
        },
      });
      expect(end).toBe('reset');
      expect(polls).toBeGreaterThan(2);
      expect(both.contentOf('b')).toBe(newer);
      expect(new Date(both.clock.time).getUTCHours()).toBe(2);
    } finally {
      both.dispose();
    }
  });
});

describe('a server that has no release.json any more', () => {
  const absent = (status: number) => ({
    ...createFolderSource(fresh.published),
    name: fresh.published,
    offer: async () => {
      throw new AgentError('HTTP_STATUS', 'no such file', { facts: { status } });
    },
    read: async () => new Uint8Array(),
    range: async () => {
      throw new Error('nothing may be fetched');
    },
    close: async () => undefined,
  });

  it('takes back what waits, and nothing that is active', async () => {
    const device = await world.boot({ gates: night() });
    expect(await walk(device, 0)).toMatchObject({ kind: 'held' });
    const now = { ...DAEMON, gatePatienceMs: 0 };
    expect(await update(device, absent(500), now, never)).toMatchObject({ kind: 'held' });
    expect(world.row?.state).toBe('finalised');
    expect(await update(device, absent(404), DAEMON, never)).toEqual({ kind: 'nothing-new' });
    expect(world.row).toBeUndefined();
    expect(world.store.history(1)).toMatchObject([{ outcome: 'cancelled', code: 'RELEASE_WITHDRAWN' }]);
    const patient = await republish(folder, fresh, { apply: 'next-boot' });
    expect(await walk(device, 0, patient)).toMatchObject({ kind: 'awaits-next-boot' });
    await update(device, { ...absent(410), name: patient.published }, DAEMON, never);
    expect(await active()).toBe('b');
    expect(world.row?.state).toBe('activated');
  });

  it('is an error to a person, who may have mistyped its address', async () => {
    const device = await world.boot();
    expect(await codeOf(update(device, absent(404), { ...DAEMON, consented: true }, never))).toBe(
      'HTTP_STATUS',
    );
  });
});

describe('consent at the cooker', () => {
  type Answer = 'yes' | 'no' | 'timed-out';
  let asking: Published;
  beforeAll(async () => {
    asking = await republish(folder, fresh, { apply: 'ask' });
  });

  /** A cooker whose key gives these answers, one for each question; then it is silent. */
  async function cooker(answers: readonly Answer[], mood: () => Mood = () => 'free') {
    const codes: number[] = [];
    const askConsent = async (code: number, seconds: number): Promise<Answer> => {
      expect(seconds).toBe(60);
      codes.push(code);
      const answer = answers[codes.length - 1];
      if (answer === undefined) throw new AgentError('MCU_SILENT', 'The MCU does not answer.');
      return answer;
    };
    const mcu = { ...moodyMcu(mood), askConsent };
    return { codes, device: await world.boot({ gates: { ...OPEN_GATES, consentSeconds: 60 }, mcu }) };
  }

  it('is asked for again at each poll, by another code, until the key says yes', async () => {
    const { codes, device } = await cooker(['timed-out', 'timed-out', 'yes']);
    expect(await walk(device, 0, asking)).toMatchObject({ kind: 'needs-consent' });
    expect(await walk(device, 0, asking)).toMatchObject({ kind: 'needs-consent' });
    expect(await active()).toBe('a');
    expect(await walk(device, 0, asking)).toBe('reset');
    expect(new Set(codes).size).toBe(3);
    for (const code of codes) expect(code >= 1 && code <= 9999 && Number.isInteger(code)).toBe(true);
  });

  it('that was given is remembered while a programme cooks and over a restart', async () => {
    const stop = new AbortController();
    const { codes, device } = await cooker(['yes'], () => 'busy');
    device.reporter.on('progressed', ({ reason }) => {
      if (reason !== undefined && codes.length > 0 && !reason.includes('shows')) stop.abort('terminate');
    });
    await expect(update(device, createFolderSource(asking.published), DAEMON, stop.signal)).rejects.toThrow();
    expect([codes.length, await active()]).toEqual([1, 'a']);
    const later = await cooker([]);
    expect(await walk(later.device, 0, asking)).toBe('reset');
    expect(later.codes).toEqual([]);
  });

  it('that is refused is not asked for again, until a person takes the release up', async () => {
    const { codes, device } = await cooker(['no', 'yes']);
    expect(await codeOf(walk(device, 0, asking))).toBe('CANCELLED');
    expect(await codeOf(walk(device, 0, asking))).toBe('CANCELLED');
    expect([codes.length, await active()]).toEqual([1, 'a']);
    expect(await world.walk(device, asking, { ...DAEMON, consented: true })).toBe('reset');
  });

  it('of a silent cooker is no consent', async () => {
    const { device } = await cooker([]);
    expect(await walk(device, 0, asking)).toMatchObject({ kind: 'needs-consent' });
  });
});
