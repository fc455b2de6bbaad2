/**
 * What a device says of itself: slots, release, what is under way, what happened last. Plain data, the same for the
 * command and the local API. It reads boot control, vault, store and run folder, and must not know who asks.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Device } from '../device.ts';
import type { Condition, ProgressEvent } from '../events.ts';
import type { ClosedDeployment, Deployment } from '../model/deployment.ts';
import { isGood } from '../model/entry-table.ts';
import { refusalOf } from '../model/failures.ts';
import type { SlotName, Store } from '../ports.ts';
import { isPaused } from '../walk/persons.ts';
import { REMOTE_HEATING_FILE } from './remote-heating-file.ts';

/** Past deployments that a status shows. */
const SHOWN = 5;

export interface SlotStatus {
  readonly slot: SlotName;
  /** Empty when nothing is known of what the slot holds. */
  readonly version: string;
  readonly booted: boolean;
  readonly active: boolean;
  readonly bootable: boolean;
  readonly good: boolean;
  readonly tries: number;
}

export interface DeviceStatus {
  readonly device: string;
  /** Of the booted release. */
  readonly version: string;
  readonly slots: readonly SlotStatus[];
  /** Who holds the lock; the command's own word for what it does. */
  readonly walker: { readonly pid: number; readonly verb: string } | undefined;
  /** The last event of the running agent in this boot; undefined when none has run. */
  readonly event: ProgressEvent | undefined;
  /** A person paused the updates. */
  readonly paused: boolean;
  /** What holds beside the phase, as the running agent said last. */
  readonly conditions: readonly Condition[];
  /** Version of the MCU firmware that belongs to the booted image; undefined when it carries none. */
  readonly mcuFirmware: string | undefined;
  /** What the vendor's services are told; undefined while nobody has said it in this boot: then none may heat. */
  readonly remoteHeating: { readonly allowed: boolean; readonly reason: string } | undefined;
  readonly deployment: Omit<Deployment, 'envelope'> | undefined;
  /** Newest first. */
  readonly history: readonly ClosedDeployment[];
  /** Releases that failed here too often (rule 17). */
  readonly refused: readonly {
    readonly version: string;
    readonly identity: string;
    readonly reason: string;
  }[];
}

/** What a status is read from. */
export type StatusDevice = Pick<Device, 'id' | 'booted' | 'bootControl' | 'vault' | 'release'> & {
  readonly store: Pick<Store, 'deployment' | 'history' | 'allFailures' | 'fact'>;
};

/** `run`: the run folder. Errors: those of boot control, vault and store. */
export async function deviceStatus(
  device: StatusDevice,
  run: string,
  { walker, event }: Pick<DeviceStatus, 'walker' | 'event'>,
): Promise<DeviceStatus> {
  const row = device.store.deployment();
  return {
    device: device.id,
    version: device.release.version,
    slots: await slotStatuses(device),
    walker,
    event,
    paused: isPaused(device),
    conditions: event?.conditions ?? [],
    mcuFirmware: device.release.mcuFirmware?.version,
    remoteHeating: readHeating(join(run, REMOTE_HEATING_FILE)),
    deployment: row === undefined ? undefined : withoutEnvelope(row),
    history: device.store.history(SHOWN),
    refused: device.store.allFailures().flatMap((counts) => {
      const reason = refusalOf(counts);
      return reason === undefined ? [] : [{ version: counts.version, identity: counts.identity, reason }];
    }),
  };
}

/** Slot a, then slot b. */
export async function slotStatuses(
  device: Pick<StatusDevice, 'booted' | 'bootControl' | 'vault' | 'release'>,
): Promise<readonly SlotStatus[]> {
  const boot = await device.bootControl.read();
  const { record } = await device.vault.read();
  return (['a', 'b'] as const).map((slot) => ({
    slot,
    version: slot === device.booted ? device.release.version : (record.seals[slot]?.version ?? ''),
    booted: slot === device.booted,
    active: boot.active === slot,
    bootable: boot.slots[slot].bootable,
    good: isGood(slot, boot, record),
    tries: boot.slots[slot].triesRemaining,
  }));
}

export function withoutEnvelope({ envelope: _envelope, ...row }: Deployment): Omit<Deployment, 'envelope'> {
  return row;
}

/** One line: `allowed`, or `refused` and why. Whatever else stands there allows nothing. */
function readHeating(path: string): DeviceStatus['remoteHeating'] {
  if (!existsSync(path)) return undefined;
  const line = readFileSync(path, 'utf8').trim();
  return { allowed: line === 'allowed', reason: line.replace(/^(allowed|refused) ?/, '') };
}
