/** Rule 15: the same agent leaves the store's schema alone while its slot is on trial, and migrates once it is good. */
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { SCHEMA_STEPS } from '../../agent/adapters/sqlite-schema.ts';
import { loadConfig, newReporter, openDevice, storePath } from '../../agent/index.ts';
import { AndroidMisc, openFileRegion } from '../../bootctl/index.ts';
import { fileBoard } from './file-board.ts';
import { freshFolders } from './workbench.ts';

const folders = freshFolders();

it('keeps its schema, and gets the new one after mark good', async () => {
  const { configuration, misc } = fileBoard(folders());
  const config = await loadConfig(configuration);
  const [first] = SCHEMA_STEPS;
  const db = new Database(storePath(config));
  db.exec(first?.sql ?? '');
  db.exec("INSERT INTO meta (name, value) VALUES ('schema', 1), ('minimum_reader', 1)");
  db.close();
  const control = new AndroidMisc(await openFileRegion(misc));
  await control.initialise('a');
  await control.activate('b', 3);

  const schema = async (): Promise<unknown> => {
    const { device, close } = await openDevice(config, newReporter(config));
    expect(device.booted).toBe('b');
    expect(device.storeFault).toBeUndefined();
    await close();
    const file = new Database(storePath(config), { readonly: true });
    try {
      return file.prepare("SELECT value FROM meta WHERE name = 'schema'").pluck().get();
    } finally {
      file.close();
    }
  };
  expect(SCHEMA_STEPS.length).toBeGreaterThan(1);
  expect(await schema(), 'on trial').toBe(1);
  await control.markGood('b');
  await control.close();
  expect(await schema(), 'good').toBe(SCHEMA_STEPS.length);
});
