/** `donabe mcu inspect` as a technician has it: a port, two ports, a recording, and lines with other settings. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { mcuCommand } from '../../cli/mcu.ts';
import {
  makeFirmware,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../fixtures/mcu/simulator.ts';
import { type FrameFormat, McuLink, openSerialPort, transferFirmware } from '../../mcu-bridge/index.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  cleanUp.push(() => simulator.stop());
  return simulator;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'donabe-inspect-'));
  cleanUp.push(() => rm(path, { recursive: true }));
  return path;
}

/** Runs `donabe mcu ...`; what it prints, as rows. `onRow` hears each row as it comes. */
async function donabe(
  words: readonly string[],
  onRow: (row: string) => void = () => undefined,
): Promise<string[]> {
  const rows: string[] = [];
  const command = mcuCommand({ port: async () => ({ path: '/dev/donabe-no-such-port', baudRate: 9600 }) });
  for (const one of [command, ...command.commands]) {
    one.exitOverride().configureOutput({
      writeOut: (text) => {
        rows.push(...text.split('\n'));
        onRow(text);
      },
      writeErr: () => undefined,
    });
  }
  await command.parseAsync(words, { from: 'user' });
  return rows;
}

/** Ends the inspection as Ctrl-C does, once. */
function ctrlC(): void {
  process.emit('SIGINT');
}

