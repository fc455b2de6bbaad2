/** Tools of the field from Debian packages: run where they are installed, skipped aloud where they are not. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether all tools can be started; says on the console which one is missing, and from which package it comes. */
export function toolsThere(tools: Readonly<Record<string, string>>): boolean {
  const missing = Object.entries(tools).filter(([tool]) => spawnSync(tool, ['--help']).error !== undefined);
  for (const [tool, from] of missing) console.warn(`skipped: ${tool} is missing (package ${from})`);
  return missing.length === 0;
}

/** Standard output as bytes; rejects when the tool complains by its status. */
export async function runTool(tool: string, ...words: readonly string[]): Promise<Buffer> {
  const { stdout } = await run(tool, words, { encoding: 'buffer' });
  return stdout;
}
