/**
 * The contract suite: what every boot control backend has to keep, whatever its bytes look like. A harness
 * brings the medium and the boot loader; this file brings starting states, verbs, power cuts and the verdicts.
 * It must not know a format.
 *
 * For every starting state, every verb and every write of it: power is lost at that write, and the boot loader's
 * own rule then reads the old state or the new one, some slot boots, and the verb can be repeated. A slot that
 * was given up never boots again by itself (rules 3, 5 and 6).
 */
import { describe, expect, it } from 'vitest';
import {
  type BootControlBackend,
  BootControlError,
  type BootState,
  otherSlot,
  SLOT_NAMES,
  type SlotName,
} from '../../bootctl/index.ts';
import { PowerLost } from './memory-region.ts';

/** Power is lost at the write with this number (from 1); `how` is one of the harness's `cuts`. */
export interface Cut {
  readonly at: number;
  readonly how: string;
}

/** A medium that holds a record, and the boot loader that goes by it. */
export interface Medium {
  /** The backend over this medium. From the cut on, everything that it does rejects with `PowerLost`. */
  open(cut?: Cut): Promise<BootControlBackend>;
  /** Writes since `open`: what a power cut can fall into. */
  readonly writes: number;
  /** Another medium with the same bytes, and with power. */
  copy(): Promise<Medium>;
  /** What the boot loader reads, as text: equal texts mean the same boots for ever. Changes nothing. */
  truth(): Promise<string>;
  /** One power-on by the boot loader's own rule, with what it writes: the slot that starts, if any. */
  boot(): Promise<SlotName | undefined>;
}

export interface Harness<M extends Medium> {
  /** What may be left of the write during which power is lost: `dropped`, `torn-front` ... */
  readonly cuts: readonly string[];
  /** Slot a good and active, slot b unbootable. */
  factory(): Promise<M>;
  /** Damage that leaves one good copy of the record. The boot loader still boots, maybe by an older state. */
  readonly wear: Readonly<Record<string, (medium: M) => Promise<unknown>>>;
  /** Destroys the whole record; absent where there is none of our own (a vendor's commands). */
  readonly lose?: (medium: M) => Promise<unknown>;
}

type Step = (backend: BootControlBackend, tries: number) => Promise<unknown>;
const POWER_ON = 'power-on';
type Life = readonly (Step | typeof POWER_ON)[];

/** How the record came to be, from the factory's state on. */
const STATES: Readonly<Record<string, Life>> = {
  'fresh from the factory': [],
  'b is activated': [(misc, tries) => misc.activate('b', tries)],
  'b is on its first trial boot': [(misc, tries) => misc.activate('b', tries), POWER_ON],
  'b has used its tries up': [(misc) => misc.activate('b', 1), POWER_ON],
  'b is good': [(misc, tries) => misc.activate('b', tries), POWER_ON, (misc) => misc.markGood('b')],
  'b is good and a is activated again': [
    (misc, tries) => misc.activate('b', tries),
    (misc) => misc.markGood('b'),
    (misc, tries) => misc.activate('a', tries),
  ],
  'b is bad': [(misc, tries) => misc.activate('b', tries), POWER_ON, (misc) => misc.markBad('b')],
  'a is bad and b is all there is': [
    (misc, tries) => misc.activate('b', tries),
    POWER_ON,
    // A format of one try has none left in the trial boot itself.
    (misc, tries) => misc.refill('b', tries),
    (misc) => misc.markBad('a'),
  ],
};

interface Verb {
  readonly does: Step;
  /** What has to be true afterwards; `tries` as they were given to the verb. */
  readonly leaves: (before: BootState, after: BootState, tries: number) => void;
}

