/** Programs of the field that the tests compare with: they run where they are installed, else the test says so. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether the program is there; a missing one is named on the console, and its tests count as skipped. */
export function hasTool(program: string, debianPackage: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'status' in error)) throw error;
    console.warn(`skipped: ${program} is missing, install the package "${debianPackage}"`);
    return false;
  }
}

/** What the program prints. Its failure is the test's. */
export async function tool(program: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await run(program, [...words], { encoding: 'latin1' });
  return stdout;
}
