/**
 * The MCU of a world: a simulated cooker that goes on when the board boots, and carries the firmware that a story puts
 * into it. Each question of the agent is written down, so that a story can say that something was never asked.
 */
import type { BootControl, Device, Mcu } from '../../agent/index.ts';
import {
  Cooker,
  type CookerSetup,
  carried,
  type FirmwareImage,
  LabMcu,
  type LabRelease,
  type McuSetup,
  makeFirmware,
  named,
  SimulatedMcu,
} from '../../fixtures/index.ts';

/** Three pages, the last one not full. Bytes. */
const FIRMWARE_BYTES = 700;
/** Erasing, writing and verifying take no time: a story is about order. A bank holds one firmware. */
const SMALL_AND_QUICK: McuSetup = {
  eraseMs: 0,
  writeMs: 0,
  verifyMs: 0,
  bootMs: 100,
  mostBytes: 100,
  version: { pageSize: 256, capacity: 1024, firmware: undefined },
};

type Question = Exclude<keyof Mcu, 'close'>;
/** What changes the flash of an MCU, or resets it. */
const CHANGES: readonly Question[] = ['transfer', 'activate', 'accept', 'discardOld', 'abort'];

export function firmware(version: string, how: Parameters<typeof makeFirmware>[0] = {}): FirmwareImage {
  const seed = Number(version.replaceAll('.', ''));
  return makeFirmware({ version, size: FIRMWARE_BYTES, seed, ...how });
}

export interface StoveSetup {
  /** What it left the factory with. */
  readonly firmware: FirmwareImage;
  readonly mcu?: McuSetup;
  readonly cooker?: Partial<CookerSetup>;
}

export class Stove {
  readonly mcu: SimulatedMcu;
  /** Questions in order, beside what the story's other witnesses write into the same list. */
  readonly deeds: string[] = [];
  /** Done before each question: where a story lets time bring something about. */
  before: (question: Question) => void = () => undefined;
  readonly #now: () => number;

  constructor(now: () => number, { firmware: first, mcu = {}, cooker = {} }: StoveSetup) {
    this.#now = now;
    const setup = { ...SMALL_AND_QUICK, ...mcu };
    this.mcu = new SimulatedMcu(new Cooker(cooker, now()), now(), setup);
    this.mcu.store.install(first);
    this.mcu.reset(now());
  }

  /** What the MCU runs, and whether it could still go back. */
  get runs(): string {
    const { running } = this.mcu.store;
    return running === undefined ? 'nothing' : `${running.version}${running.onTrial ? ' on trial' : ''}`;
  }

  /** Firmwares that the MCU could start. */
  get startable(): number {
    return this.mcu.store.banks.filter((bank) => bank !== undefined).length;
  }

  /** Questions that changed the MCU, in order. */
  get changes(): readonly string[] {
    return this.deeds.filter((deed) => (CHANGES as readonly string[]).includes(deed));
  }

  /** The part of a device that an image with this firmware has. */
  parts(release: LabRelease): Pick<Device, 'mcu' | 'firmware'> {
    return { mcu: this.#asked(), firmware: release.firmware && carried(release.firmware) };
  }

  /** What its release-info says beside the rest. */
  info(release: LabRelease): Pick<Device['release'], 'mcuFirmware'> {
    return release.firmware === undefined ? {} : { mcuFirmware: named(release.firmware) };
  }

  #asked(): Mcu {
    const mcu = new LabMcu(this.mcu, { now: this.#now, check: () => undefined });
    const note = (question: Question): void => {
      this.before(question);
      this.deeds.push(question);
    };
    return new Proxy(mcu, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...words: unknown[]) => {
          if (name !== 'close') note(name as Question);
          return Reflect.apply(value, target, words);
        };
      },
    });
  }
}

/** A boot control that writes its decisions into the list in which the questions stand. */
export function noted(control: BootControl, deeds: string[]): BootControl {
  const note = async (deed: string, work: () => Promise<void>): Promise<void> => {
    await work();
    deeds.push(deed);
  };
  return new Proxy(control, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const call = (...words: unknown[]): unknown => Reflect.apply(value, target, words);
      if (name !== 'markGood' && name !== 'markBad' && name !== 'refill') return call;
      return (...words: unknown[]) => note(name, async () => void (await call(...words)));
    },
  });
}
