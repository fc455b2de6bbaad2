/**
 * What U-Boot and we have to agree on, as stories of one board each: we write, it boots; it writes, we read. The
 * slots' kernels say by their command lines which slot ran. Knows nothing of QEMU.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BootState, SLOT_NAMES } from '../../bootctl/index.ts';
import { seeded } from '../../fixtures/seed.ts';
import { type Bench, type Run, SERIALS, type Variables } from './bench.ts';
import { type Layout, settingsBank, settingsFor } from './parts.ts';
import { bootControlIn, expectedBoot, randomVariables } from './random-boots.ts';

export interface Scenario {
  readonly name: string;
  /** Which boards can tell the story. */
  readonly layouts: readonly Layout[];
  readonly run: (bench: Bench) => Promise<void>;
}

const BOTH: readonly Layout[] = ['redundant', 'single'];
const REDUNDANT: readonly Layout[] = ['redundant'];

/** Slot a good and active, slot b unbootable: what a factory writes. The others are somebody else's. */
const FACTORY: Variables = {
  BOOT_ORDER: 'A',
  BOOT_A_LEFT: '3',
  BOOT_B_LEFT: '0',
  ethaddr: '02:00:00:00:00:01',
  note: 'a=b "quoted" $not_expanded ; # ~',
  // U-Boot drops a backslash in reading and puts one before each in writing and printing: pairs stay pairs.
  escaped: 'a\\\\b',
};

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "U-Boot's own code takes an environment of ours, variable by variable",
    layouts: ['single'],
    run: async (bench) => {
      const variables: Record<string, string> = { ...FACTORY, bootdelay: '0', bootcmd: 'printenv; poweroff' };
      for (let count = 0; count < 200; count += 1) variables[`v${count}`] = printable(count);
      const settings = await settingsBank(join(bench.folder, 'settings.img'), variables);
      const { console } = await bench.powerOn({ settings });
      assert.match(console, /Loading Environment from Flash\.\.\. OK/);
      const printed = new Set(console.split('\n'));
      for (const [name, value] of Object.entries(variables)) {
        assert.ok(printed.has(`${name}=${value}`), `${name}=${value} was not printed`);
      }
    },
  },
  {
    name: "the script alone, in U-Boot's own environment, with a saveenv that fails: a good slot boots, a trial does not",
    layouts: ['single'],
    run: async (bench) => {
      await bench.install('b', 'switches off');
      const variables = {
        ...FACTORY,
        ...settingsFor('shipped.scr'),
        donabe_start: await startCommands(),
        BOOT_B_LEFT: '3',
        donabe_trial: 'B',
      };
      for (const [order, says] of [
        ['A B', /slot A starts$/m],
        ['B A', /Saving Environment to Flash[\s\S]*Failed[\s\S]*slot B is passed over[\s\S]*slot A starts$/m],
      ] as const) {
        const file = join(bench.folder, `settings-${order}.img`);
        const settings = await settingsBank(file, { ...variables, BOOT_ORDER: order });
        const { started, console } = await bench.powerOn({ settings });
        assert.deepEqual(started, ['a']);
        assert.match(console, says);
      }
    },
  },
  {
    name: 'a stock U-Boot finds the boot script by itself',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAll(FACTORY);
      const { started } = await bench.powerOn({ settings: bench.parts.noSettings });
      assert.deepEqual(started, ['a']);
    },
  },
  {
    name: 'a good slot boots again and again, and nothing is counted or written',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAll(FACTORY);
      const before = await copiesOf(bench);
      for (let boot = 0; boot < 5; boot += 1) assert.deepEqual((await bench.powerOn()).started, ['a']);
      assert.deepEqual(await copiesOf(bench), before);
    },
  },
  {
    name: 'an environment made by mkenvimage and changed by fw_setenv boots as ours does',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAllByTool(FACTORY);
      assert.deepEqual((await bench.powerOn()).started, ['a']);
      await bench.install('b', 'resets');
      await bench.setByTool({ BOOT_ORDER: 'B A', BOOT_B_LEFT: '2', donabe_trial: 'B' });
      assert.equal(await stateOf(bench), 'a good 3, b trial 2; b first');
      assert.deepEqual((await bench.powerOn()).started, ['b', 'b', 'a']);
      assert.equal(await stateOf(bench), 'a good 3, b out of tries; a first');
    },
  },
  {
    name: 'the slot that we activated boots, is counted, and what U-Boot saved is read by us and by libubootenv',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAll(FACTORY);
      await bench.install('b', 'switches off');
      await bench.withBootControl((bootControl) => bootControl.activate('b', 3));
      assert.equal(await stateOf(bench), 'a good 3, b trial 3; b first');
      assert.deepEqual((await bench.powerOn()).started, ['b']);
      assert.equal(await stateOf(bench), 'a good 3, b trial 2; b first');
      const byTool = await bench.toolVariables();
      assert.equal(byTool['BOOT_B_LEFT'], '2');
      assert.equal(byTool['note'], FACTORY['note']);
      assert.deepEqual(await bench.ourVariables(), byTool);
    },
  },
  {
    name: 'a trial that panics three times falls back by itself, and stays there',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAll(FACTORY);
      await bench.install('b', 'resets');
      await bench.withBootControl((bootControl) => bootControl.activate('b', 3));
      assert.deepEqual((await bench.powerOn()).started, ['b', 'b', 'b', 'a']);
      assert.equal(await stateOf(bench), 'a good 3, b out of tries; a first');
      assert.deepEqual((await bench.powerOn()).started, ['a']);
    },
  },
  {
    name: 'a whole life: trial, good, the next trial in the other slot, bad, back',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAll(FACTORY);
      await bench.withBootControl((bootControl) => bootControl.markUnbootable('b'));
      await bench.halfWrite('b');
      assert.deepEqual((await bench.powerOn()).started, ['a']);
      await bench.install('b', 'switches off');
      await bench.withBootControl((bootControl) => bootControl.activate('b', 3));
      assert.deepEqual((await bench.powerOn()).started, ['b']);
      await bench.withBootControl((bootControl) => bootControl.markGood('b'));
      for (let boot = 0; boot < 4; boot += 1) assert.deepEqual((await bench.powerOn()).started, ['b']);
      assert.equal(await stateOf(bench), 'a good 3, b good 3; b first');
      await bench.withBootControl((bootControl) => bootControl.markUnbootable('a'));
      await bench.withBootControl((bootControl) => bootControl.activate('a', 2));
      assert.deepEqual((await bench.powerOn()).started, ['a']);
      await bench.withBootControl((bootControl) => bootControl.markBad('a'));
      assert.deepEqual((await bench.powerOn()).started, ['b']);
      assert.equal(await stateOf(bench), 'a out, b good 3; b first');
    },
  },
  {
    name: "a vendor's script that counts every boot: scrub and flip give the booted slot its boots back",
    layouts: BOTH,
    run: async (bench) => {
      const settings = await settingsBank(join(bench.folder, 'settings.img'), settingsFor('vendor.scr'));
      const left = async (): Promise<unknown> => (await bench.ourVariables())['BOOT_A_LEFT'];
      const vendor = { counting: 'vendor', booted: 'a' } as const;
      await bench.setAll(FACTORY);
      for (const expected of ['2', '1']) {
        assert.deepEqual((await bench.powerOn({ settings })).started, ['a']);
        assert.equal(await left(), expected);
      }
      await bench.withBootControl((bootControl) => bootControl.scrub({ repair: true }), vendor);
      assert.equal(await left(), '9');
      assert.deepEqual((await bench.powerOn({ settings })).started, ['a']);
      assert.equal(await left(), '8');
      await bench.install('b', 'resets');
      await bench.withBootControl((bootControl) => bootControl.activate('b', 2), vendor);
      assert.equal(await left(), '9');
      assert.deepEqual((await bench.powerOn({ settings })).started, ['b', 'b', 'a']);
      const { slots } = await bench.withBootControl((bootControl) => bootControl.read(), vendor);
      assert.deepEqual([slots.a.successful, slots.b.bootable], [true, false]);
    },
  },
  {
    name: 'tries that are refilled are tries that are booted',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAll(FACTORY);
      await bench.install('b', 'switches off');
      await bench.withBootControl((bootControl) => bootControl.activate('b', 1));
      assert.deepEqual((await bench.powerOn()).started, ['b']);
      await bench.withBootControl((bootControl) => bootControl.refill('b', 2));
      await bench.install('b', 'resets');
      assert.deepEqual((await bench.powerOn()).started, ['b', 'b', 'a']);
    },
  },
  {
    name: 'what was activated and is withdrawn does not boot',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAll(FACTORY);
      await bench.install('b', 'resets');
      await bench.withBootControl((bootControl) => bootControl.activate('b', 3));
      await bench.withBootControl((bootControl) => bootControl.deactivate('b', 'a'));
      assert.deepEqual((await bench.powerOn()).started, ['a']);
      assert.equal(await stateOf(bench), 'a good 3, b out; a first');
    },
  },
  {
    name: 'a trial whose kernel cannot be loaded costs its tries and falls back',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAll(FACTORY);
      await bench.halfWrite('b');
      await bench.withBootControl((bootControl) => bootControl.activate('b', 2));
      const { started, console } = await bench.powerOn();
      assert.deepEqual(started, ['a']);
      assert.equal(count(console, /slot B could not be started/g), 2);
      assert.equal(await stateOf(bench), 'a good 3, b out of tries; a first');
    },
  },
  {
    name: 'a good slot that cannot be loaded gives way to the other one in the same boot',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAll({ ...FACTORY, BOOT_ORDER: 'B A', BOOT_B_LEFT: '3' });
      await bench.halfWrite('b');
      const { started, console } = await bench.powerOn();
      assert.deepEqual(started, ['a']);
      assert.equal(count(console, /slot B could not be started/g), 1);
    },
  },
  {
    name: 'a try that cannot be saved: the trial is passed over, unless it is all there is',
    layouts: BOTH,
    run: async (bench) => {
      await bench.install('b', 'switches off');
      const trial = { BOOT_A_LEFT: '3', BOOT_B_LEFT: '3', donabe_trial: 'B', donabe_save: 'false' };
      const { BOOT_A_LEFT: _, ...uncounted } = trial;
      for (const [variables, slot] of [
        [{ ...trial, BOOT_ORDER: 'B A' }, 'a'],
        [{ ...trial, BOOT_ORDER: 'B' }, 'b'],
        // A slot without a counter has no tries, whatever the one before it had.
        [{ ...uncounted, BOOT_ORDER: 'B A' }, 'b'],
      ] as const) {
        await bench.setAll(variables);
        const { started, console } = await bench.powerOn();
        assert.deepEqual(started, [slot]);
        assert.match(console, /slot B is passed over/);
      }
    },
  },
  {
    name: 'when all tries are gone, the slots in the order get new ones, and an unbootable slot stays out',
    layouts: BOTH,
    run: async (bench) => {
      await bench.setAll({ ...FACTORY, BOOT_ORDER: 'A', BOOT_A_LEFT: '0', donabe_trial: 'A' });
      await bench.install('b', 'switches off');
      assert.deepEqual((await bench.powerOn()).started, ['a']);
      assert.equal(await stateOf(bench), 'a trial 2, b out; a first');
    },
  },
  {
    name: 'a lost environment: both slots go on trial, and a half-written one gives way',
    layouts: BOTH,
    run: async (bench) => {
      await bench.halfWrite('a');
      await bench.install('b', 'switches off');
      for (const index of bench.copies) await bench.setCopy(index, noise());
      assert.deepEqual((await bench.powerOn()).started, ['b']);
      assert.equal(await stateOf(bench), 'a out of tries, b trial 2; b first');
      await bench.withBootControl((bootControl) => bootControl.markGood('b'));
      assert.deepEqual((await bench.powerOn()).started, ['b']);
      assert.equal(await stateOf(bench), 'a out of tries, b good 3; b first');
    },
  },
  {
    name: 'either copy damaged: U-Boot goes on with the other one, and so do we',
    layouts: REDUNDANT,
    run: async (bench) => {
      for (const damaged of bench.copies) {
        await bench.setAll(FACTORY);
        await bench.install('b', 'switches off');
        await bench.withBootControl((bootControl) => bootControl.activate('b', 3));
        await bench.setCopy(damaged, noise());
        assert.deepEqual((await bench.powerOn()).started, ['b']);
        assert.equal(await stateOf(bench), 'a good 3, b trial 2; b first');
        const { repaired } = await bench.withBootControl((bootControl) =>
          bootControl.scrub({ repair: true }),
        );
        assert.ok(repaired.length <= 1);
        const { copies } = await bench.withBootControl((bootControl) => bootControl.scrub({ repair: false }));
        assert.deepEqual(
          copies.map(({ health }) => health),
          ['good', 'good'],
        );
        assert.deepEqual((await bench.powerOn()).started, ['b']);
        assert.equal(await stateOf(bench), 'a good 3, b trial 1; b first');
      }
    },
  },
  {
    name: 'serials run over from 255 to 0, written by us and by U-Boot',
    layouts: REDUNDANT,
    run: async (bench) => {
      await bench.install('b', 'switches off');
      for (const serial of [252, 253, 254, 255, 0]) {
        await bench.setAll(FACTORY, serial);
        await bench.withBootControl((bootControl) => bootControl.activate('b', 3));
        assert.equal(await stateOf(bench), 'a good 3, b trial 3; b first');
        for (const state of ['b trial 2; b first', 'b trial 1; b first', 'b out of tries; a first']) {
          assert.deepEqual((await bench.powerOn()).started, ['b']);
          assert.equal(await stateOf(bench), `a good 3, ${state}`);
          assert.deepEqual(await bench.ourVariables(), await bench.toolVariables());
        }
        assert.deepEqual((await bench.powerOn()).started, ['a']);
      }
    },
  },
  {
    name: 'any order, counters and trial marks: U-Boot starts and saves what our tables say',
    layouts: BOTH,
    run: async (bench) => {
      await bench.install('b', 'switches off');
      const random = seeded(SEED);
      for (let boot = 0; boot < RANDOM_BOOTS; boot += 1) {
        const variables = randomVariables(random);
        await bench.setAll(variables, random.below(SERIALS));
        const { slot, left } = expectedBoot(variables);
        assert.deepEqual((await bench.powerOn()).started, [slot], JSON.stringify(variables));
        assert.equal(bootControlIn(await bench.ourVariables()), left, JSON.stringify(variables));
      }
    },
  },
  {
    name: 'power lost anywhere in our write: the old slot or the new one boots',
    layouts: REDUNDANT,
    run: async (bench) => {
      await bench.install('b', 'switches off');
      await bench.setAll({ ...FACTORY, long: 'x'.repeat(1500) });
      const before = await copiesOf(bench);
      await bench.withBootControl((bootControl) => bootControl.activate('b', 3));
      const [after0 = noise(), after1 = noise()] = await copiesOf(bench);
      const bootWith = async (changes: readonly (readonly [number, Uint8Array, number])[]): Promise<Run> => {
        for (const [index, bytes] of before.entries()) await bench.setCopy(index, bytes);
        for (const [index, bytes, from] of changes) await bench.setCopy(index, bytes, from);
        return bench.powerOn();
      };
      // Copy 1 has the older serial, so it is written first: the commit point. The serial is byte 4, outside the CRC.
      assert.deepEqual((await bootWith([[1, after1.subarray(4, 5), 4]])).started, ['a'], 'the serial alone');
      for (const torn of TORN_BYTES) {
        const first = await bootWith([[1, after1.subarray(0, torn), 0]]);
        assert.deepEqual(first.started, ['a'], `${torn} bytes of the first copy`);
        const second = await bootWith([
          [1, after1, 0],
          [0, after0.subarray(0, torn), 0],
        ]);
        assert.deepEqual(second.started, ['b'], `${torn} bytes of the second copy`);
      }
    },
  },
  {
    name: "U-Boot's own save torn at any byte: U-Boot, libubootenv and we go by the copy before it",
    layouts: REDUNDANT,
    run: async (bench) => {
      await bench.setAll({ ...FACTORY, BOOT_ORDER: 'B A', BOOT_B_LEFT: '3', donabe_trial: 'B' });
      await bench.install('b', 'switches off');
      const before = await copiesOf(bench);
      await bench.powerOn();
      const after = await copiesOf(bench);
      const written = bench.copies.filter((index) => !isEqual(before[index], after[index]));
      assert.equal(written.length, 1);
      for (const [index, bytes] of after.entries()) {
        if (!written.includes(index)) continue;
        for (const torn of TORN_BYTES) {
          for (const [at, old] of before.entries()) await bench.setCopy(at, old);
          await bench.setCopy(index, bytes.subarray(0, torn));
          assert.equal((await bench.toolVariables())['BOOT_B_LEFT'], '3');
          assert.equal((await bench.ourVariables())['BOOT_B_LEFT'], '3');
          assert.deepEqual((await bench.powerOn()).started, ['b']);
          assert.equal((await bench.ourVariables())['BOOT_B_LEFT'], '2');
        }
      }
    },
  },
  {
    name: 'power lost while U-Boot counts: never more boots than tries, and the way back stays',
    layouts: REDUNDANT,
    run: async (bench) => {
      for (const cutAt of CUTS) {
        await bench.setAll(FACTORY);
        await bench.install('b', 'switches off');
        await bench.withBootControl((bootControl) => bootControl.activate('b', 2));
        await bench.powerOn({ cutAt });
        const state = await stateOf(bench);
        assert.match(state, /^a good 3, b trial [12]; b first$/);
        await bench.install('b', 'resets');
        const left = state.includes('trial 2') ? 2 : 1;
        const expected = left === 2 ? ['b', 'b', 'a'] : ['b', 'a'];
        assert.deepEqual((await bench.powerOn()).started, expected, String(cutAt));
      }
    },
  },
];

