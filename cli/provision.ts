/**
 * `donabe provision RELEASE`: the factory's last step on a flashed device. What the slots hold is compared with the
 * signed release, the slots that hold it are sealed, and a blank boot control is made. Every step can be repeated; a
 * device that is in use is refused. It must not know how an image came into a slot.
 */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { Command } from 'commander';
import type { Seal, SlotName, VerifiedManifest } from '../agent/index.ts';
import type { BootControlBackend } from '../bootctl/index.ts';
import { printResult } from './output.ts';
import { type Reading, reading } from './session.ts';
import { parseSource } from './source-argument.ts';

/** Plain data, for the factory's records. */
export interface ProvisionReport {
  readonly device: string;
  readonly at: string;
  readonly agent: string;
  readonly compatible: string;
  readonly version: string;
  readonly identity: string;
  readonly booted: SlotName;
  /** `kept`: it was valid before, or it is made by other means. */
  readonly bootControl: 'initialised' | 'kept';
  readonly slots: Readonly<Record<SlotName, { readonly sealed: boolean; readonly detail: string }>>;
  readonly trustedKeys: number;
}

export function provisionCommand(configPath: () => string): Command {
  return new Command('provision')
    .description(
      'in the factory: seal the slots that hold a release, make a blank boot control, write a report',
    )
    .argument('<release>', 'http(s) URL, folder or mount point of the release that was flashed', parseSource)
    .option('--report <file>', 'write the report to a file as well')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nThe booted slot must hold the release; the other one is sealed when it does, too.\n\nExamples:\n  donabe provision /media/usb/release\n  donabe provision /media/usb/release --report /media/usb/reports/cooker-17.json',
    )
    .action((release: string, options: { report?: string; json?: true }) =>
      reading(configPath(), async (context) => {
        const { room, config } = context;
        room.refuseWarnings(config);
        const lock = room.acquireLock(config.values['paths.run'], 'provision');
        try {
          const report = await provision(context, release);
          if (options.report !== undefined)
            writeWhole(options.report, `${JSON.stringify(report, null, 2)}\n`);
          printResult(options.json === true, report, linesOf(report));
        } finally {
          lock.release();
        }
      }),
    );
}

/** Durable, in this order: the seals, the boot control. Errors: NOTHING_TO_DO; SEAL_BROKEN; those of the release. */
async function provision(context: Reading, address: string): Promise<ProvisionReport> {
  const { room, device } = context;
  const { record } = await device.vault.read();
  if (record.trial !== undefined || device.store.deployment() !== undefined) {
    throw new room.AgentError('NOTHING_TO_DO', 'An update is under way on this device; it is in use.');
  }
  const release = await flashedRelease(context, address);
  const seal = room.sealOf(release);
  const slots = { a: await judge(context, 'a', seal), b: await judge(context, 'b', seal) };
  if (!slots[device.booted].sealed) {
    const { detail } = slots[device.booted];
    throw new room.AgentError('SEAL_BROKEN', `The booted slot is not the release: ${detail}.`);
  }
  const { floors } = record;
  await device.vault.write({
    ...record,
    floors: {
      sequence: Math.max(floors.sequence, seal.sequence),
      securityVersion: Math.max(floors.securityVersion, seal.securityVersion),
      time: Math.max(floors.time, seal.created),
    },
    seals: {
      ...record.seals,
      ...(slots.a.sealed ? { a: seal } : {}),
      ...(slots.b.sealed ? { b: seal } : {}),
    },
  });
  return {
    device: device.id,
    at: new Date(device.clock.now()).toISOString(),
    agent: room.AGENT_VERSION,
    compatible: release.manifest.compatible,
    version: seal.version,
    identity: seal.identity,
    booted: device.booted,
    bootControl: await makeBootControl(device.bootControl, device.booted),
    slots,
    trustedKeys: (await device.keys()).ring.keys.length,
  };
}

/** Signed by enough trusted keys, for this device, and the one that the booted image says it is. */
async function flashedRelease({ room, config, device }: Reading, address: string): Promise<VerifiedManifest> {
  const source = room.openSource(config, address);
  try {
    const answer = await source.offer(undefined, new AbortController().signal);
    if (answer.kind === 'unchanged') throw new Error('a source answered "unchanged" to nobody');
    const release = room.verifyManifest(
      answer.envelope,
      await device.keys(),
      device.profile,
      { sequence: 0, securityVersion: 0, time: 0 },
      { now: device.clock.now(), synchronised: device.clock.synchronised() },
      () => undefined,
      // The version that runs is not newer than itself.
      { forced: true, retried: true },
    );
    if (release.manifest.version === device.release.version) return release;
    const offered = `${source.name} has ${release.manifest.version}`;
    throw new room.AgentError('NOT_OFFERED', `${offered}, and ${device.release.version} was flashed.`);
  } finally {
    await source.close();
  }
}

async function judge(
  { room, device }: Reading,
  slot: SlotName,
  seal: Seal,
): Promise<ProvisionReport['slots'][SlotName]> {
  const asIfSealed = {
    read: async () => ({ record: { ...room.EMPTY_VAULT, seals: { [slot]: seal } }, lost: false }),
    write: async () => undefined,
  };
  const parts = { vault: asIfSealed, slots: device.slots };
  const verdict = await room.checkSeal(parts, slot, new AbortController().signal);
  return verdict.holds
    ? { sealed: true, detail: `release ${seal.version}` }
    : { sealed: false, detail: verdict.reason };
}

/** A valid boot control is nobody's to make anew; one that a vendor's command keeps is not ours to make. */
async function makeBootControl(
  backend: BootControlBackend,
  slot: SlotName,
): Promise<ProvisionReport['bootControl']> {
  if (!('initialise' in backend) || typeof backend.initialise !== 'function') return 'kept';
  try {
    await backend.initialise(slot);
    return 'initialised';
  } catch (error) {
    const kept = error instanceof Error && 'code' in error && error.code === 'BOOT_CONTROL_NOT_BLANK';
    if (!kept) throw error;
    return 'kept';
  }
}

/** Whole or not at all: the stick is pulled out as soon as the line is printed. */
function writeWhole(path: string, text: string): void {
  const fresh = `${path}.new`;
  const file = openSync(fresh, 'w', 0o644);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
}

function linesOf({ device, version, bootControl, slots }: ProvisionReport): readonly string[] {
  return [
    `device ${device} is provisioned with release ${version}`,
    `boot control: ${bootControl}`,
    ...(['a', 'b'] as const).map((slot) => {
      const { sealed, detail } = slots[slot];
      return `slot ${slot}: ${sealed ? 'sealed' : 'NOT SEALED'} (${detail})`;
    }),
  ];
}
