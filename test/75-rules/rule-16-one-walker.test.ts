/** Rule 16: one walker. Who does not get the lock does nothing, and who got it gives it back. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentError } from '../../agent/index.ts';
import { reportError } from '../../cli/exit.ts';
import { openStories, type Stories } from './stories.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.remove());

it('the daemon beside another walker changes nothing and goes on when the lock is free', async () => {
  let asked = 0;
  let doneBefore: number | undefined;
  const { end, deeds } = await stories.tell({
    release: stories.fresh,
    alter: (parts, boot) => ({
      ...parts,
      lock: () => {
        asked += 1;
        if (asked < 3) throw new AgentError('LOCKED', 'Held by another.');
        doneBefore ??= boot;
        return () => undefined;
      },
    }),
  });
  expect(asked).toBeGreaterThanOrEqual(3);
  expect(deeds[0]).toBe('boot 1 in slot a');
  expect(doneBefore).toBe(1);
  expect(end).toEqual({ kind: 'idle', slot: 'b' });
});

it('everything that the daemon does, it does under the lock, and it sleeps without it', async () => {
  let held = 0;
  const outside: string[] = [];
  const { deeds } = await stories.tell({
    release: stories.fresh,
    alter: (parts) => {
      held = 0;
      const { vault, clock } = parts.device;
      return {
        ...parts,
        lock: () => {
          held += 1;
          return () => {
            held -= 1;
          };
        },
        device: {
          ...parts.device,
          vault: {
            read: () => vault.read(),
            write: (record) => {
              if (held !== 1) outside.push('vault');
              return vault.write(record);
            },
          },
          clock: {
            now: () => clock.now(),
            synchronised: () => clock.synchronised(),
            monotonic: () => clock.monotonic(),
            uptime: () => clock.uptime(),
            sleep: (ms, signal) => {
              if (ms >= 60 * 60_000 && held !== 0) outside.push('poll');
              return clock.sleep(ms, signal);
            },
          },
        },
      };
    },
  });
  expect(deeds).toContain('boot control: activate b');
  expect(outside).toEqual([]);
});

it('a command that does not get the lock exits with 75', () => {
  const write = process.stderr.write;
  const said: string[] = [];
  process.stderr.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
  try {
    expect(reportError(new AgentError('LOCKED', 'Held by process 7 (donabe agent).'), false)).toBe(75);
    expect(reportError(new AgentError('REBOOT_FAILED', 'No.'), false)).toBe(1);
  } finally {
    process.stderr.write = write;
  }
  expect(said.join('')).toContain('process 7 (donabe agent)');
});
