/** A firmware into a simulated MCU over a wire in memory, with time that flies: every way it can go. */
import { describe, expect, it } from 'vitest';
import { type FirmwareImage, makeFirmware } from '../../fixtures/mcu/simulator.ts';
import {
  type Firmware,
  type McuLink,
  type TransferOptions,
  type TransferReport,
  transferFirmware,
} from '../../mcu-bridge/index.ts';
import { letTimeFly, soon } from './flying-time.ts';
import { WiredMcu, type WireOptions } from './wired-mcu.ts';

letTimeFly();

const FAST: TransferOptions = { baudRate: 115_200 };
/** Ten data frames, four pages: the last of each is not full. */
const NEW = makeFirmware({ version: '2.5.0', size: 1000, seed: 5 });
const BAD_LINE = { drop: 0.04, double: 0.04, flip: 0.04, garbage: 0.04, lose: 0.02, insert: 0.02 };

function transfer(link: McuLink, firmware: Firmware, options: TransferOptions = {}): Promise<TransferReport> {
  return soon(transferFirmware(link, firmware, { ...FAST, ...options }));
}

/** The MCU holds `firmware` and has verified it. */
async function expectVerified(link: McuLink, firmware: FirmwareImage): Promise<void> {
  const { size, version } = firmware;
  expect(await soon(link.queryTransfer())).toMatchObject({ state: 'verified', offset: size, size, version });
}

describe('a transfer', () => {
  it('brings every byte, has it verified, and starts nothing', async () => {
    const wire = new WiredMcu();
    const link = wire.connect();
    const seen: number[] = [];
    const report = await transfer(link, NEW, { onProgress: (offset) => seen.push(offset) });
    expect(report).toMatchObject({ startedAt: 0, sentBytes: NEW.size });
    expect(seen).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    await expectVerified(link, NEW);
    expect(wire.mcu.store.running?.version).toBe('2.4.0');
    expect(link.counters).toMatchObject({ repeated: 0, stale: 0, unexpected: 0 });
  });

  it('leaves the same flash with a window and without, and with one it is faster', async () => {
    const slow = { delayMs: 20 } as const;
    const run = async (options: WireOptions, mostWindow?: number) => {
      const wire = new WiredMcu({ ...slow, ...options });
      const report = await transfer(wire.connect(), NEW, { mostWindow });
      return { ...report, flash: Buffer.from(wire.mcu.flashImage).toString('hex') };
    };
    const windowed = await run({});
    const byMcu = await run({ mcu: { window: 1 } });
    const byHost = await run({}, 1);
    expect(byMcu.flash).toBe(windowed.flash);
    expect(byHost.flash).toBe(windowed.flash);
    expect(windowed.milliseconds).toBeLessThan(byMcu.milliseconds / 1.5);
    expect(byHost.milliseconds).toBe(byMcu.milliseconds);
  });

  it('never has more under way than the MCU can buffer while it erases', async () => {
    const wire = new WiredMcu({ mcu: { window: 3, eraseMs: 400 } });
    expect(await transfer(wire.connect(), NEW)).toMatchObject({ sentBytes: NEW.size });
  });

  it('at 9600 baud what is under way is bounded in time', async () => {
    const wire = new WiredMcu({ delayMs: 5, mcu: { window: 8 } });
    // The first progress is begin's answer, to no data frame.
    let unanswered = 1;
    let most = 0;
    wire.beforeFrame = (frame) => {
      if (frame[2] === 0x08) most = Math.max(most, ++unanswered);
    };
    const onProgress = (): void => {
      unanswered -= 1;
    };
    await transfer(wire.connect(), NEW, { baudRate: 9600, onProgress });
    expect(most).toBe(2);
  });

  it('questions in between are answered', async () => {
    const wire = new WiredMcu({ delayMs: 10 });
    const link = wire.connect();
    const running = transferFirmware(link, NEW, FAST);
    for (let question = 0; question < 5; question++) {
      expect(await soon(link.status())).toMatchObject({ modeName: 'idle' });
    }
    expect(await soon(running)).toMatchObject({ sentBytes: NEW.size });
    expect(link.counters).toMatchObject({ repeated: 0, stale: 0 });
  });

  it('only one at a time on a link', async () => {
    const link = new WiredMcu().connect();
    const first = transferFirmware(link, NEW, FAST);
    await expect(transferFirmware(link, NEW, FAST)).rejects.toMatchObject({ code: 'LINK_MISUSED' });
    await soon(first);
    await transfer(link, NEW);
  });

  it('what the MCU holds already is not sent again', async () => {
    const wire = new WiredMcu();
    await transfer(wire.connect(), NEW);
    expect(await transfer(wire.connect(), NEW)).toMatchObject({ startedAt: NEW.size, sentBytes: 0 });
  });

  it('another firmware begins at 0', async () => {
    const wire = new WiredMcu();
    await transfer(wire.connect(), NEW);
    const other = makeFirmware({ version: '2.6.0', size: 700, seed: 9 });
    const link = wire.connect();
    expect(await transfer(link, other)).toMatchObject({ startedAt: 0, sentBytes: 700 });
    await expectVerified(link, other);
  });

  it.each([1, 12, 255, 256, 257, 1024, 4096])('of %i bytes', async (size) => {
    const firmware = makeFirmware({ version: '2.5.0', size: Math.max(size, 12), seed: size });
    const link = new WiredMcu().connect();
    expect(await transfer(link, firmware)).toMatchObject({ sentBytes: firmware.size });
    await expectVerified(link, firmware);
  });
});

