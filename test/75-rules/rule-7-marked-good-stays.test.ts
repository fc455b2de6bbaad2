/** Rule 7: a trial that was marked good is over, also when the vault could not be told of it. */
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentError } from '../../agent/index.ts';
import { openStories, type Stories, withDevice } from './stories.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

it('a vault that fails after mark good does not end in a rollback when the deadline passes', async () => {
  let refusals = 0;
  const { lab, end, said } = await stories.tell({
    release: stories.fresh,
    alter: (parts) =>
      withDevice(parts, ({ booted, bootControl, clock, policy, vault }) => {
        if (booted === 'a') return {};
        const isGood = async (): Promise<boolean> => (await bootControl.read()).slots.b.successful;
        return {
          vault: {
            read: () => vault.read(),
            write: async (record) => {
              if (refusals < 2 && (await isGood())) {
                refusals += 1;
                throw new AgentError('VAULT_WRITE_FAILED', 'The vault is out of order.');
              }
              return vault.write(record);
            },
          },
          clock: {
            now: () => clock.now(),
            synchronised: () => clock.synchronised(),
            monotonic: () => clock.monotonic(),
            uptime: () => clock.uptime() + (refusals === 0 ? 0 : policy.confirmDeadlineMs),
            // What is due already ends at once, as on a board.
            sleep: async (ms, signal) => (ms > 0 ? clock.sleep(ms, signal) : undefined),
          },
          health: [
            {
              name: 'can be stopped',
              run: async (signal) => {
                await setImmediate();
                signal.throwIfAborted();
                return { healthy: true, detail: '' };
              },
            },
          ],
        };
      }),
  });
  expect(refusals).toBe(2);
  expect(end, said).toEqual({ kind: 'idle', slot: 'b' });
  const { record } = await lab.vaultRecord();
  expect(record).toMatchObject({ trial: undefined, failures: [], floors: { sequence: 2 } });
});
