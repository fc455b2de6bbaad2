/**
 * `donabe mcu simulate`: an MCU for QA on a pseudo-terminal, with every fault that `fixtures/mcu` can make, chosen
 * at the start or by lines on stdin. It must not know frames or how a fault is made.
 */
import { lstatSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CookerMode, CookerSetup, LineFaults, Simulator, SimulatorOptions } from '../fixtures/index.ts';
import { chosenFormat, type FormatFlags, positive, whole, withFormatFlags } from './mcu-line.ts';

/** The simulator is wanted where only the device's part of the package is installed. */
export class SimulatorMissingError extends Error {
  override readonly name = 'SimulatorMissingError';
  readonly code = 'SIMULATOR_MISSING';

  constructor(cause: unknown) {
    super('The simulator is not in the package for devices; run it from the project on a build host', {
      cause,
    });
  }
}

/** The place for the link to the pseudo-terminal is taken by something that this verb has not made. */
export class LinkPlaceError extends Error {
  override readonly name = 'LinkPlaceError';
  readonly code = 'LINK_PLACE_TAKEN';

  constructor(path: string) {
    super(`${path} exists and is no symbolic link; name another place for --link`);
  }
}

const MODES: readonly CookerMode[] = [
  'idle',
  'cooking',
  'keep-warm',
  'delayed-start',
  'fault',
  'boot-loader',
];
const AFTER_COOKING: readonly CookerSetup['afterCooking'][] = ['keep-warm', 'idle', 'cooking'];

/** A frame's mishaps on the line, as flags of their own. */
const LINE_FAULTS: Readonly<Record<keyof LineFaults, string>> = {
  drop: 'frames that are lost',
  double: 'frames that come twice',
  flip: 'frames with a wrong bit',
  garbage: 'frames with noise before them',
  lose: 'frames with a byte missing',
  insert: 'frames with a byte too many',
};

interface SimulateFlags extends FormatFlags, LineFaults {
  readonly link?: string;
  readonly mode: CookerMode;
  readonly minutes: number;
  readonly afterCooking: CookerSetup['afterCooking'];
  readonly neverIdle?: true;
  readonly minuteMs: number;
  readonly secondMs: number;
  readonly baud?: number;
  readonly firmware?: string;
  readonly flashFile?: string;
  readonly singleBank?: true;
  readonly window?: number;
  readonly mostBytes?: number;
  readonly seed: number;
  readonly bothWays?: true;
  readonly stall: number;
  readonly cutFlash: number;
  readonly lid: number;
  readonly wrongVersion?: true;
  readonly stuck?: true;
  readonly silent?: true;
  readonly console: boolean;
  readonly json?: true;
}

export function simulateCommand(): Command {
  const verb = new Command('simulate')
    .description('a simulated MCU on a pseudo-terminal; driven by lines on stdin (`help`), ends with it')
    .exitOverride()
    .option('--pty', 'on a pseudo-terminal, whose path is the first line; there is no other way yet')
    .option('--link <path>', 'also make this symbolic link to it, so that the path stays')
    .option('--no-console', 'read no lines; ends by SIGINT or SIGTERM')
    .option('--json', 'the first line as one JSON object');
  verb
    .optionsGroup('The cooker:')
    .addOption(new Option('--mode <mode>', 'what it starts with').choices(MODES).default('idle'))
    .option('--minutes <minutes>', 'minutes until that ends by itself', positive, 40)
    .addOption(
      new Option('--after-cooking <mode>', 'what a programme ends in')
        .choices(AFTER_COOKING)
        .default('keep-warm'),
    )
    .option('--never-idle', 'it cooks, and what follows is cooking')
    .option('--minute-ms <ms>', 'how long a minute of a programme lasts', positive, 60_000)
    .option('--second-ms <ms>', 'how long a second of a trial or a consent lasts', positive, 1000);
  verb
    .optionsGroup('The MCU:')
    .option('--firmware <version>', 'what it left the factory with', version)
    .option('--flash-file <file>', 'keep the flash in this file; made when it is not there')
    .option('--single-bank', 'new firmware overwrites the old: nothing to fall back to')
    .option('--window <frames>', 'data frames that it can buffer; 1 is stop-and-wait', count)
    .option('--most-bytes <bytes>', 'bytes that it takes in one data frame', count)
    .option('--baud <rate>', 'bytes take as long as on a line of this rate', count);
  withFormatFlags(verb.optionsGroup('The line:'));
  verb
    .optionsGroup('Faults (chances are 0 to 1 and come from the seed):')
    .option('--seed <number>', 'where chance comes from', whole, 1);
  for (const [fault, meaning] of Object.entries(LINE_FAULTS)) {
    verb.option(`--${fault} <chance>`, meaning, chance, 0);
  }
  return verb
    .option('--both-ways', 'the same on the way from the board')
    .option('--stall <chance>', 'after an answer: nothing for longer than a timeout', chance, 0)
    .option(
      '--cut-flash <chance>',
      'after an answer: a reset in the middle of the next flash page',
      chance,
      0,
    )
    .option('--lid <chance>', 'after an answer: the lid opens, or closes', chance, 0)
    .option('--wrong-version', 'firmware on trial says another version than its own')
    .option('--stuck', 'the boot loader starts nothing')
    .option('--silent', 'nothing gets out, as if the cable was pulled')
    .addHelpText('after', EXAMPLES)
    .action((flags: SimulateFlags) => simulate(verb, flags));
}

