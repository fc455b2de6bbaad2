/** Rule 14: a rollback target is verified first; nothing becomes active, or is booted, whose seal does not hold. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentError } from '../../agent/index.ts';
import { openStories, type Stories, withDevice, withRot } from './stories.ts';
import { at } from './witness.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

describe('a slot that rotted', () => {
  it('between flip and reboot is not booted: the activation is taken back', async () => {
    let asked = 0;
    const { deeds } = await stories.tell({
      release: stories.fresh,
      alter: (parts) =>
        withRot(
          withDevice(parts, ({ rebooter }) => ({
            rebooter: {
              reboot: async (reason) => {
                asked += 1;
                if (asked === 1) throw new AgentError('TIMEOUT', 'The system did not answer in time.');
                await rebooter.reboot(reason);
              },
            },
          })),
          'b',
        ),
    });
    const takenBack = at(deeds, 'boot control: deactivate b');
    expect(takenBack).toBeGreaterThan(at(deeds, 'boot control: activate b'));
    expect(takenBack).toBeLessThan(at(deeds, /^boot 2/));
  });

  it('while the power was off is not activated on the word of an earlier boot', async () => {
    const { lab } = await stories.tell({ release: stories.fresh });
    const cutAt = 2 + lab.writes.lastIndexOf('store: setState finalised');
    const { end, deeds } = await stories.tell({
      release: stories.fresh,
      cutAt,
      alter: (parts, boot) => (boot === 2 ? withRot(parts, 'b') : parts),
    });
    const again = at(deeds, 'boot 2 in slot a');
    expect(at(deeds, 'store: setState finalised')).toBeLessThan(again);
    const flip = at(deeds, 'boot control: activate b', again);
    expect(at(deeds, 'rootfs_b: read back 65536', again)).toBeLessThan(flip);
    expect(end).toEqual({ kind: 'idle', slot: 'b' });
  });

  it('is no place for a person to go back to', async () => {
    const { lab, end, deeds } = await stories.tell({
      release: stories.fresh,
      runs: 2,
      alter: (parts, boot) => {
        if (boot < 3) return parts;
        parts.device.store.addRequest('rollback', 'b');
        return withRot(parts, 'a');
      },
    });
    expect(end).toEqual({ kind: 'idle', slot: 'b' });
    const asked = at(deeds, 'boot 3 in slot b');
    at(deeds, 'store: answerRequest', asked);
    expect(deeds.slice(asked).filter((deed) => deed.includes('activate'))).toEqual([]);
    expect((await lab.bootState()).active).toBe('b');
  });

  it('is no place for recovery to go to', async () => {
    const { end, deeds, said } = await stories.tell({
      release: stories.fresh,
      runs: 2,
      alter: (parts, boot) => (boot < 3 ? parts : withRot(failing(parts), 'a')),
    });
    expect(said).toContain('AGENT_KEEPS_FAILING');
    expect(end).toEqual({ kind: 'idle', slot: 'b' });
    expect(deeds.filter((deed) => deed === 'boot control: activate a')).toEqual([]);
  });
});

it('a slot whose seal holds is a place to go back to, for a person and for recovery', async () => {
  const asked = await stories.tell({
    release: stories.fresh,
    runs: 2,
    alter: (parts, boot) => {
      if (boot === 3) parts.device.store.addRequest('rollback', 'b');
      return parts;
    },
  });
  const recovered = await stories.tell({
    release: stories.fresh,
    runs: 2,
    alter: (parts, boot) => (boot === 3 ? failing(parts) : parts),
  });
  for (const { deeds } of [asked, recovered]) {
    const flip = at(deeds, 'boot control: activate a');
    for (const slotClass of ['rootfs', 'boot']) {
      const before = at(deeds, 'boot 3 in slot b');
      expect(at(deeds, `${slotClass}_a: read 0`, before)).toBeLessThan(flip);
    }
    expect(at(deeds, 'boot 4 in slot a')).toBeGreaterThan(flip);
  }
});

/** The vault says that the agent has failed to start three times in this kernel boot. */
function failing(parts: Parameters<typeof withDevice>[0]): ReturnType<typeof withDevice> {
  return withDevice(parts, ({ bootId, vault }) => ({
    vault: {
      read: async () => {
        const { record, lost } = await vault.read();
        return { record: { ...record, agentStarts: { boot: bootId, count: 4 } }, lost };
      },
      write: (record) => vault.write(record),
    },
  }));
}
