// For child processes of the tests on Node 20, which cannot load TypeScript: `node --import <this> child.ts`.
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) register(import.meta.url);

/** Module hook: own files lose their types, everything else goes its way. */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { transformWithEsbuild } = await import('vite');
  const path = fileURLToPath(url);
  const { code } = await transformWithEsbuild(await readFile(path, 'utf8'), path, { sourcemap: false });
  return { format: 'module', source: code, shortCircuit: true };
}
