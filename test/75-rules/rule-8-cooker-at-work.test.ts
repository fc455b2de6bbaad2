/** Rule 8: no meal costs a healthy release its trial, and no silence is taken for a meal. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentError, type VaultRecord } from '../../agent/index.ts';
import { firmware, noted, type Stove } from '../70-walk/stove.ts';
import { DAEMON, FORCE, type Published, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const OLD = firmware('2.4.0');
const NEW = firmware('2.5.0');

class PlugPulled extends Error {}

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let linuxOnly: Published;
let world: World;
let stove: Stove;
beforeAll(async () => {
  folder = await labFolder(3);
  factory = await folder.publish('1.0.0', 1, { firmware: OLD });
  fresh = await folder.publish('2.0.0', 2, { firmware: NEW });
  linuxOnly = await folder.publish('2.0.1', 3, { firmware: OLD });
});
afterAll(() => folder.remove());
beforeEach(async () => {
  world = await World.create(folder.keys, factory, fresh, linuxOnly);
  stove = world.withStove({ firmware: OLD, cooker: { keepWarmAllowsFlash: false, afterCooking: 'idle' } });
  return () => world.dispose();
});

/** From now on the cooker does this, for this long. */
function cooks(mode: 'cooking' | 'delayed-start' | 'keep-warm', minutes: number): void {
  const begins = world.clock.time;
  stove.mcu.cooker.setMode(mode, begins, minutes);
  if (mode !== 'keep-warm') return;
  stove.before = () => {
    if (world.clock.time >= begins + minutes * MINUTE_MS) stove.mcu.cooker.setMode('idle', world.clock.time);
  };
}

function pullThePlugIn(minutes: number): void {
  const at = world.clock.time + minutes * MINUTE_MS;
  stove.before = () => {
    if (world.clock.time >= at) throw new PlugPulled();
  };
}

async function isGood(slot: 'a' | 'b'): Promise<boolean> {
  return (await world.bootControl().read()).slots[slot].successful;
}

describe('a cooker at work does not cost a healthy release its trial', () => {
  it('the deadline stands still at a poll that is longer than a reply counts', async () => {
    await world.installed(fresh);
    cooks('cooking', 120);
    const trial = await world.boot();
    const slow = { ...trial, policy: { ...trial.policy, interlockPollMs: 10 * MINUTE_MS } };
    expect(await world.walk(slow, undefined), world.said()).toBe('entered');
    expect(await isGood('b')).toBe(true);
  });

  it('a status that names a cooker at work counts, whatever becomes of the second question', async () => {
    await world.installed(fresh);
    const done = world.clock.time + 60 * MINUTE_MS;
    stove.mcu.cooker.setMode('cooking', world.clock.time, 60);
    stove.before = (question) => {
      if (question === 'mayFlash' && world.clock.time < done)
        throw new AgentError('MCU_FAILED', 'The MCU talks nonsense.');
    };
    expect(await world.walk(await world.boot(), undefined), world.said()).toBe('entered');
    expect(await isGood('b')).toBe(true);
  });

  it("one that starts to cook in the middle of the transfer is nobody's failure", async () => {
    await world.installed(fresh);
    const trial = await world.boot();
    let began = 0;
    stove.before = (question) => {
      if (question !== 'transfer' || began > 6) return;
      began += 1;
      // Pressed just after the look that let the agent begin.
      stove.mcu.cooker.setMode('cooking', world.clock.time, 30);
    };
    expect(await world.walk(trial, undefined), world.said()).toBe('entered');
    expect(began).toBe(7);
    expect(await isGood('b'), world.said()).toBe(true);
  });
});