/** Environments by lot for each layout, always the same ones; each takes about half a second. */
const RANDOM_BOOTS = 40;
const SEED = 3;
/** How far our write got: within the header, within a sector, at and around sector ends. */
const TORN_BYTES = [1, 4, 5, 100, 511, 512, 1024];
/** Where the plug is pulled: before, in and after the save, and in the trial. */
const CUTS = [
  /Executing script/,
  /BOARD: environment/,
  /virtio write: device/,
  /blocks written/,
  /slot B starts/,
  /KERNEL/,
];

/** What the board's lines set `donabe_start` to. */
async function startCommands(): Promise<string> {
  const text = await readFile('test/uboot/boards/start.cmd', 'utf8');
  return /setenv donabe_start '([^']+)'/.exec(text)?.[1] ?? '';
}

/** Both slots in words: `a good 3, b trial 2; b first`. */
async function stateOf(bench: Bench): Promise<string> {
  const state: BootState = await bench.withBootControl((bootControl) => bootControl.read());
  const words = SLOT_NAMES.map((slot) => {
    const { ranked, triesRemaining, successful } = state.slots[slot];
    if (!ranked) return `${slot} out`;
    if (successful) return `${slot} good ${triesRemaining}`;
    return triesRemaining > 0 ? `${slot} trial ${triesRemaining}` : `${slot} out of tries`;
  });
  return `${words.join(', ')}; ${state.active ?? 'none'} first`;
}

function copiesOf(bench: Bench): Promise<readonly Uint8Array[]> {
  return Promise.all(bench.copies.map((index) => bench.copy(index)));
}

/** Every printable character somewhere, of growing length; no backslash, which U-Boot takes for an escape. */
function printable(seed: number): string {
  const characters = Array.from({ length: 1 + (seed % 97) }, (_, at) => 33 + ((seed * 31 + at) % 94));
  return String.fromCharCode(...characters).replaceAll('\\', '');
}

/** A copy that no CRC holds for. */
function noise(): Uint8Array {
  return Uint8Array.from({ length: 0x4000 }, (_, at) => (at * 167 + 13) % 251);
}

function isEqual(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  return Buffer.compare(left ?? noise(), right ?? noise()) === 0;
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}
