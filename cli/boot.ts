/**
 * `donabe boot`: the boot control by hand, for a technician. One table in, one verb out; where the boot control
 * lies, which slot is booted and what a seal is, `main.ts` says through the context. It must not know a backend.
 *
 * An action that fails rejects: with an error that has a `code` (exit status 1), or with commander's own error for
 * wrong usage (exit status 2).
 */
import { Command, InvalidArgumentError } from 'commander';
import type { BootControlBackend, BootState, ScrubReport, SlotName } from '../bootctl/index.ts';
import { goOn, YES } from './go-on.ts';

/** What the verbs need from outside; given by `main.ts` from the configuration. */
export interface BootCliContext {
  /** For `write` the caller has to hold the walker's lock (rule 16) until the backend is closed. */
  openBackend(purpose: 'read' | 'write'): Promise<BootControlBackend>;
  bootedSlot(): Promise<SlotName>;
  /** Rule 14: whether the slot hashes to the digests that the vault knows. */
  sealHolds(slot: SlotName): Promise<{ readonly holds: boolean; readonly reason: string }>;
}

/** A verb that the safety rules forbid here and now. */
export class BootRefusedError extends Error {
  readonly code: 'SEAL_BROKEN' | 'SLOT_IS_BOOTED' | 'NO_FALLBACK';

  constructor(code: BootRefusedError['code'], message: string) {
    super(message);
    this.name = 'BootRefusedError';
    this.code = code;
  }
}

/** People unplug a cooker: one try would revert good updates. */
const DEFAULT_TRIES = 3;

type Booted = { readonly slot: SlotName } | { readonly slot: undefined; readonly reason: string };

/** The command with its verbs, to be added to the program. */
export function bootCommand(context: BootCliContext): Command {
  const boot = new Command('boot')
    .description('look at the boot control and change it')
    .exitOverride()
    .addHelpText('after', EXAMPLES);

  boot
    .command('status')
    .description('both slots, what the boot loader tries next, and the health of each copy')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  donabe boot status --json')
    .action(async (options: { json?: true }) => {
      const { state, scrub } = await withBackend(context, 'read', async (backend) => ({
        state: await backend.read(),
        scrub: await backend.scrub({ repair: false }),
      }));
      const booted = await bootedOrReason(context);
      print(boot, options.json ? statusJson(state, scrub, booted) : statusTable(state, scrub, booted));
    });

  boot
    .command('activate')
    .description('make the slot that is not booted active, if its seal holds')
    .argument('<slot>', 'a or b', slotArgument)
    .option(
      '--tries <count>',
      `boots before the boot loader gives it up (${DEFAULT_TRIES}, or all that the format holds)`,
      countArgument,
    )
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  donabe boot activate b --tries 3')
    .action(async (slot: SlotName, options: { tries?: number; json?: true }) => {
      const given = await withBackend(context, 'write', async (backend) => {
        // Rule 2: the booted slot's tries and successful flag are not ours to reset.
        if ((await context.bootedSlot()) === slot) {
          throw new BootRefusedError(
            'SLOT_IS_BOOTED',
            `slot ${slot} is booted; "donabe cancel" makes it active`,
          );
        }
        // Under the lock: an update must not write into the slot between its hashing and its activation.
        const seal = await context.sealHolds(slot);
        if (!seal.holds) {
          throw new BootRefusedError('SEAL_BROKEN', `slot ${slot} is not activated: ${seal.reason}`);
        }
        const tries = options.tries ?? Math.min(DEFAULT_TRIES, backend.abilities.mostTries);
        await backend.activate(slot, tries);
        return tries;
      });
      const sentence = `slot ${slot} is active with ${given} ${given === 1 ? 'try' : 'tries'}`;
      print(boot, options.json ? JSON.stringify({ slot, active: true, tries: given }) : sentence);
    });

  boot
    .command('mark-good')
    .description('mark the booted slot good: a trial ends here, without its health checks')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  donabe boot mark-good')
    .action(async (options: { json?: true }) => {
      const slot = await context.bootedSlot();
      await withBackend(context, 'write', (backend) => backend.markGood(slot));
      print(boot, options.json ? JSON.stringify({ slot, marked: 'good' }) : `slot ${slot} is marked good`);
    });

  boot
    .command('mark-bad')
    .description('take a slot out of the order; refused when no other slot can boot')
    .argument('<slot>', 'a or b', slotArgument)
    .option(...YES)
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  donabe boot mark-bad b --yes')
    .action(async (slot: SlotName, options: { json?: true; yes?: true }) => {
      await goOn(`Slot ${slot} will not be booted any more until it is installed anew.`, options);
      await withBackend(context, 'write', async (backend) => {
        await refuseWithoutFallback(context, backend, slot);
        await backend.markBad(slot);
      });
      print(boot, options.json ? JSON.stringify({ slot, marked: 'bad' }) : `slot ${slot} is marked bad`);
    });

  boot
    .command('scrub')
    .description('check all copies of the boot control')
    .option('--repair', 'rewrite bad or stale ones from the valid one')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  donabe boot scrub --repair')
    .action(async (options: { repair?: true; json?: true }) => {
      const repair = options.repair === true;
      const report = await withBackend(context, repair ? 'write' : 'read', (backend) =>
        backend.scrub({ repair }),
      );
      print(boot, options.json ? JSON.stringify(report) : scrubTable(report));
    });

  return boot;
}

