/**
 * Stories that nobody thought of: kills, power cuts, hung boots, stops, moods of the cooker, offers and wishes of
 * persons in any order. After every step the safety rules hold, and when quiet comes back the appliance ends on a
 * good slot.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFolderSource, type Device, type RequestVerb, type SlotName } from '../../agent/index.ts';
import { PowerCut, type Random, seeded } from '../../fixtures/index.ts';
import { type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { type Mood, moodyMcu, type Published, republish, World } from './world.ts';

const SLOTS: readonly SlotName[] = ['a', 'b'];
/** Enough for every kind of event many times; SEED=n tells others. */
const STORIES = 24;
const STEPS = 12;
/** Boots after which a quiet appliance has settled: two trials of three tries each, and the ways back. */
const MOST_QUIET_BOOTS = 12;
/** Events of one boot at one of which something happens. */
const MOST_EVENTS = 60;
/** Durable writes of the disks of one boot at one of which it is cut. */
const MOST_WRITES = 90;

let folder: LabFolder;
let releases: Published[];
let offers: Published[];

beforeAll(async () => {
  folder = await labFolder();
  const factory = await folder.publish('1.0.0', 1);
  const fresh = await folder.publish('2.0.0', 2);
  const sick = await folder.publish('2.0.1', 3, { healthy: false });
  const next = await folder.publish('3.0.0', 4);
  releases = [factory, fresh, sick, next];
  offers = [
    ...releases,
    await republish(folder, fresh, { apply: 'ask' }),
    await republish(folder, fresh, { apply: 'next-boot' }),
    await republish(folder, next, { apply: 'next-boot' }),
  ];
});
afterAll(() => folder.remove());

type End = 'asleep' | 'reset' | 'stopped' | 'cut';

/** One life of the agent with something happening in the middle of it. */
async function life(world: World, device: Device, random: Random): Promise<End> {
  const offer = offers[random.below(offers.length)];
  const daemon = world.daemon(device, {
    ...(offer === undefined ? {} : { source: createFolderSource(offer.published) }),
  });
  const verbs: readonly RequestVerb[] = ['cancel', 'confirm', 'rollback', 'force'];
  let countdown = random.below(MOST_EVENTS);
  let wishes = 2;
  device.reporter.on('progressed', () => {
    countdown -= 1;
    if (countdown !== 0 || wishes === 0) return;
    wishes -= 1;
    countdown = 1 + random.below(8);
    const verb = verbs[random.below(verbs.length + 1)];
    if (verb === undefined) return daemon.stop();
    const from = offers[random.below(offers.length)]?.published ?? '';
    world.store.addRequest(verb, verb === 'force' ? from : device.booted);
    world.log.push(`- ${verb} ${verb === 'force' ? from.split('/').at(-1) : ''}`);
    daemon.poke();
  });
  try {
    return await world.liveOf(daemon);
  } catch (error) {
    if (error instanceof PowerCut) return 'cut';
    throw error;
  }
}

async function expectSafe(world: World, booted: SlotName, before: ReturnType<typeof bytesOf>): Promise<void> {
  const state = await world.bootControl().read();
  expect(state.active, 'something is bootable').toBeDefined();
  for (const slot of SLOTS) {
    if (state.slots[slot].bootable)
      expect(world.contentOf(slot), `bootable slot ${slot} is a release`).toBeDefined();
  }
  expect(bytesOf(world, booted), 'the booted slot was not written').toEqual(before);
  const { record } = await world.vault().read();
  if (record.trial !== undefined && state.slots[record.trial.slot].bootable) {
    expect(record.trial.identity, 'the trial is of what the slot holds').toBe(
      world.contentOf(record.trial.slot)?.seal.identity,
    );
  }
}

function bytesOf(world: World, slot: SlotName): string {
  const images = Object.values(world.disks[slot]);
  return images.map((disk) => Buffer.from(disk.durable()).toString('latin1')).join('');
}

async function story(seed: number): Promise<void> {
  const random = seeded(seed);
  const world = await World.create(folder.keys, ...releases);
  try {
    let device: Device | undefined;
    let floor = 0;
    for (let step = 0; step < STEPS; step += 1) {
      let mood: Mood = 'free';
      const moods: readonly Mood[] = ['free', 'free', 'ask', 'busy', 'silent'];
      // A cooker that cooks is done some time, and a silent one talks again or not.
      let asked = 0;
      const mcu = moodyMcu(() => {
        asked += 1;
        if (asked % 40 === 0) mood = moods[random.below(moods.length)] ?? 'free';
        return asked % 200 === 199 ? 'free' : mood;
      });
      mood = moods[random.below(moods.length)] ?? 'free';
      const cut = random.below(2) === 0;
      if (random.below(8) === 0) {
        world.log.push('- a boot hangs');
        await world.bootLoader();
        device = undefined;
      }
      if (random.below(25) === 0) {
        world.log.push('- store and vault are lost');
        await world.forget();
        floor = 0;
        device = undefined;
      }
      const again = device !== undefined && random.below(3) === 0;
      world.counter.restore();
      device =
        again && device !== undefined ? await world.start(device.booted, { mcu }) : await world.boot({ mcu });
      const before = bytesOf(world, device.booted);
      world.log.push(`- ${again ? 'start' : 'boot'} in slot ${device.booted}${cut ? ', to be cut' : ''}`);
      if (cut) world.counter.cutAt = world.counter.count + 1 + random.below(MOST_WRITES);
      const end = await life(world, device, random);
      world.log.push(`- ${end}`);
      world.counter.restore();
      if (end === 'cut' && random.below(2) === 0) world.settle();
      world.closeStore();
      if (end === 'reset' || (end === 'cut' && random.below(2) === 0)) {
        await expectSafe(world, device.booted, before);
        device = undefined;
      } else await expectSafe(world, device.booted, before);
      const { floors } = await world.record();
      const sequence = Math.max(floors.sequence, Number(world.store.fact('floor-sequence') ?? 0));
      expect(sequence, 'no floor sinks').toBeGreaterThanOrEqual(floor);
      floor = sequence;
      world.closeStore();
    }
    await quiet(world);
  } catch (error) {
    throw new Error(`seed ${seed}:\n${world.said()}`, { cause: error });
  } finally {
    world.dispose();
  }
}

/** Nothing happens any more: the appliance comes to rest on a good slot. */
async function quiet(world: World): Promise<void> {
  world.log.push('- quiet');
  for (let boot = 0; boot < MOST_QUIET_BOOTS; boot += 1) {
    const device = await world.boot({ mcu: moodyMcu(() => 'free') });
    const end = await world.live(device, { source: createFolderSource(offers[3]?.published ?? '') });
    if (end === 'reset') continue;
    const state = await world.bootControl().read();
    expect(state.slots[device.booted].successful).toBe(true);
    expect((await world.record()).trial?.slot).not.toBe(device.booted);
    if (state.active === device.booted) return;
  }
  throw new Error(`no rest after ${MOST_QUIET_BOOTS} boots`);
}

it(`keeps the safety rules in ${STORIES} stories of ${STEPS} steps`, async () => {
  for (let seed = 1; seed <= STORIES; seed += 1) await story(seed + Number(process.env['SEED'] ?? 0));
});
