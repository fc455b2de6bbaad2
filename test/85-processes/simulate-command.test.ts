/** `donabe mcu simulate` as QA starts it: a process, its flags, its lines, and that nothing of it stays behind. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { type FirmwareImage, makeFirmware } from '../../fixtures/index.ts';
import {
  BEGIN,
  type LinkOptions,
  McuLink,
  openSerialPort,
  transferFirmware,
} from '../../mcu-bridge/index.ts';

const DONABE = join(import.meta.dirname, '../../dist/cli/main.js');

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

interface Running {
  readonly path: string;
  /** The answer to one line. */
  say(line: string): Promise<string>;
  /** Exit status after this signal. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  link(options?: Partial<LinkOptions>): Promise<McuLink>;
  readonly process: ChildProcessWithoutNullStreams;
}

async function simulate(...words: string[]): Promise<Running> {
  const child = spawn(process.execPath, [DONABE, 'mcu', 'simulate', ...words]);
  const ended = once(child, 'exit');
  cleanUp.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  child.stdin.on('error', () => undefined);
  const rows = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const row = async (): Promise<string> => {
    const next = await rows.next();
    if (next.done) throw new Error(`the simulator ended: ${child.stderr.read()}`);
    return next.value;
  };
  const path = await row();
  return {
    path,
    say: async (line) => {
      child.stdin.write(`${line}\n`);
      return row();
    },
    end: async (signal) => {
      child.kill(signal);
      const [status] = await ended;
      return status;
    },
    link: async (options = {}) => {
      const link = new McuLink(await openSerialPort(path), options);
      cleanUp.push(() => link.close());
      return link;
    },
    process: child,
  };
}

/** Status and complaint of a start that fails. */
async function failing(...words: string[]): Promise<{ readonly status: number; readonly stderr: string }> {
  const child = spawn(process.execPath, [DONABE, 'mcu', 'simulate', ...words]);
  child.stdin.end();
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [status] = await once(child, 'close');
  return { status, stderr };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'donabe-simulate-'));
  cleanUp.push(() => rm(path, { recursive: true }));
  return path;
}

async function tryOn(link: McuLink, firmware: FirmwareImage): Promise<void> {
  await transferFirmware(link, firmware);
  await link.activateFirmware(firmware.digest);
}

/** What is looked at again and again comes at once, or on a busy machine a little later. */
const PATIENCE = { timeout: 20_000 };
const NEW = makeFirmware({ version: '2.5.0', size: 5000 });

