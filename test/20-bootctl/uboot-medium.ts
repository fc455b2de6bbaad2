/** A U-Boot environment of two copies in one region of memory, and the boot loader that goes by it. */
import {
  countingCopy,
  type DecodedEnv,
  decideUbootBoot,
  decodeEnv,
  type EnvBlock,
  type EnvLayout,
  type EnvMedium,
  encodeEnv,
  FLAG_SCHEMES,
  type FlagSchemeName,
  orderOfEnv,
  type SlotName,
  type UbootCounting,
  UbootEnv,
} from '../../bootctl/index.ts';
import type { Cut, Medium } from './contract.ts';
import { CUT_WRITES, MemoryRegion } from './memory-region.ts';

export const ENV_BYTES = 1024;
const FLAGS_AT = 4;
export const LAYOUT: EnvLayout = { size: ENV_BYTES, redundant: true, endian: 'little' };
/** What a board's own environment has beside ours; kept through every verb. */
export const BOARD = ['bootcmd=run donabe_boot', 'baudrate=115200', '.flags=ethaddr:mc', 'odd=ÿ='];

export interface Board {
  readonly counting: UbootCounting;
  readonly scheme: FlagSchemeName;
}

export class UbootMedium implements Medium {
  region: MemoryRegion;
  readonly board: Board;
  booted: SlotName;

  constructor(board: Board, bytes: Uint8Array, booted: SlotName = 'a') {
    this.board = board;
    this.region = new MemoryRegion(bytes);
    this.booted = booted;
  }

  get writes(): number {
    return this.region.writes.length;
  }

  async open(cut?: Cut): Promise<UbootEnv> {
    const region = new MemoryRegion(this.region.bytes);
    region.cutAt = cut?.at;
    region.cutWrite =
      cut?.how === FLAGS_ONLY ? flagsOnly : (CUT_WRITES.find((how) => how === cut?.how) ?? 'dropped');
    this.region = region;
    return new UbootEnv(mediumOver(region, this.board.scheme), {
      counting: this.board.counting,
      booted: this.booted,
    });
  }

  async copy(): Promise<UbootMedium> {
    return new UbootMedium(this.board, this.region.bytes, this.booted);
  }

  copies(): readonly DecodedEnv[] {
    return [0, 1].map((index) =>
      decodeEnv(this.region.bytes.slice(index * ENV_BYTES, (index + 1) * ENV_BYTES), LAYOUT),
    );
  }

  /** The environment that U-Boot would load; undefined: its built-in default. */
  current(): { readonly index: number; readonly env: EnvBlock } | undefined {
    const copies = this.copies();
    const index = countingCopy(copies, FLAG_SCHEMES[this.board.scheme]);
    const found = index === undefined ? undefined : copies[index];
    return index !== undefined && found?.kind === 'env' ? { index, env: found.env } : undefined;
  }

  async truth(): Promise<string> {
    const current = this.current();
    if (current === undefined) return 'lost';
    const { order, tries, trial } = orderOfEnv(current.env, this.rules);
    const others = current.env.entries.filter((entry) => BOARD.includes(entry));
    return JSON.stringify({ order, tries, trial, others });
  }

  async boot(): Promise<SlotName | undefined> {
    const current = this.current();
    if (current === undefined) return undefined;
    const { slot, save } = decideUbootBoot(current.env, this.rules);
    if (save !== undefined) this.save(save);
    if (slot !== undefined) this.booted = slot;
    return slot;
  }

  /** U-Boot's own save: the copy that does not count, under the next flags. */
  save(env: EnvBlock): void {
    const index = this.current()?.index ?? 1;
    const flags = FLAG_SCHEMES[this.board.scheme].fresh(env.flags);
    this.region.bytes.set(encoded({ ...env, flags }), (1 - index) * ENV_BYTES);
    // NOR: the old copy's flag is cleared in place.
    if (this.board.scheme === 'boolean') this.region.bytes[index * ENV_BYTES + FLAGS_AT] = 0;
  }

  get rules(): { readonly names: { a: string; b: string }; readonly counting: UbootCounting } {
    return { names: { a: 'A', b: 'B' }, counting: this.board.counting };
  }
}

/** Slot a good and active in an environment that U-Boot saved before. */
export async function factory(board: Board, serial = 254): Promise<UbootMedium> {
  const bytes = new Uint8Array(2 * ENV_BYTES);
  bytes.set(encoded({ entries: BOARD, flags: board.scheme === 'boolean' ? 1 : serial }), 0);
  const medium = new UbootMedium(board, bytes);
  await (await medium.open()).initialise('a');
  return medium;
}

export function encoded(env: EnvBlock, layout = LAYOUT): Uint8Array {
  const bytes = encodeEnv(env, layout);
  if (bytes === undefined) throw new Error('the test made an environment that does not fit');
  return bytes;
}

export function mediumOver(region: MemoryRegion, scheme: FlagSchemeName): EnvMedium {
  const copyAt = (offset: number) => ({
    name: `memory at ${offset}`,
    read: () => region.read(offset, ENV_BYTES),
    write: async (bytes: Uint8Array) => {
      await region.write(offset, bytes);
      await region.flush();
    },
  });
  return {
    size: ENV_BYTES,
    scheme,
    copies: [copyAt(0), copyAt(ENV_BYTES)],
    alone: (work) => work(),
    close: () => region.close(),
  };
}

/** Old data under new flags with the old CRC, which does not cover them: whole, and newer than it is. */
export const FLAGS_ONLY = 'flags-only';

function flagsOnly(before: Uint8Array, after: Uint8Array): Uint8Array {
  return before.map((byte, index) => (index === FLAGS_AT ? (after[index] ?? byte) : byte));
}
