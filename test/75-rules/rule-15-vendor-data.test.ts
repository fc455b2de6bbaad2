/** Rule 15: what a vendor lists under [data] is kept before activation, and brought back when the release fails. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentError, type AgentErrorCode, type DataSnapshots } from '../../agent/index.ts';
import { openStories, type Published, type Stories, type Story, withDevice } from './stories.ts';
import { at, lastAt } from './witness.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

/** A story in which snapshots answer differently, and `entered` stands among the deeds. */
async function tell(release: Published, change: Partial<DataSnapshots> = {}): Promise<Story> {
  const entered: string[] = [];
  const story = await stories.tell({
    release,
    alter: (parts) =>
      withDevice(parts, ({ data, reporter }) => {
        reporter.on('happened', ({ name, message }) => {
          if (name === 'entered') entered.push(message);
        });
        return {
          data: {
            measure: (signal) => data.measure(signal),
            take: change.take ?? ((of, signal) => data.take(of, signal)),
            restore: async (identity, signal) => {
              entered.push(`restore ${identity === release.seal.identity ? 'it' : 'another'}`);
              return (change.restore ?? data.restore)(identity, signal);
            },
            discard: change.discard ?? (() => data.discard()),
          },
        };
      }),
  });
  return { ...story, said: `${entered.join('\n')}\n${story.said}` };
}

const refuse = (code: AgentErrorCode) => async (): Promise<never> => {
  throw new AgentError(code, `the test wants ${code}`);
};

describe('the snapshot', () => {
  it('is made before the trial is written and the slot is active, and forgotten after mark good', async () => {
    const { end, deeds } = await tell(stories.fresh);
    const taken = at(deeds, 'data: take');
    expect(taken).toBeGreaterThan(at(deeds, 'store: setState finalised'));
    expect(taken).toBeLessThan(at(deeds, /^vault: trial b/));
    expect(taken).toBeLessThan(at(deeds, 'boot control: activate b'));
    expect(at(deeds, 'data: discard')).toBeGreaterThan(at(deeds, 'boot control: markGood b'));
    expect(end).toEqual({ kind: 'idle', slot: 'b' });
  });

  it.each(['DATA_TOO_LARGE', 'DATA_UNFIT', 'DATA_CHANGING', 'DATA_SNAPSHOT_FAILED'] as const)(
    'that cannot be made (%s) holds the release back, which has not failed',
    async (code) => {
      const { end, deeds, said, lab } = await tell(stories.fresh, { take: refuse(code) });
      expect(end).toEqual({ kind: 'idle', slot: 'a' });
      expect(deeds).not.toContain('boot control: activate b');
      expect(said).toContain(`walk-ended: ${code}`);
      const { record } = await lab.vaultRecord();
      expect(record.failures).toEqual([]);
      expect(record.trial).toBeUndefined();
    },
  );

  it('says whether the release may change the data: its manifest has a data-schema range', async () => {
    const asked: boolean[] = [];
    const take: DataSnapshots['take'] = async ({ restores }) => {
      asked.push(restores);
      return undefined;
    };
    await tell(stories.fresh, { take });
    await tell(await stories.folder.publish('2.1.0', 4, { data: { settings: 'schema 2' } }), { take });
    expect(asked).toEqual([false, true]);
  });

  it('that cannot be forgotten keeps no slot from being good', async () => {
    const { end, said } = await tell(stories.fresh, { discard: refuse('DATA_SNAPSHOT_FAILED') });
    expect(end).toEqual({ kind: 'idle', slot: 'b' });
    expect(said).toContain('data-not-discarded');
    expect(said).toContain('slot-marked-good');
  });
});

describe('a rollback', () => {
  it('brings the data back before anybody hears that the agent is up, and before the failure is counted', async () => {
    const { end, deeds, said } = await tell(stories.broken);
    expect(end).toEqual({ kind: 'idle', slot: 'a' });
    expect(said.indexOf('restore it')).toBeGreaterThan(0);
    expect(said.indexOf('restore it')).toBeLessThan(said.indexOf('Entry: finish-rollback'));
    expect(deeds.filter((deed) => deed === 'store: setFailures')).toHaveLength(1);
    expect(lastAt(deeds, /^boot /)).toBeLessThan(at(deeds, 'store: setFailures'));
  });

  it.each(['DATA_SNAPSHOT_DAMAGED', 'DATA_RESTORE_FAILED'] as const)(
    'goes on without them: %s is said',
    async (code) => {
      let asked = 0;
      const restore = async (): Promise<never> => {
        asked += 1;
        if (asked > 1) throw new Error('the rollback comes back here again and again');
        return refuse(code)();
      };
      const { end, said } = await tell(stories.broken, { restore });
      expect(end).toEqual({ kind: 'idle', slot: 'a' });
      expect(said).toContain(`data-not-restored: the test wants ${code}`);
      expect(said).toContain('rolled-back');
    },
  );

  it('forgets the snapshot as soon as it was brought back: services write from then on', async () => {
    let discarded = 0;
    const { said } = await tell(stories.broken, {
      restore: async () => ({ kind: 'restored', bytes: 8, strange: 0 }),
      discard: async () => {
        discarded += 1;
      },
    });
    expect(discarded).toBe(1);
    expect(said).toContain('data-restored');
  });
});
