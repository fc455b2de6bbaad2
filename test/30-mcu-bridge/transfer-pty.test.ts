/** A firmware over `serialport` and a real pseudo-terminal into the simulator, whose flash is a file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  makeFirmware,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../fixtures/mcu/simulator.ts';
import { McuLink, openSerialPort, transferFirmware } from '../../mcu-bridge/index.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  cleanUp.push(() => simulator.stop());
  return simulator;
}

async function connect(path: string): Promise<McuLink> {
  const link = new McuLink(await openSerialPort(path), { timeoutMs: 200 });
  cleanUp.push(() => link.close());
  return link;
}

async function flashFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'donabe-mcu-flash-'));
  cleanUp.push(() => rm(folder, { recursive: true }));
  return join(folder, 'flash.img');
}

/** Asks until the MCU has started again and answers so. */
async function until<Value>(ask: () => Promise<Value>, is: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await ask().catch(() => undefined);
    if (value !== undefined && is(value)) return value;
  }
}

const QUICK = { eraseMs: 2, writeMs: 1, bootMs: 20, verifyMs: 5 };
const FIRMWARE = makeFirmware({ version: '2.5.0', size: 40_000, seed: 8 });
const FAST = { baudRate: 115_200 };

describe('transfer over a pty', () => {
  it('with 1 % of all frames damaged, then trial, accept, discard-old', async () => {
    const faults = { drop: 0.01, flip: 0.01, garbage: 0.01, double: 0.01 };
    const { path, mcu } = await simulate({ ...QUICK, seed: 4, faults, boardFaults: faults });
    const link = await connect(path);
    const report = await transferFirmware(link, FIRMWARE, FAST);
    expect(report.sentBytes).toBeGreaterThanOrEqual(FIRMWARE.size);
    await link.activateFirmware(FIRMWARE.digest);
    await until(
      () => link.version(),
      (version) => version.firmware === '2.5.0',
    );
    expect(mcu.onTrial).toBe(true);
    await link.acceptFirmware(FIRMWARE.digest);
    expect(mcu.onTrial).toBe(false);
    expect(mcu.banks.map((bank) => bank?.version)).toEqual(['2.4.0', '2.5.0']);
    await link.discardOldFirmware();
    expect(mcu.banks.map((bank) => bank?.version)).toEqual([undefined, '2.5.0']);
    mcu.powerCut();
    expect(mcu.firmwareVersion).toBe('2.5.0');
  });

  it('goes on in a simulator that was started again over the same flash', async () => {
    const file = await flashFile();
    const first = await simulate({ ...QUICK, flashFile: file });
    const link = await connect(first.path);
    const half = new AbortController();
    const reason = new Error('half way');
    const onProgress = (offset: number): void => {
      if (offset > FIRMWARE.size / 2) half.abort(reason);
    };
    await expect(transferFirmware(link, FIRMWARE, { ...FAST, signal: half.signal, onProgress })).rejects.toBe(
      reason,
    );
    await link.close();
    await first.stop();

    const second = await simulate({ ...QUICK, flashFile: file });
    const again = await connect(second.path);
    const report = await transferFirmware(again, FIRMWARE, FAST);
    // What had not filled its page of 2048 bytes was in RAM.
    expect(report.startedAt).toBeGreaterThan(FIRMWARE.size / 2 - 2048);
    expect(report.startedAt % 2048).toBe(0);
    expect(report.sentBytes).toBe(FIRMWARE.size - report.startedAt);
    await again.activateFirmware(FIRMWARE.digest);
    await second.stop();
    // Power went before the trial had begun or after: the flash decides, not the process.
    const third = await simulate({ ...QUICK, flashFile: file });
    expect(['2.4.0', '2.5.0']).toContain(third.mcu.firmwareVersion);
    expect(third.mcu.onTrial).toBe(third.mcu.firmwareVersion === '2.5.0');
  });

  it('on a line that takes its time', async () => {
    const { path } = await simulate({ ...QUICK, baudRate: 115_200 });
    const link = await connect(path);
    const small = makeFirmware({ version: '2.5.0', size: 12_000 });
    const report = await transferFirmware(link, small, FAST);
    expect(report.sentBytes).toBeGreaterThanOrEqual(small.size);
    // 10 bits for each byte and each frame's 10 bytes around it: no line is faster than that.
    expect(report.milliseconds).toBeGreaterThan((small.size * 10_000) / 115_200);
  });

  it('a cooker that never becomes idle never takes a firmware', async () => {
    const { path, mcu } = await simulate({
      mode: 'cooking',
      minutes: 1,
      minuteMs: 5,
      afterCooking: 'cooking',
    });
    const link = await connect(path);
    for (let question = 0; question < 20; question++) {
      expect(await link.mayFlash()).toMatchObject({ allowed: false, reason: 'cooking' });
    }
    await expect(transferFirmware(link, FIRMWARE, FAST)).rejects.toMatchObject({
      code: 'MCU_REFUSED',
      facts: { reason: 'notAllowed' },
    });
    expect(mcu.heaterPercent).toBe(100);
  });

  it('a flash of another MCU is refused', async () => {
    const file = await flashFile();
    const { stop } = await simulate({ flashFile: file, version: { capacity: 4096, pageSize: 256 } });
    await stop();
    await expect(startSimulator({ flashFile: file })).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
  });
});
