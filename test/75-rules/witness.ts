/**
 * A list of what an agent does to everything durable, in order, as lines of text. It stands between the walk and
 * its ports and changes nothing.
 *
 *   boot 2 in slot b               rootfs_b: write 65536       boot control: activate b
 *   vault: trial b, seals a b      rootfs_b: write 0 zeros     store: checkpoint
 *   rootfs_a: read 0               rootfs_b: flush             store: setState finalised
 *   rootfs_b: flush begins         rootfs_b: read back 65536  rootfs_b: named up to chunk 5
 *   data: take
 */
import { expect } from 'vitest';
import type { Device, ImageReader, ImageTarget, VaultRecord } from '../../agent/index.ts';
import { otherSlot } from '../../bootctl/index.ts';
import { isZero } from '../../format/index.ts';

/** Verbs of the store whose second word says what for. */
const TELLING = new Set(['setState', 'close']);
/** Verbs of store and boot control that only read. */
const READS = new Set('deployment history checkpoints bytesSpent pin failures allFailures index'.split(' '));
for (const verb of 'fact requests request abilities read dispose'.split(' ')) READS.add(verb);

export function witnessed(device: Device, deeds: string[]): Device {
  const { slots, vault } = device;
  return {
    ...device,
    bootControl: heard(device.bootControl, (verb, [slot]) => {
      if (!READS.has(verb)) deeds.push(`boot control: ${verb}${typeof slot === 'string' ? ` ${slot}` : ''}`);
    }),
    store: heard(device.store, (verb, [, second]) => {
      if (verb === 'checkpoint') deeds.push(...namedIn(second as Progress, device));
      if (!READS.has(verb)) deeds.push(`store: ${verb}${TELLING.has(verb) ? ` ${second}` : ''}`);
    }),
    data: heard(device.data, (verb) => deeds.push(`data: ${verb}`)),
    vault: {
      read: () => vault.read(),
      write: (record) => {
        deeds.push(`vault: ${told(record)}`);
        return vault.write(record);
      },
    },
    slots: {
      openForReading: async (slot, slotClass) => readBy(await slots.openForReading(slot, slotClass), deeds),
      openForUpdate: async (slot, slotClass) => writtenBy(await slots.openForUpdate(slot, slotClass), deeds),
    },
  };
}

/** Where the first line that matches stands, from line `from` on; a list without one fails the test. */
export function at(deeds: readonly string[], pattern: RegExp | string, from = 0): number {
  const index = deeds.findIndex((deed, place) => place >= from && matches(deed, pattern));
  expect(index, `"${pattern}" in\n${deeds.slice(from).join('\n')}`).toBeGreaterThanOrEqual(0);
  return index;
}

/** Where the last line that matches stands. */
export function lastAt(deeds: readonly string[], pattern: RegExp | string): number {
  const index = deeds.findLastIndex((deed) => matches(deed, pattern));
  expect(index, `"${pattern}" in\n${deeds.join('\n')}`).toBeGreaterThanOrEqual(0);
  return index;
}

function matches(deed: string, pattern: RegExp | string): boolean {
  return typeof pattern === 'string' ? deed === pattern : pattern.test(deed);
}

type Progress = Parameters<Device['store']['checkpoint']>[1];

/** What a checkpoint names, in lines before it. */
function namedIn(progress: Progress, { booted }: Device): string[] {
  return progress.map(
    ({ slotClass, chunks }) => `${slotClass}_${otherSlot(booted)}: named up to chunk ${chunks}`,
  );
}

function told({ trial, seals }: VaultRecord): string {
  const open = trial === undefined ? 'no trial' : `trial ${trial.slot}`;
  return `${open}${trial?.verdict === undefined ? '' : ' failed'}, seals ${Object.keys(seals).sort().join(' ')}`;
}

function readBy(reader: ImageReader, deeds: string[]): ImageReader {
  const name = `${reader.slotClass}_${reader.slot}`;
  return {
    ...reader,
    read: (offset, length) => {
      deeds.push(`${name}: read ${offset}`);
      return reader.read(offset, length);
    },
  };
}

function writtenBy(target: ImageTarget, deeds: string[]): ImageTarget {
  const name = `${target.slotClass}_${target.slot}`;
  return {
    ...target,
    ...readBy(target, deeds),
    write: (offset, data) => {
      deeds.push(`${name}: write ${offset}${isZero(data) ? ' zeros' : ''}`);
      return target.write(offset, data);
    },
    flush: async () => {
      deeds.push(`${name}: flush begins`);
      await target.flush();
      deeds.push(`${name}: flush`);
    },
    readBack: (offset, length) => {
      deeds.push(`${name}: read back ${offset}`);
      return target.readBack(offset, length);
    },
  };
}

/** The port itself, with every call announced. */
function heard<T extends object>(port: T, announce: (verb: string, words: unknown[]) => void): T {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...words: unknown[]): unknown => {
        announce(String(name), words);
        return Reflect.apply(member, target, words);
      };
    },
  });
}
