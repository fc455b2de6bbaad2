/** Every verb of the command: its help has an example that is its own, a result has `--json`, bash completes it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bashCompletion } from '../../cli/completion.ts';
import { buildProgram } from '../../cli/program.ts';

const program = buildProgram([]);

interface Verb {
  readonly words: string;
  readonly command: Command;
}

function verbsOf(command: Command, words: string): readonly Verb[] {
  return [{ words, command }, ...command.commands.flatMap((sub) => verbsOf(sub, `${words} ${sub.name()}`))];
}
const verbs = verbsOf(program, 'donabe');
const deeds = verbs.filter(({ command }) => command.commands.length === 0);

/** With what stands after the options, which is where examples are. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (piece) => {
      text += piece;
    },
  });
  command.outputHelp();
  return text;
}

/** They run until they are stopped, or write what another program reads. */
const WITHOUT_JSON = [
  'donabe agent',
  'donabe completion',
  'donabe help',
  'donabe mcu simulate',
  'donabe mcu inspect',
];

describe('every verb', () => {
  it('is found at all', () => {
    expect(deeds.length).toBeGreaterThan(20);
  });

  it.each(verbs.map(({ words, command }) => [words, command] as const))(
    '%s has an example',
    (words, command) => {
      const [, examples = ''] = helpOf(command).split(/\nExamples?:\n/);
      expect(examples).toContain(words);
      expect(command.description()).not.toBe('');
    },
  );

  it.each(verbs.slice(1).map(({ words, command }) => [words, command] as const))(
    '%s names --config in its help',
    (_, command) => {
      expect(helpOf(command)).toMatch(/\nGlobal Options:\n(?: .*\n)*? +--config <file> /);
    },
  );

  it('with a result has --json', () => {
    const without = deeds.filter(({ command }) => !command.options.some(({ long }) => long === '--json'));
    expect(without.map(({ words }) => words).filter((words) => !WITHOUT_JSON.includes(words))).toEqual([]);
  });
});

describe('donabe help', () => {
  /** What it prints, and how it ends. */
  async function help(
    ...words: readonly string[]
  ): Promise<{ readonly text: string; readonly code: unknown }> {
    const asked = buildProgram([]);
    let text = '';
    const output = {
      writeOut: (piece: string) => {
        text += piece;
      },
      writeErr: (piece: string) => {
        text += piece;
      },
    };
    for (const { command } of verbsOf(asked, 'donabe')) command.configureOutput(output);
    const end = await asked.parseAsync(['help', ...words], { from: 'user' }).catch((error: unknown) => error);
    return { text, code: end instanceof CommanderError ? end.exitCode : undefined };
  }

  it.each(verbs.map(({ words, command }) => [words, command] as const))('shows that of %s', async (words) => {
    const { text, code } = await help(...words.split(' ').slice(1));
    expect(text).toMatch(new RegExp(`^Usage: ${words} `));
    expect(code).toBe(0);
  });

  it.each([['bake'], ['release', 'bake'], ['install', 'bake']])(
    'of no verb is wrong usage: %s %s',
    async (...words) => {
      expect(await help(...words)).toEqual({ text: "error: unknown command 'bake'\n", code: 1 });
    },
  );
});

describe('bash', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'donabe-bash-'));
    writeFileSync(join(folder, 'completion'), bashCompletion(program));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function completed(...words: readonly string[]): readonly string[] {
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _donabe; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = execFileSync(
      'bash',
      ['-u', '-c', script, 'bash', join(folder, 'completion'), 'donabe', ...words],
      {
        encoding: 'utf8',
      },
    );
    return out.split('\n').filter((word) => word !== '');
  }

  it('completes verbs, verbs of groups, options and choices', () => {
    expect(completed('sta')).toEqual(['status']);
    expect(completed('re')).toEqual(['resume', 'release']);
    expect(completed('boot', 'mark')).toEqual(['mark-good', 'mark-bad']);
    expect(completed('status', '--w')).toEqual(['--watch']);
    expect(completed('--config', '/etc/x', 'boot', 'activate', 'b', '--t')).toEqual(['--tries']);
    expect(completed('completion', '')).toContain('bash');
  });

  it('knows every verb', () => {
    for (const { words } of verbs.slice(1)) {
      const typed = words.split(' ').slice(1);
      expect(completed(...typed), words).toContain(typed.at(-1));
    }
  });

  it('leaves to files what it does not know', () => {
    expect(completed('install', '/med')).toEqual([]);
  });
});
