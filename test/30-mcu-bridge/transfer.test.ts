/** A firmware into a simulated MCU over a wire in memory, with time that flies: every way it can go. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FirmwareImage, makeFirmware } from '../../fixtures/mcu/simulator.ts';
import {
  type McuLink,
  type TransferOptions,
  type TransferReport,
  transferFirmware,
} from '../../mcu-bridge/index.ts';
import { SMALL, WiredMcu } from './wired-mcu.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets time fly until `promise` has settled. */
async function soon<Value>(promise: Promise<Value>): Promise<Value> {
  const clock = { running: true };
  const stop = (): void => {
    clock.running = false;
  };
  promise.then(stop, stop);
  while (clock.running) await vi.advanceTimersToNextTimerAsync();
  return promise;
}

const FAST: TransferOptions = { baudRate: 115_200 };
const NEW = makeFirmware({ version: '2.5.0', size: 1000, seed: 5 });

const transfer = (
  link: McuLink,
  firmware: FirmwareImage,
  options: TransferOptions = {},
): Promise<TransferReport> => soon(transferFirmware(link, firmware, { ...FAST, ...options }));

describe('a transfer', () => {
  it('brings every byte, has it verified, and starts nothing', async () => {
    const wire = new WiredMcu();
    const link = wire.connect();
    const seen: number[] = [];
    const report = await transfer(link, NEW, { onProgress: (offset) => seen.push(offset) });
    expect(report).toMatchObject({ startedAt: 0, sentBytes: NEW.size });
    expect(seen).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    expect(await soon(link.queryTransfer())).toMatchObject({
      state: 'verified',
      offset: 1000,
      version: '2.5.0',
    });
    expect(wire.mcu.store.running?.version).toBe('2.4.0');
    expect(link.counters).toMatchObject({ repeated: 0, stale: 0, unexpected: 0 });
  });
});
void SMALL;
