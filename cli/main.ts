#!/usr/bin/env node
/**
 * The `donabe` command: one file per verb, rooms loaded when a verb needs them. The only reader of argv and,
 * with its verbs, the only writer of stdout.
 */
import { endWithClosedPipe, reportError } from './exit.ts';
import { buildProgram } from './program.ts';

process.stdout.on('error', endWithClosedPipe);
process.stderr.on('error', endWithClosedPipe);

const closers: (() => Promise<void>)[] = [];

try {
  await buildProgram(closers).parseAsync();
} catch (error) {
  process.exitCode = reportError(error, process.argv.includes('--json'));
} finally {
  for (const close of closers) await close();
}
