/** Exit codes of the command, and how an error becomes one. README.md prints this table. */
import { CommanderError } from 'commander';
import { harmless } from './output.ts';

export const EXIT_CODES = {
  0: 'done; also when there is nothing to do because the release is installed already',
  1: 'failed: the reason stands on stderr as CODE: sentence',
  2: 'wrong usage',
  65: 'the history does not hold: a row was changed, or rows are missing',
  75: 'another walker holds the lock; try again later',
  141: 'whoever read the output went away, as in donabe history | head -1',
} as const;

export type ExitCode = keyof typeof EXIT_CODES;

/** What is not named here is 1. */
const EXIT_OF: Readonly<Record<string, ExitCode>> = { HISTORY_BROKEN: 65, LOCKED: 75 };

/** What a person reads of an error, and the exit code that a script reads. */
export function reportError(error: unknown, json: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { code, message, facts } = describe(error);
  process.stderr.write(
    json ? `${JSON.stringify({ error: code, message, facts })}\n` : `${code}: ${harmless(message)}\n`,
  );
  return EXIT_OF[code] ?? 1;
}

/**
 * Nobody is left to read a word: the end is quiet and at once, with the status that a shell gives for SIGPIPE. It is
 * none of success: an agent whose log breaks off is started again.
 */
export function endWithClosedPipe(error: Error): void {
  if (!('code' in error && error.code === 'EPIPE')) throw error;
  process.exit(141 satisfies ExitCode);
}

function describe(error: unknown): { code: string; message: string; facts: unknown } {
  if (!(error instanceof Error)) return { code: 'INTERNAL', message: String(error), facts: {} };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'INTERNAL';
  // An error of ours is a sentence; one that nobody foresaw is useful only with its stack.
  const message = code === 'INTERNAL' ? (error.stack ?? error.message) : error.message;
  return { code, message, facts: 'facts' in error ? error.facts : {} };
}
