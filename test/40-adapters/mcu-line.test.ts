/** The line to the MCU whose port goes away and comes back, or does not open at all. */
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { configuredMcuLine, KeptLine, type McuLine } from '../../agent/adapters/mcu-line.ts';
import { parseConfig } from '../../agent/config.ts';
import {
  makeFirmware,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../fixtures/mcu/simulator.ts';
import {
  type BytePort,
  encodeFrame,
  FRAME_FORMAT,
  type Frame,
  LinkError,
  type McuLink,
  PING,
  REPLY_BIT,
  transferFirmware,
} from '../../mcu-bridge/index.ts';
import { MemoryPort } from '../30-mcu-bridge/memory-port.ts';
import { freshFolders } from './workbench.ts';

/** What is waited for comes at once, or on a busy machine a little later. */
const PATIENCE = { timeout: 20_000 };
const freshFolder = freshFolders();
const status = (link: McuLink) => link.status();
const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
  vi.useRealTimers();
});

function keep(path: string, open?: (path: string) => Promise<BytePort>): KeptLine {
  const line: McuLine = { path, baudRate: 9600, parity: 'none', format: FRAME_FORMAT, numbered: true };
  const kept = new KeptLine(line, open);
  cleanUp.push(() => kept.close());
  return kept;
}

/** A place where a serial adapter may be plugged in: the path stays, the pseudo-terminal behind it is made anew. */
class Socket {
  readonly path = join(freshFolder(), 'mcu');
  #simulator: Simulator | undefined;