/** Rules 2 and 14: the booted slot is given up only for one that was good before or whose seal holds. */
async function refuseWithoutFallback(
  context: BootCliContext,
  backend: BootControlBackend,
  slot: SlotName,
): Promise<void> {
  const { otherSlot } = await import('../bootctl/index.ts');
  const other = otherSlot(slot);
  if ((await context.bootedSlot()) !== slot || (await backend.read()).slots[other].successful) return;
  const seal = await context.sealHolds(other);
  if (seal.holds) return;
  throw new BootRefusedError(
    'NO_FALLBACK',
    `slot ${slot} is booted and slot ${other} is no way back: ${seal.reason}`,
  );
}

const EXAMPLES = `
Examples:
  donabe boot status --json
  donabe boot activate b --tries 3
  donabe boot mark-bad b`;

/** Opens, runs, closes: also when the verb fails. */
async function withBackend<T>(
  context: BootCliContext,
  purpose: 'read' | 'write',
  verb: (backend: BootControlBackend) => Promise<T>,
): Promise<T> {
  const backend = await context.openBackend(purpose);
  try {
    return await verb(backend);
  } finally {
    await backend.close();
  }
}

/** On a bench the command line may name no slot; the rest of the status is still worth seeing. */
function bootedOrReason(context: BootCliContext): Promise<Booted> {
  return context.bootedSlot().then(
    (slot) => ({ slot }),
    (error: unknown) => ({ slot: undefined, reason: error instanceof Error ? error.message : String(error) }),
  );
}

function statusTable(state: BootState, scrub: ScrubReport, booted: Booted): string {
  const slots = Object.entries(state.slots).map(([slot, facts]) => [
    slot,
    facts.bootable ? 'yes' : 'no',
    String(facts.triesRemaining),
    trialWord(facts),
    [state.active === slot ? 'active' : '', booted.slot === slot ? 'booted' : ''].filter(Boolean).join(', '),
  ]);
  const notes = [
    ...(state.active === undefined
      ? ['no slot can boot: activate or mark good one before switching off']
      : []),
    ...(booted.slot === undefined ? [`booted slot unknown: ${booted.reason}`] : []),
  ];
  const rows = columns([['slot', 'bootable', 'tries', 'trial', ''], ...slots]);
  return [rows, scrubTable(scrub), ...notes].join('\n');
}

function scrubTable(report: ScrubReport): string {
  const rows = report.copies.map(({ copy, health, detail }) => [
    copy,
    health,
    [report.repaired.includes(copy) ? 'repaired' : '', detail].filter(Boolean).join(': '),
  ]);
  return columns([['copy', 'health', ''], ...rows]);
}

function statusJson(state: BootState, scrub: ScrubReport, booted: Booted): string {
  const bootedFields =
    booted.slot === undefined ? { booted: null, reason: booted.reason } : { booted: booted.slot };
  return JSON.stringify({
    slots: state.slots,
    active: state.active ?? null,
    ...bootedFields,
    copies: scrub.copies,
  });
}

function trialWord(facts: BootState['slots'][SlotName]): string {
  if (facts.successful) return 'successful';
  if (!facts.ranked) return 'unbootable';
  return facts.triesRemaining > 0 ? 'trial' : 'last or no try';
}

/** Left-aligned columns, two spaces apart. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Through commander's output, so that whoever builds the program can redirect it. */
function print(command: Command, text: string): void {
  command.configureOutput().writeOut?.(`${text}\n`);
}

function slotArgument(value: string): SlotName {
  if (value === 'a' || value === 'b') return value;
  throw new InvalidArgumentError('A slot is a or b.');
}

/** The upper limit is the backend's to say (TRIES_OUT_OF_RANGE). */
function countArgument(value: string): number {
  if (/^[1-9][0-9]?$/.test(value)) return Number(value);
  throw new InvalidArgumentError('A count of tries is a number from 1 to what the boot loader can hold.');
}
