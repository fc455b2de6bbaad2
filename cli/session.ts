/**
 * How verbs of the agent reach a device: load the configuration, take the lock where they walk, build the
 * adapters, clean up. The only file of this room that knows signals. It must not know what a verb does.
 */
import type { Board, Config, Device, Opened, StoreReader } from '../agent/index.ts';
import { packageFacts } from './package-facts.ts';

export const DEFAULT_CONFIG = '/etc/donabe/donabe.toml';

export type AgentRoom = typeof import('../agent/index.ts');

/** What a verb that only reads works with. */
export interface Reading {
  readonly room: AgentRoom;
  readonly config: Config;
  readonly device: Board & { readonly store: StoreReader };
}

/** What a verb that walks works with; the lock is held. */
export interface Walking {
  readonly room: AgentRoom;
  readonly config: Config;
  readonly device: Device;
  /** Aborted by Ctrl-C and SIGTERM, and by SIGUSR2: a request waits, and whoever left it gets the lock (rule 16). */
  readonly signal: AbortSignal;
}

/** Loaded when a verb runs: `donabe --help` needs no database. Error: NODE_MISMATCH. */
export async function agentRoom(): Promise<AgentRoom> {
  const room = await import('../agent/index.ts');
  const { version, versions, arch } = process;
  room.requireNode(packageFacts(), { version, abi: versions.modules, arch });
  return room;
}

/** Runs a verb that never takes the lock. */
export async function reading<T>(configPath: string, verb: (reading: Reading) => Promise<T>): Promise<T> {
  const room = await agentRoom();
  const config = await room.loadConfig(configPath);
  return closing(await room.openToRead(config, room.newReporter(config)), (device) =>
    verb({ room, config, device }),
  );
}

/** Runs a verb under the lock. Error: LOCKED, before anything was opened. */
export async function walking<T>(
  configPath: string,
  name: string,
  verb: (walking: Walking) => Promise<T>,
): Promise<T> {
  const room = await agentRoom();
  const config = await room.loadConfig(configPath);
  room.refuseWarnings(config);
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort('terminate');
  const makeWay = (): void => interrupted.abort('request');
  // Before the lock is taken: whoever finds it held may signal at once, and the system's own answer is death.
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGUSR2', makeWay);
  let lock: ReturnType<AgentRoom['acquireLock']> | undefined;
  try {
    lock = room.acquireLock(config.values['paths.run'], name);
    const opened = await room.openDevice(config, room.newReporter(config));
    return await closing(opened, (device) => verb({ room, config, device, signal: interrupted.signal }));
  } finally {
    lock?.release();
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGUSR2', makeWay);
  }
}

async function closing<D, T>(opened: Opened<D>, work: (device: D) => Promise<T>): Promise<T> {
  try {
    return await work(opened.device);
  } finally {
    await opened.close();
  }
}