  async plugIn(options: SimulatorOptions = {}): Promise<Simulator> {
    this.#simulator = await startSimulator(options);
    await symlink(this.#simulator.path, this.path);
    return this.#simulator;
  }

  async unplug(): Promise<void> {
    await rm(this.path, { force: true });
    await this.#simulator?.stop();
    this.#simulator = undefined;
  }
}

function socket(): Socket {
  const made = new Socket();
  cleanUp.push(() => made.unplug());
  return made;
}

describe('an adapter that is unplugged', () => {
  it('coded errors while it is away, answers when it is back', async () => {
    const usb = socket();
    const line = keep(usb.path);
    await usb.plugIn({ mode: 'cooking' });
    expect(await line.use(status)).toMatchObject({ modeName: 'cooking' });
    await usb.unplug();
    for (let question = 0; question < 3; question++) {
      await expect(line.use(status)).rejects.toMatchObject({
        name: 'AgentError',
        code: 'MCU_PORT',
        policy: 'wait',
        facts: { port: usb.path },
      });
    }
    await usb.plugIn({ mode: 'keep-warm' });
    expect(await line.use(status)).toMatchObject({ modeName: 'keep-warm' });
  });

  it('in the middle of a question', async () => {
    const usb = socket();
    const line = keep(usb.path);
    const { mcu } = await usb.plugIn();
    await line.use(status);
    mcu.setSilent(true);
    const heard = mcu.bytesHeard;
    const asked = expect(line.use((link) => link.prepareReboot())).rejects.toMatchObject({
      code: 'MCU_PORT',
    });
    await vi.waitUntil(() => mcu.bytesHeard > heard, PATIENCE);
    await usb.unplug();
    await asked;
    const back = await usb.plugIn();
    await line.use((link) => link.prepareReboot());
    expect(back.mcu.preparedReboots).toBe(1);
  });

  // The serial binding was seen to miss a hang-up once, in a busy run; the next question then ends with MCU_PORT, as in
  // the test above. A second and third chance, no pass.
  it('while nobody asks anything, and is back before somebody does: no error', { retry: 2 }, async () => {
    const usb = socket();
    const line = keep(usb.path);
    await usb.plugIn();
    const link = await line.use(async (used) => used);
    await usb.unplug();
    await vi.waitUntil(() => link.ended, PATIENCE);
    await usb.plugIn({ mode: 'fault' });
    expect(await line.use(status)).toMatchObject({ modeName: 'fault' });
  });

  it('in the middle of a firmware: it goes on where the MCU is', async () => {
    const usb = socket();
    const line = keep(usb.path);
    const flashFile = join(freshFolder(), 'flash');
    const setup = {
      flashFile,
      version: { pageSize: 256, capacity: 8192 },
      bootMs: 1,
      eraseMs: 1,
      writeMs: 1,
    };
    const firmware = makeFirmware({ version: '3.0.0', size: 8000 });
    await usb.plugIn(setup);
    let pulled: Promise<void> | undefined;
    const onProgress = (offset: number): void => {
      if (offset >= 4000) pulled ??= usb.unplug();
    };
    await expect(line.use((link) => transferFirmware(link, firmware, { onProgress }))).rejects.toMatchObject({
      code: 'MCU_PORT',
    });
    await pulled;
    await usb.plugIn(setup);
    const report = await line.use((link) => transferFirmware(link, firmware));
    expect(report.startedAt).toBeGreaterThanOrEqual(4000 - 256);
  });
});

describe('a bare MCU, without frame numbers', () => {
  it('is asked a question again, but an order only once', async () => {
    const { path, mcu } = await socket().plugIn({ numbered: false });
    const text = [
      'device.compatible = "cooker/board-1"',
      'paths.vault = ["/vault/0", "/vault/1"]',
      'boot-control.path = "/dev/misc"',
      `mcu = { port = "${path}", numbered = false }`,
      'slots = { a = { rootfs = "/dev/a" }, b = { rootfs = "/dev/b" } }',
    ];
    const configured = configuredMcuLine(parseConfig(text.join('\n')).values);
    if (configured === undefined) throw new Error('a port is configured');
    const line = new KeptLine(configured);
    cleanUp.push(() => line.close());
    await line.use(status);
    mcu.faultNext('drop');
    expect(await line.use(status)).toMatchObject({ modeName: 'idle' });
    mcu.faultNext('drop');
    const asked = line.use((link) => link.prepareReboot());
    await expect(asked).rejects.toMatchObject({ code: 'MCU_SILENT' });
    expect(mcu.preparedReboots).toBe(1);
  });
});

/** An MCU in memory: pings come back, everything else is left to the test. */
class PingingPort extends MemoryPort {
  readonly asked: number[] = [];
  override onFrame = (frame: Frame): void => {
    this.asked.push(frame.command);
    if (frame.command === PING.id) this.feed(encodeFrame({ ...frame, command: frame.command | REPLY_BIT }));
  };
}

const NO_PORT = new LinkError('MCU_PORT', 'no such device');

describe('a line that does not open', () => {
  it('paces questions in a hurry by pauses that grow to four seconds, and does nothing unasked', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const began = performance.now();
    const tried: number[] = [];
    const line = keep('/dev/none', async () => {
      tried.push(Math.round(performance.now() - began));
      throw NO_PORT;
    });
    const hurry = (async () => {
      for (let question = 0; question < 9; question++) await line.use(status).catch(() => undefined);
    })();
    await vi.advanceTimersByTimeAsync(60_000);
    await hurry;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tried).toEqual([0, 0, 250, 750, 1750, 3750, 7750, 11_750, 15_750]);
  });

  it('the pauses begin anew once the MCU has answered', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const ports: PingingPort[] = [];
    let away = true;
    const line = keep('/dev/usb', async () => {
      if (away) throw NO_PORT;
      const port = new PingingPort();
      ports.push(port);
      return port;
    });
    for (let question = 0; question < 6; question++) {
      const asked = line.use(status).catch(() => undefined);
      await vi.advanceTimersByTimeAsync(4000);
      await asked;
    }
    away = false;
    const first = line.use(async (link) => link);
    await vi.advanceTimersByTimeAsync(4000);
    await first;
    ports[0]?.unplug(undefined);
    const before = performance.now();
    await line.use(async (link) => link);
    expect(performance.now()).toBe(before);
    expect(ports).toHaveLength(2);
  });

  it('because its driver is stuck: an error in ten seconds, never a second opening beside the first', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    let openings = 0;
    let opened: (port: BytePort) => void = () => undefined;
    const stuck = new Promise<BytePort>((resolve) => {
      opened = resolve;
    });
    const line = keep('/dev/stuck', () => {
      openings += 1;
      return stuck;
    });
    for (let question = 0; question < 2; question++) {
      const asked = expect(line.use(status)).rejects.toMatchObject({ code: 'MCU_PORT' });
      await vi.advanceTimersByTimeAsync(10_000);
      await asked;
    }
    const port = new PingingPort();
    opened(port);
    const used = line.use(async (link) => link.ended);
    await vi.advanceTimersByTimeAsync(4000);
    expect(await used).toBe(false);
    expect(openings).toBe(1);
    await line.close();
    expect(port.closings).toBeGreaterThan(0);
  });

  it('a caller that aborts waits for no pause, and the end of the line for nobody', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const late = new MemoryPort();
    let opened: (port: BytePort) => void = () => undefined;
    const line = keep(
      '/dev/stuck',
      () =>
        new Promise((resolve) => {
          opened = resolve;
        }),
    );
    const abort = new AbortController();
    const reason = new Error('the daemon stops');
    const aborted = expect(line.use(status, abort.signal)).rejects.toBe(reason);
    abort.abort(reason);
    await aborted;
    const ended = expect(line.use(status)).rejects.toMatchObject({
      code: 'MCU_PORT',
      facts: { linkCode: 'LINK_CLOSED' },
    });
    await line.close();
    await ended;
    opened(late);
    await vi.waitUntil(() => late.closings === 1, PATIENCE);
  });
});

