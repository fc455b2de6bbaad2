/**
 * Whole updates in the lab with small images, told for one rule at a time: what may be altered is everything that
 * an agent is built from, what comes back is how it ended and what was done on the way.
 */
import type { DaemonParts, Device, ImageTarget } from '../../agent/index.ts';
import { type BootEnd, Lab, type LabRelease } from '../../fixtures/index.ts';
import { CHUNK, type LabFolder, labFolder } from '../80-power-cut/lab-releases.ts';
import { witnessed } from './witness.ts';

/** The first, which is withheld, one in the middle, and a remainder. */
export const CHUNKS = 3;
/** Larger than the image: the tail is left alone. Bytes. */
const PARTITION_BYTES = CHUNKS * CHUNK + 4096;
/** An update and its rollback take four boots. */
const MOST_BOOTS = 12;

export type Published = LabRelease & { readonly published: string };

export interface StoryOptions {
  readonly release: Published;
  /** Called for each boot, counted from 1. */
  readonly alter?: (parts: DaemonParts, boot: number) => DaemonParts;
  /** How often the appliance is switched on again after it idles; 1 by default. */
  readonly runs?: number;
  readonly cutAt?: number;
  readonly seed?: number;
}

export interface Story {
  readonly lab: Lab;
  readonly end: BootEnd;
  /** What was done, by `witness.ts`. */
  readonly deeds: readonly string[];
  /** What the agents said. */
  readonly said: string;
}

export interface Stories {
  readonly folder: LabFolder;
  readonly factory: Published;
  readonly fresh: Published;
  /** Its health check fails. */
  readonly broken: Published;
  tell(options: StoryOptions): Promise<Story>;
  remove(): Promise<void>;
}

export async function openStories(): Promise<Stories> {
  const folder = await labFolder(CHUNKS);
  const factory = await folder.publish('1.0.0', 1);
  const fresh = await folder.publish('2.0.0', 2);
  const broken = await folder.publish('2.0.1', 3, { healthy: false });
  const labs: Lab[] = [];
  return {
    folder,
    factory,
    fresh,
    broken,
    tell: async ({ release, alter, runs = 1, cutAt, seed = 1 }) => {
      const deeds: string[] = [];
      let boot = 0;
      const lab = await Lab.create({
        seed,
        factory,
        releases: [factory, release],
        published: release.published,
        ring: folder.keys.ring,
        partitionBytes: PARTITION_BYTES,
        alter: (parts) => {
          boot += 1;
          deeds.push(`boot ${boot} in slot ${parts.device.booted}`);
          const seen = { ...parts, device: witnessed(parts.device, deeds) };
          return alter?.(seen, boot) ?? seen;
        },
      });
      labs.push(lab);
      let end = await lab.run(cutAt, MOST_BOOTS, async () => undefined);
      for (let run = 1; run < runs; run += 1)
        end = await lab.run(undefined, MOST_BOOTS, async () => undefined);
      return { lab, end, deeds, said: lab.log.join('\n') };
    },
    remove: async () => {
      for (const lab of labs) lab.dispose();
      await folder.remove();
    },
  };
}

/** The same parts with another device. */
export function withDevice(parts: DaemonParts, change: (device: Device) => Partial<Device>): DaemonParts {
  return { ...parts, device: { ...parts.device, ...change(parts.device) } };
}

/** A device whose slots are written through what `change` makes of each target. */
export function withTargets(
  parts: DaemonParts,
  change: (target: ImageTarget) => Partial<ImageTarget>,
): DaemonParts {
  return withDevice(parts, ({ slots }) => ({
    slots: {
      openForReading: (slot, slotClass) => slots.openForReading(slot, slotClass),
      openForUpdate: async (slot, slotClass) => {
        const target = await slots.openForUpdate(slot, slotClass);
        return { ...target, ...change(target) };
      },
    },
  }));
}

/** A device on which every read of `rotten` gives one wrong bit. */
export function withRot(parts: DaemonParts, rotten: 'a' | 'b'): DaemonParts {
  return withDevice(parts, ({ slots }) => ({
    slots: {
      openForUpdate: (slot, slotClass) => slots.openForUpdate(slot, slotClass),
      openForReading: async (slot, slotClass) => {
        const reader = await slots.openForReading(slot, slotClass);
        if (slot !== rotten) return reader;
        return { ...reader, read: async (offset, length) => flipped(await reader.read(offset, length)) };
      },
    },
  }));
}

/** A copy with the last bit of the last byte changed. */
export function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

/** A device on which what is read of the booted slot `of` into somebody's memory is changed there. */
export function withBootedReads(
  parts: DaemonParts,
  of: 'a' | 'b',
  change: (bytes: Uint8Array) => void,
): DaemonParts {
  return withDevice(parts, ({ slots, booted }) => ({
    slots: {
      openForUpdate: (slot, slotClass) => slots.openForUpdate(slot, slotClass),
      openForReading: async (slot, slotClass) => {
        const reader = await slots.openForReading(slot, slotClass);
        if (slot !== of || booted !== of) return reader;
        return {
          ...reader,
          readInto: async (offset, memory) => {
            await reader.readInto(offset, memory);
            change(memory);
          },
        };
      },
    },
  }));
}
