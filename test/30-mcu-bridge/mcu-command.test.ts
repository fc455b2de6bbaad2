/** `donabe mcu` against the simulator: what a technician reads, and what a script gets. */
import { afterEach, describe, expect, it } from 'vitest';
import { mcuCommand } from '../../cli/mcu.ts';
import { obeyLine } from '../../fixtures/mcu/console.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../fixtures/mcu/simulator.ts';

const running: Simulator[] = [];
afterEach(async () => {
  for (const simulator of running.splice(0)) await simulator.stop();
});

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  running.push(simulator);
  return simulator;
}

/** Runs `donabe mcu ...` with this port configured; what it prints. */
async function donabe(path: string, ...words: string[]): Promise<string> {
  let out = '';
  const command = mcuCommand({ port: async () => ({ path, baudRate: 115_200 }) });
  for (const one of [command, ...command.commands]) {
    one.configureOutput({ writeOut: (text) => (out += text), writeErr: () => undefined });
  }
  await command.parseAsync(words, { from: 'user' });
  return out;
}

describe('donabe mcu', () => {
  it('ping', async () => {
    const { path } = await simulate();
    expect(await donabe(path, 'ping')).toMatch(/^answered after [0-9.]+ ms\n$/);
  });

  it('ping --verbose prints the CRC check value', async () => {
    const { path } = await simulate();
    expect(await donabe(path, 'ping', '--verbose')).toContain('CRC check value of 123456789: 31C3\n');
  });

  it('status in words and as JSON', async () => {
    const { path } = await simulate({ mode: 'cooking', minutes: 7, programme: 2 });
    expect(await donabe(path, 'status')).toContain(
      'mode         cooking (busy), 7 min left\nprogramme    2\n',
    );
    expect(JSON.parse(await donabe(path, 'status', '--json'))).toMatchObject({
      modeName: 'cooking',
      minutesLeft: 7,
    });
  });

  it('version in words and as JSON', async () => {
    const { path } = await simulate({ version: { firmware: '9.8.7' } });
    expect(await donabe(path, 'version')).toMatch(/^firmware {5}9\.8\.7 \([0-9a-f]{16}\)$/m);
    expect(JSON.parse(await donabe(path, 'version', '--json'))).toMatchObject({ firmware: '9.8.7' });
  });

  it('a bare MCU is asked without frame numbers', async () => {
    const { path } = await simulate({ numbered: false });
    expect(await donabe(path, 'status', '--unnumbered')).toContain('mode         idle (free)');
    expect(await donabe(path, 'inspect', '--unnumbered', '--ask', '0.01', '--seconds', '0.2')).toContain(
      'reply status mode=0',
    );
  });

  it('--port goes before the configuration', async () => {
    const { path } = await simulate();
    expect(await donabe('/dev/donabe-no-such-port', 'ping', '--port', path)).toContain('answered');
  });

  it('a port that is not there, and wrong usage, reject with a code', async () => {
    await expect(donabe('/dev/donabe-no-such-port', 'ping')).rejects.toMatchObject({ code: 'MCU_PORT' });
    await expect(donabe('', 'ping', '--baud', 'fast')).rejects.toMatchObject({
      code: 'commander.invalidArgument',
    });
    await expect(donabe('', 'simulate', '--mode', 'grill')).rejects.toMatchObject({ name: 'CommanderError' });
  });
});

describe('lines to the simulator', () => {
  it('drive it', async () => {
    const { mcu } = await simulate();
    expect(obeyLine(mcu, 'cook 5 3')).toEqual({ kind: 'done', text: '5 min' });
    expect(mcu.mode).toBe('cooking');
    expect(obeyLine(mcu, ' delay  30 ')).toEqual({ kind: 'done', text: '30 min' });
    expect(mcu.mode).toBe('delayed-start');
    expect(obeyLine(mcu, 'mode idle')).toEqual({ kind: 'done', text: 'mode idle' });
    expect(mcu.mode).toBe('idle');
    for (const line of ['silent on', 'silent off', 'lid open', 'next drop']) {
      expect(obeyLine(mcu, line).kind).toBe('done');
    }
    expect(obeyLine(mcu, 'quit')).toEqual({ kind: 'quit' });
  });

  it('that make no sense say what would', async () => {
    const { mcu } = await simulate();
    for (const line of [
      '',
      'boil',
      'mode grill',
      'cook',
      'cook -1',
      'cook 5 x',
      'silent',
      'lid ajar',
      'next burn',
      '__proto__',
    ]) {
      expect(obeyLine(mcu, line)).toMatchObject({
        kind: 'not-understood',
        text: expect.stringContaining('cook MINUTES'),
      });
    }
  });
});
