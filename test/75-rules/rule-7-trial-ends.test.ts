/** Rule 7: a trial that is not marked good in time goes back by itself, and its way back is not taken apart. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentError, type Clock, Deadline, type Mcu, Stopped, update } from '../../agent/index.ts';
import { openStories, type Stories, withDevice } from './stories.ts';
import { at } from './witness.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

describe('the deadline', () => {
  it('ends a trial whose health check never answers', async () => {
    const { lab, end, deeds } = await stories.tell({
      release: stories.fresh,
      alter: (parts) =>
        withDevice(parts, ({ clock, policy }) => ({
          health: [
            {
              name: 'hangs',
              run: async (signal) => {
                // Longer than the deadline; one that nobody stops would be healthy in the end.
                await clock.sleep(2 * policy.confirmDeadlineMs, signal);
                if (signal.aborted) throw new Stopped(signal.reason);
                return { healthy: true, detail: '' };
              },
            },
          ],
        })),
    });
    expect(end).toEqual({ kind: 'idle', slot: 'a' });
    at(deeds, 'boot control: markBad b');
    const { record } = await lab.vaultRecord();
    expect(record.failures).toMatchObject([{ identity: stories.fresh.seal.identity, failedTrials: 1 }]);
  });

  it('ends a trial whose MCU never answers: silence does not stop it', async () => {
    const silent = async (): Promise<never> => {
      throw new AgentError('MCU_SILENT', 'The MCU does not answer.');
    };
    const mcu: Mcu = {
      handshake: silent,
      status: silent,
      mayReboot: silent,
      mayFlash: silent,
      prepareReboot: silent,
      transferState: silent,
      transfer: silent,
      activate: silent,
      accept: silent,
      discardOld: silent,
      abort: silent,
      close: async () => undefined,
    };
    const { end, said } = await stories.tell({
      release: stories.fresh,
      alter: (parts) =>
        withDevice(parts, ({ booted, clock, policy }) => {
          if (booted === 'a') return {};
          // The deadline is near, and the MCU is looked at rarely: silence is measured by the clock, not by looks.
          const late = policy.confirmDeadlineMs - 5_000;
          const lateClock: Clock = {
            now: () => clock.now(),
            synchronised: () => clock.synchronised(),
            monotonic: () => clock.monotonic(),
            uptime: () => clock.uptime() + late,
            sleep: (ms, signal) => clock.sleep(ms, signal),
          };
          return {
            mcu,
            policy: { ...policy, interlockPollMs: 20 * 60_000 },
            clock: lateClock,
            deadline: new Deadline(lateClock, { load: () => undefined, save: () => undefined }),
          };
        }),
    });
    expect(said).toContain('was not proven healthy within 600 s');
    expect(end).toEqual({ kind: 'idle', slot: 'a' });
  });
});

describe('a failed check', () => {
  it('marks the slot bad and reboots into the old one, without a second trial', async () => {
    const { end, deeds } = await stories.tell({ release: stories.broken });
    expect(end).toEqual({ kind: 'idle', slot: 'a' });
    expect(deeds).not.toContain('boot control: markGood b');
    expect(deeds.filter((deed) => deed === 'boot 2 in slot b')).toHaveLength(1);
    expect(deeds.filter((deed) => /^boot \d in slot b$/.test(deed))).toHaveLength(1);
  });
});

it('while the slot is on trial, no slot is opened for an update', async () => {
  const newer = await stories.folder.publish('3.0.0', 9);
  let code = 'not asked';
  const { end } = await stories.tell({
    release: stories.fresh,
    alter: (parts) =>
      withDevice(parts, (device) => ({
        health: [
          {
            name: 'an update in the middle of confirm',
            run: async (signal) => {
              if (device.booted === 'a') return { healthy: true, detail: '' };
              const source = parts.openSource(newer.published);
              const how = { forced: false, retried: false, consented: true };
              code = await update(device, source, how, signal).then(
                ({ kind }) => kind,
                (error: unknown) => (error instanceof AgentError ? error.code : String(error)),
              );
              return { healthy: true, detail: '' };
            },
          },
        ],
      })),
  });
  expect(code).toBe('BOOTED_NOT_GOOD');
  expect(end).toEqual({ kind: 'idle', slot: 'b' });
});
