/** Rule 9: Linux and MCU belong together; what is decided first, what is brought back before what is reported. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentError, createFolderSource, type DaemonParts, type Device } from '../../agent/index.ts';
import { carried } from '../../fixtures/index.ts';
import { firmware, noted, type Stove, type StoveSetup } from '../70-walk/stove.ts';
import { codeOf, type Published, World } from '../70-walk/world.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';

const HOUR_MS = 3_600_000;
/** A pair that does not fit is looked at again this soon: the agent sleeps no longer. */
const SOON_MS = 15 * 60_000;
const OLD = firmware('2.4.0');
const NEW = firmware('2.5.0');

class PlugPulled extends Error {}

let folder: LabFolder;
let factory: Published;
let fresh: Published;
let broken: Published;
let linuxOnly: Published;
let worlds: World[] = [];
beforeAll(async () => {
  folder = await labFolder(3);
  factory = await folder.publish('1.0.0', 1, { firmware: OLD });
  fresh = await folder.publish('2.0.0', 2, { firmware: NEW });
  broken = await folder.publish('2.0.1', 3, { firmware: NEW, healthy: false });
  linuxOnly = await folder.publish('2.0.2', 4, { firmware: OLD });
});
afterAll(() => folder.remove());
beforeEach(() => () => {
  for (const world of worlds) world.dispose();
  worlds = [];
});

async function open(
  setup: Partial<StoveSetup>,
  ...more: Published[]
): Promise<{ world: World; stove: Stove }> {
  const world = await World.create(folder.keys, factory, fresh, broken, linuxOnly, ...more);
  worlds.push(world);
  return { world, stove: world.withStove({ firmware: OLD, ...setup }) };
}

/** A device whose decisions stand in the list of the MCU's questions. */
async function watched(world: World, stove: Stove): Promise<Device> {
  return world.boot({ bootControl: noted(world.bootControl(), stove.deeds) });
}

const DECISIONS = ['transfer', 'activate', 'accept', 'discardOld', 'abort', 'markGood', 'markBad', 'refill'];
function decisions({ deeds }: Stove): string[] {
  return deeds.filter((deed) => DECISIONS.includes(deed));
}

async function isGood(world: World, slot: 'a' | 'b'): Promise<boolean> {
  return (await world.bootControl().read()).slots[slot].successful;
}

describe('an update', () => {
  it('brings, starts, shakes hands, accepts, marks good, and only then forgets', async () => {
    const { world, stove } = await open({});
    await world.installed(fresh);
    const trial = await watched(world, stove);
    const from = stove.deeds.length;
    expect(await world.live(trial), world.said()).toBe('asleep');
    expect(decisions(stove)).toEqual(['transfer', 'activate', 'accept', 'markGood', 'discardOld']);
    const deeds = stove.deeds.slice(from);
    expect(deeds.slice(deeds.indexOf('activate'), deeds.indexOf('accept'))).toContain('handshake');
    expect(stove.runs).toBe('2.5.0');
    expect(stove.startable).toBe(1);
    expect(world.heatingSaid).toEqual(['allowed']);
  });

  it('with the same firmware shakes hands and changes nothing', async () => {
    const { world, stove } = await open({});
    await world.installed(linuxOnly);
    expect(await world.live(await watched(world, stove))).toBe('asleep');
    expect(decisions(stove)).toEqual(['markGood']);
    expect(stove.deeds).toContain('handshake');
  });

  it('of a board without an MCU needs none', async () => {
    const bare = await folder.publish('0.9.1', 1);
    const next = await folder.publish('1.1.0', 11);
    const world = await World.create(folder.keys, bare, next);
    worlds.push(world);
    await world.installed(next);
    expect(await world.live(await world.boot())).toBe('asleep');
    expect(await isGood(world, 'b')).toBe(true);
    expect(world.heatingSaid).toEqual([]);
  });

  it('of an MCU with a single bank', async () => {
    const { world, stove } = await open({ mcu: { banks: 1 } });
    await world.installed(fresh);
    expect(await world.live(await world.boot()), world.said()).toBe('asleep');
    expect(stove.runs).toBe('2.5.0');
    expect(await isGood(world, 'b')).toBe(true);
  });

  it('an MCU that is cut while it forgets does so at the next start, not while it cooks', async () => {
    const { world, stove } = await open({});
    await world.installed(fresh);
    stove.before = (question) => {
      if (question === 'discardOld') throw new PlugPulled();
    };
    await expect(world.live(await world.boot())).rejects.toThrow(PlugPulled);
    expect(stove.startable).toBe(2);
    stove.before = () => undefined;
    stove.mcu.cooker.setMode('cooking', world.clock.time, 30);
    expect(await world.live(await world.boot())).toBe('asleep');
    expect(stove.startable).toBe(2);
    stove.mcu.cooker.setMode('idle', world.clock.time);
    expect(await world.live(await world.boot())).toBe('asleep');
    expect(stove.startable).toBe(1);
    expect(stove.runs).toBe('2.5.0');
  });
});