describe('a line that is closed', () => {
  it('gives the port free, and takes it again at the next question', async () => {
    const usb = socket();
    const line = keep(usb.path);
    await usb.plugIn({ mode: 'cooking' });
    for (let round = 0; round < 3; round++) {
      const link = await line.use(async (used) => used);
      expect(await line.use(status)).toMatchObject({ modeName: 'cooking' });
      await line.close();
      expect(link.ended).toBe(true);
      await line.close();
    }
  });

  it('and asked again while its driver is stuck: still one opening, and what it opens is used', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    let openings = 0;
    let opened: (port: BytePort) => void = () => undefined;
    const stuck = new Promise<BytePort>((resolve) => {
      opened = resolve;
    });
    const line = keep('/dev/stuck', () => {
      openings += 1;
      return stuck;
    });
    const given = expect(line.use(status)).rejects.toMatchObject({ facts: { linkCode: 'LINK_CLOSED' } });
    await vi.advanceTimersByTimeAsync(1);
    await line.close();
    await given;
    const port = new PingingPort();
    const used = line.use(async (link) => link.ended);
    await vi.advanceTimersByTimeAsync(1);
    opened(port);
    expect(await used).toBe(false);
    expect({ openings, closings: port.closings }).toEqual({ openings: 1, closings: 0 });
  });
});

describe('a line that falls silent', () => {
  it('is reset, and begins with a ping', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const ports: PingingPort[] = [];
    const line = keep('/dev/mcu', async () => {
      const port = new PingingPort();
      ports.push(port);
      return port;
    });
    for (let question = 0; question < 2; question++) {
      const asked = expect(line.use((link) => link.prepareReboot())).rejects.toMatchObject({
        code: 'MCU_SILENT',
      });
      await vi.advanceTimersByTimeAsync(1500);
      await asked;
    }
    expect(ports.map((port) => port.asked)).toEqual([
      [1, 6, 6, 6],
      [1, 6, 6, 6],
    ]);
    expect(ports.map((port) => port.closings)).toEqual([1, 1]);
  });

  it('but not under somebody who still uses it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const port = new PingingPort();
    const line = keep('/dev/mcu', async () => port);
    const done = new AbortController();
    const transfer = line.use(
      (link) => new Promise((resolve) => done.signal.addEventListener('abort', () => resolve(link.ended))),
    );
    const asked = expect(line.use(status)).rejects.toMatchObject({ code: 'MCU_SILENT' });
    await vi.advanceTimersByTimeAsync(1500);
    await asked;
    expect(port.closings).toBe(0);
    done.abort();
    expect(await transfer).toBe(false);
  });

  it('a refusal is an answer: the link stays', async () => {
    const usb = socket();
    const line = keep(usb.path);
    await usb.plugIn({ mode: 'cooking' });
    const link = await line.use(async (used) => used);
    await expect(line.use((used) => used.prepareReboot())).rejects.toMatchObject({ code: 'MCU_REFUSED' });
    expect(await line.use(async (used) => used)).toBe(link);
  });
});
