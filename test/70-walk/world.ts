/**
 * A device by hand for stories of the walk: real store, vault and boot control over disks in memory, a folder
 * as the server, a clock that jumps, an MCU that says what the story wants. Everything of the device can be
 * replaced, and a reboot is an error that nothing in the agent may catch.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AGENT_VERSION,
  AgentError,
  type Clock,
  createFolderSource,
  Daemon,
  type DaemonParts,
  Deadline,
  type DeadlineMemory,
  type Deployment,
  type Device,
  EMPTY_VAULT,
  enter,
  type Mcu,
  OPEN_GATES,
  openStore,
  PairKeeper,
  RegionVault,
  Reporter,
  type SlotName,
  type Store,
  type UpdateHow,
  type UpdateOutcome,
  update,
  VAULT_COPY_BYTES,
  type VaultRecord,
} from '../../agent/index.ts';
import {
  ANDROID_BACKUP_OFFSET,
  ANDROID_MAIN_OFFSET,
  AndroidMisc,
  decideBoot,
  SECTOR_BYTES,
} from '../../bootctl/index.ts';
import {
  CutCounter,
  type LabRelease,
  NO_DATA,
  PowerCutDisk,
  PowerCutSlots,
  seeded,
} from '../../fixtures/index.ts';
import type { McuVersion, ModeClass } from '../../mcu-bridge/index.ts';
import { buildRelease } from '../../release/index.ts';
import { CHUNK, type LabFolder, PARTITION_BYTES } from '../80-power-cut/lab-releases.ts';
import { Stove, type StoveSetup } from './stove.ts';

export type Published = LabRelease & { readonly published: string };

/** The board was reset by the agent's own request. */
export class BoardReset extends Error {}

/** The daemon sleeps until its next poll. */
export class Asleep extends Error {}

export const POLL_MS = 3_600_000;
export const POWER_ON = Date.parse('2026-06-01T00:00:00Z');
const CLASSES = ['rootfs', 'boot'] as const;
const MISC_BYTES = 8192;

export const DAEMON: UpdateHow = { forced: false, retried: false, consented: false };
export const PERSON: UpdateHow = { forced: false, retried: false, consented: true };
export const FORCE: UpdateHow = { forced: true, retried: true, consented: true };

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Time passes when nobody has anything to do but wait: the one who waits for the least is woken first. */
export class JumpClock implements Clock {
  time = POWER_ON;
  booted = POWER_ON;
  isSynchronised = true;
  /** A sleep of this length or longer throws Asleep. */
  longest = POLL_MS;
  /** Time does not jump further than this at once. */
  reach = Number.POSITIVE_INFINITY;
  readonly #sleepers = new Set<Sleeper>();
  #pumping = false;

  now(): number {
    return this.time;
  }
  synchronised(): boolean {
    return this.isSynchronised;
  }
  monotonic(): number {
    return this.time;
  }
  uptime(): number {
    return this.time - this.booted;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (ms >= this.longest) throw new Asleep(`asleep for ${ms} ms`);
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { due: this.time + Math.max(ms, 0), wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', wake, { once: true });
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      const [next] = [...this.#sleepers].sort((left, right) => left.due - right.due);
      if (next === undefined || next.due - this.time > this.reach) return;
      this.time = Math.max(this.time, next.due);
      next.wake();
      this.#pump();
    });
  }
}

const MOODY_VERSION: McuVersion = {
  protocol: { lowest: 1, highest: 1 },
  answering: 'application',
  keepsPrevious: false,
  hardware: { product: 1, revision: 1 },
  bootLoader: '1.0.0',
  firmware: '1.0.0',
  capacity: 0,
  pageSize: 1024,
  firmwareDigest: undefined,
};

function neverAsked(what: string): () => Promise<never> {
  return async () => {
    throw new Error(`the MCU of moods was asked for ${what}`);
  };
}

/** What the MCU is doing: a class, or silence. */
export type Mood = ModeClass | 'silent';

