/**
 * `npm run test:systemd`: the Debian package in containers that systemd boots. The last line is the summary. Needs
 * root, mmdebstrap and systemd-nspawn, and says so where they are not. It knows how scenarios are run and counted.
 *
 * node main.js [WORD]     only scenarios whose name contains the word
 */
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryForeignPackages } from './foreign.ts';
import { missing, run } from './host.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { NODE_MAJOR, unpackDistribution } from './tree.ts';

const TOOLS = ['mmdebstrap', 'systemd-nspawn', 'nsenter', 'dpkg-deb', 'losetup', 'mkfs.ext4'] as const;
const ROOT = join(import.meta.dirname, '../../../..');
/** The packages that `npm run package` made. */
const PACKAGES = join(ROOT, 'dist/packages');
const CACHE = join(ROOT, 'dist/test-systemd/trees');

const FOREIGN: Scenario = {
  name: 'packages for other machines load their addons',
  run: async (tree) => tryForeignPackages(join(tree, '..'), CACHE, await packageFiles()),
};

const word = process.argv[2] ?? '';
const chosen = [...SCENARIOS, FOREIGN].filter(({ name }) => name.includes(word));
const absent = [
  ...(process.getuid?.() === 0 ? [] : ['root']),
  // The package is for the Node that makes it, and the containers have the distribution's own.
  ...(Number.parseInt(process.versions.node, 10) === NODE_MAJOR
    ? []
    : [`Node ${NODE_MAJOR} to make the package`]),
  ...(await missing(...TOOLS)),
];
if (absent.length > 0) {
  console.log(`skipped, ${chosen.length} scenarios: they need ${absent.join(', ')}`);
  console.log('0 passed, 0 failed');
} else {
  let failed = 0;
  for (const scenario of chosen) if (!(await holds(scenario))) failed += 1;
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function holds(scenario: Scenario): Promise<boolean> {
  const began = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'donabe-systemd-'));
  const tree = join(folder, 'tree');
  let verdict = 'ok';
  try {
    await mkdir(tree);
    await mkdir(CACHE, { recursive: true });
    await unpackDistribution(CACHE, tree);
    await cp(join(ROOT, 'systemd/slot-read-only.sh'), join(tree, 'slot-read-only.sh'));
    await scenario.run(tree, await packageFile());
  } catch (error) {
    verdict = 'FAILED';
    console.log(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
  console.log(`${verdict.padEnd(6)} ${seconds} s  ${scenario.name}`);
  return verdict === 'ok';
}

/** For this machine's own architecture. */
async function packageFile(): Promise<string> {
  const architecture = (await run('dpkg', '--print-architecture')).trim();
  const path = (await packageFiles()).get(architecture);
  if (path === undefined) throw new Error(`no package for ${architecture} in ${PACKAGES}: npm run package`);
  return path;
}

/** Paths of the packages that were made, by architecture. */
async function packageFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const name of await readdir(PACKAGES)) {
    const [, architecture] = /_([a-z0-9]+)\.deb$/.exec(name) ?? [];
    if (architecture !== undefined) files.set(architecture, join(PACKAGES, name));
  }
  return files;
}