describe('a release is refused before a byte is written', () => {
  async function refused(world: World, device: Device, release: Published): Promise<string> {
    const code = await codeOf(world.walk(device, release));
    expect(world.row).toBeUndefined();
    expect(world.beheaded('b')).toBe(false);
    expect((await world.bootControl().read()).active).toBe('a');
    return code;
  }

  it('when it names no MCU firmware and the booted image carries one', async () => {
    const bare = await folder.publish('3.0.0', 20);
    const { world } = await open({}, bare);
    expect(await refused(world, await world.boot(), bare)).toBe('MCU_FIRMWARE_MISSING');
  });

  it('when it names one and there is no MCU', async () => {
    const { world } = await open({});
    world.stove = undefined;
    expect(await refused(world, await world.boot(), fresh)).toBe('MCU_FIRMWARE_UNSUPPORTED');
  });

  it('when its firmware does not speak the core set of the booted Linux', async () => {
    const later = await folder.publish(
      '3.0.1',
      21,
      { firmware: NEW },
      { protocol: { lowest: 2, highest: 3 } },
    );
    const { world } = await open({}, later);
    expect(await refused(world, await world.boot(), later)).toBe('MCU_PROTOCOL_MISMATCH');
  });

  it('when the booted image carries none to go back to, and the MCU runs another one', async () => {
    const bare = await folder.publish('0.9.0', 1);
    const world = await World.create(folder.keys, bare, fresh, linuxOnly);
    worlds.push(world);
    world.withStove({ firmware: OLD });
    const device = await world.boot();
    expect(await refused(world, device, fresh)).toBe('MCU_NO_WAY_BACK');
    expect(await world.walk(device, linuxOnly), 'with what the MCU runs already').toBe('reset');
  });

  it('when what the booted image carries is damaged', async () => {
    const { world } = await open({});
    const damaged = {
      ...carried(OLD),
      check: async () => {
        throw new AgentError('MCU_FIRMWARE_DAMAGED', 'Its digest is another one.');
      },
    };
    expect(await refused(world, await world.boot({ firmware: damaged }), fresh)).toBe('MCU_FIRMWARE_DAMAGED');
  });

  it('and not activated when it is damaged by then', async () => {
    const { world } = await open({});
    let checks = 0;
    const rotting = {
      ...carried(OLD),
      check: async () => {
        checks += 1;
        if (checks > 1) throw new AgentError('MCU_FIRMWARE_DAMAGED', 'Its digest is another one.');
      },
    };
    expect(await codeOf(world.walk(await world.boot({ firmware: rotting }), fresh))).toBe(
      'MCU_FIRMWARE_DAMAGED',
    );
    expect((await world.bootControl().read()).active).toBe('a');
    expect(world.row?.state).toBe('finalised');
  });
});

