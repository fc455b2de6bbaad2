/**
 * Stands in for the compiled agent: a `dist` folder whose cli/main.js is a few lines of the test's own, and an
 * appliance that was made in a factory with it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AndroidMisc, openFileRegion } from '../../bootctl/index.ts';
import {
  type Appliance,
  type ApplianceOptions,
  buildSystemRelease,
  createAppliance,
  makeKeys,
  SMALL_SIZES,
} from '../../fixtures/index.ts';

/** Returns `folder`, for the option `dist` of a root tree. */
export async function standInDist(folder: string, program: string): Promise<string> {
  await mkdir(join(folder, 'cli'), { recursive: true });
  await writeFile(join(folder, 'cli', 'main.js'), program);
  return folder;
}

/**
 * What every program begins with: where it is. Then it stays up. `child` is a process in a session of its own,
 * as a health check is.
 */
export const PROGRAM = `
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
const [verb, option, file] = process.argv.slice(2);
const appliance = /path = "(.*)\\/misc.img"/.exec(readFileSync(file, 'utf8'))[1];
const slot = /slot_suffix=_(.)/.exec(readFileSync(appliance + '/run/cmdline', 'utf8'))[1];
const reboot = () => spawn(appliance + '/reboot');
const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
console.log('boot_id', readFileSync(appliance + '/run/boot_id', 'utf8').trim());
console.log('up in', slot, verb, option, 'child', child.pid);
setInterval(() => undefined, 1000);
process.on('SIGTERM', () => { console.log('stopping'); process.exit(0); });
`;

/** An appliance with the stand-in in slot a, and the same image in slot b, which is unbootable. */
export async function makeStandInAppliance(
  folder: string,
  program: string,
  options: Partial<ApplianceOptions> = {},
): Promise<Appliance> {
  const keys = makeKeys('factory');
  const release = await buildSystemRelease({
    folder: join(folder, 'release'),
    workFolder: join(folder, 'work'),
    version: '1.0.0',
    sequence: 1,
    ...keys,
    sizes: SMALL_SIZES,
    tree: { node: 'link', dist: await standInDist(join(folder, 'dist'), program) },
  });
  return await createAppliance({
    folder: join(folder, 'appliance'),
    factoryRelease: { folder: release.folder, ring: keys.ring },
    slotSizes: { rootfs: SMALL_SIZES.rootfs + 65_536, boot: SMALL_SIZES.boot },
    tokens: { SERVER: 'http://127.0.0.1:1/' },
    ...options,
    timing: { restartDelayMs: 50, watchdogMs: 10, ...options.timing },
  });
}

/** Boot control in hand; closed afterwards. */
export async function withBootControl<T>(
  { places }: Appliance,
  action: (misc: AndroidMisc) => Promise<T>,
): Promise<T> {
  const misc = new AndroidMisc(await openFileRegion(places.misc));
  try {
    return await action(misc);
  } finally {
    await misc.close();
  }
}
