/** A hard limit on memory, by a control group of version 1 or 2, where this user may make one. */
import { existsSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Of this process: two benches at once would end each other's. */
const NAME = `donabe-bench-${process.pid}`;
const VERSIONS = [
  { root: '/sys/fs/cgroup/memory', mark: 'memory.limit_in_bytes', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', mark: 'cgroup.controllers', limit: 'memory.max' },
] as const;

export interface MemoryLimit {
  /** Words before a command: it then runs under the limit, page cache included. */
  readonly under: readonly string[];
  remove(): Promise<void>;
}

/** Or why there is none. */
export async function limitMemory(bytes: number): Promise<MemoryLimit | string> {
  const version = VERSIONS.find(({ root, mark }) => existsSync(join(root, mark)));
  if (version === undefined) return 'no control groups here';
  const group = join(version.root, NAME);
  try {
    await mkdir(group, { recursive: true });
    await writeFile(join(group, version.limit), String(bytes));
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `no control group may be made (${error.code})`;
    throw error;
  }
  return {
    under: ['sh', '-c', 'echo $$ > "$1"; shift; exec "$@"', 'sh', join(group, 'cgroup.procs')],
    remove: () => rmdir(group),
  };
}
