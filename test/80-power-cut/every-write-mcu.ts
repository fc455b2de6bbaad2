/**
 * The key test with an MCU (rule 9): board and MCU are stopped together, or one alone, at every durable write of
 * either. Whatever happens, both end on the new release or both on the old one.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FirmwareImage,
  Lab,
  type LabOptions,
  type LabRelease,
  type McuSetup,
  makeFirmware,
  type Plug,
} from '../../fixtures/index.ts';
import { everyCut, MOST_BOOTS, optionsFor } from './every-write.ts';
import { type LabFolder, labFolder } from './lab-releases.ts';

/** Three pages, the last one not full; a bank has room for one more. */
const FIRMWARE_BYTES = 700;
const SMALL_MCU: McuSetup = { version: { pageSize: 256, capacity: 1024 }, mostBytes: 100 };
/** Cheaper stories: the board's own cut points are walked with twelve chunks elsewhere. */
const FEW_CHUNKS = 3;

export const OLD_FIRMWARE = makeFirmware({ version: '2.4.0', size: FIRMWARE_BYTES, seed: 1 });
export const NEW_FIRMWARE = makeFirmware({ version: '2.5.0', size: FIRMWARE_BYTES, seed: 2 });

/** The MCU runs exactly this, for good. */
export function expectMcu(lab: Lab, firmware: FirmwareImage): void {
  const running = lab.kitchen?.mcu.store.running;
  const said = `${lab.log.join('\n')}\nthe MCU runs ${running?.version}`;
  expect(running?.digest, said).toBe(firmware.digest);
  expect(running?.onTrial, said).toBe(false);
}

/** Firmwares that the MCU could start. */
function startable({ kitchen }: Lab): number {
  return kitchen?.mcu.store.banks.filter((bank) => bank !== undefined).length ?? 0;
}

export function describeEveryWriteWithMcu(plug: Plug, seed: number, banks: 1 | 2 = 2): void {
  describe(`stopped at every durable write: ${plug}, ${banks} bank(s), seed ${seed}`, () => {
    let folder: LabFolder;
    let factory: LabRelease;

    beforeAll(async () => {
      folder = await labFolder(FEW_CHUNKS);
      factory = await folder.publish('1.0.0', 1, { firmware: OLD_FIRMWARE });
    });
    afterAll(() => folder.remove());

    const options = (release: LabRelease & { published: string }): LabOptions => ({
      ...optionsFor(folder, factory, release, seed),
      mcu: { plug, mcu: { ...SMALL_MCU, banks } },
    });

    it('of either, so that no cut point is left out', async () => {
      const fresh = await folder.publish('1.9.0', 2, { firmware: NEW_FIRMWARE });
      const lab = await Lab.create(options(fresh));
      try {
        await lab.run(undefined, MOST_BOOTS, async () => undefined);
        const isMcu = (label: string): boolean => label.endsWith('MCU flash');
        expect(lab.writes.filter(isMcu).length, 'the MCU writes').toBeGreaterThan(10);
        expect(lab.writes.filter((label) => !isMcu(label)).length, 'the board writes').toBeGreaterThan(50);
      } finally {
        lab.dispose();
      }
    });

    it('of an update that succeeds: Linux and MCU end on the new release', async () => {
      const fresh = await folder.publish('2.0.0', 2, { firmware: NEW_FIRMWARE });
      await everyCut(options(fresh), async (lab, end) => {
        expect(end, lab.log.join('\n')).toEqual({ kind: 'idle', slot: 'b' });
        expect((await lab.bootState()).slots.b.successful).toBe(true);
        expectMcu(lab, NEW_FIRMWARE);
        // What a cut of the MCU kept it from forgetting, it forgets at the next start.
        if (startable(lab) > 1) await lab.run(undefined, 1, async () => undefined);
        expectMcu(lab, NEW_FIRMWARE);
        expect(startable(lab), 'the old firmware is forgotten').toBe(1);
      });
    });

    it('of one whose health check fails: both end on the old release', async () => {
      const broken = await folder.publish('2.0.1', 3, { firmware: NEW_FIRMWARE, healthy: false });
      await everyCut(options(broken), async (lab, end) => {
        expect(end, lab.log.join('\n')).toEqual({ kind: 'idle', slot: 'a' });
        expectMcu(lab, OLD_FIRMWARE);
      });
    });

    it('of one whose MCU firmware never answers: both end on the old release', async () => {
      const mute = makeFirmware({ version: '2.6.0', size: FIRMWARE_BYTES, seed: 3, behaviour: 'mute' });
      const silent = await folder.publish('2.0.2', 4, { firmware: mute });
      await everyCut(options(silent), async (lab, end) => {
        expect(end, lab.log.join('\n')).toEqual({ kind: 'idle', slot: 'a' });
        expectMcu(lab, OLD_FIRMWARE);
      });
    });
  });
}
