/**
 * Rule 15, between real processes: a release changes the layout of the vendor's data and fails; the old one finds
 * them as they were. One that succeeds keeps what it made of them.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configurationTemplate } from '../../fixtures/index.ts';
import { Kitchen } from './kitchen.ts';
import { Workshop } from './workshop.ts';

const LISTED = `${configurationTemplate()}\n[data]\npaths = ["@APPLIANCE@/cooker"]\n`;
const MIGRATION = 'rm -r @APPLIANCE@/cooker/*; echo "schema 2" > @APPLIANCE@/cooker/settings';

/** The services of this image change the data before its health check answers. */
function migrating(status: 0 | 1): string {
  const check = `command = ["/bin/sh", "-c", '${MIGRATION}; exit ${status}']`;
  return LISTED.replace(/^command = \["@ROOT@.*$/m, () => check);
}

let workshop: Workshop;
beforeAll(async () => {
  workshop = await Workshop.open();
});
afterAll(() => workshop.close());

it('the data of the vendor follow the release that runs', async () => {
  const requires = { requires: { dataSchema: '>=1 <3' } };
  const factory = { version: '1.0.0', sequence: 1, dataSchema: '1.0.0', tree: { configuration: LISTED } };
  const kitchen = await Kitchen.open(workshop, await workshop.build(factory));
  const { data, folder } = kitchen.appliance.places;
  const cooker = join(folder, 'cooker');
  try {
    await mkdir(join(cooker, 'recipes'), { recursive: true });
    await writeFile(join(cooker, 'settings'), 'schema 1\n');
    await writeFile(join(cooker, 'recipes', 'rice'), 'washed\n');
    await kitchen.publish(
      await workshop.build({
        version: '1.1.0',
        sequence: 2,
        manifest: requires,
        tree: { configuration: migrating(1) },
      }),
    );
    const board = await kitchen.switchOn();
    const failed = await board.waitForLine(/trial-failed/);
    expect(await readFile(join(cooker, 'settings'), 'utf8')).toBe('schema 2\n');
    const back = await board.waitForLine(/data-restored/, { after: failed });
    const entered = await board.waitForLine(/Entry: finish-rollback/, { after: back });
    await board.waitForLine(/rolled-back/, { after: entered });
    expect(await readFile(join(cooker, 'settings'), 'utf8')).toBe('schema 1\n');
    expect(await readFile(join(cooker, 'recipes', 'rice'), 'utf8')).toBe('washed\n');
    expect(await readdir(join(data, 'data-snapshot'))).toEqual([]);

    const strange = { requires: { dataSchema: '>=2' } };
    await kitchen.publish(await workshop.build({ version: '1.2.0', sequence: 3, manifest: strange }));
    const refused = await board.waitForLine(/REQUIREMENT_NOT_MET/, { after: entered });

    await kitchen.publish(
      await workshop.build({
        version: '1.3.0',
        sequence: 4,
        dataSchema: '2.0.0',
        manifest: requires,
        tree: { configuration: migrating(0) },
      }),
    );
    await board.waitForLine(/slot-marked-good: Slot b is good: 1\.3\.0/, { after: refused });
    const { stdout } = await kitchen.donabe('doctor');
    expect(stdout).toMatch(/^pass +the vendor's data can be kept.*2 entries, 9 bytes/m);
    expect(await readdir(cooker)).toEqual(['settings']);
    expect(await readdir(join(data, 'data-snapshot'))).toEqual([]);
  } finally {
    expect(await kitchen.close()).toEqual([]);
  }
});
