/** The walk's questions to the MCU over `serialport` and a real pseudo-terminal, with the simulator at its other end. */
import { afterEach, describe, expect, it } from 'vitest';
import { SerialMcu } from '../../agent/adapters/serial-mcu.ts';
import { AgentError } from '../../agent/errors.ts';
import type { OwnFirmware } from '../../agent/index.ts';
import {
  carried,
  type FirmwareImage,
  makeFirmware,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../fixtures/index.ts';
import { FRAME_FORMAT, shortDigest } from '../../mcu-bridge/index.ts';

const OLD = makeFirmware({ version: '2.4.0', size: 8192, seed: 1 });
const NEW = makeFirmware({ version: '2.5.0', size: 12_000, seed: 2 });
const OLDER = makeFirmware({ version: '2.3.0', size: 6000, seed: 3 });
const QUICK: SimulatorOptions = { eraseMs: 1, writeMs: 1, bootMs: 20, verifyMs: 1, factoryFirmware: OLD };

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function connect(options: SimulatorOptions = {}): Promise<{ mcu: SerialMcu; simulator: Simulator }> {
  const simulator = await startSimulator({ mode: 'idle', ...QUICK, ...options });
  cleanUp.push(() => simulator.stop());
  return { mcu: over(simulator.path), simulator };
}

function over(path: string): SerialMcu {
  const line = { baudRate: 115_200, parity: 'none', format: FRAME_FORMAT, numbered: true } as const;
  const mcu = new SerialMcu({ path, ...line });
  cleanUp.push(() => mcu.close());
  return mcu;
}

const never = new AbortController().signal;

async function transfer(mcu: SerialMcu, image: FirmwareImage): Promise<readonly number[]> {
  const offsets: number[] = [];
  await mcu.transfer(carried(image), (bytes) => offsets.push(bytes), never);
  return offsets;
}

async function bring(mcu: SerialMcu, image: FirmwareImage): Promise<void> {
  await transfer(mcu, image);
  await mcu.activate(image.digest, never);
}

/** Asks until an MCU that resets has started again. */
async function runs(mcu: SerialMcu): Promise<string | undefined> {
  for (;;) {
    try {
      const { version } = await mcu.handshake(never);
      if (version.answering === 'application') return version.firmware;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
    }
  }
}

describe('a firmware over the real line', () => {
  it('transfer, activate, hand, accept, discard-old, and what the MCU says of it at each step', async () => {
    const { mcu } = await connect();
    expect(await mcu.transferState(never)).toMatchObject({ state: 'none', previousKept: false });
    const offsets = await transfer(mcu, NEW);
    expect(offsets.at(-1)).toBe(NEW.size);
    expect(offsets).toEqual(offsets.toSorted((left, right) => left - right));
    expect(await mcu.transferState(never)).toMatchObject({ state: 'verified', version: '2.5.0' });
    await mcu.activate(NEW.digest, never);
    expect(await runs(mcu)).toBe('2.5.0');
    const { version } = await mcu.handshake(never);
    expect(version.firmwareDigest).toBe(shortDigest(NEW.digest));
    expect(await mcu.transferState(never)).toMatchObject({ state: 'on-trial', previousKept: true });
    await mcu.accept(NEW.digest, never);
    expect(await mcu.transferState(never)).toMatchObject({ state: 'none', previousKept: true });
    await mcu.discardOld(never);
    expect(await mcu.transferState(never)).toMatchObject({ state: 'none', previousKept: false });
  });

  it('abort ends a trial: the firmware before it runs again', async () => {
    const { mcu, simulator } = await connect();
    await bring(mcu, NEW);
    expect(await runs(mcu)).toBe('2.5.0');
    await mcu.abort(never);
    expect(await runs(mcu)).toBe('2.4.0');
    expect(simulator.mcu.onTrial).toBe(false);
  });

  it('an older one is taken, for it belongs to the booted slot', async () => {
    const { mcu } = await connect();
    await bring(mcu, OLDER);
    expect(await runs(mcu)).toBe('2.3.0');
  });

  it('one that was begun goes on where the MCU is, over a new line', async () => {
    const { mcu, simulator } = await connect();
    const half = new AbortController();
    const reason = new Error('the agent is killed');
    const stopHalfWay = (bytes: number): void => {
      if (bytes > NEW.size / 2) half.abort(reason);
    };
    await expect(mcu.transfer(carried(NEW), stopHalfWay, half.signal)).rejects.toBe(reason);
    await mcu.close();
    const next = over(simulator.path);
    const [first = 0] = await transfer(next, NEW);
    expect(first).toBeGreaterThan(NEW.size / 2);
    expect(await next.transferState(never)).toMatchObject({ state: 'verified' });
  });

  it('bytes that are not what was named are never started', async () => {
    const { mcu } = await connect();
    const lying: OwnFirmware = { ...carried(NEW), sha256: OLDER.digest };
    await expect(mcu.transfer(lying, () => undefined, never)).rejects.toMatchObject({ name: 'AgentError' });
    await expect(mcu.activate(OLDER.digest, never)).rejects.toMatchObject({ code: 'MCU_REFUSED' });
    expect(await runs(mcu)).toBe('2.4.0');
  });
});

describe('a refusal', () => {
  it('carries its reason: a cooker that cooks takes no firmware', async () => {
    const { mcu } = await connect({ mode: 'cooking' });
    await expect(mcu.transfer(carried(NEW), () => undefined, never)).rejects.toMatchObject({
      name: 'AgentError',
      code: 'MCU_REFUSED',
      policy: 'wait',
      facts: { reason: 'notAllowed' },
    });
    expect(await mcu.mayFlash(never)).toMatchObject({ allowed: false, reason: 'cooking' });
    expect(await mcu.mayReboot(never)).toMatchObject({ allowed: false });
  });

  it.each([
    [
      'activate of what was never transferred',
      'noTransfer',
      (mcu: SerialMcu) => mcu.activate(NEW.digest, never),
    ],
    ['accept of what does not run', 'notAllowed', (mcu: SerialMcu) => mcu.accept(NEW.digest, never)],
    [
      'discard-old during a trial',
      'onTrial',
      async (mcu: SerialMcu) => {
        await bring(mcu, NEW);
        await runs(mcu);
        await mcu.discardOld(never);
      },
    ],
    [
      'a firmware that is too large',
      'tooLarge',
      (mcu: SerialMcu) => mcu.transfer({ ...carried(NEW), size: 512 * 1024 }, () => undefined, never),
    ],
  ])('%s: %s', async (_, reason, order) => {
    const { mcu } = await connect();
    await expect(order(mcu)).rejects.toMatchObject({ code: 'MCU_REFUSED', facts: { reason } });
    // An answer like any other: the line is as good as before.
    expect((await mcu.handshake(never)).status.modeName).toBe('idle');
  });
});