/** An MCU of moods: `mood` is asked at each question. */
export function moodyMcu(
  mood: () => Mood,
  mayReboot: () => boolean = () => mood() !== 'busy',
): Mcu & {
  readonly announced: number;
} {
  const status = async (): ReturnType<Mcu['status']> => {
    const now = mood();
    if (now === 'silent') throw new AgentError('MCU_SILENT', 'The MCU does not answer.');
    return {
      mode: 0,
      modeName: now === 'busy' ? 'cooking' : 'idle',
      class: now,
      lidOpen: false,
      heaterPercent: 0,
      programme: 0,
      minutesLeft: 0,
      faultCode: 0,
      supplyMillivolts: 5000,
      temperatures: { bottom: 20, lid: 20, board: 20 },
      uptimeSeconds: 1,
    };
  };
  const mcu = {
    announced: 0,
    status,
    handshake: async () => ({
      version: MOODY_VERSION,
      status: await status(),
    }),
    mayReboot: async () => {
      await status();
      return { allowed: mayReboot(), reason: 'because' };
    },
    mayFlash: async () => {
      await status();
      return { allowed: mood() === 'free', reason: 'because' };
    },
    // It carries no firmware of a release: nobody may want to change it.
    transferState: neverAsked('transferState'),
    transfer: neverAsked('transfer'),
    activate: neverAsked('activate'),
    accept: neverAsked('accept'),
    discardOld: neverAsked('discardOld'),
    abort: neverAsked('abort'),
    prepareReboot: async () => {
      await status();
      mcu.announced += 1;
    },
    close: async () => undefined,
  };
  return mcu;
}

/** An appliance between two boots. */
export class World {
  readonly counter = new CutCounter();
  readonly folder = mkdtempSync(join(tmpdir(), 'donabe-walk-'));
  readonly random = seeded(7);
  readonly clock = new JumpClock();
  readonly log: string[] = [];
  readonly disks: Record<SlotName, Record<string, PowerCutDisk>>;
  readonly misc = this.disk('misc', MISC_BYTES);
  readonly vaultDisks = [
    this.disk('vault-0', VAULT_COPY_BYTES),
    this.disk('vault-1', VAULT_COPY_BYTES),
  ] as const;
  /** The MCU; undefined for a product without one. */
  stove: Stove | undefined;
  /** What the vendor's services were told, newest last. */
  readonly heatingSaid: string[] = [];
  readonly heating = {
    allow: () => void this.heatingSaid.push('allowed'),
    refuse: (reason: string) => void this.heatingSaid.push(`refused ${reason}`),
  };
  /** The run folder: lost with each boot. */
  #standstill: ReturnType<DeadlineMemory['load']>;
  readonly deadlineMemory: DeadlineMemory = {
    load: () => this.#standstill,
    save: (state) => {
      this.#standstill = state;
    },
  };
  readonly #keys: LabFolder['keys'];
  readonly #releases: readonly LabRelease[];
  #boots = 0;
  #store: Store | undefined;

  private constructor(keys: LabFolder['keys'], releases: readonly LabRelease[]) {
    this.#keys = keys;
    this.#releases = releases;
    const slot = (name: SlotName): Record<string, PowerCutDisk> =>
      Object.fromEntries(
        CLASSES.map((each) => {
          const content = name === 'a' ? new Uint8Array(PARTITION_BYTES) : this.random.bytes(PARTITION_BYTES);
          if (name === 'a') content.set(releases[0]?.images[each] ?? []);
          return [each, this.disk(`${each}_${name}`, content)];
        }),
      );
    this.disks = { a: slot('a'), b: slot('b') };
  }

  /** As it leaves the factory, running the first of `releases` in slot a; the others may be met in a slot. */
  static async create(keys: LabFolder['keys'], ...releases: readonly LabRelease[]): Promise<World> {
    const world = new World(keys, releases);
    const [factory] = releases;
    if (factory === undefined) throw new Error('a world needs a factory release');
    await world.bootControl().initialise('a');
    await world.vault().write({ ...EMPTY_VAULT, seals: { a: factory.seal } });
    return world;
  }

  /** Puts an MCU beside the board; it is there from the next boot on. */
  withStove(setup: StoveSetup): Stove {
    this.stove = new Stove(() => this.clock.time, setup);
    return this.stove;
  }

  dispose(): void {
    this.#store?.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  disk(label: string, content: number | Uint8Array): PowerCutDisk {
    return new PowerCutDisk(label, content, this.counter, this.random);
  }

  bootControl(): AndroidMisc {
    return new AndroidMisc(this.misc.open());
  }

  vault(): RegionVault {
    return new RegionVault([this.vaultDisks[0].open(), this.vaultDisks[1].open()]);
  }

