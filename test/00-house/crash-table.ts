/**
 * The crash table of agent/README.md: a whole update in the lab, its durable writes in order, and what the
 * next start does when the power goes before each of them. Writes and doors are measured; the words are here.
 */
import { type BootEnd, Lab, type LabOptions } from '../../fixtures/index.ts';
import { code, tableOf } from './markdown.ts';

/** One durable step, possibly of several labelled writes. `pattern` takes its labels from the front. */
interface Step {
  readonly name: string;
  readonly pattern: RegExp;
  /** What follows when the power goes before this step is durable. */
  readonly follows: string;
}

/** With these, every write that a cut may keep or drop is once kept and once dropped. */
const SEEDS = [1, 3] as const;
/** Boots of a whole update and of one that fails. */
const MOST_BOOTS = 16;

const VAULT = /^vault-\d: write \d+ at 0;vault-\d: flush;/;
const MAIN = /^misc: write 512 at 2048;misc: flush;/;
const BACKUP = /^misc: write 512 at 6144;misc: flush;/;
/** The next chunks may be written before the commit that does not name them. */
const BATCH =
  /^(?:\w+_b: write \d+ at [1-9]\d*;)*(?:\w+_b: flush;)+(?:\w+_b: write \d+ at [1-9]\d*;)*store: checkpoint;/;
const FIRST_CHUNK = /^\w+_b: write 65536 at 0;\w+_b: flush;/;

const fact = (name: string): RegExp => new RegExp(`^store: setFact ${name};`);
const store = (label: string): RegExp => new RegExp(`^store: ${label};`);

const START: readonly Step[] = [
  {
    name: 'vault: a start of the agent',
    pattern: VAULT,
    follows: 'the start is not counted; nothing else was done',
  },
];
const UP: Step = {
  name: 'vault: the agent is up',
  pattern: VAULT,
  follows: 'a kernel boot begins its own count',
};
const POLL: Step = { name: 'store: time of the poll', pattern: fact('last-poll'), follows: 'asked again' };

const INSTALL: readonly Step[] = [
  ...START,
  UP,
  POLL,
  {
    name: 'store: chunk indexes, and which slot they are of',
    pattern: /^(?:store: (?:keepIndex|setFact index-\w-\w+);)+/,
    follows: 'fetched again, or made again from the booted slot',
  },
  { name: 'store: intent row', pattern: store('open'), follows: 'nothing is under way; the slot is whole' },
  {
    name: 'boot control, main copy: slot b unbootable',
    pattern: MAIN,
    follows: 'the row resumes; the slot is opened again',
  },
  {
    name: 'boot control, backup copy: the same',
    pattern: BACKUP,
    follows: 'the scrub repairs the stale copy before the slot is opened again',
  },
  {
    name: 'slot b, rootfs: first chunk zero',
    pattern: FIRST_CHUNK,
    follows: 'unbootable already; opened again',
  },
  {
    name: 'slot b, boot: first chunk zero',
    pattern: FIRST_CHUNK,
    follows: 'unbootable already; opened again',
  },
  {
    name: 'slot b: chunks of the first batch, flush, checkpoint',
    pattern: BATCH,
    follows: 'chunks after the checkpoint are hashed in the slot; what matches is kept',
  },
  {
    name: 'slot b: chunks of all other batches, flush, checkpoint',
    pattern: new RegExp(`^(?:${BATCH.source.slice(1)})+`),
    follows: 'at most one checkpoint interval is fetched again',
  },
  {
    name: 'store: counters (end of fetch, first chunks)',
    pattern: /^(?:store: checkpoint;)+/,
    follows: 'every chunk but the first is in the slot',
  },
  {
    name: 'slot b, rootfs: first chunk',
    pattern: FIRST_CHUNK,
    follows: 'the first chunk is fetched again, the slot read back again',
  },
  {
    name: 'slot b, boot: first chunk',
    pattern: FIRST_CHUNK,
    follows: 'opened again: rootfs loses its beginning, and both come back at the end',
  },
  {
    name: 'vault: seal of slot b',
    pattern: VAULT,
    follows: 'whole, but nobody vouches for it: finalised again',
  },
  {
    name: 'store: row finalised',
    pattern: store('setState finalised'),
    follows: 'the row says fetching: finalised again, nothing but first chunks is fetched',
  },
  {
    name: 'store: the offer is dealt with',
    pattern: /^(?:store: setFact offer-\w+;)+/,
    follows: 'another boot: the slot is read back against its seal, then activated',
  },
  {
    name: 'vault: trial of slot b',
    pattern: VAULT,
    follows: 'the slot is read back against its seal, then activated',
  },
  {
    name: 'boot control, main copy: slot b active (the commit point)',
    pattern: MAIN,
    follows: 'before it the update resumes and activates again; after it the new slot boots and confirms',
  },
  {
    name: 'boot control, backup copy: the same',
    pattern: BACKUP,
    follows: 'the new slot boots; confirm scrubs the stale copy',
  },
  {
    name: 'store: row activated',
    pattern: store('setState activated'),
    follows: 'the new slot boots and confirms; the row is closed by its slot, whatever its state',
  },
];

