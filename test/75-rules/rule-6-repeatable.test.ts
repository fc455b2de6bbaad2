/** Rule 6: every step can be repeated, because what a step does first is what the next start needs to know. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentError } from '../../agent/index.ts';
import { openStories, type Stories, withDevice } from './stories.ts';
import { at } from './witness.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

describe('the order of the durable words', () => {
  it('the vault knows of the trial before the flip, the store after it', async () => {
    const { deeds } = await stories.tell({ release: stories.fresh });
    const flip = at(deeds, 'boot control: activate b');
    expect(at(deeds, 'vault: trial b, seals a b')).toBeLessThan(flip);
    expect(at(deeds, 'store: setState activated')).toBeGreaterThan(flip);
  });

  it('the verdict stands in the vault before mark bad', async () => {
    const { deeds } = await stories.tell({ release: stories.broken });
    expect(at(deeds, 'vault: trial b failed, seals a b')).toBeLessThan(at(deeds, 'boot control: markBad b'));
  });

  it('mark good comes before the trial is forgotten, and the store is told last', async () => {
    const { deeds } = await stories.tell({ release: stories.fresh });
    const good = at(deeds, 'boot control: markGood b');
    const forgotten = at(deeds, 'vault: no trial, seals a b', at(deeds, 'boot control: activate b'));
    expect(forgotten).toBeGreaterThan(good);
    expect(at(deeds, 'store: close confirmed')).toBeGreaterThan(forgotten);
  });

  it('after a rollback the store counts first and the vault forgets the trial last', async () => {
    const { deeds } = await stories.tell({ release: stories.broken });
    const counted = at(deeds, 'store: setFailures');
    const closed = at(deeds, 'store: close rolled-back');
    expect(closed).toBeGreaterThan(counted);
    const failed = at(deeds, 'vault: trial b failed, seals a b');
    expect(at(deeds, 'vault: no trial, seals a b', failed)).toBeGreaterThan(closed);
  });
});

it('a reboot that the system did not take is asked for again, after another look at the slot', async () => {
  let asked = 0;
  const { end, deeds } = await stories.tell({
    release: stories.fresh,
    alter: (parts) =>
      withDevice(parts, ({ rebooter }) => ({
        rebooter: {
          reboot: async (reason) => {
            asked += 1;
            if (asked === 1) throw new AgentError('TIMEOUT', 'The system did not answer in time.');
            await rebooter.reboot(reason);
          },
        },
      })),
  });
  expect(end).toEqual({ kind: 'idle', slot: 'b' });
  expect(asked).toBe(2);
  const flip = at(deeds, 'boot control: activate b');
  expect(deeds.filter((deed) => deed === 'boot control: activate b')).toHaveLength(1);
  expect(at(deeds, 'rootfs_b: read 0', flip)).toBeLessThan(at(deeds, 'boot 2 in slot b'));
});

it('a verdict that was cut off before mark bad stands, also when the check would pass now', async () => {
  const { lab } = await stories.tell({ release: stories.broken });
  // From the end: the boot loader's two copies for the old slot, then the two of mark bad.
  const cutAt =
    1 + (lab.writes.flatMap((label, at) => (label.startsWith('misc: write') ? [at] : [])).at(-4) ?? 0);
  let again = 0;
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const story = await stories.tell({
      release: stories.broken,
      cutAt,
      seed,
      alter: (parts, boot) =>
        boot < 3
          ? parts
          : withDevice(parts, () => ({
              health: [{ name: 'calm', run: async () => ({ healthy: true, detail: '' }) }],
            })),
    });
    if (story.deeds.includes('boot 3 in slot b')) again += 1;
    expect(story.end).toEqual({ kind: 'idle', slot: 'a' });
    expect((await story.lab.vaultRecord()).record.failures).toMatchObject([{ failedTrials: 1 }]);
  }
  expect(again, 'starts of the slot that was judged already').toBeGreaterThan(0);
});
