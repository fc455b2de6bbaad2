/**
 * Composition root, first half: configuration -> adapters -> device, for the daemon and for commands alike.
 * `main.ts` is the other half.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BootControlBackend,
  BootControlError,
  type BootMode,
  countingNamed,
  findBootedSlot,
  openBackend,
  readBootParams,
} from '../bootctl/index.ts';
import { BlockSlots } from './adapters/block-slots.ts';
import { CommandRebooter } from './adapters/command-rebooter.ts';
import { configuredGates } from './adapters/configured-gates.ts';
import { REAL_FILES } from './adapters/data-files.ts';
import { FolderSnapshots } from './adapters/data-snapshots.ts';
import { DeadlineFile } from './adapters/deadline-file.ts';
import { CommandHealthCheck } from './adapters/health-command.ts';
import { configuredHolds } from './adapters/holds.ts';
import { readKeyFolder } from './adapters/key-folder.ts';
import { idFromMachine } from './adapters/machine-id.ts';
import { configuredMcuLine } from './adapters/mcu-line.ts';
import { openStore, openStoreReadOnly } from './adapters/open-store.ts';
import { FirmwareFile } from './adapters/own-firmware.ts';
import { readReleaseInfo } from './adapters/release-info.ts';
import { RemoteHeatingFile } from './adapters/remote-heating-file.ts';
import { SerialMcu } from './adapters/serial-mcu.ts';
import type { SqliteStore } from './adapters/sqlite-store.ts';
import type { StoreReader } from './adapters/sqlite-store-reader.ts';
import { SystemClock } from './adapters/system-clock.ts';
import { openFileVault } from './adapters/vault.ts';
import { VaultWithHead } from './adapters/vault-with-head.ts';
import { type Config, parseConfig } from './config.ts';
import { Deadline } from './deadline.ts';
import type { Device } from './device.ts';
import { AgentError } from './errors.ts';
import { Reporter } from './events.ts';
import { isGood } from './model/entry-table.ts';
import { PairKeeper } from './model/mcu-pair.ts';
import type { SlotName, Slots } from './ports.ts';
import { AGENT_VERSION } from './version.ts';
import { inBootControl } from './walk/boot-control-step.ts';

const STORE_FILE = 'store.sqlite';

/** A device, or the part of it that is asked for, and what has to be closed after it. */
export interface Opened<T> {
  readonly device: T;
  readonly close: () => Promise<void>;
}

/** Everything but the store: what commands that only read need beside a `StoreReader`. */
export type Board = Omit<Device, 'store' | 'storeFault'>;

/** Error: CONFIG_INVALID, which names the file. */
export async function loadConfig(path: string): Promise<Config> {
  try {
    return parseConfig(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof AgentError || !(error instanceof Error)) throw error;
    const missing = 'code' in error && error.code === 'ENOENT';
    const why = missing
      ? 'is not there; name another one with --config FILE'
      : `cannot be read: ${error.message}`;
    throw new AgentError('CONFIG_INVALID', `The configuration ${path} ${why}.`, {
      facts: { file: path },
      cause: error,
    });
  }
}

/**
 * A whole device, to walk with. The caller holds the lock.
 * Errors: those of `openBoard`.
 */
export async function openDevice(config: Config, reporter: Reporter): Promise<Opened<Device>> {
  const board = await openBoard(config, reporter);
  const { store, fault } = await openStoreOrMemory(config, board.device);
  const vault = new VaultWithHead(board.device.vault, () => store.historyHead);
  const device: Device = { ...board.device, vault, store, storeFault: fault };
  const close = async (): Promise<void> => {
    store.dispose();
    await board.close();
  };
  return { device, close };
}

/** A board and the store as it is, for commands that only read. Errors: those of `openBoard`; STORE_UNREADABLE. */
export async function openToRead(
  config: Config,
  reporter: Reporter,
): Promise<Opened<Board & { readonly store: StoreReader }>> {
  const board = await openBoard(config, reporter);
  const store = existsSync(storePath(config)) ? openStoreReadOnly(storePath(config)) : emptyStore();
  const close = async (): Promise<void> => {
    store.dispose();
    await board.close();
  };
  return { device: { ...board.device, store }, close };
}

