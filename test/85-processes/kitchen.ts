/**
 * One cooker with everything around it: appliance, its release server, its MCU on a pseudo-terminal, and the view
 * from outside. Every process is a real one and is gone after `close`. It must not know what a test expects.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Appliance,
  boardMark,
  createAppliance,
  markedEnvironment,
  markedProcesses,
  Observer,
  type ReleaseServer,
  type RunningAppliance,
  type Simulator,
  type SimulatorOptions,
  SMALL_SIZES,
  type SystemRelease,
  startAppliance,
  startReleaseServer,
  startSimulator,
  TREE_PLACES,
} from '../../fixtures/index.ts';
import { OLD_FIRMWARE, publish, type Workshop } from './workshop.ts';

export interface KitchenOptions {
  readonly mcu?: SimulatorOptions;
  /** Slows every download down; undefined: as fast as it goes. */
  readonly bytesPerSecond?: number;
  readonly tokens?: Readonly<Record<string, string>>;
}

/** What the command answered. */
export interface Answer {
  /** Exit status; undefined when it was killed, as every process is by a reboot that it asked for. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export class Kitchen {
  readonly appliance: Appliance;
  readonly server: ReleaseServer;
  readonly simulator: Simulator;
  readonly observer: Observer;
  readonly #folder: string;
  #board: RunningAppliance | undefined;

  private constructor(folder: string, appliance: Appliance, server: ReleaseServer, simulator: Simulator) {
    this.#folder = folder;
    this.appliance = appliance;
    this.server = server;
    this.simulator = simulator;
    this.observer = new Observer(appliance.places);
  }

  /** As it left the factory with `factory` in slot a; switched off, nothing published. */
  static async open(
    workshop: Workshop,
    factory: SystemRelease,
    options: KitchenOptions = {},
  ): Promise<Kitchen> {
    const folder = await mkdtemp(join(tmpdir(), 'donabe-kitchen-'));
    await mkdir(join(folder, 'public'));
    const { bytesPerSecond, mcu, tokens } = options;
    const server = await startReleaseServer(
      join(folder, 'public'),
      bytesPerSecond === undefined ? {} : { bytesPerSecond },
    );
    const appliance = await createAppliance({
      folder: join(folder, 'cooker'),
      factoryRelease: { folder: factory.folder, ring: workshop.keys.ring },
      slotSizes: { rootfs: SMALL_SIZES.rootfs, boot: SMALL_SIZES.boot },
      tokens: { SERVER: server.url, ...tokens },
      timing: { restartDelayMs: 50, watchdogMs: 10 },
    });
    const simulator = await startSimulator({
      mode: 'idle',
      factoryFirmware: OLD_FIRMWARE,
      flashFile: appliance.places.mcuFlash,
      ...mcu,
    });
    await symlink(simulator.path, appliance.places.mcu);
    return new Kitchen(folder, appliance, server, simulator);
  }

  /** The running appliance; an error before `switchOn`. */
  get board(): RunningAppliance {
    if (this.#board === undefined) throw new Error('the appliance was not switched on');
    return this.#board;
  }

  /** A boot loader process, and in it the first boot; also after the one before was killed. */
  async switchOn(): Promise<RunningAppliance> {
    this.#board = await startAppliance(this.appliance);
    return this.#board;
  }

  /** The serial adapter is pulled: its node goes away under whoever has it open. */
  async unplugMcu(): Promise<void> {
    await rm(this.appliance.places.mcu);
    await this.simulator.unplug();
  }

  async plugInMcu(): Promise<void> {
    await symlink(await this.simulator.plugIn(), this.appliance.places.mcu);
  }

  async publish(release: SystemRelease): Promise<void> {
    await publish(release, join(this.#folder, 'public'));
  }

  /**
   * `donabe ARGS` with the command and configuration of the image that was booted last. A process of the board, as
   * a technician's shell is: it ends with the power.
   */
  async donabe(...args: readonly string[]): Promise<Answer> {
    const { boot, power } = await this.board.status();
    const root = join(this.appliance.places.boots, String(boot), 'root');
    const configuration = join(root, TREE_PLACES.configuration);
    const mark = boardMark(this.appliance.places.folder, power === 'on' ? this.board.pid : process.pid);
    const file = join(root, TREE_PLACES.node);
    const options = { env: { ...process.env, ...markedEnvironment(mark) } };
    return await new Promise((resolve, reject) => {
      const whole = [join(root, TREE_PLACES.main), '--config', configuration, ...args];
      const child = execFile(file, whole, options, (error, stdout, stderr) => {
        if (child.exitCode === null && child.signalCode === null) reject(error);
        else resolve({ status: child.exitCode ?? undefined, stdout, stderr });
      });
    });
  }

  /** Processes of the board that are still there. */
  async leftRunning(): Promise<readonly number[]> {
    return await markedProcesses(boardMark(this.appliance.places.folder));
  }

  /** Ends all of it and removes the files; returns the processes that were left after the board was stopped. */
  async close(): Promise<readonly number[]> {
    await this.#board?.stop();
    const left = await this.leftRunning();
    await this.server.stop();
    await this.simulator.stop();
    await rm(this.#folder, { recursive: true, force: true });
    return left;
  }
}
