/**
 * `donabe mcu`: the microcontroller by hand, for a technician, and its simulator for QA. Which port the product
 * has, `main.ts` says through the context. It must not know frames or the agent.
 *
 * An action that fails rejects: with an error that has a `code` (exit status 1), or with commander's own error for
 * wrong usage (exit status 2).
 */
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError, Option } from 'commander';
import { inspectCommand } from './mcu-inspect.js';
import { chosenLine, positive, whole, withLineFlags, } from './mcu-line.js';
/** The simulator is wanted where only the device's part of the package is installed. */
export class SimulatorMissingError extends Error {
    name = 'SimulatorMissingError';
    code = 'SIMULATOR_MISSING';
    constructor(cause) {
        super('The simulator is not in the package for devices; run it from the project on a build host', {
            cause,
        });
    }
}
/** The command with its verbs, to be added to the program. */
export function mcuCommand(context) {
    const mcu = new Command('mcu')
        .description('talk to the microcontroller')
        .exitOverride()
        .addHelpText('after', EXAMPLES);
    linkVerb(mcu, 'ping', 'does the MCU answer, and how fast')
        .option('--verbose', 'also the CRC check value that both sides must agree on, and what the line lost')
        .action(async (options) => {
        const { answer: ms, counters, format } = await withLink(mcu, context, options, (link) => link.ping());
        const { crcCheckValue } = await import('../mcu-bridge/index.js');
        const crc = crcCheckValue(format.crc).toString(16).toUpperCase().padStart(4, '0');
        const report = { milliseconds: Math.round(ms * 10) / 10, crcCheckValue: crc, line: counters };
        if (options.json)
            print(mcu, JSON.stringify(report));
        else
            print(mcu, [
                `answered after ${report.milliseconds} ms`,
                ...(options.verbose ? lineTable(crc, counters) : []),
            ]);
    });
    linkVerb(mcu, 'status', 'what the cooker does just now').action(async (options) => {
        const { answer } = await withLink(mcu, context, options, (link) => link.status());
        print(mcu, options.json ? JSON.stringify(answer) : statusTable(answer));
    });
    linkVerb(mcu, 'version', 'hardware, boot loader and firmware').action(async (options) => {
        const { answer } = await withLink(mcu, context, options, (link) => link.version());
        print(mcu, options.json ? JSON.stringify(answer) : versionTable(answer));
    });
    mcu.addCommand(inspectCommand(context));
    mcu
        .command('simulate')
        .description('a simulated MCU on a pseudo-terminal; driven by lines on stdin, ends with it')
        .addOption(new Option('--mode <mode>', 'what it starts with').choices(MODES).default('idle'))
        .option('--minutes <minutes>', 'minutes until that ends by itself', positive, 40)
        .option('--minute-ms <ms>', 'how long its minute lasts', positive, 60_000)
        .option('--seed <number>', 'where the faults of the line come from', whole, 1)
        .option('--drop <chance>', 'replies that are lost, 0 to 1', chance, 0)
        .option('--flip <chance>', 'replies with a wrong bit, 0 to 1', chance, 0)
        .option('--json', 'the first line as one JSON object')
        .action((options) => simulate(mcu, options));
    return mcu;
}
const MODES = [
    'idle',
    'cooking',
    'keep-warm',
    'delayed-start',
    'fault',
    'boot-loader',
];
const EXAMPLES = `
Examples:
  donabe mcu ping --verbose
  donabe mcu status --port /dev/ttyS1 --json
  donabe mcu inspect /dev/ttyS1 --ask 1
  donabe mcu simulate --mode cooking --minutes 5 --minute-ms 1000`;
function linkVerb(mcu, name, description) {
    const verb = mcu
        .command(name)
        .description(description)
        .option('--port <path>', 'serial port instead of the configured one')
        .option('--json', 'one JSON object');
    return withLineFlags(verb);
}
/** Opens, asks, closes: also when the question fails. A given port does not need the configuration. */
async function withLink(mcu, context, flags, question) {
    const { McuLink, openSerialPort } = await import('../mcu-bridge/index.js');
    const { path, baudRate, parity, format } = await chosenLine(mcu, context, flags.port, flags);
    const port = await openSerialPort(path, { baudRate, parity });
    const link = new McuLink(port, { format });
    try {
        return { answer: await question(link), counters: link.counters, format };
    }
    finally {
        await link.close();
    }
}
/** Runs until stdin ends, `quit`, SIGINT or SIGTERM; the pseudo-terminal goes with it. */
async function simulate(mcu, flags) {
    const fixtures = await importFixtures();
    const { mode, minutes, minuteMs, seed, drop, flip } = flags;
    const options = { mode, minutes, minuteMs, seed, faults: { drop, flip } };
    const simulator = await fixtures.startSimulator(options);
    print(mcu, flags.json ? JSON.stringify({ path: simulator.path }) : simulator.path);
    const lines = createInterface({ input: process.stdin });
    const end = () => lines.close();
    process.once('SIGINT', end).once('SIGTERM', end);
    try {
        for await (const line of lines) {
            const answer = fixtures.obeyLine(simulator.mcu, line);
            if (answer.kind === 'quit')
                break;
            print(mcu, answer.text);
        }
    }
    finally {
        process.off('SIGINT', end).off('SIGTERM', end);
        lines.close();
        process.stdin.destroy();
        await simulator.stop();
    }
}
async function importFixtures() {
    try {
        return await import('../fixtures/index.js');
    }
    catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND') {
            throw new SimulatorMissingError(cause);
        }
        throw cause;
    }
}
function statusTable(status) {
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
function versionTable(version) {
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
function lineTable(crc, counters) {
    const discarded = Object.entries(counters.discardedBytes).map(([reason, bytes]) => `${reason} ${bytes}`);
    return [
        `CRC check value of 123456789: ${crc}`,
        `repeated ${counters.repeated}, stale ${counters.stale}, unexpected ${counters.unexpected}`,
        `discarded bytes: ${discarded.join(', ')}`,
    ];
}
function withUnit(value, unit) {
    return value === undefined ? 'not known' : `${value} ${unit}`;
}
function chance(text) {
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0 && value <= 1)) {
        throw new InvalidArgumentError('it must be a number from 0 to 1');
    }
    return value;
}
function print(mcu, lines) {
    const text = typeof lines === 'string' ? lines : lines.join('\n');
    mcu.configureOutput().writeOut?.(`${text}\n`);
}
