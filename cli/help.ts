/** `donabe help [VERB...]`: the same as `--help` behind a verb, also behind one of a group. It must not know a verb. */
import { Command } from 'commander';

export function helpCommand(program: Command): Command {
  return new Command('help')
    .description('show the help of a verb')
    .argument('[verb...]', 'the verb, behind its group where it has one')
    .addHelpText('after', '\nExamples:\n  donabe help install\n  donabe help release build')
    .action((words: readonly string[]) => found(program, words).help());
}

/** Wrong usage where there is no such verb. */
function found(program: Command, words: readonly string[]): Command {
  return words.reduce((group, word) => {
    const verb = group.commands.find((command) => command.name() === word);
    return verb ?? group.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' });
  }, program);
}