describe('an MCU that runs what belongs to the image needs only a shaken hand', () => {
  it.each(['idle', 'cooking', 'delayed-start', 'keep-warm', 'fault'] as const)('%s', async (mode) => {
    await world.installed(linuxOnly);
    stove.mcu.cooker.setMode(mode, world.clock.time, 6000);
    const deeds = stove.deeds.length;
    const began = world.clock.time;
    expect(await world.walk(await world.boot(), undefined), world.said()).toBe('entered');
    expect(await isGood('b')).toBe(true);
    expect(world.clock.time - began).toBeLessThan(MINUTE_MS);
    expect(stove.changes).toEqual([]);
    expect(stove.deeds.slice(deeds)).toContain('handshake');
  });
});

describe('tries', () => {
  it('are full again at most once per boot, after the Linux checks, and counted before', async () => {
    await world.installed(fresh);
    cooks('cooking', 90);
    const deeds: string[] = [];
    const trial = await world.boot();
    const health = [
      {
        name: 'linux',
        run: async () => {
          deeds.push('linux is checked');
          expect((await world.record()).trial?.refills).toBe(0);
          return { healthy: true, detail: '' };
        },
      },
    ];
    const bootControl = noted(world.bootControl(), deeds);
    expect(await world.walk({ ...trial, health, bootControl }, undefined)).toBe('entered');
    expect(deeds).toEqual(['linux is checked', 'refill', 'markGood']);
  });

  it('are not touched when the cooker does nothing', async () => {
    await world.installed(fresh);
    const deeds: string[] = [];
    const trial = await world.boot({ bootControl: noted(world.bootControl(), deeds) });
    expect(await world.walk(trial, undefined)).toBe('entered');
    expect(deeds).toEqual(['markGood']);
  });

  it('are not refilled when the vault cannot count it', async () => {
    await world.installed(fresh);
    cooks('cooking', 30);
    const deeds: string[] = [];
    const trial = await world.boot({ bootControl: noted(world.bootControl(), deeds) });
    const vault = {
      read: () => trial.vault.read(),
      write: async (record: VaultRecord) => {
        if ((record.trial?.refills ?? 0) > 0)
          throw new AgentError('VAULT_WRITE_FAILED', 'The vault is worn out.');
        await trial.vault.write(record);
      },
    };
    expect(await world.walk({ ...trial, vault }, undefined)).toBe('entered');
    expect(deeds).toEqual(['markGood']);
  });

  it('twelve times per trial: whoever pulls the plug more often gets the old release', async () => {
    await world.installed(fresh);
    cooks('keep-warm', 7 * 24 * 60);
    const full: number[] = [];
    for (let boot = 0; boot < 20; boot += 1) {
      const device = await world.boot();
      if (device.booted === 'a') break;
      pullThePlugIn(5);
      await expect(world.walk(device, undefined)).rejects.toThrow(PlugPulled);
      full.push((await world.bootControl().read()).slots.b.triesRemaining);
    }
    // Twelve refills, and then the three tries that the last one gave.
    expect(full).toEqual([...Array.from({ length: 12 }, () => 3), 2, 1, 0]);
    expect((await world.record()).trial?.refills).toBe(12);
  });

  it('a cooker that is done before that gets the new release', async () => {
    await world.installed(fresh);
    cooks('keep-warm', 7 * 24 * 60);
    for (let boot = 0; boot < 14; boot += 1) {
      const device = await world.boot();
      pullThePlugIn(5);
      await expect(world.walk(device, undefined)).rejects.toThrow(PlugPulled);
    }
    stove.before = () => undefined;
    stove.mcu.cooker.setMode('idle', world.clock.time);
    expect(await world.walk(await world.boot(), undefined)).toBe('entered');
    expect(await isGood('b')).toBe(true);
    expect(stove.runs).toBe('2.5.0');
  });
});