describe('a line that loses', () => {
  it.each(['drop', 'flip', 'double', 'garbage', 'lose', 'insert'] as const)(
    'any one frame to the MCU: %s',
    async (fault) => {
      for (let at = 1; at <= 12; at++) {
        const wire = new WiredMcu();
        const link = wire.connect();
        wire.beforeFrame = (_frame, count) => {
          if (count === at) wire.toMcu.faultNext(fault);
        };
        const { sentBytes } = await transfer(link, NEW);
        // The frame itself, and what of its window was sent behind it.
        expect(sentBytes).toBeLessThanOrEqual(NEW.size + 4 * 100);
        await expectVerified(link, NEW);
      }
    },
  );

  it.each(['drop', 'flip', 'double', 'garbage', 'lose', 'insert'] as const)(
    'any one reply: %s',
    async (fault) => {
      for (let at = 1; at <= 12; at++) {
        const wire = new WiredMcu();
        const link = wire.connect();
        wire.beforeFrame = (_frame, count) => {
          if (count === at) wire.toBoard.faultNext(fault);
        };
        const { sentBytes } = await transfer(link, NEW);
        expect(sentBytes).toBe(NEW.size);
        await expectVerified(link, NEW);
      }
    },
  );

  it.each(Array.from({ length: 30 }, (_, seed) => seed + 1))('one frame in five, seed %i', async (seed) => {
    const wire = new WiredMcu({ seed, faults: BAD_LINE, mcu: { window: 1 + (seed % 5) }, delayMs: seed % 3 });
    const link = wire.connect();
    await transfer(link, NEW);
    wire.heal();
    await expectVerified(link, NEW);
  });

  it.each([1, 2, 3, 4, 5])('without frame numbers, seed %i', async (seed) => {
    const faults = { drop: 0.05, flip: 0.05, garbage: 0.05 };
    const wire = new WiredMcu({ seed, faults, mcu: { numbered: false }, delayMs: 1 });
    const link = wire.connect({ numbered: false });
    await transfer(link, NEW);
    wire.heal();
    await expectVerified(link, NEW);
  });

  it('a lost frame in a window is found by the next reply, without a timeout', async () => {
    const run = async (fault: boolean): Promise<number> => {
      const wire = new WiredMcu({ delayMs: 5 });
      wire.beforeFrame = (_frame, count) => {
        if (fault && count === 4) wire.toMcu.faultNext('drop');
      };
      return (await transfer(wire.connect(), NEW)).milliseconds;
    };
    expect(await run(true)).toBeLessThan((await run(false)) + 100);
  });

  it('a stall of ten seconds', async () => {
    const wire = new WiredMcu();
    wire.beforeFrame = (_frame, count) => {
      if (count === 6) wire.mcu.stallUntil(performance.now() + 10_000);
    };
    const link = wire.connect();
    await transfer(link, NEW);
    await expectVerified(link, NEW);
  });

  it('a cable that is pulled: MCU_SILENT within a minute, and the next attempt goes on', async () => {
    const wire = new WiredMcu();
    const link = wire.connect();
    wire.beforeFrame = (_frame, count) => {
      if (count === 6) wire.toBoard.silent = true;
    };
    const started = performance.now();
    await expect(transfer(link, NEW)).rejects.toMatchObject({ code: 'MCU_SILENT' });
    expect(performance.now() - started).toBeLessThan(60_000);
    wire.toBoard.silent = false;
    expect((await transfer(link, NEW)).startedAt).toBeGreaterThanOrEqual(300);
    await expectVerified(link, NEW);
  });
});

