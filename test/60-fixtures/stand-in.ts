/** Stands in for the compiled agent: a `dist` folder whose cli/main.js is a few lines of the test's own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Returns `folder`, for the option `dist` of a root tree. */
export async function standInDist(folder: string, program: string): Promise<string> {
  await mkdir(join(folder, 'cli'), { recursive: true });
  await writeFile(join(folder, 'cli', 'main.js'), program);
  return folder;
}
