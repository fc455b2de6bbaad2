/** The whole way: link, `serialport`, a real pseudo-terminal, the simulator, and faults between them. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../fixtures/mcu/simulator.ts';
import { type McuEvent, McuLink, openSerialPort } from '../../mcu-bridge/index.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  cleanUp.push(() => simulator.stop());
  return simulator;
}

async function connect(path: string, options = {}): Promise<McuLink> {
  const link = new McuLink(await openSerialPort(path), options);
  cleanUp.push(() => link.close());
  return link;
}

describe('link to the simulator on a pty', () => {
  it('the core set', async () => {
    const simulator = await simulate({
      mode: 'cooking',
      minutes: 3,
      programme: 2,
      version: { firmware: '3.1.4' },
    });
    const link = await connect(simulator.path);
    expect(await link.ping()).toBeGreaterThan(0);
    expect(await link.version()).toMatchObject({ answering: 'application', firmware: '3.1.4' });
    expect(await link.status()).toMatchObject({
      modeName: 'cooking',
      class: 'busy',
      programme: 2,
      minutesLeft: 3,
    });
    expect(await link.mayReboot()).toMatchObject({ allowed: false, reason: 'cooking', askAgainMinutes: 3 });
    await expect(link.prepareReboot()).rejects.toMatchObject({
      code: 'MCU_REFUSED',
      facts: { reason: 'notAllowed' },
    });
    simulator.mcu.setMode('idle');
    expect(await link.mayReboot()).toMatchObject({ allowed: true });
    expect(await link.mayFlash()).toMatchObject({ allowed: true });
    await link.prepareReboot();
    expect(simulator.mcu.preparedReboots).toBe(1);
    expect(link.counters).toMatchObject({ repeated: 0, stale: 0, unexpected: 0 });
  });

  it('cooking ends by itself, and the event says so', async () => {
    const simulator = await simulate({ mode: 'cooking', minutes: 4, minuteMs: 25 });
    const link = await connect(simulator.path);
    const event = new Promise<McuEvent>((resolve) => {
      link.onEvent(resolve);
    });
    if (simulator.mcu.mode === 'cooking') {
      expect(await event).toMatchObject({ name: 'modeChanged', modeName: 'keep-warm', class: 'ask' });
    }
    expect(await link.mayReboot()).toMatchObject({ allowed: true });
  });

  it('every fault on demand is survived by a repeat', async () => {
    const { path, mcu } = await simulate();
    const link = await connect(path, { timeoutMs: 100 });
    for (const fault of ['drop', 'flip', 'double', 'garbage'] as const) {
      mcu.faultNext(fault);
      expect(await link.status()).toMatchObject({ modeName: 'idle' });
    }
    expect(link.counters.repeated).toBeGreaterThanOrEqual(2);
    await link.status();
    expect(link.counters.stale).toBe(1);
  });

  it('a prepare-reboot whose reply is lost is executed once', async () => {
    const { path, mcu } = await simulate();
    const link = await connect(path, { timeoutMs: 100 });
    mcu.faultNext('drop');
    await link.prepareReboot();
    expect(link.counters.repeated).toBe(1);
    expect(mcu.preparedReboots).toBe(1);
  });

  it('without frame numbers a lost reply to prepare-reboot is an error, not a second execution', async () => {
    const { path, mcu } = await simulate({ numbered: false });
    const link = await connect(path, { timeoutMs: 100, numbered: false });
    expect(await link.status()).toMatchObject({ modeName: 'idle' });
    mcu.faultNext('drop');
    await expect(link.prepareReboot()).rejects.toMatchObject({ code: 'MCU_SILENT', facts: { tries: 1 } });
    expect(mcu.preparedReboots).toBe(1);
  });

  it('a bad line: 200 questions, only right answers or MCU_SILENT', async () => {
    const faults = { drop: 0.1, double: 0.1, flip: 0.1, garbage: 0.1 };
    const { path } = await simulate({ mode: 'keep-warm', seed: 20, faults });
    const link = await connect(path, { timeoutMs: 80, tries: 8 });
    for (let question = 0; question < 200; question++) {
      expect(await link.status()).toMatchObject({ modeName: 'keep-warm', class: 'ask' });
    }
    expect(link.counters.repeated).toBeGreaterThan(10);
    expect(link.counters.stale).toBeGreaterThan(5);
  });

  it('a pulled cable, and the cooker cooks on meanwhile', async () => {
    const { path, mcu } = await simulate({ mode: 'cooking', silent: true });
    const link = await connect(path, { timeoutMs: 30 });
    await expect(link.mayReboot()).rejects.toMatchObject({ code: 'MCU_SILENT' });
    expect(mcu.heaterPercent).toBe(100);
    mcu.setSilent(false);
    expect(await link.mayReboot()).toMatchObject({ allowed: false });
  });

  it('a board that resets does not disturb the cooker, and the next board is answered', async () => {
    const { path, mcu } = await simulate({ mode: 'cooking' });
    for (let boot = 0; boot < 3; boot++) {
      const link = await connect(path);
      expect(await link.status()).toMatchObject({ modeName: 'cooking', heaterPercent: 100 });
      await link.close();
    }
    expect(mcu.heaterPercent).toBe(100);
  });

  it('a mode of tomorrow is told by its class', async () => {
    const { path, mcu } = await simulate();
    const link = await connect(path);
    mcu.setUnknownMode(77, 'ask');
    expect(await link.status()).toMatchObject({ mode: 77, modeName: 'unknown', class: 'ask' });
  });

  it('the port disappears: coded errors, and a new one can be opened', async () => {
    const simulator = await simulate({ silent: true });
    const link = await connect(simulator.path, { timeoutMs: 60_000 });
    const asked = link.status();
    const lost = expect(asked).rejects.toMatchObject({ name: 'LinkError', code: 'MCU_PORT' });
    await simulator.stop();
    await lost;
    await expect(link.ping()).rejects.toMatchObject({ code: 'MCU_PORT' });
    const next = await simulate();
    expect(await (await connect(next.path)).ping()).toBeGreaterThan(0);
  });

  it('a port that is in use, and one that is not there', async () => {
    const { path } = await simulate();
    await connect(path);
    await expect(openSerialPort(path)).rejects.toMatchObject({
      code: 'MCU_PORT',
      facts: { path, step: 'open' },
    });
    await expect(openSerialPort('/dev/donabe-no-such-port')).rejects.toMatchObject({ code: 'MCU_PORT' });
  });

  it('a symbolic link as port, as the configuration may name it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'donabe-mcu-'));
    cleanUp.push(() => rm(folder, { recursive: true }));
    const { path } = await simulate();
    await symlink(path, join(folder, 'mcu'));
    expect(await (await connect(join(folder, 'mcu'))).ping()).toBeGreaterThan(0);
  });

  it('stopping twice is one stop', async () => {
    const simulator = await simulate();
    await simulator.stop();
    await simulator.stop();
  });
});