describe('killed', () => {
  it('the host at every frame: it goes on where it was, with at most one window sent again', async () => {
    let frames = 0;
    for (let at = 1; frames === 0 || at <= frames; at++) {
      const wire = new WiredMcu({ delayMs: 1 });
      const killed = new AbortController();
      const reason = new Error('SIGKILL');
      wire.beforeFrame = (_frame, count) => {
        if (count === at) killed.abort(reason);
      };
      const first = wire.connect();
      let acknowledged = 0;
      const onProgress = (offset: number): void => {
        acknowledged = offset;
      };
      await expect(transfer(first, NEW, { signal: killed.signal, onProgress })).rejects.toBe(reason);
      await first.close();
      const second = wire.connect();
      const report = await transfer(second, NEW);
      expect(report.startedAt).toBeGreaterThanOrEqual(acknowledged);
      expect(report.sentBytes).toBe(NEW.size - report.startedAt);
      await expectVerified(second, NEW);
      // begin, the data frames, verify
      frames = 1 + Math.ceil(NEW.size / 100) + 1;
    }
    expect(frames).toBe(12);
  });

  it('the MCU in the middle of every erase and every write of its flash', async () => {
    let change = 0;
    for (let cut = true; cut; ) {
      change += 1;
      const wire = new WiredMcu();
      const link = wire.connect();
      wire.mcu.resetAtFlashChange(change);
      await transfer(link, NEW);
      await expectVerified(link, NEW);
      cut = wire.mcu.resets > 0;
    }
    // Erase and write of the record; then erase, write and mark of each of four pages.
    expect(change - 1).toBe(2 + 3 * 4);
  });

  it('board and MCU together, at every change of the flash: what is in the flash is not sent again', async () => {
    for (let change = 1; change <= 14; change++) {
      const wire = new WiredMcu();
      const killed = new AbortController();
      wire.mcu.resetAtFlashChange(change);
      wire.beforeFrame = () => {
        if (wire.mcu.resets > 0) killed.abort(new Error('power'));
      };
      const first = wire.connect();
      const outcome = transfer(first, NEW, { signal: killed.signal });
      await expect(outcome).rejects.toThrow('power');
      await first.close();
      const second = wire.connect();
      const report = await transfer(second, NEW);
      const pagesBefore = Math.max(0, Math.floor((change - 3) / 3));
      expect(report.startedAt).toBe(Math.min(NEW.size, 256 * pagesBefore));
      await expectVerified(second, NEW);
    }
  });

  it('the MCU before every frame', async () => {
    for (let at = 1; at <= 12; at++) {
      const wire = new WiredMcu({ delayMs: 1 });
      const link = wire.connect();
      wire.beforeFrame = (_frame, count) => {
        if (count !== at) return;
        wire.mcu.powerOff();
        wire.mcu.powerOn(performance.now());
      };
      await transfer(link, NEW);
      await expectVerified(link, NEW);
    }
  });
});

