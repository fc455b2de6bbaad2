/** `donabe status`: what this device runs, what it is doing, what happened last. Reads only, takes no lock. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { DeviceStatus, ProgressEvent } from '../agent/index.ts';
import { askAgent } from './api-client.ts';
import { megabytes, printResult, table } from './output.ts';
import { agentRoom, type Reading, reading } from './session.ts';

export function statusCommand(configPath: () => string): Command {
  return new Command('status')
    .description('slots, release, what the agent does and why it waits, the last deployments')
    .option('--json', 'one JSON object; with --watch one for each event')
    .option('--watch', 'stay and show what changes, across reboots, until Ctrl-C')
    .addHelpText(
      'after',
      '\nExamples:\n  donabe status\n  donabe status --watch\n  donabe status --json | jq .event.phase',
    )
    .action(async (options: { json?: true; watch?: true }) => {
      if (options.watch) return watchUntilInterrupted(configPath(), options.json === true);
      const status = await statusNow(configPath());
      printResult(options.json === true, status, linesOf(status));
    });
}

/** Of the running agent; else read from the device itself. */
async function statusNow(configPath: string): Promise<DeviceStatus> {
  const room = await agentRoom();
  const sockets = room.apiSockets((await room.loadConfig(configPath)).values);
  const reply = await askAgent(sockets.look, 'GET', '/api/v1/status');
  if (reply?.status === 200) return reply.body as unknown as DeviceStatus;
  return readStatus(configPath);
}

function readStatus(configPath: string): Promise<DeviceStatus> {
  return reading(configPath, (context) => collect(context, context.config.values['paths.run']));
}

async function watchUntilInterrupted(configPath: string, json: boolean): Promise<void> {
  const room = await agentRoom();
  const { act, look } = room.apiSockets((await room.loadConfig(configPath)).values);
  const { watch } = await import('./watch.ts');
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    await watch({
      sockets: [look, act],
      eventsPath: room.EVENTS_PATH,
      stream: process.stdout,
      json,
      read: () => readStatus(configPath),
      linesOf,
      signal: interrupted.signal,
    });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** `run`: the run folder. */
export function collect({ room, device }: Omit<Reading, 'config'>, run: string): Promise<DeviceStatus> {
  const event = readEvent(join(run, room.STATUS_FILE));
  return room.deviceStatus(device, run, { walker: room.lockHolder(run), event });
}

/** Written by rename, so it is whole or absent. */
function readEvent(path: string): ProgressEvent | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ProgressEvent) : undefined;
}

/** Nothing for a product without an MCU. */
function mcuLines({ conditions, mcuFirmware, remoteHeating }: DeviceStatus): readonly string[] {
  const heating = remoteHeating?.allowed ? 'allowed' : `refused: ${remoteHeating?.reason ?? ''}`;
  return [
    ...conditions.map((condition) => `condition: ${condition}`),
    ...(mcuFirmware === undefined ? [] : [`MCU firmware of this release: ${mcuFirmware}`]),
    ...(remoteHeating === undefined ? [] : [`remote heating: ${heating}`]),
  ];
}

/** A delta that does not fit what runs here costs bytes: it is said. */
function fallLines({ event }: DeviceStatus): readonly string[] {
  const falls = event?.falls ?? 0;
  return falls === 0 ? [] : [`chunks that fell to their full frames: ${falls}`];
}

/** For people. */
export function linesOf(status: DeviceStatus): readonly string[] {
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
    ...(status.paused ? ['updates are paused; donabe resume goes on'] : []),
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