describe('a release that fails', () => {
  let worldsMade = 0;
  it.each([
    ['says another version', 'wrong-version', 2],
    ['does not speak the core set', 'no-core-set', 2],
    ['never answers', 'mute', 2],
    ['says another version, with a single bank', 'wrong-version', 1],
    ['never answers, with a single bank', 'mute', 1],
  ] as const)('because its firmware %s: both are on the old one', async (_what, behaviour, banks) => {
    const release = await folder.publish(`4.0.${worldsMade}`, 30 + worldsMade, {
      firmware: firmware('2.6.0', { behaviour }),
    });
    worldsMade += 1;
    const { world, stove } = await open({ mcu: { banks } }, release);
    await world.installed(release);
    expect(await world.live(await watched(world, stove)), world.said()).toBe('reset');
    expect(decisions(stove)).toContain('markBad');
    expect(decisions(stove)).not.toContain('accept');
    const back = await world.boot();
    expect(back.booted).toBe('a');
    expect(await world.live(back), world.said()).toBe('asleep');
    expect(stove.runs).toBe('2.4.0');
    expect(world.heatingSaid.at(-1)).toBe('allowed');
  });

  it('because its image carries another firmware than it names', async () => {
    const liar = { ...fresh, firmware: firmware('2.7.0') };
    const world = await World.create(folder.keys, factory, liar);
    worlds.push(world);
    const stove = world.withStove({ firmware: OLD });
    await world.installed(fresh);
    expect(await world.live(await watched(world, stove))).toBe('reset');
    expect(decisions(stove)).toEqual(['markBad']);
    expect((await world.record()).trial?.reason).toContain('its image carries');
  });

  it('marks bad first, then sends the MCU back, then reboots; the report comes when it is back', async () => {
    const { world, stove } = await open({});
    await world.installed(broken);
    // Its health check fails only after the MCU was brought.
    const trial = await watched(world, stove);
    stove.before = (question) => {
      if (question === 'accept') throw new AgentError('MCU_FAILED', 'The MCU talks nonsense.');
    };
    const healthy = [{ name: 'fine', run: async () => ({ healthy: true, detail: '' }) }];
    expect(await world.live({ ...trial, health: healthy }), world.said()).toBe('reset');
    const done = decisions(stove);
    expect(done.slice(-2)).toEqual(['markBad', 'abort']);
    expect(done).not.toContain('markGood');
    stove.before = () => undefined;
    expect(await world.live(await world.boot())).toBe('asleep');
    expect(stove.runs).toBe('2.4.0');
  });
});

describe('a rollback by the boot loader alone', () => {
  /** The new Linux brings its MCU and never says a word afterwards; what comes back is the old one. */
  async function mute(): Promise<{ world: World; stove: Stove; back: Device }> {
    const { world, stove } = await open({});
    await world.installed(fresh);
    const trial = await world.boot();
    const bootControl = noted(world.bootControl(), []);
    bootControl.markGood = async () => {
      throw new PlugPulled();
    };
    await expect(world.walk({ ...trial, bootControl }, undefined)).rejects.toThrow(PlugPulled);
    expect(stove.runs).toBe('2.5.0');
    for (;;) {
      const device = await world.boot();
      if (device.booted === 'a') return { world, stove, back: device };
    }
  }

  it('is reported when the MCU is back, not before', async () => {
    const { world, stove, back } = await mute();
    const ran: string[] = [];
    back.reporter.on('happened', ({ name }) => {
      if (name === 'rolled-back') ran.push(stove.runs);
    });
    expect(await world.live(back), world.said()).toBe('asleep');
    expect(ran).toEqual(['2.4.0']);
    expect(world.store.history(1)).toMatchObject([{ outcome: 'rolled-back', code: 'TRIES_USED_UP' }]);
  });

  it('waits while the cooker cooks, and survives a plug that is pulled meanwhile', async () => {
    const { world, stove, back } = await mute();
    stove.mcu.cooker.setMode('cooking', world.clock.time, 60);
    const began = world.clock.time;
    stove.before = () => {
      if (world.clock.time > began + HOUR_MS / 2) throw new PlugPulled();
    };
    await expect(world.live(back)).rejects.toThrow(PlugPulled);
    expect(world.row?.state).toBe('activated');
    stove.before = () => undefined;
    const again = await world.boot();
    expect(again.booted).toBe('a');
    expect(await world.live(again), world.said()).toBe('asleep');
    expect(world.clock.time - began).toBeGreaterThanOrEqual(HOUR_MS);
    expect(stove.runs).toBe('2.4.0');
    expect(world.row).toBeUndefined();
  });

  it('is not forgotten by a person who cancels while it waits for the cooker', async () => {
    const { world, stove, back } = await mute();
    stove.mcu.cooker.setMode('cooking', world.clock.time, 60);
    const daemon = world.daemon(back, { source: createFolderSource(fresh.published) });
    let asked = false;
    back.reporter.on('progressed', ({ phase, status }) => {
      if (asked || phase !== 'rolling-back' || status !== 'waiting') return;
      asked = true;
      world.store.addRequest('cancel', 'a');
      daemon.poke();
    });
    back.reporter.on('happened', ({ name }) => {
      if (name === 'rolled-back' || name === 'withdrawn') daemon.stop();
    });
    await daemon.run();
    expect(world.store.request(1)?.answer).toContain('NOTHING_TO_DO');
    expect(world.store.history(1)).toMatchObject([{ outcome: 'rolled-back', code: 'TRIES_USED_UP' }]);
    expect((await world.record()).failures).toMatchObject([{ version: '2.0.0', silentTrials: 1 }]);
    expect(stove.runs).toBe('2.4.0');
  });

  it('beside an MCU that stays silent is complete after 15 min, and nothing may heat', async () => {
    const { world, stove, back } = await mute();
    stove.mcu.powerOff();
    world.clock.longest = SOON_MS;
    expect(await world.live(back), world.said()).toBe('asleep');
    expect(world.row).toBeUndefined();
    expect(world.heatingSaid.at(-1)).toBe('refused the MCU does not answer');
  });
});

