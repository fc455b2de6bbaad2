/**
 * agent/README.md and the code say the same. `npx vitest run test/00-house/agent-readme.test.ts --update` writes
 * the page's tables anew.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_VAULT } from '../../agent/index.ts';
import { ENTRY_TABLE } from '../../agent/model/entry-table.ts';
import { optionsFor } from '../80-power-cut/every-write.ts';
import { type LabFolder, labFolder, type PublishedRelease } from '../80-power-cut/lab-releases.ts';
import {
  configTable,
  entryTable,
  entryValues,
  errorTable,
  eventTable,
  gateTable,
  healthTable,
  metricTable,
  rangeAnswers,
  statusTable,
  stepTable,
  storeTable,
  urlPlaceTable,
  vendorGateTable,
} from './agent-tables.ts';

import { crashTable, STORIES } from './crash-table.ts';
import { code, withTables } from './markdown.ts';
import { ROOT } from './sources.ts';

const PAGE = join(ROOT, 'agent/README.md');
const page = await readFile(PAGE, 'utf8');

describe('agent/README.md', () => {
  let folder: LabFolder;
  let factory: PublishedRelease;
  beforeAll(async () => {
    folder = await labFolder();
    factory = await folder.publish('1.0.0', 1);
  });
  afterAll(() => folder.remove());

  const crashTables: Record<string, string> = {};

  it('has a crash table of a walk that succeeds', async () => {
    const good = await folder.publish('2.0.0', 2);
    crashTables['crash-confirmed'] = await crashTable(
      STORIES.confirmed,
      optionsFor(folder, factory, good, 1),
    );
  });

  it('of one whose health check fails', async () => {
    const broken = await folder.publish('2.0.1', 3, { healthy: false });
    crashTables['crash-failed'] = await crashTable(STORIES.failed, optionsFor(folder, factory, broken, 1));
  });

  it("of one that gives the vendor's data back", async () => {
    const old = { ...factory, data: { settings: 'schema 1', recipe: 'rice' } };
    const changed = { settings: 'schema 2, longer', history: 'today' };
    const migrating = await folder.publish('2.0.2', 4, { healthy: false, data: changed });
    crashTables['crash-data'] = await crashTable(STORIES.data, optionsFor(folder, old, migrating, 1));
  });

  it('has all tables of the code', async () => {
    const written = withTables(page, {
      entry: entryTable(),
      facts: entryValues(),
      errors: errorTable(),
      events: eventTable(),
      metrics: metricTable(),
      'range-answers': rangeAnswers(),
      statuses: statusTable(),
      config: configTable(),
      health: healthTable(),
      'url-places': urlPlaceTable(),
      gates: gateTable(),
      'vendor-gates': vendorGateTable(),
      steps: stepTable(),
      store: storeTable(),
      ...crashTables,
    });
    await expect(written).toMatchFileSnapshot(PAGE);
  });

  it('explains every door, field of the vault, and verb of a request', () => {
    const verbs = ['cancel', 'confirm', 'rollback', 'force', 'force-retry'];
    for (const word of [...ENTRY_TABLE.map(({ door }) => door), ...Object.keys(EMPTY_VAULT), ...verbs]) {
      expect(page).toMatch(new RegExp(`^\\| ${code(word)} `, 'm'));
    }
  });
});