const EXAMPLES = `
Examples:
  donabe mcu simulate --pty --link /tmp/mcu --mode cooking --minutes 5 --minute-ms 1000
  donabe mcu simulate --flash-file mcu.flash --garbage 0.01 --both-ways --cut-flash 0.02 --seed 7
  donabe mcu simulate --single-bank --window 1 --baud 9600 --wrong-version
  printf 'cook 5\\nlid open\\nshow\\n' | donabe mcu simulate`;

/** Runs until stdin ends, `quit`, SIGINT or SIGTERM; the pseudo-terminal and the link go with it. */
async function simulate(verb: Command, flags: SimulateFlags): Promise<void> {
  const fixtures = await importFixtures();
  const simulator = await fixtures.startSimulator(await optionsFrom(verb, flags));
  const print = (text: string): void => verb.configureOutput().writeOut?.(`${text}\n`);
  try {
    if (flags.link !== undefined) makeLink(flags.link, simulator.path);
    const first = { path: simulator.path, link: flags.link };
    print(flags.json ? JSON.stringify(first) : simulator.path);
    await untilEnded(flags.console, (line) => {
      const answer = fixtures.obeyLine(simulator.mcu, line);
      if (answer.kind !== 'quit') print(answer.text);
      return answer.kind === 'quit';
    });
  } finally {
    if (flags.link !== undefined) dropLink(flags.link, simulator);
    await simulator.stop();
  }
}

async function optionsFrom(verb: Command, flags: SimulateFlags): Promise<SimulatorOptions> {
  const { drop, double, flip, garbage, lose, insert, stall, cutFlash, lid } = flags;
  const faults = { drop, double, flip, garbage, lose, insert };
  const { mode, minutes, minuteMs, secondMs, seed, afterCooking } = flags;
  return {
    ...(flags.neverIdle ? { mode: 'cooking', afterCooking: 'cooking' } : { mode, afterCooking }),
    minutes,
    minuteMs,
    secondMs,
    seed,
    faults,
    ...(flags.bothWays && { boardFaults: faults }),
    mishaps: { stall, cutFlash, lid },
    format: await chosenFormat(verb, undefined, flags),
    numbered: flags.unnumbered === undefined,
    ...(flags.firmware !== undefined && { version: { firmware: flags.firmware } }),
    ...(flags.flashFile !== undefined && { flashFile: flags.flashFile }),
    ...(flags.window !== undefined && { window: flags.window }),
    ...(flags.mostBytes !== undefined && { mostBytes: flags.mostBytes }),
    ...(flags.baud !== undefined && { baudRate: flags.baud }),
    singleBank: flags.singleBank === true,
    wrongVersionOnTrial: flags.wrongVersion === true,
    stuckInBootLoader: flags.stuck === true,
    silent: flags.silent === true,
  };
}

/** Until a signal, or, with a console, the end of stdin or a line that `obey` takes for the last one. */
async function untilEnded(withConsole: boolean, obey: (line: string) => boolean): Promise<void> {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    if (!withConsole) {
      // Nothing else keeps the process waiting for a signal.
      const alive = setInterval(() => undefined, LONGEST_INTERVAL_MS);
      await ended.finally(() => clearInterval(alive));
      return;
    }
    const lines = createInterface({ input: process.stdin });
    lines.on('close', end);
    lines.on('line', (line) => {
      if (obey(line)) lines.close();
    });
    await ended;
    lines.close();
    process.stdin.destroy();
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

/** A timer's longest delay in Node. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;

function makeLink(path: string, target: string): void {
  const before = lstatSync(path, { throwIfNoEntry: false });
  if (before !== undefined && !before.isSymbolicLink()) throw new LinkPlaceError(path);
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/** Only the one that was made here: another simulator may have taken the place. */
function dropLink(path: string, simulator: Simulator): void {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink() && readlinkSync(path) === simulator.path) rmSync(path, { force: true });
}

async function importFixtures(): Promise<typeof import('../fixtures/index.ts')> {
  try {
    return await import('../fixtures/index.ts');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND') {
      throw new SimulatorMissingError(cause);
    }
    throw cause;
  }
}

function chance(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('it must be a number from 0 to 1');
  }
  return value;
}

function count(text: string): number {
  if (whole(text) < 1) throw new InvalidArgumentError('it must be at least 1');
  return whole(text);
}

function version(text: string): string {
  if (!/^[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}$/.test(text)) {
    throw new InvalidArgumentError('it must be major.minor.patch');
  }
  return text;
}