/** Errors: CONFIG_INVALID, BOOTED_SLOT_UNKNOWN, RELEASE_INFO_INVALID, BOOT_CONTROL_FAILED. */
async function openBoard(config: Config, reporter: Reporter): Promise<Opened<Board>> {
  const { values } = config;
  mkdirSync(values['paths.run'], { recursive: true });
  const clock = systemClock(config);
  const booted = await bootedSlot(config);
  const release = readReleaseInfo(values['paths.release-info']);
  const bootId = readBootId(values['paths.boot-id']);
  const bootControl = await openBootControl(config, booted);
  const vault = await openVault(config);
  const mcuLine = configuredMcuLine(values);
  const mcu = mcuLine && new SerialMcu(mcuLine);
  const { record } = await vault.read();
  const device: Board = {
    id: reporter.last.device_id,
    booted,
    bootId,
    bootMode: await readBootMode(config, reporter),
    profile: {
      compatible: values['device.compatible'],
      channel: values['device.channel'],
      slotClasses: Object.keys(config.slots.a),
      agentVersion: AGENT_VERSION,
      bootedVersion: release.version,
      dataSchema: release.dataSchema,
      mcu: mcu && { carriesFirmware: release.mcuFirmware !== undefined, protocol: undefined },
      bootedIdentity: record.seals[booted]?.identity,
    },
    release,
    keys: () => readKeyFolder(values['paths.keys'], values['trust.threshold']),
    channelKeys: channelKeys(config),
    policy: {
      // A format may hold fewer than the configuration asks for; all it has is then the best there is.
      tries: Math.min(values['boot-control.tries'], bootControl.abilities.mostTries),
      confirmDeadlineMs: values['confirm.deadline-s'] * 1000,
      checkpointBytes: values['checkpoint.bytes'],
      checkpointMs: values['checkpoint.interval-ms'],
      metered: values['server.metered'],
      byteBudget: values['server.byte-budget'] === 0 ? undefined : values['server.byte-budget'],
      interlockPollMs: values['mcu.poll-interval-ms'],
    },
    bootControl,
    slots: openSlots(config, booted),
    vault,
    data: new FolderSnapshots(
      {
        home: join(values['paths.data'], 'data-snapshot'),
        paths: values['data.paths'],
        budgetBytes: values['data.byte-budget'],
      },
      REAL_FILES,
    ),
    mcu,
    firmware: release.mcuFirmware && new FirmwareFile(values['paths.mcu-firmware'], release.mcuFirmware),
    remoteHeating: new RemoteHeatingFile(values['paths.run'], reporter),
    pair: new PairKeeper(),
    deadline: new Deadline(clock, new DeadlineFile(values['paths.run'], bootId, reporter)),
    holds: configuredHolds(values, mcu, clock, reporter),
    gates: configuredGates(config),
    health: config.health.map((check) => new CommandHealthCheck(check, clock)),
    rebooter: new CommandRebooter(values['reboot.command']),
    clock,
    reporter,
    random: Math.random,
  };
  const close = async (): Promise<void> => {
    await mcu?.close();
    await vault.close();
    await bootControl.close();
  };
  return { device, close };
}

/** Error: CONFIG_INVALID. */
function readBootId(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new AgentError('CONFIG_INVALID', `Configuration: paths.boot-id cannot be read: ${error.message}`, {
      cause: error,
      facts: { path: 'paths.boot-id' },
    });
  }
}

/** One key is enough: a channel brings no bytes, and its keys are used each day. */
function channelKeys({ values }: Config): Device['channelKeys'] {
  if (!values['server.channel']) return undefined;
  return () => readKeyFolder(values['paths.channel-keys'] || values['paths.keys'], 1);
}

/** The partitions of both slots; the booted one's are refused for writing by device number. */
export function openSlots(config: Config, booted: SlotName): Slots {
  return new BlockSlots({
    partitions: config.slots,
    booted,
    lockFolder: config.values['paths.run'],
    bootedPaths: ['/'],
  });
}

