/** Rule 2: the booted slot's bytes are never written, and it is not given up without a fallback. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentError } from '../../agent/index.ts';
import { openStories, type Stories, withDevice } from './stories.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

it('a whole update, and one that goes back, write only the slot that is not booted', async () => {
  for (const release of [stories.fresh, stories.broken]) {
    const { lab, deeds } = await stories.tell({ release });
    expect(deeds.filter((deed) => /^(rootfs|boot)_a: (write|flush)/.test(deed))).toEqual([]);
    expect(lab.contentOf('a')).toBe(stories.factory);
  }
});

it('a target that turns out to be the booted slot changes nothing, though another class was opened before', async () => {
  const { lab, end, deeds, said } = await stories.tell({
    release: stories.fresh,
    alter: (parts) =>
      withDevice(parts, ({ slots }) => ({
        slots: {
          openForReading: (slot, slotClass) => slots.openForReading(slot, slotClass),
          openForUpdate: async (slot, slotClass) => {
            if (slotClass === 'boot') throw new AgentError('SLOT_IS_BOOTED', 'The same device.');
            return slots.openForUpdate(slot, slotClass);
          },
        },
      })),
  });
  expect(end).toEqual({ kind: 'idle', slot: 'a' });
  expect(said).toContain('SLOT_IS_BOOTED');
  expect(deeds.filter((deed) => /: (write|markUnbootable|open)/.test(deed))).toEqual([]);
  expect((await lab.bootState()).active).toBe('a');
});

describe('mark bad', () => {
  it('is refused when the other slot is on trial too and its seal is gone: the slot stays up', async () => {
    const { lab, end, deeds, said } = await stories.tell({
      release: stories.broken,
      alter: (parts) =>
        withDevice(parts, ({ booted, bootControl, vault }) => ({
          health: [
            {
              name: 'loses the way back',
              run: async () => {
                if (booted === 'a') return { healthy: true, detail: '' };
                // Bootable, not successful, of no seal: no fallback.
                await bootControl.activate('a', 3);
                await bootControl.activate('b', 3);
                const { record } = await vault.read();
                const { a: _, ...seals } = record.seals;
                await vault.write({ ...record, seals });
                return { healthy: false, detail: 'the image is broken' };
              },
            },
          ],
        })),
    });
    expect(said).toContain('no-fallback');
    expect(deeds).not.toContain('boot control: markBad b');
    expect(deeds.filter((deed) => deed.includes('failed'))).toEqual([]);
    expect(end).toEqual({ kind: 'idle', slot: 'b' });
    expect((await lab.bootState()).slots.b.bootable).toBe(true);
  });
});