describe('an agent that is killed while the cooker works', () => {
  it('six times in one boot: it did come up each time, and the deadline has stood still', async () => {
    await world.installed(fresh);
    cooks('keep-warm', 24 * 60);
    const { booted } = await world.boot();
    for (let kill = 0; kill < 6; kill += 1) {
      pullThePlugIn(20);
      await expect(world.live(await world.start(booted))).rejects.toThrow(PlugPulled);
    }
    stove.before = () => undefined;
    stove.mcu.cooker.setMode('idle', world.clock.time);
    const last = await world.start(booted);
    expect(last.clock.uptime()).toBeGreaterThan(2 * HOUR_MS - MINUTE_MS);
    expect(last.deadline.left(last.policy.confirmDeadlineMs)).toBeGreaterThan(7 * MINUTE_MS);
    expect(await world.live(last), world.said()).toBe('asleep');
    expect(await isGood('b')).toBe(true);
    expect(world.log.filter((line) => line.includes('tries-refilled'))).toHaveLength(1);
  });

  it('on the good slot: the way into the update is not taken for a slot that fails', async () => {
    cooks('cooking', 10 * 60);
    const device = await world.boot();
    // The flip is made, the cooker is switched on, the agent is killed again and again.
    stove.mcu.cooker.setMode('idle', world.clock.time);
    const flip = noted(world.bootControl(), []);
    const activate = flip.activate.bind(flip);
    flip.activate = async (slot, tries) => {
      await activate(slot, tries);
      throw new PlugPulled();
    };
    await expect(world.walk({ ...device, bootControl: flip }, fresh)).rejects.toThrow(PlugPulled);
    cooks('cooking', 10 * 60);
    for (let kill = 0; kill < 6; kill += 1) {
      pullThePlugIn(20);
      await expect(world.live(await world.start('a'))).rejects.toThrow(PlugPulled);
    }
    expect(world.said()).not.toContain('Entry: recover');
  });
});

describe('an agent that is killed beside a silent MCU', () => {
  it('on its way into an update did come up each time', async () => {
    const device = await world.boot();
    const flip = noted(world.bootControl(), []);
    const activate = flip.activate.bind(flip);
    flip.activate = async (slot, tries) => {
      await activate(slot, tries);
      throw new PlugPulled();
    };
    await expect(world.walk({ ...device, bootControl: flip }, fresh)).rejects.toThrow(PlugPulled);
    stove.mcu.powerOff();
    for (let kill = 0; kill < 6; kill += 1) {
      const again = await world.start('a');
      const at = world.clock.time + 5 * MINUTE_MS;
      again.reporter.on('progressed', ({ phase }) => {
        if (phase === 'waiting' && world.clock.time >= at) throw new PlugPulled();
      });
      await expect(world.live(again)).rejects.toThrow(PlugPulled);
    }
    expect(world.said()).not.toContain('Entry: recover');
  });
});

describe('silence is no meal', () => {
  it('it does not stop the deadline', async () => {
    await world.installed(fresh);
    const trial = await world.boot();
    stove.mcu.powerOff();
    expect(await world.walk(trial, undefined)).toBe('reset');
    const { verdict, decidedAt = 0 } = (await world.record()).trial ?? {};
    expect(verdict).toBe('CONFIRM_DEADLINE');
    expect(decidedAt - world.clock.booted).toBeLessThanOrEqual(10 * MINUTE_MS);
  });

  it('nor after two hours of cooking', async () => {
    await world.installed(fresh);
    cooks('cooking', 240);
    const off = world.clock.time + 120 * MINUTE_MS;
    const trial = await world.boot();
    stove.before = () => {
      if (world.clock.time >= off) stove.mcu.powerOff();
    };
    expect(await world.walk(trial, undefined)).toBe('reset');
    const { verdict, decidedAt = 0 } = (await world.record()).trial ?? {};
    expect(verdict).toBe('CONFIRM_DEADLINE');
    expect(decidedAt - off).toBeLessThan(12 * MINUTE_MS);
  });

  it('15 minutes of it are a failed check where the deadline is later', async () => {
    await world.installed(fresh);
    const trial = await world.boot();
    stove.mcu.powerOff();
    const patient = { ...trial, policy: { ...trial.policy, confirmDeadlineMs: 50 * MINUTE_MS } };
    expect(await world.walk(patient, undefined)).toBe('reset');
    const { verdict, decidedAt = 0 } = (await world.record()).trial ?? {};
    expect(verdict).toBe('HEALTH_CHECK_FAILED');
    expect(Math.round((decidedAt - world.clock.booted) / MINUTE_MS)).toBe(15);
  });

  it('a silent MCU is never flashed, not even by force, and confirm does not hold it against the release', async () => {
    const device = await world.boot();
    stove.mcu.powerOff();
    const began = world.clock.time;
    expect(await world.walk(device, fresh, FORCE), world.said()).toBe('reset');
    expect(world.clock.time - began).toBeLessThan(MINUTE_MS);
    // The agent looks at a silent MCU again soon.
    world.clock.longest = 15 * MINUTE_MS;
    expect(await world.live(await world.boot()), world.said()).toBe('asleep');
    expect(await isGood('b')).toBe(true);
    expect(stove.changes).toEqual([]);
    expect(world.heatingSaid.at(-1)).toBe('refused the MCU does not answer');
  });
});

