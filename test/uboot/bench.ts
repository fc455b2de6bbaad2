/**
 * One board on the bench, for one scenario: its disk, its environment from Linux's side, and the power switch.
 * It knows where things lie on the disk, nothing of what a scenario expects.
 */
import assert from 'node:assert/strict';
import { constants, copyFile, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BackendOptions,
  type BootControlBackend,
  bootedSlotFrom,
  openBackend,
  type SlotName,
} from '../../bootctl/index.ts';
import {
  countingCopy,
  decodeEnv,
  type EnvLayout,
  encodeEnv,
  FLAG_SCHEMES,
} from '../../bootctl/uboot-env-block.ts';
import type { KernelEnd } from './kernel.ts';
import { powerOn } from './machine.ts';
import {
  COPY_OFFSETS,
  ENVIRONMENT_BYTES,
  type Layout,
  overwrite,
  type Parts,
  SLOT_OFFSETS,
} from './parts.ts';
import { tool } from './tools.ts';

/** What zeroing the first chunk of an image destroys; no file system can be read without it. */
const FIRST_CHUNK_BYTES = 64 * 1024;

/** The serial of a copy is one byte. */
export const SERIALS = 256;

export type Variables = Readonly<Record<string, string>>;

export interface Run {
  /** Slots whose kernel ran, in order, by the command line that it got. */
  readonly started: readonly SlotName[];
  readonly console: string;
}

export class Bench {
  /** The `fw_env.config` of this board's environment. */
  readonly config: string;
  readonly folder: string;
  readonly layout: Layout;
  readonly parts: Parts;
  /** Indexes of the copies of the environment. */
  readonly copies: readonly number[];
  readonly #disk: string;

  private constructor(folder: string, layout: Layout, parts: Parts) {
    this.folder = folder;
    this.copies = [...COPY_OFFSETS[layout].keys()];
    this.config = join(folder, 'fw_env.config');
    this.layout = layout;
    this.parts = parts;
    this.#disk = join(folder, 'disk.img');
  }

  /** A board with a healthy system in slot a, none in slot b, and no environment yet. */
  static async make(folder: string, layout: Layout, parts: Parts): Promise<Bench> {
    const bench = new Bench(folder, layout, parts);
    await mkdir(folder);
    await copyFile(parts.disks[layout], bench.#disk, constants.COPYFILE_EXCL);
    const lines = COPY_OFFSETS[layout].map(
      (offset) => `${bench.#disk} ${hex(offset)} ${hex(ENVIRONMENT_BYTES)}`,
    );
    await writeFile(bench.config, `${lines.join('\n')}\n`);
    await bench.install('a', 'switches off');
    return bench;
  }

  /** Puts a whole system into a slot. */
  async install(slot: SlotName, end: KernelEnd): Promise<void> {
    await overwrite(this.#disk, SLOT_OFFSETS[slot], this.parts.slots[end]);
  }

  /** A slot whose first chunk is withheld, as it is while an update writes it. */
  async halfWrite(slot: SlotName): Promise<void> {
    await this.install(slot, 'switches off');
    await overwrite(this.#disk, SLOT_OFFSETS[slot], new Uint8Array(FIRST_CHUNK_BYTES));
  }

  /** The bytes of one copy of the environment. */
  async copy(index: number): Promise<Uint8Array> {
    const handle = await open(this.#disk, 'r');
    try {
      const bytes = new Uint8Array(ENVIRONMENT_BYTES);
      await handle.read(bytes, 0, bytes.length, this.#offsetOf(index));
      return bytes;
    } finally {
      await handle.close();
    }
  }

  /** Overwrites one copy, or the part of it from byte `from` on. */
  async setCopy(index: number, bytes: Uint8Array, from = 0): Promise<void> {
    await overwrite(this.#disk, this.#offsetOf(index) + from, bytes);
  }

  /** Writes both copies anew with our codec, the first one being the newer; what was there is gone. */
  async setAll(variables: Variables, serial = 1): Promise<void> {
    const entries = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    for (const index of this.copies) {
      const bytes = encodeEnv({ entries, flags: (serial - index + SERIALS) % SERIALS }, this.#envLayout);
      if (bytes === undefined) throw new RangeError('the variables do not fit');
      await this.setCopy(index, bytes);
    }
  }

  /** Like `setAll`, by mkenvimage. */
  async setAllByTool(variables: Variables): Promise<void> {
    const [source, image] = [join(this.folder, 'variables'), join(this.folder, 'environment.img')];
    await writeFile(source, linesOf(variables));
    const copies = this.layout === 'redundant' ? ['-r'] : [];
    await tool('mkenvimage', ...copies, '-s', hex(ENVIRONMENT_BYTES), '-o', image, source);
    for (const index of this.copies) await this.setCopy(index, await readFile(image));
  }

  /** The variables of the copy that counts, by our codec. */
  async ourVariables(): Promise<Variables> {
    const copies = await Promise.all(this.copies.map((index) => this.copy(index)));
    const decoded = copies.map((bytes) => decodeEnv(bytes, this.#envLayout));
    const counts = decoded[countingCopy(decoded, FLAG_SCHEMES.incremental) ?? 0];
    assert.equal(counts?.kind, 'env', 'no copy of the environment is whole');
    return Object.fromEntries(counts.env.entries.map(split));
  }

  /** Does something with boot control as the agent would, and closes it. */
  async withBootControl<T>(
    use: (bootControl: BootControlBackend) => Promise<T>,
    options: Omit<BackendOptions, 'path'> = {},
  ): Promise<T> {
    const bootControl = await openBackend('uboot-env', { ...options, path: this.config });
    try {
      return await use(bootControl);
    } finally {
      await bootControl.close();
    }
  }

  /** The variables as libubootenv reads them; the order of lines is the tool's. */
  async toolVariables(): Promise<Variables> {
    const lines = (await tool('fw_printenv', '-c', this.config)).split('\n').filter((line) => line !== '');
    return Object.fromEntries(lines.map(split));
  }

  /** Sets variables with libubootenv, all in one write. */
  async setByTool(variables: Variables): Promise<void> {
    const script = join(this.folder, 'changes');
    await writeFile(script, linesOf(variables));
    await tool('fw_setenv', '-c', this.config, '-s', script);
  }

  /** Switches the board on and waits until it is off again. `settings`: another bank for U-Boot to start with. */
  async powerOn(how: { readonly cutAt?: RegExp; readonly settings?: string } = {}): Promise<Run> {
    const { firmware, settings } = this.parts;
    const board = { firmware, settings: how.settings ?? settings, disk: this.#disk };
    const console = await powerOn(board, how.cutAt);
    return { started: startedIn(console), console };
  }

  get #envLayout(): EnvLayout {
    return { size: ENVIRONMENT_BYTES, redundant: this.layout === 'redundant', endian: 'little' };
  }

  #offsetOf(index: number): number {
    const offset = COPY_OFFSETS[this.layout][index];
    if (offset === undefined) throw new RangeError(`the ${this.layout} environment has no copy ${index}`);
    return offset;
  }
}

/** The slots that the kernels on a console were started for, by the same reader as the agent's. */
function startedIn(console: string): readonly SlotName[] {
  return [...console.matchAll(/^KERNEL [^:]+: (.+)$/gm)].map(([, commandLine]) =>
    bootedSlotFrom(commandLine ?? ''),
  );
}

function split(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

function linesOf(variables: Variables): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
