/**
 * Writing past the page cache (O_DIRECT): an image that passes through the cache costs a copy and a page for each
 * byte, drives out what the running system needs, and is flushed in jerks that stop the writer.
 * It knows memory alignment and Linux's flags, nothing of slots or chunks; what it cannot write is the caller's.
 */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { isRefusal } from './read-back.ts';
import { type AlignedMemory, DIRECT_BLOCK_BYTES, type WorkMemory } from './work-memory.ts';

/** Undefined where there is no aligned memory, or the file system has no such way. */
export async function openDirectWriter(
  reopen: (flags: number) => Promise<FileHandle>,
  alignedMemory: AlignedMemory,
  memory: WorkMemory,
): Promise<DirectWriter | undefined> {
  if (memory.take(DIRECT_BLOCK_BYTES) === undefined) return undefined;
  try {
    return new DirectWriter(await reopen(constants.O_RDWR | constants.O_DIRECT), alignedMemory, memory);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** What it wrote is in the device, and durable only after fdatasync of any handle. */
export class DirectWriter {
  readonly #handle: FileHandle;
  readonly #alignedMemory: AlignedMemory;
  /** What lies in it at a block is written without a copy. */
  readonly #memory: WorkMemory;
  /** Of copies that were written: as many as were under way at a time, as large as they were ever needed. */
  readonly #spare: Uint8Array[] = [];
  #refused = false;

  constructor(handle: FileHandle, alignedMemory: AlignedMemory, memory: WorkMemory) {
    this.#handle = handle;
    this.#memory = memory;
    this.#alignedMemory = alignedMemory;
  }

  /**
   * How many bytes of `data`, from its beginning, are written: whole blocks, none when the offset is not that of a
   * block or the device refuses. Throws what the system threw.
   */
  async write(offset: number, data: Uint8Array): Promise<number> {
    const whole = data.length - (data.length % DIRECT_BLOCK_BYTES);
    if (this.#refused || whole === 0 || offset % DIRECT_BLOCK_BYTES !== 0) return 0;
    const blocks = data.subarray(0, whole);
    if (this.#memory.isAligned(data)) return this.#writeBlocks(offset, blocks);
    const memory = this.#take(whole);
    if (memory === undefined) return 0;
    try {
      memory.set(blocks);
      return await this.#writeBlocks(offset, memory.subarray(0, whole));
    } finally {
      this.#spare.push(memory);
    }
  }

  async #writeBlocks(offset: number, blocks: Uint8Array): Promise<number> {
    let done = 0;
    try {
      while (done < blocks.length) {
        const { bytesWritten } = await this.#handle.write(blocks, done, blocks.length - done, offset + done);
        // Less than whole blocks: it could not go on from there.
        if (bytesWritten === 0 || bytesWritten % DIRECT_BLOCK_BYTES !== 0) break;
        done += bytesWritten;
      }
    } catch (error) {
      // Some file systems accept the flag and refuse the first write.
      if (!isRefusal(error)) throw error;
      this.#refused = true;
    }
    return done;
  }

  #take(bytes: number): Uint8Array | undefined {
    const spare = this.#spare.pop();
    return spare !== undefined && spare.length >= bytes ? spare : this.#alignedMemory(bytes);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
