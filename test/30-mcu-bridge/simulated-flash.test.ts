/** The simulated MCU's flash and boot loader: pages, torn records, and which bank is started. */
import { describe, expect, it } from 'vitest';
import { decideBoot } from '../../fixtures/mcu/boot-decision.ts';
import {
  type BootRecord,
  BootRecordStore,
  EMPTY_RECORD,
  recordBytes,
} from '../../fixtures/mcu/boot-record.ts';
import { makeFirmware, readHeader } from '../../fixtures/mcu/firmware-image.ts';
import { SimulatedFlash } from '../../fixtures/mcu/flash.ts';
import { CutCounter, PowerCut } from '../../fixtures/storage/cut-counter.ts';

const PAGE = 256;

function makeFlash(pages: number, cells = new Uint8Array(pages * PAGE).fill(0xff)) {
  const changes: number[] = [];
  const onChange = (offset: number): number => changes.push(offset);
  return {
    flash: new SimulatedFlash({ pageSize: PAGE, cells, onChange, eraseMs: 20, writeMs: 10 }),
    cells,
    changes,
  };
}

describe('flash', () => {
  it('writing clears bits only; erasing sets a whole page', () => {
    const { flash, changes } = makeFlash(2);
    flash.write(PAGE + 3, Uint8Array.of(0xf0, 0x0f));
    flash.write(PAGE + 3, Uint8Array.of(0x3c));
    expect([...flash.read(PAGE + 2, 4)]).toEqual([0xff, 0x30, 0x0f, 0xff]);
    flash.erasePage(PAGE + 9);
    expect([...flash.read(PAGE + 2, 4)]).toEqual([0xff, 0xff, 0xff, 0xff]);
    expect(changes).toEqual([PAGE + 3, PAGE + 3, PAGE]);
    expect(flash.takeBusyMs()).toBe(40);
    expect(flash.takeBusyMs()).toBe(0);
  });

  it('a power cut leaves half of a change', () => {
    const { flash } = makeFlash(1, new Uint8Array(PAGE));
    flash.power = new CutCounter(1).line();
    expect(() => flash.erasePage(0)).toThrow(PowerCut);
    expect(flash.read(0, PAGE).filter((cell) => cell === 0xff)).toHaveLength(PAGE / 2);
    expect(() => flash.write(0, Uint8Array.of(0))).toThrow(PowerCut);
  });
});

describe('boot record', () => {
  const KNOWN = { size: 5, digest: 'ab'.repeat(32) };

  it('cut at every change it is the one before or the new one, with the pages that were marked', () => {
    const copy = recordBytes(8, PAGE);
    for (let at = 1; at <= 3; at++) {
      const { flash, cells } = makeFlash((2 * copy) / PAGE);
      const store = new BootRecordStore(flash, copy);
      store.write({ active: 1, banks: [undefined, KNOWN] }, 0);
      for (const page of [0, 1, 2]) store.markPage(page);
      flash.power = new CutCounter(at).line();
      const change = (): void =>
        store.write({ trial: 'pending', transfer: { ...KNOWN, version: '1.2.3' } }, 2);
      if (at < 3) expect(change).toThrow(PowerCut);
      else change();
      const after = new BootRecordStore(makeFlash(0, cells).flash, copy);
      expect(after.record.banks[1]).toEqual(KNOWN);
      expect(after.record.trial).toBe(at < 3 ? 'none' : 'pending');
      expect(after.record.transfer?.version).toBe(at < 3 ? undefined : '1.2.3');
      expect(after.pages).toBe(at < 3 ? 3 : 2);
    }
  });

  it('without a good copy it is empty', () => {
    for (const cells of [0xff, 0x5a]) {
      const store = new BootRecordStore(makeFlash(2, new Uint8Array(2 * PAGE).fill(cells)).flash, PAGE);
      expect(store.record).toEqual(EMPTY_RECORD);
    }
  });
});

describe('which bank is started', () => {
  type Row = [
    name: string,
    trial: BootRecord['trial'],
    startable: number[],
    bank: number | undefined,
    onTrial: boolean,
  ];
  // The active bank is 0, the other one 1.
  const ROWS: Row[] = [
    ['a pending trial', 'pending', [0, 1], 1, true],
    ['a pending trial of bytes that rotted', 'pending', [0], 0, false],
    ['a trial that has begun: it fell back', 'started', [0, 1], 0, false],
    ['a trial that has begun, and no way back', 'started', [1], undefined, false],
    ['the active one', 'none', [0, 1], 0, false],
    ['the other one when the active has rotted', 'none', [1], 1, false],
    ['nothing', 'none', [], undefined, false],
  ];
  it.each(ROWS)('%s', (_name, trial, startable, bank, onTrial) => {
    const decision = decideBoot({ ...EMPTY_RECORD, trial }, 2, (one) => startable.includes(one));
    expect(decision).toMatchObject({ bank, onTrial });
  });

  it('with one bank there is no way back', () => {
    const starts = (): boolean => true;
    expect(decideBoot({ ...EMPTY_RECORD, trial: 'pending' }, 1, starts)).toMatchObject({
      bank: 0,
      onTrial: true,
    });
    expect(decideBoot({ ...EMPTY_RECORD, trial: 'started' }, 1, starts)).toMatchObject({ bank: undefined });
  });
});

describe('firmware image', () => {
  it('has its header, its size, and is the same for the same seed', () => {
    const how = { version: '3.1.4', behaviour: 'mute', size: 100, seed: 3 } as const;
    const image = makeFirmware(how);
    expect(readHeader(image.bytes)).toEqual({ version: '3.1.4', behaviour: 'mute' });
    expect(image.bytes).toHaveLength(100);
    expect(makeFirmware(how).digest).toBe(image.digest);
    expect(makeFirmware({ ...how, seed: 4 }).digest).not.toBe(image.digest);
    expect(readHeader(new Uint8Array(12))).toBeUndefined();
    expect(readHeader(new Uint8Array(3))).toBeUndefined();
  });
});
