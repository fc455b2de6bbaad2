/** The firmware side of the simulator, driven by words: what a person types and what becomes of it. */
import { afterEach, describe, expect, it } from 'vitest';
import { makeFirmware, obeyLine, type Simulator, startSimulator } from '../../fixtures/index.ts';
import { McuLink, openSerialPort, transferFirmware } from '../../mcu-bridge/index.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function simulate(singleBank = false): Promise<Simulator & { link: McuLink }> {
  const simulator = await startSimulator({ bootMs: 0, eraseMs: 0, writeMs: 0, verifyMs: 0, singleBank });
  cleanUp.push(() => simulator.stop());
  const link = new McuLink(await openSerialPort(simulator.path), { timeoutMs: 200 });
  cleanUp.push(() => link.close());
  return { ...simulator, link };
}

const NEW = makeFirmware({ version: '2.5.0', size: 5000 });
const FAST = { baudRate: 115_200 };

describe('words for the firmware side', () => {
  it('tell what runs, reset it, cut its power', async () => {
    const { mcu, link } = await simulate();
    const say = (line: string) => obeyLine(mcu, line);
    expect(say('firmware')).toEqual({
      kind: 'done',
      text: 'firmware 2.4.0; bank 0: 2.4.0; bank 1: nothing startable',
    });
    for (const word of ['reset', 'power-cut']) {
      await transferFirmware(link, NEW, FAST);
      await link.activateFirmware(NEW.digest);
      expect(say('firmware')).toMatchObject({ text: expect.stringContaining('firmware 2.5.0, on trial; ') });
      expect(say(word)).toEqual({ kind: 'done', text: 'firmware 2.4.0' });
    }
  });

  it('a reset keeps it cooking, a power cut does not', async () => {
    const { mcu } = await simulate();
    mcu.startCooking(5);
    obeyLine(mcu, 'reset');
    expect(mcu.mode).toBe('cooking');
    obeyLine(mcu, 'power-cut');
    expect(mcu.mode).toBe('idle');
  });

  it('cut the flash, stall, and hold the boot loader', async () => {
    const { mcu, link } = await simulate();
    expect(obeyLine(mcu, 'cut-flash 4').kind).toBe('done');
    expect(obeyLine(mcu, 'stall 30').kind).toBe('done');
    await transferFirmware(link, NEW, FAST);
    expect(mcu.resets).toBe(1);
    expect(obeyLine(mcu, 'boot-loader stuck').kind).toBe('done');
    expect(obeyLine(mcu, 'reset')).toEqual({ kind: 'done', text: 'the boot loader stays' });
    expect(mcu.mode).toBe('boot-loader');
    obeyLine(mcu, 'boot-loader free');
    expect(obeyLine(mcu, 'reset')).toEqual({ kind: 'done', text: 'firmware 2.4.0' });
    expect(mcu.mode).toBe('idle');
  });

  it('a single bank has one line', async () => {
    const { mcu } = await simulate(true);
    expect(obeyLine(mcu, 'firmware')).toEqual({ kind: 'done', text: 'firmware 2.4.0; bank 0: 2.4.0' });
  });

  it('what makes no sense is told', async () => {
    const { mcu } = await simulate();
    for (const line of ['cut-flash', 'cut-flash 0', 'stall soon', 'boot-loader', 'next lost']) {
      expect(obeyLine(mcu, line).kind).toBe('not-understood');
    }
    expect(obeyLine(mcu, 'next lose').kind).toBe('done');
  });
});