describe('refused', () => {
  const refusal = (reason: string) => ({ name: 'LinkError', code: 'MCU_REFUSED', facts: { reason } });

  it('a digest that does not fit, after one whole transfer', async () => {
    const link = new WiredMcu().connect();
    let sent = 0;
    const liar: Firmware = {
      ...NEW,
      digest: 'ab'.repeat(32),
      read: (offset, length) => {
        sent += length;
        return NEW.read(offset, length);
      },
    };
    await expect(transfer(link, liar)).rejects.toMatchObject(refusal('wrongDigest'));
    expect(sent).toBe(NEW.size);
  });

  it('bytes that rotted between two attempts are sent once more, all of them', async () => {
    const before = new WiredMcu();
    await transfer(before.connect(), NEW);
    // The first page of bank 1: behind two copies of the record and bank 0.
    const cells = before.mcu.flashImage;
    const at = 2 * 256 + 4096 + 100;
    cells[at] = (cells[at] ?? 0) ^ 0x10;
    const wire = new WiredMcu({ mcu: { cells } });
    const link = wire.connect();
    expect(await transfer(link, NEW)).toMatchObject({ startedAt: NEW.size, sentBytes: NEW.size });
    await expectVerified(link, NEW);
  });

  it('a firmware that is too large, and one that is none', async () => {
    const link = new WiredMcu().connect();
    const huge = makeFirmware({ version: '2.5.0', size: 4097 });
    await expect(transfer(link, huge)).rejects.toMatchObject(refusal('tooLarge'));
    await expect(transfer(link, { ...NEW, size: 0 })).rejects.toMatchObject(refusal('tooLarge'));
    await expect(transfer(link, { ...NEW, version: '2.5.1' })).rejects.toMatchObject(refusal('failed'));
  });

  it('backwards, unless it belongs to the booted slot', async () => {
    const link = new WiredMcu().connect();
    const old = makeFirmware({ version: '2.3.9', size: 300 });
    await expect(transfer(link, old)).rejects.toMatchObject(refusal('backwards'));
    await transfer(link, old, { restore: true });
    await expectVerified(link, old);
  });

  it.each(['cooking', 'delayed-start'] as const)('while it is %s', async (mode) => {
    const wire = new WiredMcu({ cooker: { mode } });
    await expect(transfer(wire.connect(), NEW)).rejects.toMatchObject(refusal('notAllowed'));
  });

  it('keep-warm as the MCU grants it', async () => {
    const generous = new WiredMcu({ cooker: { mode: 'keep-warm' } });
    await transfer(generous.connect(), NEW);
    const strict = new WiredMcu({ cooker: { mode: 'keep-warm', keepWarmAllowsFlash: false } });
    await expect(transfer(strict.connect(), NEW)).rejects.toMatchObject(refusal('notAllowed'));
  });

  it('somebody cooks in the middle of it: it stops, and goes on afterwards', async () => {
    const wire = new WiredMcu();
    const link = wire.connect();
    wire.beforeFrame = (_frame, count) => {
      if (count === 7) wire.mcu.cooker.setMode('cooking', performance.now());
    };
    await expect(transfer(link, NEW)).rejects.toMatchObject(refusal('notAllowed'));
    expect(wire.mcu.cooker.status(performance.now()).heaterPercent).toBe(100);
    wire.mcu.cooker.setMode('idle', performance.now());
    expect((await transfer(link, NEW)).startedAt).toBeGreaterThanOrEqual(400);
  });

  it('a firmware that cannot be read, or gives too little', async () => {
    const link = new WiredMcu().connect();
    const cause = new Error('no such file');
    const broken: Firmware = { ...NEW, read: () => Promise.reject(cause) };
    await expect(transfer(link, broken)).rejects.toBe(cause);
    const short: Firmware = { ...NEW, read: async () => new Uint8Array(3) };
    await expect(transfer(link, short)).rejects.toMatchObject({ code: 'LINK_MISUSED' });
    await transfer(link, NEW);
  });

  it('a port that goes while data is under way: told at once, and a new link goes on', async () => {
    const wire = new WiredMcu({ delayMs: 5 });
    const link = wire.connect();
    let closedAt = 0;
    wire.beforeFrame = (_frame, count) => {
      if (count !== 6) return;
      closedAt = performance.now();
      void link.close();
    };
    await expect(transfer(link, NEW)).rejects.toMatchObject({ code: 'LINK_CLOSED' });
    expect(performance.now()).toBe(closedAt);
    expect((await transfer(wire.connect(), NEW)).startedAt).toBeGreaterThan(0);
  });

  it('a progress that its listener cannot take ends it', async () => {
    const cause = new Error('the terminal is gone');
    const onProgress = (offset: number): void => {
      if (offset > 0) throw cause;
    };
    const link = new WiredMcu().connect();
    await expect(transfer(link, NEW, { onProgress })).rejects.toBe(cause);
    const atOnce = (): void => {
      throw cause;
    };
    await expect(transfer(link, NEW, { onProgress: atOnce })).rejects.toBe(cause);
  });

  it('a link that closes, and one that is closed', async () => {
    const wire = new WiredMcu({ delayMs: 5 });
    const link = wire.connect();
    const running = transferFirmware(link, NEW, FAST);
    const ended = expect(running).rejects.toMatchObject({ code: 'LINK_CLOSED' });
    await link.close();
    await soon(ended);
    await expect(transfer(link, NEW)).rejects.toMatchObject({ code: 'LINK_CLOSED' });
  });
});
