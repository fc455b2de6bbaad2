/**
 * One open partition, a file or a block device: reads and writes complete or fail with the step's code.
 * It knows offsets and sizes, nothing of images, of which slot may be written, or of how it came to be open.
 */
import type { FileHandle } from 'node:fs/promises';
import { AgentError, type AgentErrorCode } from '../errors.ts';
import type { ImageReader, ImageTarget, ReadBackKind, SlotName } from '../ports.ts';
import type { DirectWriter } from './direct-write.ts';
import { fill, type ReadBack, readFully } from './read-back.ts';
import type { WorkMemory } from './work-memory.ts';

/** The largest chunk that a chunk index may name; one buffer of this size bounds a partition's memory. */
const MOST_READ_BYTES = 4 * 1_048_576;

export interface PartitionFacts {
  readonly slot: SlotName;
  readonly slotClass: string;
  readonly path: string;
  readonly capacity: number;
}

export class PartitionReader implements ImageReader {
  readonly slot: SlotName;
  readonly slotClass: string;
  readonly capacity: number;
  protected readonly path: string;
  protected readonly handle: FileHandle;
  #memory: Uint8Array = new Uint8Array(0);

  constructor(facts: PartitionFacts, handle: FileHandle) {
    this.slot = facts.slot;
    this.slotClass = facts.slotClass;
    this.capacity = facts.capacity;
    this.path = facts.path;
    this.handle = handle;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.complete('read', offset, length, async () => {
      if (this.#memory.length < length) this.#memory = new Uint8Array(length);
      return this.#memory.subarray(0, await readFully(this.handle, this.#memory, length, offset));
    });
  }

  async readInto(offset: number, memory: Uint8Array): Promise<void> {
    await this.complete('read', offset, memory.length, async () =>
      memory.subarray(0, await fill(this.handle, memory, offset)),
    );
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** What `body` gives, if it is as long as it was asked for. */
  protected async complete(
    verb: string,
    offset: number,
    length: number,
    body: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    if (length > MOST_READ_BYTES) {
      throw this.failure('SLOT_READ_FAILED', verb, offset, length, new RangeError('larger than any chunk'));
    }
    const bytes = await this.attempt('SLOT_READ_FAILED', verb, offset, length, body);
    if (bytes.length !== length) {
      throw this.failure(
        'SLOT_READ_FAILED',
        verb,
        offset,
        length,
        new RangeError('the partition ends before'),
      );
    }
    return bytes;
  }

  protected async attempt<T>(
    code: AgentErrorCode,
    verb: string,
    offset: number,
    length: number,
    body: () => Promise<T>,
  ): Promise<T> {
    try {
      return await body();
    } catch (cause) {
      throw this.failure(code, verb, offset, length, cause);
    }
  }

  protected failure(
    code: AgentErrorCode,
    verb: string,
    offset: number,
    length: number,
    cause?: unknown,
  ): AgentError {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    return new AgentError(
      code,
      `Could not ${verb} ${length} bytes at offset ${offset} of ${this.path}${why}.`,
      {
        facts: { path: this.path, slot: this.slot, slotClass: this.slotClass, offset, length },
        cause,
      },
    );
  }
}

/** The ways past the page cache; `direct` is undefined where there is none for writing. */
export interface PartitionWays {
  readonly memory: WorkMemory;
  readonly readBack: ReadBack;
  readonly direct: DirectWriter | undefined;
}

/** Opened exclusively by `BlockSlots`; `release` ends the exclusion after all handles are closed. */
export class PartitionTarget extends PartitionReader implements ImageTarget {
  readonly #readBack: ReadBack;
  readonly #direct: DirectWriter | undefined;
  readonly #memory: WorkMemory;
  readonly #release: () => void;

  constructor(facts: PartitionFacts, handle: FileHandle, ways: PartitionWays, release: () => void) {
    super(facts, handle);
    this.#readBack = ways.readBack;
    this.#direct = ways.direct;
    this.#memory = ways.memory;
    this.#release = release;
  }

  memory(bytes: number): Uint8Array {
    return this.#memory.take(bytes) ?? new Uint8Array(bytes);
  }

  get readBackKind(): ReadBackKind {
    return this.#readBack.kind;
  }

  /** Also SLOT_TOO_SMALL: a file would grow without a word. */
  async write(offset: number, data: Uint8Array): Promise<void> {
    if (offset + data.length > this.capacity) {
      throw this.failure(
        'SLOT_TOO_SMALL',
        'write',
        offset,
        data.length,
        new RangeError('the partition ends before'),
      );
    }
    this.#readBack.written();
    await this.attempt('SLOT_WRITE_FAILED', 'write', offset, data.length, async () => {
      let done = (await this.#direct?.write(offset, data)) ?? 0;
      while (done < data.length) {
        const { bytesWritten } = await this.handle.write(data, done, data.length - done, offset + done);
        if (bytesWritten === 0) throw new RangeError('the device takes no more bytes');
        done += bytesWritten;
      }
    });
  }

  async flush(): Promise<void> {
    await this.attempt('SLOT_WRITE_FAILED', 'flush', 0, this.capacity, () => this.handle.datasync());
  }

  async readBack(offset: number, length: number): Promise<Uint8Array> {
    return this.complete('read back', offset, length, () => this.#readBack.read(offset, length));
  }

  override async close(): Promise<void> {
    try {
      await this.#readBack.close();
      await this.#direct?.close();
      await super.close();
    } finally {
      this.#release();
    }
  }
}
