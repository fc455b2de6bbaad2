/**
 * `donabe doctor`: one look at everything that an update needs, with a remedy for what is not in order. It changes
 * nothing and takes no lock. Checks of the board are those of `donabe boot doctor`.
 */
import { Command } from 'commander';
import { boardContext } from './boot-context.ts';
import type { Examination, Verdict } from './boot-doctor.ts';
import { DEVICE_CHECKS, type Row, sentenceOf } from './doctor-checks.ts';
import { printResult, table } from './output.ts';
import { agentRoom, type Reading, reading } from './session.ts';

interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly detail: string;
  /** Empty where nothing is to be done. */
  readonly remedy: string;
}

class DoctorError extends Error {
  readonly code = 'DOCTOR_FAILED';
}

/** Where the boot control or a partition is not in order. */
const BOARD_REMEDY = 'see bootctl/INTEGRATION.md; donabe boot status shows what the boot loader reads';
const OPEN_REMEDY = 'the code says what is missing; without it no other check of the device can be made';

export function doctorCommand(configPath: () => string): Command {
  return new Command('doctor')
    .description(
      'check configuration, keys, boot control, slots, MCU, clock, disk and server, each with its remedy',
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nIt ends with 1 when a check failed; warnings alone end with 0.\n\nExamples:\n  donabe doctor\n  donabe doctor --json | jq \'.findings[] | select(.verdict != "pass")\'',
    )
    .action(async (options: { json?: true }) => {
      const findings = await diagnose(configPath());
      printResult(options.json === true, { findings }, linesOf(findings));
      const failed = findings.filter(({ verdict }) => verdict === 'fail').length;
      if (failed > 0) throw new DoctorError(`${failed} of ${findings.length} checks failed.`);
    });
}

/** All checks, in order. What cannot even be looked at has failed. */
export async function diagnose(configPath: string): Promise<readonly Finding[]> {
  const room = await agentRoom();
  const opened = await seen('the configuration can be read', OPEN_REMEDY, async () => {
    await room.loadConfig(configPath);
    return { verdict: 'pass', detail: configPath };
  });
  if (opened.verdict === 'fail') return [opened];
  const board = await boardFindings(configPath);
  const device = await deviceFindings(configPath);
  return [opened, ...device, ...board];
}

async function deviceFindings(configPath: string): Promise<readonly Finding[]> {
  const check = 'boot control, vault, release-info and store can be read';
  const findings: Finding[] = [];
  const whole = await seen(check, OPEN_REMEDY, () =>
    reading(configPath, async (context) => {
      for (const row of DEVICE_CHECKS) findings.push(await looked(row, context));
      return { verdict: 'pass' };
    }),
  );
  return [whole, ...findings];
}

function looked({ check, remedy, look }: Row, context: Reading): Promise<Finding> {
  return seen(check, remedy, () => look(context));
}

/** A check that throws has failed, and says why. */
async function seen(
  check: string,
  remedy: string,
  look: () => Promise<{ readonly verdict: Verdict; readonly detail?: string }>,
): Promise<Finding> {
  try {
    const { verdict, detail = '' } = await look();
    const needed = verdict === 'warn' || verdict === 'fail';
    return { check, verdict, detail, remedy: needed ? remedy : '' };
  } catch (error) {
    return { check, verdict: 'fail', detail: sentenceOf(error), remedy };
  }
}

async function boardFindings(configPath: string): Promise<readonly Finding[]> {
  const { examine } = await import('./boot-doctor.ts');
  const closers: (() => Promise<void>)[] = [];
  let parts: Examination;
  try {
    parts = await boardContext(() => configPath, closers).examination();
  } catch (error) {
    const check = 'the board can be examined';
    return [{ check, verdict: 'fail', detail: sentenceOf(error), remedy: BOARD_REMEDY }];
  }
  try {
    return (await examine(parts)).map((finding) => ({
      ...finding,
      remedy: finding.verdict === 'warn' || finding.verdict === 'fail' ? BOARD_REMEDY : '',
    }));
  } finally {
    for (const close of closers) await close();
  }
}

function linesOf(findings: readonly Finding[]): readonly string[] {
  const rows = findings.map(({ check, verdict, detail }) => [verdict, check, detail]);
  const [head = '', ...lines] = table([['verdict', 'check', ''], ...rows]);
  const remedied = lines.flatMap((line, at) => {
    const remedy = findings[at]?.remedy ?? '';
    return remedy === '' ? [line] : [line, `         remedy: ${remedy}`];
  });
  return [head, ...remedied];
}
