/**
 * Two agents share the data partition (rule 15): a release brings agent 0.2.0 whose store has one schema step more.
 * Real processes, one store file; the number in it is read from outside.
 */
import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFolder, type SystemRelease } from '../../fixtures/index.ts';
import { Kitchen } from './kitchen.ts';
import { Workshop } from './workshop.ts';

/** What the new agent adds, as rule 15 allows it: an agent that does not know it reads and writes as before. */
const NEW_STEP = `{ minimumReader: 1, sql: \`
  ALTER TABLE history ADD COLUMN cooked_minutes INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE boot_time (number INTEGER PRIMARY KEY, ms INTEGER NOT NULL) STRICT;\` },`;

const execute = promisify(execFile);

let workshop: Workshop;
let factory: SystemRelease;
/** The compiled agent 0.2.0. */
let newDist: string;
beforeAll(async () => {
  workshop = await Workshop.open();
  factory = await workshop.factory();
  newDist = join(workshop.folder, 'dist-0.2.0');
  await cp(join(projectFolder(), 'dist'), newDist, { recursive: true });
  await edit(join(newDist, 'agent', 'version.js'), "'0.1.0'", "'0.2.0'");
  await edit(join(newDist, 'agent', 'adapters', 'sqlite-schema.js'), '\n];\n', `\n${NEW_STEP}\n];\n`);
});
afterAll(() => workshop.close());

/** An edit that changes nothing would let every test here pass. */
async function edit(path: string, from: string, to: string): Promise<void> {
  const before = await readFile(path, 'utf8');
  expect(before.split(from), `${path} has one ${from}`).toHaveLength(2);
  await writeFile(
    path,
    before.replace(from, () => to),
  );
}

function schemaOf({ appliance }: Kitchen): number {
  const db = new Database(join(appliance.places.data, 'store.sqlite'), { readonly: true });
  try {
    const row = db.prepare<[], { value: number }>("SELECT value FROM meta WHERE name = 'schema'").get();
    return row?.value ?? 0;
  } finally {
    db.close();
  }
}

interface Report {
  readonly version: string;
  readonly history: readonly { readonly version: string; readonly outcome: string; readonly code: string }[];
}

async function reportOf(kitchen: Kitchen): Promise<Report> {
  return JSON.parse((await kitchen.donabe('status', '--json')).stdout);
}

async function inKitchen(story: (kitchen: Kitchen) => Promise<void>): Promise<void> {
  const kitchen = await Kitchen.open(workshop, factory);
  try {
    await story(kitchen);
  } finally {
    expect(await kitchen.close()).toEqual([]);
  }
}

