/** `donabe status`: what this device runs, what it is doing, what happened last. Reads only, takes no lock. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { ClosedDeployment, Condition, Deployment, ProgressEvent } from '../agent/index.ts';
import type { SlotName } from '../bootctl/index.ts';
import { megabytes, printResult, table } from './output.ts';
import { type Reading, reading } from './session.ts';

/** Past deployments that are shown. */
const SHOWN = 5;

interface SlotStatus {
  readonly slot: SlotName;
  readonly version: string;
  readonly booted: boolean;
  readonly active: boolean;
  readonly bootable: boolean;
  readonly good: boolean;
  readonly tries: number;
}

interface Status {
  readonly device: string;
  readonly version: string;
  readonly slots: readonly SlotStatus[];
  readonly walker: { readonly pid: number; readonly verb: string } | undefined;
  /** The last event of the running agent in this boot; undefined when none has run. */
  readonly event: ProgressEvent | undefined;
  /** What holds beside the phase, as the running agent said last. */
  readonly conditions: readonly Condition[];
  /** Version of the MCU firmware that belongs to the booted image; undefined when it carries none. */
  readonly mcuFirmware: string | undefined;
  /** What the vendor's services are told; undefined while nobody has said it in this boot: then none may heat. */
  readonly remoteHeating: { readonly allowed: boolean; readonly reason: string } | undefined;
  readonly deployment: Omit<Deployment, 'envelope'> | undefined;
  readonly history: readonly ClosedDeployment[];
  readonly refused: readonly {
    readonly version: string;
    readonly identity: string;
    readonly reason: string;
  }[];
}

export function statusCommand(configPath: () => string): Command {
  return new Command('status')
    .description('slots, release, what the agent does and why it waits, the last deployments')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExamples:\n  donabe status\n  donabe status --json | jq .event.phase')
    .action((options: { json?: true }) =>
      reading(configPath(), async (context) => {
        const status = await collect(context, context.config.values['paths.run']);
        printResult(options.json === true, status, linesOf(status));
      }),
    );
}

/** `run`: the run folder. */
export async function collect({ room, device }: Omit<Reading, 'config'>, run: string): Promise<Status> {
  const boot = await device.bootControl.read();
  const { record } = await device.vault.read();
  const event = readEvent(join(run, room.STATUS_FILE));
  const row = device.store.deployment();
  const slotStatus = (slot: SlotName): SlotStatus => ({
    slot,
    version: slot === device.booted ? device.release.version : (record.seals[slot]?.version ?? ''),
    booted: slot === device.booted,
    active: boot.active === slot,
    bootable: boot.slots[slot].bootable,
    good: room.isGood(slot, boot, record),
    tries: boot.slots[slot].triesRemaining,
  });
  return {
    device: device.id,
    version: device.release.version,
    slots: [slotStatus('a'), slotStatus('b')],
    walker: room.lockHolder(run),
    event,
    conditions: event?.conditions ?? [],
    mcuFirmware: device.release.mcuFirmware?.version,
    remoteHeating: readHeating(join(run, room.REMOTE_HEATING_FILE)),
    deployment: row === undefined ? undefined : withoutEnvelope(row),
    history: device.store.history(SHOWN),
    refused: device.store.allFailures().flatMap((counts) => {
      const reason = room.refusalOf(counts);
      return reason === undefined ? [] : [{ version: counts.version, identity: counts.identity, reason }];
    }),
  };
}

function withoutEnvelope({ envelope: _envelope, ...row }: Deployment): Omit<Deployment, 'envelope'> {
  return row;
}

/** Written by rename, so it is whole or absent. */
function readEvent(path: string): ProgressEvent | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ProgressEvent) : undefined;
}

/** One line: `allowed`, or `refused` and why. Whatever else stands there allows nothing. */
function readHeating(path: string): Status['remoteHeating'] {
  if (!existsSync(path)) return undefined;
  const line = readFileSync(path, 'utf8').trim();
  return { allowed: line === 'allowed', reason: line.replace(/^(allowed|refused) ?/, '') };
}

/** Nothing for a product without an MCU. */
function mcuLines({ conditions, mcuFirmware, remoteHeating }: Status): readonly string[] {
  const heating = remoteHeating?.allowed ? 'allowed' : `refused: ${remoteHeating?.reason ?? ''}`;
  return [
    ...conditions.map((condition) => `condition: ${condition}`),
    ...(mcuFirmware === undefined ? [] : [`MCU firmware of this release: ${mcuFirmware}`]),
    ...(remoteHeating === undefined ? [] : [`remote heating: ${heating}`]),
  ];
}

/** A delta that does not fit what runs here costs bytes: it is said. */
function fallLines({ event }: Status): readonly string[] {
  const falls = event?.falls ?? 0;
  return falls === 0 ? [] : [`chunks that fell to their full frames: ${falls}`];
}

/** For people. */
export function linesOf(status: Status): readonly string[] {
  const { event, deployment } = status;
  const doing =
    event === undefined
      ? 'no agent has run in this boot'
      : `${event.phase}, ${event.progress} %${event.reason === undefined ? '' : `: ${event.reason}`}`;
  return [
    `device ${status.device} runs ${status.version}`,
    ...table([
      ['slot', 'version', 'booted', 'active', 'bootable', 'good', 'tries'],
      ...status.slots.map(({ slot, version, booted, active, bootable, good, tries }) => [
        slot,
        version || '-',
        ...[booted, active, bootable, good].map((fact) => (fact ? 'yes' : 'no')),
        String(tries),
      ]),
    ]),
    `agent: ${doing}`,
    ...fallLines(status),
    ...mcuLines(status),
    ...(deployment === undefined
      ? []
      : [
          `deployment ${deployment.id}: ${deployment.version} into slot ${deployment.slot}, ${deployment.state}, fetched ${megabytes(deployment.bytes.fetched)}`,
        ]),
    ...status.history.map((past) =>
      `${new Date(past.closedAt).toISOString()} ${past.version} ${past.outcome} ${past.code} ${past.reason}`.trimEnd(),
    ),
    ...status.refused.map(({ version, reason }) => `refused: ${version}, because ${reason}`),
  ];
}
