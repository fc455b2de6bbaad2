/** The host's own programs, run to their end. Knows nothing of boards. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Each program that is needed, with the Debian package that brings it. */
export const TOOLS = {
  'qemu-system-aarch64': 'qemu-system-arm',
  mkimage: 'u-boot-tools',
  mkenvimage: 'u-boot-tools',
  fw_printenv: 'libubootenv-tool',
  fw_setenv: 'libubootenv-tool',
  mke2fs: 'e2fsprogs',
  sfdisk: 'fdisk',
  setpriv: 'util-linux',
} as const;
export type Tool = keyof typeof TOOLS;

/** Where administrators' programs lie, whether or not the caller's PATH says so. */
const ADMIN_FOLDERS = ['/usr/sbin', '/sbin'];
const PATH = [...(process.env['PATH'] ?? '').split(delimiter), ...ADMIN_FOLDERS].join(delimiter);

/** Runs a program; rejects with its words when it fails. Returns what it printed. */
export async function tool(name: Tool, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(name, args, { env: { ...process.env, PATH } });
  return stdout;
}

/** Runs a program that reads `input`. */
export async function toolReading(name: Tool, input: string, ...args: readonly string[]): Promise<void> {
  const running = run(name, args, { env: { ...process.env, PATH } });
  running.child.stdin?.end(input);
  await running;
}

/** Packages of the programs that are missing here. */
export async function missingPackages(): Promise<readonly string[]> {
  const missing = new Set<string>();
  for (const [name, debianPackage] of Object.entries(TOOLS)) {
    if (!(await isInstalled(name))) missing.add(debianPackage);
  }
  return [...missing];
}

async function isInstalled(name: string): Promise<boolean> {
  for (const folder of PATH.split(delimiter)) {
    try {
      await access(join(folder, name), constants.X_OK);
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
  return false;
}