const BOOT_LOADER: readonly Step[] = [
  { name: 'boot loader, main copy: one try less', pattern: MAIN, follows: 'the new slot boots' },
  {
    name: 'boot loader, backup copy: the same',
    pattern: BACKUP,
    follows: 'a try may be lost; the new slot boots while it has any',
  },
];

const TRIAL: readonly Step[] = [
  ...BOOT_LOADER,
  ...START,
  {
    name: 'vault: this boot of the trial',
    pattern: VAULT,
    follows: 'the boot is counted by the next one; a try is gone',
  },
];

const CONFIRM: readonly Step[] = [
  ...INSTALL,
  ...TRIAL,
  {
    name: 'boot control, main copy: slot b good',
    pattern: MAIN,
    follows: 'a trial still: the checks run again',
  },
  {
    name: 'boot control, backup copy: the same',
    pattern: BACKUP,
    follows: 'good: no check is made again, the vault is told',
  },
  {
    name: 'vault: floors, the trial is over',
    pattern: VAULT,
    follows: 'good: no check is made again, the vault is told',
  },
  {
    name: 'store: floors',
    pattern: /^(?:store: setFact floor-[a-z-]+;)+/,
    follows: 'the landed row is finished: floors, history',
  },
  {
    name: 'store: row closed, confirmed',
    pattern: store('close confirmed'),
    follows: 'the landed row is finished; success is reported once',
  },
  UP,
  POLL,
];

const BAD: readonly Step[] = [
  {
    name: 'vault: verdict of the trial',
    pattern: VAULT,
    follows: 'the verdict is lost; the checks run again',
  },
  {
    name: 'boot control, main copy: slot b bad',
    pattern: MAIN,
    follows: 'the verdict stands: mark bad and reboot without new checks',
  },
  {
    name: 'boot control, backup copy: the same',
    pattern: BACKUP,
    follows: 'the boot loader takes slot a; the rollback is finished there',
  },
  { name: 'boot loader, main copy: slot a boots', pattern: MAIN, follows: 'the boot loader takes slot a' },
  { name: 'boot loader, backup copy: the same', pattern: BACKUP, follows: 'the boot loader takes slot a' },
  {
    name: 'vault: a start of the agent in slot a',
    pattern: VAULT,
    follows: 'the rollback is finished there',
  },
];

const BACK: readonly Step[] = [
  {
    name: 'store: failure counted',
    pattern: store('setFailures'),
    follows: 'the vault still names the trial: the rollback is finished',
  },
  {
    name: 'store: row closed, rolled back',
    pattern: store('close rolled-back'),
    follows: 'counted once: the vault has the base of the count and is written last',
  },
  {
    name: 'vault: failure counted, the trial is over',
    pattern: VAULT,
    follows: 'the same; the row is closed already',
  },
  UP,
  POLL,
];

const KEPT: readonly Step[] = [
  {
    name: 'data: contents and record under a temporary name',
    pattern: /^(?:data: (?:make folder|flush|copy|create record);)+/,
    follows: 'nothing is active; the snapshot is begun anew',
  },
  {
    name: 'data: the snapshot is the newest generation',
    pattern: /^data: rename to 1;data: flush;/,
    follows: 'nothing is active; a newer snapshot replaces this one',
  },
];