it.each(['cooking', 'delayed-start'] as const)(
  'force does nothing to a cooker that is at work: %s',
  async (mode) => {
    const device = await world.boot();
    stove.mcu.cooker.setMode(mode, world.clock.time, 30);
    const began = world.clock.time;
    expect(await world.walk(device, fresh, FORCE)).toBe('reset');
    expect(world.clock.time - began).toBeGreaterThanOrEqual(30 * MINUTE_MS);
    expect((await world.record()).trial?.mcuSilent).toBeUndefined();
  },
);

it('every step waits: the flip, the reboot, the flash', async () => {
  const steps = ['before the flip', 'before the reboot', 'before the flash'] as const;
  const waits: string[] = [];
  const begin = (step: (typeof steps)[number]): void => {
    waits.push(step);
    stove.mcu.cooker.setMode('cooking', world.clock.time, 30);
  };
  const device = await world.boot();
  const control = noted(world.bootControl(), []);
  const flip = control.activate.bind(control);
  control.activate = async (slot, tries) => {
    expect(stove.mcu.cooker.status(world.clock.time).class, 'not while it cooks').toBe('free');
    await flip(slot, tries);
    begin('before the reboot');
  };
  begin('before the flip');
  const rebooter = {
    reboot: async (reason: string) => {
      expect(stove.mcu.cooker.status(world.clock.time).class, 'not while it cooks').toBe('free');
      await device.rebooter.reboot(reason);
    },
  };
  expect(await world.walk({ ...device, bootControl: control, rebooter }, fresh, DAEMON)).toBe('reset');
  begin('before the flash');
  stove.before = (question) => {
    const changes = ['transfer', 'activate', 'abort', 'discardOld'].includes(question);
    if (changes) expect(stove.mcu.cooker.status(world.clock.time).class, question).toBe('free');
  };
  expect(await world.walk(await world.boot(), undefined)).toBe('entered');
  expect(waits).toEqual(steps);
  expect(await isGood('b')).toBe(true);
});

describe('days and nights of it', () => {
  it.each([
    ['keep-warm', 48 * 60],
    ['delayed-start', 12 * 60],
    ['cooking', 50],
  ] as const)('%s for %i minutes', async (mode, minutes) => {
    await world.installed(fresh);
    cooks(mode, minutes);
    const began = world.clock.time;
    const trial = await world.boot();
    const rare = { ...trial, policy: { ...trial.policy, interlockPollMs: 30_000 } };
    expect(await world.walk(rare, undefined), world.said()).toBe('entered');
    expect(world.clock.time - began).toBeGreaterThan(minutes * MINUTE_MS);
    expect(await isGood('b'), world.said()).toBe(true);
    expect(stove.runs).toBe('2.5.0');
  });
});
