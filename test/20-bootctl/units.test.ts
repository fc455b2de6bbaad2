/** The systemd units as systemd itself reads them. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const SYSTEMD = fileURLToPath(new URL('../../systemd/', import.meta.url));

/** Both outputs of `systemd-analyze verify` over the units, with a program that exists in place of ours. */
async function verify(change: (unit: string, text: string) => string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'donabe-units-'));
  try {
    const names = (await readdir(SYSTEMD)).filter((name) => /\.(service|timer)$/.test(name));
    expect(names).toContain('donabe.service');
    for (const name of names) {
      // systemd insists that the program is installed; on a build host ours is not.
      const text = (await readFile(join(SYSTEMD, name), 'utf8')).replace('/usr/bin/donabe', '/bin/true');
      await writeFile(join(folder, name), change(name, text));
    }
    const paths = names.map((name) => join(folder, name));
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', ...paths]);
    return stdout + stderr;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new Error('systemd-analyze is missing: install the package "systemd" to check the units', {
        cause: error,
      });
    }
    if (error instanceof Error && 'stderr' in error) return String(error.stderr);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** systemd's own judgement of a unit's sandbox: 0.0 is closed, 10.0 is open. */
async function exposure(unit: string): Promise<number> {
  const { stdout } = await run('systemd-analyze', ['security', '--offline=yes', '--no-pager', unit]);
  return Number(/Overall exposure level for \S+: ([0-9.]+)/.exec(stdout)?.[1]);
}

describe('systemd units', () => {
  it('systemd-analyze finds nothing to say', async () => {
    expect(await verify((_, text) => text)).toBe('');
  });

  it('systemd-analyze would have found a misspelt key', async () => {
    expect(await verify((_, text) => text.replace('RestartSec=', 'RestartSek='))).toContain('RestartSek');
  });

  it('the agent is well shut in', async () => {
    expect(await exposure(join(SYSTEMD, 'donabe.service'))).toBeLessThanOrEqual(2);
    // A unit that shuts nothing in, for comparison.
    expect(await exposure(join(SYSTEMD, 'donabe-trial-deadline.service'))).toBeGreaterThan(9);
  });

  it('the agent is no root and in no group of others', async () => {
    const text = await readFile(join(SYSTEMD, 'donabe.service'), 'utf8');
    expect(text).toMatch(/^User=donabe$/m);
    expect(text).not.toMatch(/^(SupplementaryGroups|Group=(?!donabe$))/m);
    const rules = await readFile(join(SYSTEMD, 'udev.rules'), 'utf8');
    expect(rules).not.toMatch(/^[^#]*GROUP="(?!donabe")/m);
  });

  it('nothing of the boot waits for a trial', async () => {
    const confirmed = await readFile(join(SYSTEMD, 'donabe-confirmed.service'), 'utf8');
    expect(confirmed).not.toMatch(/^\[Install\]/m);
    const agent = await readFile(join(SYSTEMD, 'donabe.service'), 'utf8');
    expect(agent).not.toMatch(/^(After|Requires)=.*(boot-complete|donabe-confirmed)/m);
  });

  it('neither unit gives up restarting', async () => {
    for (const name of ['donabe.service', 'donabe-trial-deadline.service']) {
      const text = await readFile(join(SYSTEMD, name), 'utf8');
      expect(text).toMatch(/^Restart=on-failure$/m);
      expect(text).toMatch(/^StartLimitIntervalSec=0$/m);
    }
  });

  it('the agent yields to the appliance, but never starves: it has boot controls to write', async () => {
    const text = await readFile(join(SYSTEMD, 'donabe.service'), 'utf8');
    expect(text).toMatch(/^IOSchedulingClass=best-effort$/m);
    expect(text).toMatch(/^IOSchedulingPriority=7$/m);
  });

  it('trial deadline knows neither Node nor the agent', async () => {
    const text = await readFile(join(SYSTEMD, 'donabe-trial-deadline.service'), 'utf8');
    expect(text).not.toMatch(/donabe\.service|node|Requires=|BindsTo=/);
    expect(text).toMatch(/^DefaultDependencies=no$/m);
  });
});