const VERBS: Readonly<Record<string, Verb>> = Object.fromEntries(
  SLOT_NAMES.flatMap((slot): [string, Verb][] => {
    const other = otherSlot(slot);
    const givenUp = (_: BootState, after: BootState): void => {
      const { ranked, successful, bootable } = after.slots[slot];
      expect({ ranked, successful, bootable }).toEqual({ ranked: false, successful: false, bootable: false });
      expect(after.active).not.toBe(slot);
    };
    return [
      [`mark ${slot} unbootable`, { does: (backend) => backend.markUnbootable(slot), leaves: givenUp }],
      [`mark ${slot} bad`, { does: (backend) => backend.markBad(slot), leaves: givenUp }],
      [
        `deactivate ${slot} for ${other}`,
        {
          does: (backend) => backend.deactivate(slot, other),
          leaves: (before, after) => {
            givenUp(before, after);
            expect(after.active).toBe(other);
          },
        },
      ],
      [
        `activate ${slot}`,
        {
          does: (backend, tries) => backend.activate(slot, tries),
          leaves: (_, after, tries) => {
            const wanted = { ranked: true, triesRemaining: tries, successful: false, bootable: true };
            expect(after.slots[slot]).toEqual(wanted);
            expect(after.active).toBe(slot);
          },
        },
      ],
      [
        `mark ${slot} good`,
        {
          does: (backend) => backend.markGood(slot),
          leaves: (_, after) => {
            const { ranked, successful, bootable } = after.slots[slot];
            expect({ ranked, successful, bootable }).toEqual({
              ranked: true,
              successful: true,
              bootable: true,
            });
            expect(after.active).toBe(slot);
          },
        },
      ],
      [
        `refill ${slot}`,
        {
          does: (backend, tries) => backend.refill(slot, tries),
          leaves: (before, after, tries) => {
            if (before.slots[slot].successful) expect(after.slots[slot]).toEqual(before.slots[slot]);
            else expect(after.slots[slot].triesRemaining).toBeGreaterThanOrEqual(tries);
            expect(after.slots[slot].successful).toBe(before.slots[slot].successful);
          },
        },
      ],
    ];
  }),
);

/** More power-ons than any counter holds, twice over: time for a reset of all counters to show. */
const POWER_ONS = 40;

/** Runs the suite over one backend. Call it at the top level of a test file. */
export function describeBackend<M extends Medium>(name: string, harness: Harness<M>): void {
  const wears: Harness<M>['wear'] = { 'nothing is worn': async () => undefined, ...harness.wear };

  describe(`${name}: contract`, () => {
    describe.each(Object.entries(STATES))('%s', (_, life) => {
      it.each(Object.keys(VERBS))('%s, with and without wear, cut at every write', async (verbName) => {
        for (const wear of Object.values(wears)) {
          const medium = await lived(await harness.factory(), life);
          await wear(medium);
          await provesVerb(medium, required(VERBS[verbName]), harness.cuts);
        }
      });

      it('a scrub repairs what is worn, and changes nothing that the boot loader reads', async () => {
        for (const wear of Object.values(wears)) {
          const medium = await lived(await harness.factory(), life);
          await wear(medium);
          const before = await medium.truth();
          await withBackend(medium, (backend) => backend.scrub({ repair: true }));
          expect(await medium.truth()).toBe(before);
          const report = await withBackend(medium, (backend) => backend.scrub({ repair: true }));
          expect(report.repaired).toEqual([]);
          expect(report.copies.map((copy) => copy.health)).toEqual(report.copies.map(() => 'good'));
          expect(medium.writes).toBe(0);
        }
      });

      it('looking changes nothing', async () => {
        const medium = await lived(await harness.factory(), life);
        const before = await medium.truth();
        await withBackend(medium, async (backend) => [
          await backend.read(),
          await backend.scrub({ repair: false }),
        ]);
        expect(medium.writes).toBe(0);
        expect(await medium.truth()).toBe(before);
      });

      it('what the backend calls active is what the boot loader starts', async () => {
        const medium = await lived(await harness.factory(), life);
        const { active } = await withBackend(medium, (backend) => backend.read());
        expect(active).toBeDefined();
        expect(await medium.boot()).toBe(active);
      });
    });

    describe.each(['mark b unbootable', 'mark b bad', 'deactivate b for a'])(
      'after "%s", whatever happens next',
      (verbName) => {
        it.each(Object.keys(STATES))('b never boots by itself; it began as: %s', async (stateName) => {
          for (const wear of Object.values(wears)) {
            const medium = await lived(await harness.factory(), required(STATES[stateName]));
            const verb = required(VERBS[verbName]);
            // A state from which b cannot be given up, because nothing else boots, has nothing to show here.
            if (!(await permits(medium, verb))) continue;
            await wear(medium);
            expect(await starts(medium)).not.toContain('b');
          }
        });
      },
    );

    it('a trial of a that nobody confirms uses its tries up, and b, given up, still does not boot', async () => {
      for (const wear of Object.values(wears)) {
        const medium = await harness.factory();
        await withBackend(medium, (backend) => backend.activate('a', 1));
        await wear(medium);
        expect(await starts(medium)).not.toContain('b');
      }
    });

    it('a trial ends by itself at the slot that was good, after as many boots as were given', async () => {
      const medium = await harness.factory();
      const tries = await withBackend(medium, async (backend) => {
        await backend.activate('b', triesOf(backend));
        return triesOf(backend);
      });
      const boots = await starts(medium, tries + 3);
      expect(boots).toEqual([...Array<SlotName>(tries).fill('b'), 'a', 'a', 'a']);
    });

    it.each([0, -1, 1.5, Number.NaN, 1000])('%s tries are refused and nothing is written', async (tries) => {
      const medium = await harness.factory();
      for (const verb of ['activate', 'refill'] as const) {
        const done = withBackend(medium, (backend) => backend[verb]('b', tries));
        expect(await codeOf(done)).toBe('TRIES_OUT_OF_RANGE');
        expect(medium.writes).toBe(0);
      }
    });

    // A backend over a vendor's verbs has no record of its own that could be lost.
    const { lose } = harness;
    if (lose === undefined) return;
    it.each(Object.keys(VERBS))('nothing valid is left: %s refuses and writes nothing', async (verbName) => {
      const medium = await lived(await harness.factory(), required(STATES['b is good']));
      await lose(medium);
      const verb = required(VERBS[verbName]);
      expect(await codeOf(withBackend(medium, (backend) => verb.does(backend, 1)))).toBe('BOOT_CONTROL_BAD');
      expect(medium.writes).toBe(0);
      const scrubbed = withBackend(medium, (backend) => backend.scrub({ repair: true }));
      expect(await codeOf(scrubbed)).toBe('BOOT_CONTROL_BAD');
      expect(medium.writes).toBe(0);
    });
  });
}