/** A page that cannot be read is said and taken for normal: recovery is only what the boot loader clearly asks for. */
async function readBootMode({ values }: Config, reporter: Reporter): Promise<BootMode> {
  const path = values['boot-params.path'];
  if (path === '') return 'normal';
  try {
    return (await readBootParams(path, values['boot-params.offset'])).bootMode;
  } catch (error) {
    if (!(error instanceof BootControlError)) throw error;
    reporter.happened('boot-params-unreadable', error.message, { code: error.code });
    return 'normal';
  }
}

export function systemClock({ values }: Config): SystemClock {
  return new SystemClock({ uptime: values['paths.uptime'], synchronised: values['paths.time-synchronised'] });
}

/** The stream of events of this device. */
export function newReporter(config: Config): Reporter {
  return new Reporter(config.values['device.id'] || idFromMachine());
}

/** The configured boot control; `booted` where it is known. Error: BOOT_CONTROL_FAILED. */
export function openBootControl(
  { values }: Config,
  booted: SlotName | undefined,
): Promise<BootControlBackend> {
  return inBootControl('open the boot control', async () =>
    openBackend(values['boot-control.backend'], {
      path: values['boot-control.path'],
      booted,
      names: bootNames(values),
      counting: countingNamed(values['boot-control.counting']),
      trialMark: values['boot-control.trial-mark'],
    }),
  );
}

function bootNames(values: Config['values']): { readonly a: string; readonly b: string } {
  return { a: values['boot-control.name-a'], b: values['boot-control.name-b'] };
}

export function openVault(config: Config): ReturnType<typeof openFileVault> {
  const [first = '', second = ''] = config.values['paths.vault'];
  return openFileVault(first, second);
}

/** What kernel command line, root device and the configured command say. Error: BOOTED_SLOT_UNKNOWN. */
export async function bootedSlot({ values, slots }: Config): Promise<SlotName> {
  try {
    return await findBootedSlot({
      cmdline: values['paths.cmdline'],
      names: bootNames(values),
      partitions: { a: Object.values(slots.a), b: Object.values(slots.b) },
      command: values['boot-control.booted-command'],
    });
  } catch (error) {
    if (!(error instanceof BootControlError)) throw error;
    throw new AgentError('BOOTED_SLOT_UNKNOWN', `Which slot is booted is not known: ${error.message}`, {
      cause: error,
    });
  }
}

/** Folder in which the store lies, and the store's path. */
export function storePath(config: Config): string {
  return join(config.values['paths.data'], STORE_FILE);
}

/**
 * The store; or, when its partition is full, read-only or gone, one in memory, so that a trial can still end
 * (DESIGN 5). The schema of an older agent is left alone while this slot is not good (rule 15).
 */
async function openStoreOrMemory(
  config: Config,
  { booted, bootControl, reporter, vault }: Board,
): Promise<{ readonly store: SqliteStore; readonly fault: AgentError | undefined }> {
  const boot = await inBootControl('judge the booted slot', () => bootControl.read());
  const mayMigrate = isGood(booted, boot, (await vault.read()).record);
  try {
    mkdirSync(config.values['paths.data'], { recursive: true });
    const { store, setAside } = openStore(storePath(config), { mayMigrate });
    if (setAside !== undefined) {
      reporter.happened(
        'store-set-aside',
        `The store was damaged (${setAside.reason}); kept as ${setAside.path}.`,
      );
    }
    return { store, fault: undefined };
  } catch (error) {
    const fault = storeFault(error);
    reporter.happened('store-out-of-order', fault.message, { code: fault.code });
    return { store: emptyStore(), fault };
  }
}

function emptyStore(): SqliteStore {
  return openStore(':memory:', { mayMigrate: true }).store;
}

function storeFault(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  if (error instanceof Error && 'code' in error) {
    return new AgentError('STORE_UNWRITABLE', `The data folder cannot be used: ${error.message}`, {
      cause: error,
    });
  }
  throw error;
}
