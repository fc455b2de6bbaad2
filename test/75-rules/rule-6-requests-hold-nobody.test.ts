/** Rules 6 and 15: a request that cannot be answered, or that nobody knows, keeps no trial from ending. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentError, type RequestVerb } from '../../agent/index.ts';
import { openStories, type Stories, withDevice } from './stories.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

it('a store that was filled up before the answer', async () => {
  const { end, said } = await stories.tell({
    release: stories.fresh,
    alter: (parts) =>
      withDevice(parts, ({ booted, store }) => {
        if (booted === 'a') return {};
        store.addRequest('cancel', 'a');
        const full = (): never => {
          throw new AgentError('STORE_UNWRITABLE', 'The disk is full.');
        };
        return {
          store: new Proxy(store, {
            get: (of, name) => (name === 'answerRequest' ? full : Reflect.get(of, name)),
          }),
        };
      }),
  });
  expect(said).toContain('slot-marked-good: Slot b is good');
  expect(end).toEqual({ kind: 'idle', slot: 'b' });
});

it('a verb of a newer command', async () => {
  let asked = 0;
  const { lab, end, said } = await stories.tell({
    release: stories.fresh,
    alter: (parts) => {
      const { booted, store } = parts.device;
      if (booted === 'b') asked = store.addRequest('pause' as RequestVerb, 'b');
      return parts;
    },
  });
  expect(asked).toBeGreaterThan(0);
  expect(said).toContain('slot-marked-good: Slot b is good');
  expect(end).toEqual({ kind: 'idle', slot: 'b' });
  expect((await lab.vaultRecord()).record.trial).toBeUndefined();
});
