/**
 * The verbs of `donabe boot` that look at the board and not at one record: what the boot loader left for us, and
 * whether the board is as `bootctl/INTEGRATION.md` asks. They change nothing.
 */
import type { Command } from 'commander';
import type { BootParams } from '../bootctl/index.ts';
import type { Examination } from './boot-doctor.ts';
import { table } from './output.ts';

/** What these verbs need from outside; given by `main.ts` from the configuration. */
export interface BoardContext {
  /** The boot loader's parameter page, from where the configuration says. */
  bootParams(): Promise<BootParams>;
  /** What `doctor` looks at. */
  examination(): Promise<Examination>;
}

/** At least one check failed; what each found stands on stdout. */
export class DoctorError extends Error {
  readonly code = 'DOCTOR_FAILED';
}

/** `boot` with these verbs. */
export function withBoardVerbs(boot: Command, context: BoardContext): Command {
  const print = (lines: readonly string[]): void =>
    boot.configureOutput().writeOut?.(lines.map((line) => `${line}\n`).join(''));

  boot
    .command('params')
    .description('what the boot loader left in its parameter page: boot mode, flags, device tree')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  donabe boot params --json')
    .action(async (options: { json?: true }) => {
      const { version, flags, bootMode, deviceTree } = await context.bootParams();
      const values = { version, flags: hex(flags), bootMode, deviceTree: hex(deviceTree) };
      const rows = Object.entries(values).map(([name, value]) => [name, String(value)]);
      print(options.json ? [JSON.stringify(values)] : table([['field', 'value'], ...rows]));
    });

  boot
    .command('doctor')
    .description('check this device against the list of bootctl/INTEGRATION.md')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  donabe boot doctor')
    .action(async (options: { json?: true }) => {
      const { examine } = await import('./boot-doctor.ts');
      const findings = await examine(await context.examination());
      const rows = findings.map(({ check, verdict, detail }) => [verdict, check, detail]);
      print(options.json ? [JSON.stringify({ findings })] : table([['verdict', 'check', ''], ...rows]));
      const failed = findings.filter(({ verdict }) => verdict === 'fail').length;
      if (failed > 0) throw new DoctorError(`${failed} of ${findings.length} checks failed`);
    });

  return boot;
}

/** As addresses and flags are read. */
function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