describe('donabe mcu inspect', () => {
  it('asks, shows both directions, and ends by Ctrl-C with figures', async () => {
    const { path } = await simulate({ mode: 'cooking', minutes: 7 });
    const rows = await donabe(['inspect', path, '--ask', '0.001', '--hex'], (row) => {
      if (row.includes('reply status')) ctrlC();
    });
    expect(rows[0]).toMatch(/board > mcu {2}request status #\d+ \[crc ok\]$/);
    expect(rows).toContainEqual(
      expect.stringMatching(/reply status .* modeName=cooking .*\[after [0-9.]+ ms/),
    );
    expect(rows).toContainEqual(expect.stringMatching(/^answer times {5}p50 /));
    expect(rows).toContainEqual('errors           refused 0, malformed 0, unanswered 0, stale 0');
  });

  it('listens on two wires, records what it hears, and reads the recording to the same rows', async () => {
    // Two simulators stand for two adapters: what each one says is what its wire carries.
    const [mcu, board] = [await simulate(), await simulate()];
    const file = join(await folder(), 'kitchen.line');
    const live = donabe(['inspect', mcu.path, '--board', board.path, '--record', file, '--json'], (row) => {
      if (row.includes('"from":"mcu"')) board.mcu.setMode('idle');
      if (row.includes('"from":"board"')) ctrlC();
    });
    // Until somebody listens, what a pty carries is kept for him by the system or thrown away at the opening.
    const speaking = setInterval(() => mcu.mcu.setMode(mcu.mcu.mode === 'idle' ? 'fault' : 'idle'), 20);
    const answering = setInterval(() => board.mcu.setMode(board.mcu.mode === 'idle' ? 'fault' : 'idle'), 20);
    cleanUp.push(async () => {
      clearInterval(speaking);
      clearInterval(answering);
    });
    const rows = await live;
    expect(JSON.parse(rows.at(-2) ?? '')).toMatchObject({ kind: 'statistics', resyncs: 0 });
    expect(await readFile(file, 'utf8')).toMatch(/^donabe-line 1 baud=9600 parity=none crc=xmodem /);
    const again = await donabe(['inspect', file, '--json']);
    const kinds = (one: string[]): unknown[] =>
      one
        .filter((row) => row.startsWith('{"kind":"frame"'))
        .map((row) => JSON.parse(row))
        .map(({ from, name, fields, payload }) => ({ from, name, fields, payload }));
    expect(kinds(again).length).toBeGreaterThan(1);
    expect(kinds(again)).toEqual(kinds(rows));
    await expect(donabe(['inspect', mcu.path, '--record', file])).rejects.toMatchObject({
      code: 'MCU_RECORDING',
    });
  });

  it('ends by itself after --seconds, also when nothing is said', async () => {
    const { path } = await simulate({ silent: true });
    expect(await donabe(['inspect', path, '--seconds', '0.05'])).toContainEqual('answer times     none');
  });

  it('a port that goes away: the figures, then the code', async () => {
    const simulator = await simulate();
    const rows: string[] = [];
    const gone = donabe(['inspect', simulator.path, '--ask', '0.001'], (row) => {
      rows.push(row);
      if (row.includes('reply status')) void simulator.stop();
    });
    await expect(gone).rejects.toMatchObject({ code: 'MCU_PORT' });
    expect(rows.at(-1)).toContain('heard for');
  });

  it('a damaged recording, one that is no file, and wrong usage', async () => {
    const file = join(await folder(), 'notes.txt');
    await writeFile(file, 'buy rice\n');
    await expect(donabe(['inspect', file])).rejects.toMatchObject({
      code: 'MCU_RECORDING',
      facts: { row: 1 },
    });
    await expect(donabe(['inspect', `${file}.gone`])).rejects.toMatchObject({ code: 'MCU_PORT' });
    for (const wrong of [
      ['inspect', file, '--ask', '1'],
      ['inspect', '/dev/null', '--crc', 'crc7'],
      ['inspect', '/dev/null', '--max-payload', '400'],
      ['inspect', '/dev/null', '--byte-order', 'sideways'],
    ]) {
      await expect(donabe(wrong)).rejects.toMatchObject({ name: 'CommanderError' });
    }
  });
});

describe('a line with settings of its own', () => {
  const FORMAT: FrameFormat = { crc: 'modbus', byteOrder: 'low-first', maxPayload: 64 };

  it('is spoken by link, simulator and command alike', async () => {
    const { path } = await simulate({ format: FORMAT });
    const flags = ['--port', path, '--crc', 'modbus', '--byte-order', 'low-first', '--max-payload', '64'];
    expect(await donabe(['ping', '--verbose', ...flags])).toContainEqual(
      'CRC check value of 123456789: 4B37',
    );
    const link = new McuLink(await openSerialPort(path), { format: FORMAT });
    cleanUp.push(() => link.close());
    expect(await link.version()).toMatchObject({ answering: 'application' });
  });

  it.each([48, 64, 239])('takes firmware in pieces that fit into %i bytes', async (maxPayload) => {
    const format = { ...FORMAT, maxPayload };
    const { path, mcu } = await simulate({ format, eraseMs: 0, writeMs: 0, verifyMs: 0 });
    const link = new McuLink(await openSerialPort(path), { format });
    cleanUp.push(() => link.close());
    const firmware = makeFirmware({ version: '9.0.0', size: 3000 });
    expect(await transferFirmware(link, firmware)).toMatchObject({ sentBytes: 3000 });
    await link.activateFirmware(firmware.digest);
    expect(mcu.firmwareVersion).toBe('9.0.0');
  });

  it('says nothing to somebody who speaks another CRC', async () => {
    const { path } = await simulate({ format: FORMAT });
    const link = new McuLink(await openSerialPort(path), { timeoutMs: 30 });
    cleanUp.push(() => link.close());
    await expect(link.ping()).rejects.toMatchObject({ code: 'MCU_SILENT' });
  });

  it('a largest payload that no frame has is the caller’s mistake', () => {
    const port = {
      write: async () => undefined,
      onData: () => undefined,
      onClose: () => undefined,
      close: async () => undefined,
    };
    for (const maxPayload of [0, 47, 241, 64.5]) {
      expect(() => new McuLink(port, { format: { ...FORMAT, maxPayload } })).toThrowError(
        expect.objectContaining({ code: 'LINK_MISUSED' }),
      );
    }
  });
});