/** Does the verb whole, then with a cut at each of its writes, in each way. */
async function provesVerb(start: Medium, verb: Verb, cuts: readonly string[]): Promise<void> {
  const oldTruth = await start.truth();
  const whole = await start.copy();
  const backend = await whole.open();
  const tries = triesOf(backend);
  const before = await backend.read();
  const refusal = await codeOf(verb.does(backend, tries));
  const { abilities } = backend;
  const after = await backend.read();
  await backend.close();
  const newTruth = await whole.truth();
  const writes = whole.writes;
  if (refusal !== undefined) {
    expect(['NO_FALLBACK', 'NOT_ON_TRIAL']).toContain(refusal);
    expect([writes, newTruth]).toEqual([0, oldTruth]);
    return;
  }
  verb.leaves(before, after, tries);
  const active = await (await whole.copy()).boot();
  expect(active).toBe(after.active);
  expect(active).toBeDefined();

  for (let at = 1; at <= writes; at += 1) {
    for (const how of cuts) {
      const medium = await start.copy();
      const cut = await medium.open({ at, how });
      await expect(verb.does(cut, tries)).rejects.toBeInstanceOf(PowerLost);
      // From here on power is back: another open over the same bytes.
      const found = await medium.copy();
      if (abilities.oneWriteFlip) expect([oldTruth, newTruth]).toContain(await found.truth());
      expect(await (await found.copy()).boot()).toBeDefined();
      await withBackend(found, (again) => verb.does(again, tries));
      expect(await found.truth()).toBe(newTruth);
    }
  }
}

async function lived<M extends Medium>(medium: M, life: Life): Promise<M> {
  for (const step of life) {
    if (step === POWER_ON) {
      await medium.boot();
      // As the agent does at its start; a vendor's counting boot loader gets its counters back.
      await withBackend(medium, (backend) => backend.scrub({ repair: true }));
    } else {
      await withBackend(medium, (backend) => step(backend, triesOf(backend)));
    }
  }
  return medium;
}

/** Tries that every format in question holds; three is the default of the agent. */
function triesOf(backend: BootControlBackend): number {
  return Math.min(3, backend.abilities.mostTries);
}

async function withBackend<T>(medium: Medium, work: (backend: BootControlBackend) => Promise<T>): Promise<T> {
  const backend = await medium.open();
  try {
    return await work(backend);
  } finally {
    await backend.close();
  }
}

async function permits(medium: Medium, verb: Verb): Promise<boolean> {
  const code = await codeOf(withBackend(medium, (backend) => verb.does(backend, triesOf(backend))));
  if (code !== undefined) expect(code).toBe('NO_FALLBACK');
  return code === undefined;
}

async function starts(medium: Medium, powerOns = POWER_ONS): Promise<readonly (SlotName | undefined)[]> {
  const started: (SlotName | undefined)[] = [];
  for (let count = 0; count < powerOns; count += 1) started.push(await medium.boot());
  return started;
}

/** The code of the BootControlError with which it rejects; undefined when it does not. */
async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof BootControlError) return error.code;
    throw error;
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the contract suite names something that it does not have');
  return value;
}
