/**
 * Reading what the device holds and not what the page cache remembers (rule 1). Three ways, best first:
 * O_DIRECT; dropping the block device's cache before buffered reads; and, for file slots only, plain reads.
 * It knows memory alignment and Linux's flags, nothing of slots or chunks.
 */
import { execFile } from 'node:child_process';
import { constants, read } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { BufferRing } from '../model/buffer-ring.ts';
import type { ReadBackKind } from '../ports.ts';
import { type AlignedMemory, DIRECT_BLOCK_BYTES, WorkMemory } from './work-memory.ts';

const WASM_PAGE_BYTES = 65_536;
/** `blockdev --flushbufs` writes back what is dirty; nothing is after a flush, so it takes moments. */
const DROP_TIMEOUT_MS = 60_000;

/** A way to read one partition back. Throws what the system threw; fewer bytes than asked mean its end. */
export interface ReadBack {
  readonly kind: ReadBackKind;
  /** At most `length` bytes; the view is valid until the next call but one. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** What was read before no longer counts. */
  written(): void;
  close(): Promise<void>;
}

/** What the system lends; tests give other ones. */
export interface ReadBackTools {
  /** WebAssembly's; off under --jitless. */
  readonly alignedMemory: AlignedMemory;
  /** Drops a block device's clean pages. Undefined when done, else why not. */
  dropCache(path: string): Promise<string | undefined>;
}

export const SYSTEM_TOOLS: ReadBackTools = { alignedMemory, dropCache };

/** The best way that this partition allows; a reason when it is a block device and only the cache could answer. */
export async function openReadBack(
  partition: { readonly path: string; readonly isBlock: boolean },
  reopen: (flags: number) => Promise<FileHandle>,
  tools: ReadBackTools,
  memory: WorkMemory = new WorkMemory(tools.alignedMemory),
): Promise<ReadBack | { readonly kind: 'none'; readonly reason: string }> {
  const direct = await openDirect(reopen, memory);
  if (direct !== undefined) return direct;
  if (!partition.isBlock) {
    return new BufferedReadBack('cached', await reopen(constants.O_RDONLY), async () => undefined);
  }
  const reason = await tools.dropCache(partition.path);
  if (reason !== undefined) return { kind: 'none', reason };
  const drop = () => tools.dropCache(partition.path);
  return new BufferedReadBack('flushed', await reopen(constants.O_RDONLY), drop);
}

/**
 * Like `readFully`, with a third less processor time for short reads: a delta reads its base in ten thousands of
 * pieces, and each promise of the system's own interface costs as much as the bytes.
 */
export function fill(handle: FileHandle, memory: Uint8Array, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const readOn = (done: number): void => {
      read(handle.fd, memory, done, memory.length - done, offset + done, (error, bytesRead) => {
        if (error !== null) reject(error);
        else if (bytesRead === 0 || done + bytesRead === memory.length) resolve(done + bytesRead);
        else readOn(done + bytesRead);
      });
    };
    readOn(0);
  });
}

/** Reads until `length` bytes are in `memory` or the end is reached; gives how many there are. */
export async function readFully(
  handle: FileHandle,
  memory: Uint8Array,
  length: number,
  offset: number,
  block = 1,
): Promise<number> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(memory, done, length - done, offset + done);
    done += bytesRead;
    // O_DIRECT gives less than whole blocks only at the end, and could not go on from there.
    if (bytesRead === 0 || done % block !== 0) break;
  }
  return done;
}

/** Undefined when memory, file system or device cannot do it. */
async function openDirect(
  reopen: (flags: number) => Promise<FileHandle>,
  memory: WorkMemory,
): Promise<ReadBack | undefined> {
  const block = memory.take(DIRECT_BLOCK_BYTES);
  if (block === undefined) return undefined;
  let handle: FileHandle | undefined;
  try {
    handle = await reopen(constants.O_RDONLY | constants.O_DIRECT);
    // Some file systems accept the flag and refuse the first read.
    await handle.read(block, 0, DIRECT_BLOCK_BYTES, 0);
    return new DirectReadBack(handle, memory);
  } catch (error) {
    await handle?.close();
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** What Linux answers where O_DIRECT cannot be, at the opening or at the first use. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EINVAL';
}

class DirectReadBack implements ReadBack {
  readonly kind = 'direct';
  readonly #handle: FileHandle;
  readonly #memory: WorkMemory;
  #turn: 0 | 1 = 0;

  constructor(handle: FileHandle, memory: WorkMemory) {
    this.#handle = handle;
    this.#memory = memory;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const start = offset - (offset % DIRECT_BLOCK_BYTES);
    const before = offset - start;
    const whole = Math.ceil((before + length) / DIRECT_BLOCK_BYTES) * DIRECT_BLOCK_BYTES;
    this.#turn = this.#turn === 0 ? 1 : 0;
    const memory = this.#memory.half(this.#turn, whole);
    if (memory === undefined) throw new RangeError(`no ${whole} bytes of aligned memory`);
    const got = await readFully(this.#handle, memory, whole, start, DIRECT_BLOCK_BYTES);
    return memory.subarray(before, Math.max(before, Math.min(got, before + length)));
  }

  written(): void {
    // Nothing is kept between two reads.
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

class BufferedReadBack implements ReadBack {
  readonly kind: 'flushed' | 'cached';
  readonly #handle: FileHandle;
  readonly #drop: () => Promise<string | undefined>;
  readonly #memory = new BufferRing(2);
  #stale = true;

  constructor(kind: 'flushed' | 'cached', handle: FileHandle, drop: () => Promise<string | undefined>) {
    this.kind = kind;
    this.#handle = handle;
    this.#drop = drop;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (this.#stale) {
      const reason = await this.#drop();
      if (reason !== undefined) throw new Error(`the page cache could not be dropped: ${reason}`);
      this.#stale = false;
    }
    const memory = this.#memory.next().take(length);
    return memory.subarray(0, await readFully(this.#handle, memory, length, offset));
  }

  written(): void {
    this.#stale = true;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** The one part of WebAssembly that is used: its memory is mapped in whole pages, without native code of ours. */
interface WasmMemory {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
}

function alignedMemory(bytes: number): Uint8Array | undefined {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: WasmMemory };
  if (WebAssembly === undefined) return undefined;
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  return new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
}

function dropCache(path: string): Promise<string | undefined> {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  return new Promise((resolve) => {
    execFile('blockdev', ['--flushbufs', path], { env, timeout: DROP_TIMEOUT_MS }, (error) => {
      resolve(error === null ? undefined : error.message.trim());
    });
  });
}
