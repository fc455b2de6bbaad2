/** A hard limit on memory, by a control group of version 1 or 2, where this user may make one. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = 'donabe-bench';
const VERSIONS = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', peak: 'memory.max_usage_in_bytes' },
  { root: '/sys/fs/cgroup', limit: 'memory.max', peak: 'memory.peak' },
] as const;

export interface MemoryLimit {
  /** Words before a command: it then runs under the limit, page cache included. */
  readonly under: readonly string[];
  /** Bytes that the group held at most. */
  peak(): Promise<number>;
  remove(): Promise<void>;
}

/** Or why there is none. */
export async function limitMemory(bytes: number): Promise<MemoryLimit | string> {
  const version = VERSIONS.find(({ root, limit }) => existsSync(join(root, limit)) || limit === 'memory.max');
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
    peak: async () => Number(await readFile(join(group, version.peak), 'utf8')),
    remove: () => rmdir(group),
  };
}