describe('donabe mcu simulate', () => {
  it('gives a pseudo-terminal and a link to it, obeys lines, and takes both away', async () => {
    const place = join(await folder(), 'mcu');
    const { path, say, end } = await simulate(
      '--pty',
      '--link',
      place,
      '--mode',
      'cooking',
      '--minutes',
      '9',
    );
    expect(await readlink(place)).toBe(path);
    const link = new McuLink(await openSerialPort(place));
    expect(await link.status()).toMatchObject({ modeName: 'cooking', minutesLeft: 9, heaterPercent: 100 });
    expect(await say('mode idle')).toBe('mode idle');
    expect(await link.status()).toMatchObject({ modeName: 'idle' });
    await link.showConsent({ code: 4711, seconds: 60 });
    expect(await say('show')).toContain(
      'mode idle; heater 0 %; lid closed; code 4711 shown; firmware 2.4.0;',
    );
    expect(await say('key yes')).toBe('code 4711: yes');
    expect(await link.consent()).toMatchObject({ state: 'yes', code: 4711 });
    expect(await say('boil')).toContain('understood are: ');
    await link.close();
    expect(await end('SIGTERM')).toBe(0);
    expect(existsSync(path)).toBe(false);
    expect(existsSync(place)).toBe(false);
  });

  it('ends with its stdin, by quit and by Ctrl-C; without a console by a signal alone', async () => {
    const first = await simulate();
    first.process.stdin.end();
    expect(await once(first.process, 'exit')).toEqual([0, null]);
    const second = await simulate();
    second.process.stdin.write('quit\n');
    expect(await once(second.process, 'exit')).toEqual([0, null]);
    const third = await simulate('--no-console', '--json');
    third.process.stdin.end();
    const { path } = JSON.parse(third.path);
    const link = new McuLink(await openSerialPort(path));
    cleanUp.push(() => link.close());
    expect(await link.ping()).toBeGreaterThan(0);
    expect(await third.end('SIGINT')).toBe(0);
  });

  it('keeps the flash in a file over its own sudden death', async () => {
    const file = join(await folder(), 'flash');
    const before = await simulate('--flash-file', file, '--firmware', '1.0.0');
    const link = await before.link();
    expect(await link.version()).toMatchObject({ firmware: '1.0.0' });
    await tryOn(link, NEW);
    await link.acceptFirmware(NEW.digest);
    await before.end('SIGKILL');
    const after = await simulate('--flash-file', file);
    expect(await after.say('firmware')).toMatch(/^firmware 2\.5\.0; bank 0: (1\.0\.0|2\.5\.0); bank 1: /);
  });

  it('a single bank, stop-and-wait, small pieces, a slow line', async () => {
    const words = ['--single-bank', '--window', '1', '--most-bytes', '64', '--baud', '115200'];
    const link = await (await simulate(...words)).link();
    expect(await link.version()).toMatchObject({ keepsPrevious: false });
    const { size, version, digest } = NEW;
    const begin = { size, version, digest, restore: true };
    // The boot loader takes the firmware: the application answers busy and resets.
    const terms = () => link.ask(BEGIN, begin).catch((error: unknown) => error);
    await expect.poll(terms, PATIENCE).toMatchObject({ window: 1, mostBytes: 64 });
  });

  it('a bare MCU that speaks another CRC', async () => {
    const simulator = await simulate('--unnumbered', '--crc', 'modbus', '--byte-order', 'low-first');
    const format = { crc: 'modbus', byteOrder: 'low-first', maxPayload: 240 } as const;
    const link = await simulator.link({ numbered: false, format });
    expect(await link.status()).toMatchObject({ modeName: 'idle' });
  });

  it('a cooker that never becomes idle', async () => {
    const simulator = await simulate('--never-idle', '--minutes', '1', '--minute-ms', '10');
    const link = await simulator.link();
    const modes = new Set<string>();
    link.onEvent((event) => modes.add(event.name));
    for (let minute = 0; minute < 20; minute++) {
      expect(await link.mayFlash()).toMatchObject({ allowed: false, reason: 'cooking' });
    }
    expect(modes).not.toContain('modeChanged');
    expect(await simulator.say('after-cooking idle')).toBe('then idle');
  });

  it('a boot loader that is stuck, and one that is let go', async () => {
    const simulator = await simulate('--stuck');
    const link = await simulator.link();
    expect(await link.version()).toMatchObject({ answering: 'boot-loader', firmware: undefined });
    await simulator.say('boot-loader free');
    expect(await simulator.say('reset')).toBe('firmware 2.4.0');
  });

  it('a wrong version after the activation, as long as the trial lasts', async () => {
    const simulator = await simulate('--wrong-version');
    const link = await simulator.link();
    await tryOn(link, NEW);
    expect(await link.version()).toMatchObject({ firmware: '2.5.1' });
    await link.acceptFirmware(NEW.digest);
    expect(await link.version()).toMatchObject({ firmware: '2.5.0' });
  });

  it('a trial in scaled time ends by itself', async () => {
    const simulator = await simulate('--second-ms', '1');
    const link = await simulator.link();
    await transferFirmware(link, NEW);
    await link.activateFirmware(NEW.digest, undefined, 1);
    await expect.poll(() => simulator.say('firmware'), PATIENCE).toMatch(/^firmware 2\.4\.0; /);
  });

  it('a lid that opens, a cable that is pulled', async () => {
    const simulator = await simulate('--lid', '1', '--mode', 'keep-warm');
    const link = await simulator.link();
    expect(await link.status()).toMatchObject({ lidOpen: false });
    expect(await link.mayFlash()).toMatchObject({ allowed: false, reason: 'lid-open' });
    expect(await link.mayFlash()).toMatchObject({ allowed: true });
    await simulator.say('silent on');
    await expect(link.status()).rejects.toMatchObject({ code: 'MCU_SILENT' });
    const pulled = await (await simulate('--silent')).link({ timeoutMs: 20 });
    await expect(pulled.ping()).rejects.toMatchObject({ code: 'MCU_SILENT' });
  });

  it.each([
    ['1 % garbage', ['--garbage', '0.01']],
    ['bit flips both ways', ['--flip', '0.05', '--both-ways']],
    ['lost and doubled frames', ['--drop', '0.05', '--double', '0.05']],
    ['lost and inserted bytes', ['--lose', '0.05', '--insert', '0.05']],
    ['resets in the middle of a page', ['--cut-flash', '0.05']],
  ])('firmware arrives through %s', async (_name, words) => {
    const simulator = await simulate('--seed', '3', ...words);
    const link = await simulator.link({ timeoutMs: 150 });
    await transferFirmware(link, NEW);
    expect(await link.queryTransfer()).toMatchObject({ state: 'verified' });
    const resets = Number(/resets ([0-9]+)/.exec(await simulator.say('show'))?.[1]);
    if (words.includes('--cut-flash')) expect(resets).toBeGreaterThan(0);
    else expect(resets).toBe(0);
  });

  it('stalls that outlast a timeout', async () => {
    const link = await (await simulate('--stall', '1')).link();
    await link.status();
    const { repeated } = link.counters;
    await link.status();
    expect(link.counters.repeated).toBeGreaterThan(repeated);
  });

  it('the chances of the line can be changed while it runs', async () => {
    const simulator = await simulate();
    const link = await simulator.link({ timeoutMs: 200 });
    expect(await simulator.say('chance drop 1')).toBe('drop 1');
    await expect(link.ping()).rejects.toMatchObject({ code: 'MCU_SILENT' });
    expect(await simulator.say('chance drop 0')).toBe('drop 0');
    expect(await link.ping()).toBeGreaterThan(0);
    for (const line of [
      'chance',
      'chance drop',
      'chance drop 2',
      'chance burn 1',
      'key 0',
      'wrong-version',
      'after-cooking boil',
    ]) {
      expect(await simulator.say(line)).toContain('understood are: ');
    }
    expect(await simulator.say('help')).toContain('chance drop|double|flip|garbage|lose|insert 0..1');
  });

  it('what cannot be done is told, and nothing stays behind', async () => {
    const place = join(await folder(), 'rice');
    await writeFile(place, 'important');
    expect(await failing('--link', place)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('LINK_PLACE_TAKEN: '),
    });
    expect(await failing('--flash-file', place)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('IMAGE_INVALID: '),
    });
    for (const [flash, why] of [
      [await folder(), 'EISDIR'],
      [join(place, 'flash'), 'ENOTDIR'],
    ] as const) {
      expect(await failing('--flash-file', flash)).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(
          `^IMAGE_INVALID: The flash file ${flash} cannot be used: ${why}.*; name a file.\n$`,
        ),
      });
    }
    for (const words of [
      ['--drop', '2'],
      ['--window', '0'],
      ['--firmware', 'new'],
      ['--crc', 'crc7'],
      ['--mode', 'grill'],
    ]) {
      expect(await failing(...words)).toMatchObject({ status: 2 });
    }
  });
});
