/** The source on the command line: an empty word is wrong usage, and never the current folder. */
import { CommanderError } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../../cli/program.ts';

it.each(['install', 'check', 'provision'])('donabe %s "" is wrong usage', async (verb) => {
  const program = buildProgram([]);
  let said = '';
  program.commands
    .find((command) => command.name() === verb)
    ?.configureOutput({
      writeErr: (piece) => {
        said += piece;
      },
    });
  const words = ['--config', '/nowhere/donabe.toml', verb, ''];
  await expect(program.parseAsync(words, { from: 'user' })).rejects.toBeInstanceOf(CommanderError);
  expect(said).toContain('A source is an http(s) URL, a folder or a mount point.');
});
