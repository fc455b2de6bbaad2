/** `donabe completion bash`: words for the shell, written from the tree of the verbs. It must not know a verb. */
import { Argument, Command } from 'commander';

export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print a completion script for the shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash']))
    .addHelpText(
      'after',
      `
Examples:
  source <(donabe completion bash)
  donabe completion bash > /usr/share/bash-completion/completions/donabe`,
    )
    .action(() => {
      process.stdout.write(bashCompletion(program));
    });
}

/** What may follow each path of verbs; where nothing fits, bash offers file names. */
export function bashCompletion(program: Command): string {
  const places = placesOf(program, '');
  const known = places.map(({ path }) => `"${path}"`).filter((path) => path !== '""');
  return `# Completion of donabe for bash, written by "donabe completion bash".
_donabe() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${known.join('|')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${places.map(({ path, words }) => `    "${path}") words="${words.join(' ')}" ;;`).join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _donabe donabe
`;
}

interface Place {
  /** Verbs, each after a blank. */
  readonly path: string;
  readonly words: readonly string[];
}

function placesOf(command: Command, path: string): readonly Place[] {
  const verbs = command.commands.map((verb) => verb.name());
  const options = command.options.flatMap(({ long }) => (long == null ? [] : [long]));
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return [
    { path, words: [...verbs, ...choices, ...options, '--help'] },
    ...command.commands.flatMap((verb) => placesOf(verb, `${path} ${verb.name()}`)),
  ];
}
