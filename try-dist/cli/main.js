#!/usr/bin/env node
/**
 * The `donabe` command: one file per verb, rooms loaded when a verb needs them. The only reader of argv and,
 * with its verbs, the only writer of stdout.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { agentCommand } from './agent.js';
import { bootCommand } from './boot.js';
import { withBoardVerbs } from './boot-board.js';
import { boardContext, bootContext } from './boot-context.js';
import { checkCommand } from './check.js';
import { EXIT_CODES, reportError } from './exit.js';
import { installCommand } from './install.js';
import { mcuCommand } from './mcu.js';
import { releaseCommand } from './release.js';
import { requestCommands } from './request.js';
import { agentRoom, DEFAULT_CONFIG } from './session.js';
import { statusCommand } from './status.js';
import { verifyCommand } from './verify.js';
const program = new Command('donabe')
    .description('over-the-air updates for appliances with two system slots and a microcontroller')
    .version(packageVersion())
    .option('--config <file>', 'configuration', DEFAULT_CONFIG)
    .exitOverride()
    .addHelpText('after', `\nExit codes:\n${Object.entries(EXIT_CODES)
    .map(([code, meaning]) => `  ${code.padEnd(3)} ${meaning}`)
    .join('\n')}`);
const configPath = () => program.opts().config;
const closers = [];
const verbs = [
    agentCommand(configPath),
    statusCommand(configPath),
    checkCommand(configPath),
    installCommand(configPath),
    verifyCommand(configPath),
    ...requestCommands(configPath),
    withBoardVerbs(bootCommand(bootContext(configPath, closers)), boardContext(configPath, closers)),
    mcuCommand({ port: configuredLine }),
    releaseCommand(),
];
for (const verb of verbs)
    program.addCommand(throwing(verb));
try {
    await program.parseAsync();
}
catch (error) {
    process.exitCode = reportError(error, process.argv.includes('--json'));
}
finally {
    for (const close of closers)
        await close();
}
/** Commander would end the process by itself, with 1 for wrong usage and without the closers. */
function throwing(command) {
    for (const sub of command.commands)
        throwing(sub);
    return command.exitOverride();
}
async function configuredLine() {
    const room = await agentRoom();
    const line = room.configuredMcuLine((await room.loadConfig(configPath())).values);
    if (line === undefined) {
        throw new room.AgentError('NOTHING_TO_DO', 'No MCU port is configured; name one on the command line.');
    }
    return line;
}
function packageVersion() {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    return JSON.parse(text).version;
}