describe('a release with a newer agent', () => {
  it('keeps the schema while it is on trial, migrates after mark good, and leaves the old agent a store to live with', () =>
    inKitchen(async (kitchen) => {
      const { mcu } = kitchen.simulator;
      await kitchen.publish(await workshop.build({ version: '1.1.0', sequence: 2, tree: { dist: newDist } }));
      const board = await kitchen.switchOn();
      await board.waitForLine(/Agent 0\.1\.0 runs release 1\.0\.0 in slot a/);
      await board.waitForLine(/\[2\] boot: slot b runs 1\.1\.0/);
      // The hand of a silent MCU cannot be shaken: the trial lasts until it speaks again.
      mcu.setSilent(true);
      await board.waitForLine(/Agent 0\.2\.0 runs release 1\.1\.0 in slot b/);
      const health = await board.waitForLine(/health-check-passed/);
      expect(schemaOf(kitchen), 'on trial').toBe(2);
      await board.killAgent();
      await board.waitForLine(/health-check-passed/, { after: health });
      expect(schemaOf(kitchen), 'on trial, after a second start').toBe(2);

      mcu.setSilent(false);
      const good = await board.waitForLine(/slot-marked-good: Slot b/);
      await board.waitForLine(/looked:/, { after: good });
      expect((await kitchen.observer.bootState()).slots.b.successful).toBe(true);
      // A process keeps the schema that it began with; the next start on a good slot migrates.
      expect(schemaOf(kitchen)).toBe(2);
      await board.reboot();
      const migrated = await board.waitForLine(/looked:/, { after: board.lines.at(-1) });
      expect(schemaOf(kitchen)).toBe(3);
      expect(await reportOf(kitchen)).toMatchObject({
        version: '1.1.0',
        history: [{ version: '1.1.0', outcome: 'confirmed' }],
      });

      const asked = await kitchen.donabe('rollback');
      expect(asked.stdout, asked.stderr).toMatch(/slot a is active/);
      const back = await board.waitForLine(/Agent 0\.1\.0 runs release 1\.0\.0 in slot a/, {
        after: migrated,
      });
      const settled = await board.waitForLine(/slot-marked-good: Slot a/, { after: back });
      expect(schemaOf(kitchen)).toBe(3);
      expect(await reportOf(kitchen)).toMatchObject({
        version: '1.0.0',
        history: [{ version: '1.1.0', outcome: 'confirmed' }],
      });

      await kitchen.publish(await workshop.build({ version: '1.2.0', sequence: 3 }));
      await board.waitForLine(/slot-marked-good: Slot b is good: 1\.2\.0/, { after: settled });
      expect(schemaOf(kitchen)).toBe(3);
      expect(await reportOf(kitchen)).toMatchObject({
        version: '1.2.0',
        history: [
          { version: '1.2.0', outcome: 'confirmed' },
          { version: '1.1.0', outcome: 'confirmed' },
        ],
      });
      const { stdout, status } = await kitchen.donabe('history', '--verify');
      expect(stdout, 'rows of both agents in one chain').toMatch(/the chain holds: 2 rows$/m);
      expect(status).toBe(0);
    }));

  it('that is broken goes back to an old agent that reads its store as it left it', () =>
    inKitchen(async (kitchen) => {
      const broken = await workshop.build({
        version: '1.1.0',
        sequence: 2,
        tree: { dist: newDist, broken: true },
      });
      await kitchen.publish(broken);
      const board = await kitchen.switchOn();
      await board.waitForLine(/Agent 0\.2\.0 runs release 1\.1\.0 in slot b/);
      const failed = await board.waitForLine(/trial-failed/);
      await board.waitForLine(/Agent 0\.1\.0 runs release 1\.0\.0 in slot a/, { after: failed });
      await board.waitForLine(/RELEASE_FAILED_BEFORE/);
      expect(schemaOf(kitchen)).toBe(2);
      expect(await reportOf(kitchen)).toMatchObject({
        version: '1.0.0',
        history: [{ version: '1.1.0', outcome: 'rolled-back', code: 'HEALTH_CHECK_FAILED' }],
      });
      // The old agent tells what the new one said last.
      await board.waitForLine(/diag-made/);
      const folder = join(kitchen.appliance.places.data, 'diag');
      const archive = join(folder, 'diag-0001-rolled-back.tar.gz');
      const { stdout: before } = await execute('tar', ['-xzOf', archive, 'log-before.txt']);
      expect(before).toMatch(/Agent 0\.2\.0 runs release 1\.1\.0 in slot b.*trial-failed/s);
      const live = await kitchen.donabe('diag', '--output', join(folder, 'asked.tar.gz'), '--json');
      expect(JSON.parse(live.stdout)).toMatchObject({ why: 'asked', missing: [] });
      const { stdout: names } = await execute('tar', ['-tzf', join(folder, 'asked.tar.gz')]);
      expect(names).toMatch(/^cpu\.cpuprofile$/m);
      expect(names).toMatch(/^mcu\.line$/m);
      expect(board.lines.filter(({ line }) => /store-(set-aside|out-of-order)/.test(line))).toEqual([]);
    }));
});
