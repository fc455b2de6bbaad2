/** Rule 7 and DESIGN 5: a health check is over when it is over: nothing of it runs on, however it ended. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommandHealthCheck } from '../../agent/adapters/health-command.ts';
import { SystemClock } from '../../agent/adapters/system-clock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-check-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A zombie that nobody has reaped yet runs no more. */
async function runs(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) Z /.test(stat);
}

it.each([
  ['healthy', 'exit 0', 60_000],
  ['unhealthy', 'exit 1', 60_000],
  ['at its limit', 'wait', 100],
] as const)('%s', async (_, ending, timeoutMs) => {
  const note = join(folder, 'pid');
  const check = new CommandHealthCheck(
    {
      name: 'leaves somebody behind',
      command: ['sh', '-c', `sleep 300 & echo $! > ${note}; ${ending}`],
      timeoutMs,
      retries: 0,
      retryPauseMs: 0,
    },
    new SystemClock({ uptime: '/proc/uptime', synchronised: join(folder, 'none') }),
  );
  const { healthy } = await check.run(new AbortController().signal);
  expect(healthy).toBe(ending === 'exit 0');
  const pid = Number(await readFile(note, 'utf8'));
  await expect.poll(() => runs(pid)).toBe(false);
});
