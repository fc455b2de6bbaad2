/**
 * What the tests of this folder share: a folder of their own, and child processes of TypeScript files.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach } from 'vitest';

/** Gives fresh folders; all of them are removed after each test. */
export function freshFolders(): () => string {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'donabe-adapters-'));
    folders.push(folder);
    return folder;
  };
}

/** A running TypeScript file; `prefix` may be a shell fragment that sets limits before node starts. */
export function startChild(
  file: string,
  parameters: readonly string[],
  prefix = '',
): ChildProcessByStdio<null, Readable, Readable> {
  const hooks = new URL('./strip-types.mjs', import.meta.url).href;
  const child = new URL(file, import.meta.url).pathname;
  const script = `${prefix}exec "$0" --import "$1" "$2" "$3" "$4"`;
  const words = [process.execPath, hooks, child, parameters[0] ?? '', parameters[1] ?? ''];
  return spawn('sh', ['-c', script, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Resolves with the first line that the child prints; rejects with its stderr when it ends before. */
export async function firstLine(child: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  let text = '';
  for await (const bytes of child.stdout) {
    text += String(bytes);
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  throw new Error(`the child ended without a line: ${complaint}`);
}

/** SIGKILL, and wait until it is gone. */
export async function killChild(child: ChildProcessByStdio<null, Readable, Readable>): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await gone;
  }
}
