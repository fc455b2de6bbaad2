/** The tree of the command's verbs, with their help. It runs nothing and loads no room; `main.ts` does. */
import { Command } from 'commander';
import type { McuLine } from '../agent/index.ts';
import { agentCommand } from './agent.ts';
import { bootCommand } from './boot.ts';
import { withBoardVerbs } from './boot-board.ts';
import { boardContext, bootContext } from './boot-context.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { diagCommand } from './diag.ts';
import { doctorCommand } from './doctor.ts';
import { EXIT_CODES } from './exit.ts';
import { helpCommand } from './help.ts';
import { historyCommand } from './history.ts';
import { installCommand } from './install.ts';
import { mcuCommand } from './mcu.ts';
import { packageFacts } from './package-facts.ts';
import { provisionCommand } from './provision.ts';
import { releaseCommand } from './release.ts';
import { requestCommands } from './request.ts';
import { agentRoom, DEFAULT_CONFIG } from './session.ts';
import { statusCommand } from './status.ts';
import { verifyCommand } from './verify.ts';

/** `closers` are filled by verbs that hold something until the program ends. */
export function buildProgram(closers: (() => Promise<void>)[]): Command {
  const program = new Command('donabe')
    .description('over-the-air updates for appliances with two system slots and a microcontroller')
    .version(packageFacts().version)
    .option('--config <file>', 'configuration', DEFAULT_CONFIG)
    .exitOverride()
    // Commander's own looks one word deep.
    .helpCommand(false)
    .addHelpText(
      'after',
      `\nExit codes:\n${Object.entries(EXIT_CODES)
        .map(([code, meaning]) => `  ${code.padEnd(3)} ${meaning}`)
        .join('\n')}\n\nExamples:\n  donabe status --watch\n  donabe install https://updates.example/cooker/`,
    );
  const configPath = (): string => program.opts<{ config: string }>().config;
  const verbs = [
    agentCommand(configPath),
    statusCommand(configPath),
    historyCommand(configPath),
    checkCommand(configPath),
    installCommand(configPath),
    verifyCommand(configPath),
    doctorCommand(configPath),
    diagCommand(configPath),
    provisionCommand(configPath),
    ...requestCommands(configPath),
    withBoardVerbs(bootCommand(bootContext(configPath, closers)), boardContext(configPath, closers)),
    mcuCommand({ port: () => configuredLine(configPath()) }),
    releaseCommand(),
    completionCommand(program),
    helpCommand(program),
  ];
  for (const verb of verbs) program.addCommand(ours(verb));
  return program;
}

/**
 * Commander would end the process by itself, with 1 for wrong usage and without the closers; and its help would keep
 * what stands before every verb, `--config`, to itself.
 */
function ours(command: Command): Command {
  for (const sub of command.commands) ours(sub);
  return command.configureHelp({ showGlobalOptions: true }).exitOverride();
}

async function configuredLine(configPath: string): Promise<McuLine> {
  const room = await agentRoom();
  const line = room.configuredMcuLine((await room.loadConfig(configPath)).values);
  if (line === undefined) {
    throw new room.AgentError('NOTHING_TO_DO', 'No MCU port is configured; name one on the command line.');
  }
  return line;
}
