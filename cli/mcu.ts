/**
 * `donabe mcu`: the microcontroller by hand, for a technician, and its simulator for QA. Which port the product
 * has, `main.ts` says through the context. It must not know frames or the agent.
 *
 * An action that fails rejects: with an error that has a `code` (exit status 1), or with commander's own error for
 * wrong usage (exit status 2).
 */
import { Command } from 'commander';
import type { FrameFormat, LinkCounters, McuLink, McuStatus, McuVersion } from '../mcu-bridge/index.ts';
import { inspectCommand } from './mcu-inspect.ts';
import { chosenLine, type LineFlags, type McuCliContext, withLineFlags } from './mcu-line.ts';
import { simulateCommand } from './mcu-simulate.ts';

export type { McuCliContext } from './mcu-line.ts';

interface LinkFlags extends LineFlags {
  readonly port?: string;
  readonly json?: true;
}

/** The command with its verbs, to be added to the program. */
export function mcuCommand(context: McuCliContext): Command {
  const mcu = new Command('mcu')
    .description('talk to the microcontroller')
    .exitOverride()
    .addHelpText('after', EXAMPLES);

  linkVerb(mcu, 'ping', 'does the MCU answer, and how fast')
    .option('--verbose', 'also the CRC check value that both sides must agree on, and what the line lost')
    .action(async (options: LinkFlags & { verbose?: true }) => {
      const { answer: ms, counters, format } = await withLink(mcu, context, options, (link) => link.ping());
      const { crcCheckValue } = await import('../mcu-bridge/index.ts');
      const crc = crcCheckValue(format.crc).toString(16).toUpperCase().padStart(4, '0');
      const report = { milliseconds: Math.round(ms * 10) / 10, crcCheckValue: crc, line: counters };
      if (options.json) print(mcu, JSON.stringify(report));
      else
        print(mcu, [
          `answered after ${report.milliseconds} ms`,
          ...(options.verbose ? lineTable(crc, counters) : []),
        ]);
    });

  linkVerb(mcu, 'status', 'what the cooker does just now').action(async (options: LinkFlags) => {
    const { answer } = await withLink(mcu, context, options, (link) => link.status());
    print(mcu, options.json ? JSON.stringify(answer) : statusTable(answer));
  });

  linkVerb(mcu, 'version', 'hardware, boot loader and firmware').action(async (options: LinkFlags) => {
    const { answer } = await withLink(mcu, context, options, (link) => link.version());
    print(mcu, options.json ? JSON.stringify(answer) : versionTable(answer));
  });

  mcu.addCommand(inspectCommand(context));

  mcu.addCommand(simulateCommand());
  return mcu;
}

const EXAMPLES = `
Examples:
  donabe mcu ping --verbose
  donabe mcu status --port /dev/ttyS1 --json
  donabe mcu inspect /dev/ttyS1 --ask 1
  donabe mcu simulate --pty --mode cooking --minutes 5 --minute-ms 1000`;

function linkVerb(mcu: Command, name: string, description: string): Command {
  const verb = mcu
    .command(name)
    .description(description)
    .option('--port <path>', 'serial port instead of the configured one')
    .option('--json', 'one JSON object')
    .addHelpText('after', `\nExample:\n  donabe mcu ${name} --port /dev/ttyS1 --json`);
  return withLineFlags(verb);
}

/** Opens, asks, closes: also when the question fails. A given port does not need the configuration. */
async function withLink<T>(
  mcu: Command,
  context: McuCliContext,
  flags: LinkFlags,
  question: (link: McuLink) => Promise<T>,
): Promise<{ readonly answer: T; readonly counters: LinkCounters; readonly format: FrameFormat }> {
  const { McuLink, openSerialPort } = await import('../mcu-bridge/index.ts');
  const { path, baudRate, parity, format, numbered } = await chosenLine(mcu, context, flags.port, flags);
  const port = await openSerialPort(path, { baudRate, parity });
  const link = new McuLink(port, { format, numbered });
  try {
    return { answer: await question(link), counters: link.counters, format };
  } finally {
    await link.close();
  }
}

function statusTable(status: McuStatus): string[] {
  const { temperatures } = status;
  const name = status.modeName === 'unknown' ? `unknown (${status.mode})` : status.modeName;
  const left = status.minutesLeft > 0 ? `, ${status.minutesLeft} min left` : '';
  const lid = status.lidOpen === undefined ? 'not known' : status.lidOpen ? 'open' : 'closed';
  return [
    `mode         ${name} (${status.class})${left}`,
    `programme    ${status.programme === 0 ? 'none' : status.programme}`,
    `lid          ${lid}`,
    `heater       ${withUnit(status.heaterPercent, '%')}`,
    `bottom       ${withUnit(temperatures.bottom, '°C')}`,
    `lid sensor   ${withUnit(temperatures.lid, '°C')}`,
    `board        ${withUnit(temperatures.board, '°C')}`,
    `supply       ${withUnit(status.supplyMillivolts, 'mV')}`,
    `fault        ${status.faultCode === 0 ? 'none' : status.faultCode}`,
    `running for  ${status.uptimeSeconds} s`,
  ];
}

function versionTable(version: McuVersion): string[] {
  const { protocol, hardware } = version;
  return [
    `answering    ${version.answering}`,
    `firmware     ${version.firmware ?? 'none'}${version.firmwareDigest ? ` (${version.firmwareDigest})` : ''}`,
    `boot loader  ${version.bootLoader}`,
    `hardware     product ${hardware.product}, revision ${hardware.revision}`,
    `protocol     ${protocol.lowest} to ${protocol.highest}`,
    `capacity     ${version.capacity} bytes, pages of ${version.pageSize}`,
    `previous     ${version.keepsPrevious ? 'stays startable' : 'is overwritten'}`,
  ];
}

function lineTable(crc: string, counters: LinkCounters): string[] {
  const discarded = Object.entries(counters.discardedBytes).map(([reason, bytes]) => `${reason} ${bytes}`);
  return [
    `CRC check value of 123456789: ${crc}`,
    `repeated ${counters.repeated}, stale ${counters.stale}, unexpected ${counters.unexpected}`,
    `discarded bytes: ${discarded.join(', ')}`,
  ];
}

function withUnit(value: number | undefined, unit: string): string {
  return value === undefined ? 'not known' : `${value} ${unit}`;
}

function print(mcu: Command, lines: string | readonly string[]): void {
  const text = typeof lines === 'string' ? lines : lines.join('\n');
  mcu.configureOutput().writeOut?.(`${text}\n`);
}