it('a failed trial while the cooker cooks: mark bad at once, the MCU and the reboot when it is done', async () => {
  const { world, stove } = await open({});
  await world.installed(broken);
  stove.mcu.cooker.setMode('cooking', world.clock.time, 45);
  const began = world.clock.time;
  const trial = await world.boot();
  let bad = 0;
  const bootControl = noted(world.bootControl(), []);
  const markBad = bootControl.markBad.bind(bootControl);
  bootControl.markBad = async (slot) => {
    await markBad(slot);
    bad = world.clock.time;
  };
  expect(await world.live({ ...trial, bootControl })).toBe('reset');
  expect(bad - began).toBeLessThan(60_000);
  expect(world.clock.time - began).toBeGreaterThanOrEqual(45 * 60_000);
});

describe('a good slot whose MCU cannot be brought to its firmware', () => {
  /** Whatever is started, it says another version. */
  async function mismatched(): Promise<{ world: World; stove: Stove }> {
    const made = await open({ firmware: firmware('2.3.0') });
    // An agent that sleeps less than it should is asleep all the same: these stories must have an end.
    made.world.clock.longest = SOON_MS;
    made.stove.before = (question) => {
      if (question === 'transfer') throw new AgentError('MCU_FAILED', 'The MCU talks nonsense.');
    };
    return made;
  }
  it('five attempts, then the condition, and heating is refused', async () => {
    const { world } = await mismatched();
    const device = await world.boot();
    let attempts = 0;
    device.reporter.on('happened', ({ name }) => {
      if (name === 'mcu-attempt-failed') attempts += 1;
    });
    expect(await world.live(device)).toBe('asleep');
    expect(attempts).toBe(5);
    expect(device.reporter.last.conditions).toEqual(['mcu-mismatch']);
    expect(world.heatingSaid.at(-1)).toMatch(/^refused mcu-mismatch: /);
    expect(world.heatingSaid).not.toContain('allowed');
  });

  it('is tried again six hours later, not sooner, although it looks at the MCU every hour', async () => {
    const { world, stove } = await mismatched();
    world.clock.longest = Number.POSITIVE_INFINITY;
    const device = await world.boot();
    const began = world.clock.time;
    const at: number[] = [];
    device.reporter.on('happened', ({ name }) => {
      if (name === 'mcu-attempt-failed') at.push(Math.floor((world.clock.time - began) / HOUR_MS));
    });
    const refuse = stove.before;
    stove.before = (question) => {
      if (world.clock.time - began > 9 * HOUR_MS) throw new PlugPulled();
      refuse(question);
    };
    await expect(world.live(device)).rejects.toThrow(PlugPulled);
    expect(at).toEqual([0, 0, 0, 0, 0, 6, 6, 6, 6, 6]);
  });

  it('six hours later also where a source is asked once a week', async () => {
    const { world, stove } = await mismatched();
    world.clock.longest = Number.POSITIVE_INFINITY;
    const device = await world.boot();
    const began = world.clock.time;
    let looks = 0;
    const refuse = stove.before;
    stove.before = (question) => {
      if (world.clock.time - began > 5 * HOUR_MS) {
        looks += 1;
        throw new PlugPulled();
      }
      refuse(question);
    };
    await expect(world.live(device, { pollIntervalMs: 168 * HOUR_MS })).rejects.toThrow(PlugPulled);
    expect(looks).toBe(1);
    expect(world.clock.time - began).toBeLessThan(7 * HOUR_MS);
  });

  it('is tried again at the next boot, and ends when the MCU is right', async () => {
    const { world, stove } = await mismatched();
    expect(await world.live(await world.boot())).toBe('asleep');
    stove.before = () => undefined;
    const device = await world.boot();
    expect(await world.live(device)).toBe('asleep');
    expect(stove.runs).toBe('2.4.0');
    expect(device.reporter.last.conditions).toBeUndefined();
    expect(world.heatingSaid.at(-1)).toBe('allowed');
  });

  it('goes on with updates, which are the repair', async () => {
    const { world, stove } = await mismatched();
    const source = (): DaemonParts['source'] => createFolderSource(fresh.published);
    expect(await world.live(await world.boot(), { source: source() }), world.said()).toBe('reset');
    stove.before = () => undefined;
    expect(await world.live(await world.boot(), { source: source() }), world.said()).toBe('asleep');
    expect(stove.runs).toBe('2.5.0');
    expect(world.heatingSaid.at(-1)).toBe('allowed');
  });

  it('never waits for a cooker: the update is looked for all the same', async () => {
    const { world, stove } = await open({ firmware: firmware('2.3.0') });
    const device = await world.boot();
    stove.mcu.cooker.setMode('cooking', world.clock.time, 600);
    world.clock.longest = SOON_MS;
    const began = world.clock.time;
    expect(await world.live(device)).toBe('asleep');
    expect(world.clock.time - began).toBeLessThan(60_000);
    expect(device.reporter.last.conditions).toEqual(['mcu-mismatch']);
    expect(stove.changes).toEqual([]);
  });

  it('nor longer for a boot loader that is stuck than five attempts take', async () => {
    const { world, stove } = await open({});
    stove.mcu.stuckInBootLoader = true;
    stove.mcu.reset(world.clock.time);
    const device = await world.boot();
    expect(await world.live(device)).toBe('asleep');
    expect(stove.deeds.filter((deed) => deed === 'transfer')).toHaveLength(5);
    expect(device.reporter.last.conditions).toEqual(['mcu-mismatch']);
  });

  it('after a rollback does not make five attempts twice', async () => {
    const { world, stove } = await open({});
    await world.installed(fresh);
    const trial = await world.boot();
    const bootControl = noted(world.bootControl(), []);
    bootControl.markGood = async () => {
      throw new PlugPulled();
    };
    await expect(world.walk({ ...trial, bootControl }, undefined)).rejects.toThrow(PlugPulled);
    let back = await world.boot();
    while (back.booted === 'b') back = await world.boot();
    stove.before = (question) => {
      if (question === 'transfer') throw new AgentError('MCU_FAILED', 'The MCU talks nonsense.');
    };
    let attempts = 0;
    back.reporter.on('happened', ({ name }) => {
      if (name === 'mcu-attempt-failed') attempts += 1;
    });
    expect(await world.live(back)).toBe('asleep');
    expect(attempts).toBe(5);
    expect(back.reporter.last.conditions).toEqual(['mcu-mismatch']);
    expect(world.store.history(1)).toMatchObject([{ outcome: 'rolled-back' }]);
  });
});