  async record(): Promise<VaultRecord> {
    return (await this.vault().read()).record;
  }

  async tellVault(change: (record: VaultRecord) => VaultRecord): Promise<void> {
    await this.vault().write(change(await this.record()));
  }

  get store(): Store {
    this.#store ??= openStore(join(this.folder, 'store.sqlite'), { mayMigrate: true }).store;
    return this.#store;
  }

  get row(): Deployment | undefined {
    return this.store.deployment();
  }

  /** The process ends and the store's file is opened anew. */
  closeStore(): void {
    this.#store?.dispose();
    this.#store = undefined;
  }

  /** The data partition and the vault are gone. */
  async forget(): Promise<void> {
    this.closeStore();
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(this.folder, `store.sqlite${suffix}`), { force: true });
    for (const disk of this.vaultDisks) {
      const handle = disk.open();
      await handle.write(0, new Uint8Array(disk.size));
      await handle.flush();
    }
  }

  /** The release that a slot holds; undefined for anything else. */
  contentOf(slot: SlotName): LabRelease | undefined {
    return this.#releases.find(({ images }) =>
      Object.entries(images).every(([each, image]) => {
        const held = this.disks[slot][each]?.durable().subarray(0, image.length);
        return held !== undefined && Buffer.compare(held, image) === 0;
      }),
    );
  }

  /** Every first sector of the slot is zero: it cannot boot by accident. */
  beheaded(slot: SlotName): boolean {
    return Object.values(this.disks[slot]).every((disk) =>
      disk
        .durable()
        .subarray(0, SECTOR_BYTES)
        .every((byte) => byte === 0),
    );
  }

  /** The boot loader's turn; what it wrote is durable. */
  async bootLoader(): Promise<SlotName> {
    const misc = this.misc.open();
    const main = await misc.read(ANDROID_MAIN_OFFSET, SECTOR_BYTES);
    const backup = await misc.read(ANDROID_BACKUP_OFFSET, SECTOR_BYTES);
    const { slot, writeMain, writeBackup } = decideBoot(main, backup);
    for (const [offset, sector, block] of [
      [ANDROID_MAIN_OFFSET, main, writeMain],
      [ANDROID_BACKUP_OFFSET, backup, writeBackup],
    ] as const) {
      if (block === undefined) continue;
      sector.set(block);
      await misc.write(offset, sector);
      await misc.flush();
    }
    if (slot === undefined) throw new Error('bricked: nothing is bootable');
    return slot;
  }

  /** A new kernel boot, in the slot that the boot loader takes. */
  async boot(change: Partial<Device> = {}): Promise<Device> {
    const slot = await this.bootLoader();
    this.#boots += 1;
    this.clock.time += 10_000;
    this.clock.booted = this.clock.time;
    this.#standstill = undefined;
    return this.start(slot, change);
  }

  /** A new start of the agent in the running kernel. */
  async start(slot: SlotName, change: Partial<Device> = {}): Promise<Device> {
    const release = this.contentOf(slot);
    if (release === undefined)
      throw new Error(`slot ${slot} boots what nobody released\n${this.log.join('\n')}`);
    const { seal } = release;
    const record = await this.record();
    const reporter = new Reporter('world');
    reporter.on('happened', ({ name, message }) => this.log.push(`${slot} ${name}: ${message}`));
    return {
      id: 'world',
      booted: slot,
      bootId: `boot-${this.#boots}`,
      bootMode: 'normal',
      profile: {
        compatible: 'donabe-cooker/lab',
        channel: 'stable',
        slotClasses: CLASSES,
        agentVersion: AGENT_VERSION,
        mcu: this.stove && { carriesFirmware: release.firmware !== undefined, protocol: undefined },
        bootedVersion: seal.version,
        dataSchema: undefined,
        bootedIdentity: record.seals[slot]?.identity,
      },
      release: {
        compatible: 'donabe-cooker/lab',
        version: seal.version,
        sequence: seal.sequence,
        securityVersion: seal.securityVersion,
        channel: 'stable',
        created: new Date(seal.created).toISOString(),
        ...this.stove?.info(release),
      },
      keys: async () => ({ ring: this.#keys.ring, threshold: 1 }),
      channelKeys: undefined,
      policy: {
        tries: 3,
        confirmDeadlineMs: 600_000,
        checkpointBytes: 128 * 1024,
        checkpointMs: 1_000_000,
        byteBudget: undefined,
        metered: true,
        interlockPollMs: 10_000,
      },
      bootControl: this.bootControl(),
      slots: new PowerCutSlots(this.disks, slot),
      store: this.store,
      storeFault: undefined,
      vault: this.vault(),
      data: NO_DATA,
      mcu: undefined,
      firmware: undefined,
      remoteHeating: this.heating,
      pair: new PairKeeper(),
      deadline: new Deadline(this.clock, this.deadlineMemory),
      holds: [],
      gates: OPEN_GATES,
      health: [
        {
          name: 'world',
          run: async () => ({
            healthy: release.healthy,
            detail: release.healthy ? '' : 'the image is broken',
          }),
        },
      ],
      rebooter: {
        reboot: async () => {
          throw new BoardReset('the board resets');
        },
      },
      clock: this.clock,
      reporter,
      random: () => this.random.next(),
      ...this.stove?.parts(release),
      ...change,
    };
  }

  /** One walk as the daemon makes it: entry, then update. 'reset' when it ended in a reboot. */
  async walk(
    device: Device,
    from: { readonly published: string } | undefined,
    how: UpdateHow = DAEMON,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<UpdateOutcome['kind'] | 'reset' | 'entered'> {
    return orReset(async () => {
      await enter(device, signal);
      if (from === undefined) return 'entered' as const;
      return (await update(device, createFolderSource(from.published), how, signal)).kind;
    });
  }

  daemon(device: Device, change: Partial<DaemonParts> = {}): Daemon {
    return new Daemon({
      device,
      source: undefined,
      openSource: createFolderSource,
      lock: () => () => undefined,
      pollIntervalMs: POLL_MS,
      pollJitterPercent: 0,
      ...change,
    });
  }

  /** Runs a daemon until it sleeps until its next poll ('asleep'), the board resets ('reset') or it was stopped. */
  live(device: Device, change: Partial<DaemonParts> = {}): Promise<'asleep' | 'reset' | 'stopped'> {
    return this.liveOf(this.daemon(device, change));
  }

  async liveOf(daemon: Daemon): Promise<'asleep' | 'reset' | 'stopped'> {
    try {
      return await orReset(async () => {
        await daemon.run();
        return 'stopped' as const;
      });
    } catch (error) {
      if (error instanceof Asleep) return 'asleep';
      throw error;
    }
  }

  /** After a power cut: lots are drawn for what was not flushed. */
  settle(): void {
    const slots = [...Object.values(this.disks.a), ...Object.values(this.disks.b)];
    for (const disk of [...slots, this.misc, ...this.vaultDisks]) disk.settle();
  }

  /** Ready for trial: `release` is in the other slot, active and not yet booted. */
  async installed(release: Published): Promise<void> {
    const outcome = await this.walk(await this.boot(), release);
    if (outcome !== 'reset') throw new Error(`no reboot but ${outcome}:\n${this.log.join('\n')}`);
  }

  said(): string {
    return this.log.join('\n');
  }
}

/** What `work` gives, or 'reset' when the board was reset. */
export async function orReset<T>(work: () => Promise<T>): Promise<T | 'reset'> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BoardReset) return 'reset';
    throw error;
  }
}

/** The code of the AgentError that `work` ends with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    const value = await work;
    return `no error but ${String(value)}`;
  } catch (error) {
    if (error instanceof AgentError) return error.code;
    throw error;
  }
}

/** The same images published again with other words in the manifest: same identity, another envelope. */
export async function republish(
  folder: LabFolder,
  release: Published,
  words: Pick<Parameters<typeof buildRelease>[0], 'apply' | 'expires' | 'severity'>,
): Promise<Published> {
  const { version, sequence } = release.seal;
  const published = join(folder.folder, `${version}-${Object.values(words).join('-').replaceAll(':', '')}`);
  await mkdir(published);
  await buildRelease({
    folder: published,
    images: CLASSES.map((each) => ({ class: each, path: join(folder.folder, `${each}-${version}.img`) })),
    compatible: 'donabe-cooker/lab',
    version,
    sequence,
    created: '2026-01-01T00:00:00Z',
    chunkSize: CHUNK,
    quality: 'fast',
    keys: folder.keys.privateKeys,
    ...words,
  });
  return { ...release, published };
}
