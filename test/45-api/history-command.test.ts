/** `donabe history`, by its own words: of files without an agent, of an agent by its socket, of a record that somebody changed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStore } from '../../agent/index.ts';
import { reportError } from '../../cli/exit.ts';
import { buildProgram } from '../../cli/program.ts';
import { deployment } from '../40-adapters/values.ts';

let folder: string;
let store: string;
let config: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'donabe-history-'));
  store = join(folder, 'store.sqlite');
  config = join(folder, 'donabe.toml');
  writeFileSync(
    config,
    `device.compatible = "donabe-cooker/lab"
     paths.data = ${JSON.stringify(folder)}
     paths.run = ${JSON.stringify(folder)}
     paths.vault = [${JSON.stringify(join(folder, 'v0'))}, ${JSON.stringify(join(folder, 'v1'))}]
     boot-control.path = "misc"
     slots.a = { rootfs = "a" }
     slots.b = { rootfs = "b" }`,
  );
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** What the command prints, and the status that it would end with. */
async function donabe(...words: string[]): Promise<{ out: string; err: string; status: number }> {
  const said = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((piece) => {
    said.out += String(piece);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((piece) => {
    said.err += String(piece);
    return true;
  });
  try {
    await buildProgram([]).parseAsync(['--config', config, ...words], { from: 'user' });
    return { ...said, status: 0 };
  } catch (error) {
    const status = reportError(error, false);
    return { ...said, status };
  } finally {
    vi.restoreAllMocks();
  }
}

function endThree(): void {
  const opened = openStore(store, { mayMigrate: true });
  for (const id of ['d1', 'd2', 'd3']) {
    opened.store.open(deployment({ id }));
    const reason = `the reason of ${id}`;
    const ending = {
      code: 'SEAL_BROKEN',
      reason,
      at: 1_760_000_100_000,
      rollbackMs: undefined,
      bytes: undefined,
    };
    opened.store.close(id, 'abandoned', ending);
  }
  opened.store.dispose();
}

describe('donabe history', () => {
  it('says that nothing has happened on a fresh device', async () => {
    const { out, status } = await donabe('history', '--verify');
    expect(out).toBe('no deployment has ended here yet\nthe chain holds: 0 rows\n');
    expect(status).toBe(0);
  });

  it('shows rows newest first, as many as are asked for, beside somebody who has the store open', async () => {
    endThree();
    const beside = openStore(store, { mayMigrate: true }).store;
    const { out } = await donabe('history', '--limit', '2', '--json');
    expect(JSON.parse(out)).toMatchObject({ history: [{ id: 'd3', number: 3 }, { id: 'd2' }], head: null });
    expect(JSON.parse(out).history).toHaveLength(2);
    const shown = await donabe('history', '--verify', '--limit', '1');
    expect(shown.out).toMatch(/^3 .* abandoned .* SEAL_BROKEN the reason of d3$/m);
    expect(shown.out).toMatch(/^the chain holds: 3 rows$/m);
    beside.dispose();
    expect((await donabe('history', '--limit', '0')).status).toBe(2);
  });

  it('names the row that does not hold, and ends with its own status', async () => {
    endThree();
    const db = new Database(store);
    db.exec("UPDATE history SET outcome = 'confirmed' WHERE id = 'd2'");
    db.close();
    const { out, err, status } = await donabe('history', '--verify', '--json');
    expect(JSON.parse(out).verdict).toMatchObject({ holds: false, number: 2, id: 'd2' });
    expect(err).toMatch(/^HISTORY_BROKEN: .*row 2 \(deployment d2\)/);
    expect(status).toBe(65);
    // Who only looks is shown what there is.
    expect(await donabe('history')).toMatchObject({ status: 0, out: expect.stringContaining('confirmed') });
  });
});