const RESTORED: readonly Step[] = [
  {
    name: 'data: every listed path as it was kept',
    pattern: /^(?:data: (?:overwrite|copy|unlink|make folder|remove folder|flush);)+/,
    follows: 'brought back again, to the same end; the services have not started',
  },
  {
    name: 'data: the snapshot is forgotten',
    pattern: /^data: rename to new;data: flush;(?:data: (?:unlink|remove folder);)+/,
    follows: 'at most brought back once more',
  },
];

/** What a vendor's data add: between the offer and the flip, and before the rollback is counted. */
const BEFORE_TRIAL = INSTALL.findIndex(({ name }) => name === 'vault: trial of slot b');

const DATA: readonly Step[] = [
  ...INSTALL.slice(0, BEFORE_TRIAL),
  ...KEPT,
  ...INSTALL.slice(BEFORE_TRIAL),
  ...TRIAL,
  ...BAD,
  ...RESTORED,
  ...BACK,
];

/** An update and how it goes on; `shows` leaves out steps whose rows are in another story's table already. */
export interface Story {
  readonly steps: readonly Step[];
  readonly shows: (step: Step) => boolean;
}

export const STORIES = {
  confirmed: { steps: CONFIRM, shows: () => true },
  failed: {
    steps: [...INSTALL, ...TRIAL, ...BAD, ...BACK],
    shows: (step) => BAD.includes(step) || BACK.includes(step),
  },
  data: { steps: DATA, shows: (step) => KEPT.includes(step) || RESTORED.includes(step) },
} as const satisfies Record<string, Story>;

/** The measured table. Throws when the walk writes something that no step names, or in another order. */
export async function crashTable({ steps, shows }: Story, options: LabOptions): Promise<string> {
  const ends = endsOf(steps, await writesOf(options));
  const rows: string[][] = [];
  for (const [at, step] of steps.entries()) {
    if (!shows(step)) continue;
    const seen = new Set<string>();
    for (const seed of SEEDS) seen.add(await nextStart({ ...options, seed }, ends[at] ?? 1));
    rows.push([steps[at - 1]?.name ?? 'power on', step.name, [...seen].sort().join('; '), step.follows]);
  }
  return tableOf(['durable', 'power goes during', 'the next start', 'what follows'], rows);
}

/** Labels of an undisturbed story. */
async function writesOf(options: LabOptions): Promise<readonly string[]> {
  const lab = await Lab.create(options);
  try {
    await lab.run(undefined, MOST_BOOTS, async () => undefined);
    return lab.writes;
  } finally {
    lab.dispose();
  }
}

/** Number of each step's last durable write, from 1: there its data is pending or being committed. */
function endsOf(steps: readonly Step[], writes: readonly string[]): readonly number[] {
  const ends: number[] = [];
  let done = 0;
  for (const step of steps) {
    const rest = `${writes.slice(done).join(';')};`;
    const taken = step.pattern.exec(rest)?.[0];
    if (taken === undefined) {
      throw new Error(
        `after "${steps[ends.length - 1]?.name}" the walk does not write "${step.name}": ${rest.slice(0, 200)}`,
      );
    }
    done += taken.split(';').length - 1;
    ends.push(done);
  }
  if (done !== writes.length) throw new Error(`no step names the writes ${writes.slice(done).join(', ')}`);
  return ends;
}

/** Slot and door of the first start after a cut at durable write `cutAt`. */
async function nextStart(options: LabOptions, cutAt: number): Promise<string> {
  const lab = await Lab.create(options);
  let said = 0;
  const look = async (end: BootEnd): Promise<void> => {
    if (end.kind === 'cut') said = lab.log.length;
  };
  try {
    await lab.run(cutAt, MOST_BOOTS, look);
    const entered = lab.log.slice(said).find((line) => line.includes(' entered: '));
    const [, slot, door] = /slot (\w) entered: Entry: ([\w-]+)/.exec(entered ?? '') ?? [];
    if (slot === undefined || door === undefined) throw new Error(`nobody started after the cut at ${cutAt}`);
    return `${slot}: ${code(door)}`;
  } finally {
    lab.dispose();
  }
}
