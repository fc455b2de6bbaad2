/** What the watchdog takes for movement, and what not. */
import { describe, expect, it } from 'vitest';
import { createFolderSource } from '../../agent/adapters/folder-source.ts';
import { createHttpSource } from '../../agent/adapters/http-source.ts';
import { SerialMcu } from '../../agent/adapters/serial-mcu.ts';
import { Reporter } from '../../agent/events.ts';
import { STEP_LIMITS } from '../../agent/model/step-limits.ts';
import type { Clock, ImageTarget, Mcu, OwnFirmware, Source } from '../../agent/ports.ts';
import { StepWatch } from '../../agent/step-watch.ts';

/** Time passes only by hand; a sleep ends only by `wake`. */
class HandClock implements Clock {
  ms = 0;
  wake: () => void = () => undefined;

  now = (): number => this.ms;
  synchronised = (): boolean => false;
  monotonic = (): number => this.ms;
  uptime = (): number => this.ms;
  sleep = (): Promise<void> =>
    new Promise((resolve) => {
      this.wake = resolve;
    });
}

const NO_PATIENCE = { serverMs: 0, healthMs: 0, dataMs: 0, noneMs: 0 } as const;
const never = new AbortController().signal;

function scene(): { clock: HandClock; reporter: Reporter; watch: StepWatch } {
  const clock = new HandClock();
  const reporter = new Reporter('device');
  return { clock, reporter, watch: new StepWatch(clock, reporter, NO_PATIENCE) };
}

describe('the watch over the steps', () => {
  it('finds a start that hangs', () => {
    const { clock, watch } = scene();
    clock.ms = STEP_LIMITS.starting.limitS * 1000 + 7;
    expect(watch.hung()).toEqual({ step: 'starting', overdueMs: 7 });
  });

  it('takes progress for movement, but not what is only said', () => {
    const { clock, reporter, watch } = scene();
    reporter.progress('confirming');
    clock.ms = STEP_LIMITS.confirming.limitS * 1000 + 1;
    reporter.happened('step-hangs', 'a timer beside the walk says so');
    expect(watch.hung()?.step).toBe('confirming');
    reporter.progress('confirming');
    expect(watch.hung()).toBeUndefined();
  });

  it('leaves a sleep of a week alone, and finds one that does not end', async () => {
    const { clock, watch } = scene();
    const week = 7 * 86_400_000;
    const slept = watch.clock().sleep(week, never);
    clock.ms = week + STEP_LIMITS.asleep.limitS * 1000;
    expect(watch.hung()).toBeUndefined();
    clock.ms += 1;
    expect(watch.hung()?.step).toBe('asleep');
    clock.wake();
    await slept;
    expect(watch.hung()).toBeUndefined();
  });

  it('lets a slow download go on as long as bytes come, and finds one that stands', async () => {
    const { clock, reporter, watch } = scene();
    const quiet = STEP_LIMITS.fetching.limitS * 1000;
    const dripping: Source = {
      name: 'drip',
      offer: () => Promise.reject(new Error('not asked')),
      read: () => Promise.reject(new Error('not asked')),
      close: () => Promise.resolve(),
      range: () =>
        Promise.resolve({
          etag: undefined,
          discarded: () => 0,
          body: (async function* (): AsyncGenerator<Uint8Array> {
            for (let piece = 0; piece < 5; piece += 1) {
              clock.ms += quiet;
              yield new Uint8Array(1);
            }
          })(),
        }),
    };
    reporter.progress('fetching');
    const { body } = await watch.source(dripping).range('x', 0, 5, { size: 5, etag: undefined }, never);
    let pieces = 0;
    for await (const _ of body) {
      pieces += 1;
      expect(watch.hung()).toBeUndefined();
    }
    expect(pieces).toBe(5);
    clock.ms += quiet + 1;
    expect(watch.hung()?.step).toBe('fetching');
  });

  it('takes every read, write and flush of a slot for movement', async () => {
    const { clock, reporter, watch } = scene();
    const target: ImageTarget = {
      slotClass: 'rootfs',
      slot: 'b',
      capacity: 9,
      readBackKind: 'direct',
      read: () => Promise.resolve(new Uint8Array()),
      readInto: () => Promise.resolve(),
      memory: (bytes) => new Uint8Array(bytes),
      write: () => Promise.resolve(),
      flush: () => Promise.resolve(),
      readBack: () => Promise.resolve(new Uint8Array()),
      close: () => Promise.resolve(),
    };
    const slots = watch.slots({
      openForReading: () => Promise.resolve(target),
      openForUpdate: () => Promise.resolve(target),
    });
    const open = await slots.openForUpdate('b', 'rootfs');
    expect(open).toMatchObject({ slotClass: 'rootfs', slot: 'b', capacity: 9, readBackKind: 'direct' });
    reporter.progress('verifying');
    const reader = await slots.openForReading('b', 'rootfs');
    for (const work of [
      () => open.read(0, 1),
      () => open.write(0, new Uint8Array()),
      () => open.flush(),
      () => open.readBack(0, 1),
      () => reader.read(0, 1),
      () => reader.readInto(0, new Uint8Array()),
    ]) {
      clock.ms += STEP_LIMITS.verifying.limitS * 1000 + 1;
      expect(watch.hung()?.step).toBe('verifying');
      await work();
      expect(watch.hung()).toBeUndefined();
    }
  });

  it('takes every byte of a transfer to the MCU for movement, though it is shown by tenths', async () => {
    const { clock, reporter, watch } = scene();
    const quiet = STEP_LIMITS.confirming.limitS * 1000 + 1;
    const slow: Pick<Mcu, 'transfer'> = {
      transfer: async (_firmware, onProgress) => {
        for (let bytes = 0; bytes < 3; bytes += 1) {
          clock.ms += quiet;
          expect(watch.hung()?.step).toBe('confirming');
          onProgress(bytes);
          expect(watch.hung()).toBeUndefined();
        }
      },
    };
    reporter.progress('confirming');
    await watch.mcu(slow as Mcu).transfer({} as OwnFirmware, () => undefined, never);
    expect(watch.hung()).toBeUndefined();
  });

  it('hands on every method that a port has, also one that a port may leave out', async () => {
    const { watch } = scene();
    const folder = createFolderSource('/nowhere');
    const server = createHttpSource({ baseUrls: ['https://updates.example/'] });
    for (const source of [folder, server]) {
      expect(methodsOf(source)).toContain('channel');
      expect(Object.keys(watch.source(source))).toEqual(expect.arrayContaining(methodsOf(source)));
      await source.close();
    }
    const mcu: SerialMcu = Object.create(SerialMcu.prototype);
    expect(Object.keys(watch.mcu(mcu))).toEqual(expect.arrayContaining(methodsOf(mcu)));
  });
});

/** Names of the methods of its class. */
function methodsOf(port: object): string[] {
  const members = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(port));
  return Object.entries(members)
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name]) => name);
}
