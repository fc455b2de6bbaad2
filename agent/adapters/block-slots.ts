/**
 * The partitions of both slots, block devices or files. Rule 2 lives here: the target is told from the booted
 * slot by device number, never by name, and is opened exclusively. It knows devices, nothing of images.
 */
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError, type AgentErrorCode } from '../errors.ts';
import type { ImageReader, ImageTarget, SlotName, Slots } from '../ports.ts';
import { openDirectWriter } from './direct-write.ts';
import { type ExclusiveFile, holdExclusively } from './exclusive-file.ts';
import { type PartitionFacts, PartitionReader, PartitionTarget } from './partition.ts';
import { openReadBack, type ReadBackTools, SYSTEM_TOOLS } from './read-back.ts';
import { WorkMemory } from './work-memory.ts';

/** No device is larger (2^53 bytes); the search for a device's end starts here. */
const MOST_DEVICE_BYTES = Number.MAX_SAFE_INTEGER;

export interface BlockSlotsOptions {
  /** Path of each slot class of each slot. */
  readonly partitions: Readonly<Record<SlotName, Readonly<Record<string, string>>>>;
  readonly booted: SlotName;
  /** Further places of the running system: a folder stands for the device that is mounted there. */
  readonly bootedPaths?: readonly string[];
  /** On a tmpfs. File slots are kept exclusive by a lock file here: the kernel does so for block devices only. */
  readonly lockFolder: string;
  readonly tools?: ReadBackTools;
}

export class BlockSlots implements Slots {
  readonly #options: BlockSlotsOptions;

  constructor(options: BlockSlotsOptions) {
    this.#options = options;
  }

  /** Errors: SLOT_OPEN_FAILED. */
  async openForReading(slot: SlotName, slotClass: string): Promise<ImageReader> {
    const path = this.#path(slot, slotClass);
    const handle = await openPartition(path, constants.O_RDONLY);
    try {
      const { capacity } = await describe(path, handle);
      return new PartitionReader({ slot, slotClass, path, capacity }, handle);
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  }

  /** Errors: SLOT_IS_BOOTED, SLOT_BUSY, SLOT_OPEN_FAILED. */
  async openForUpdate(slot: SlotName, slotClass: string): Promise<ImageTarget> {
    const path = this.#path(slot, slotClass);
    const booted = await this.#bootedIdentities();
    // Before it is opened: an exclusive open of the booted slot would only say that it is busy.
    const { isBlock } = refuseBooted(path, await statPath(path), booted);
    const handle = await openPartition(path, constants.O_RDWR | (isBlock ? constants.O_EXCL : 0));
    let lock: ExclusiveFile | undefined;
    try {
      // And again on what is open: the path may have come to mean another device in between.
      const { identity, capacity } = await describe(path, handle);
      refuseBooted(path, await handle.stat({ bigint: true }), booted);
      if (!isBlock) lock = this.#lockFile(path, identity);
      return await this.#target({ slot, slotClass, path, capacity }, handle, { isBlock, identity }, () =>
        lock?.release(),
      );
    } catch (cause) {
      lock?.release();
      await handle.close();
      throw cause;
    }
  }

  async #target(
    facts: PartitionFacts,
    handle: FileHandle,
    { isBlock, identity }: { readonly isBlock: boolean; readonly identity: string },
    release: () => void,
  ): Promise<ImageTarget> {
    const { path } = facts;
    const reopen = async (flags: number): Promise<FileHandle> => {
      const again = await open(path, flags);
      if (identityOf(await again.stat({ bigint: true })) === identity) return again;
      await again.close();
      throw new RangeError('the path has come to mean another device');
    };
    const tools = this.#options.tools ?? SYSTEM_TOOLS;
    const memory = new WorkMemory(tools.alignedMemory);
    const readBack = await openReadBack({ path, isBlock }, reopen, tools, memory).catch((cause: unknown) => {
      throw failure('SLOT_OPEN_FAILED', path, 'could not be opened for reading back', cause);
    });
    if (readBack.kind === 'none') {
      throw failure('SLOT_OPEN_FAILED', path, `can only be read through the page cache: ${readBack.reason}`);
    }
    try {
      const direct = await openDirectWriter(reopen, tools.alignedMemory, memory);
      return new PartitionTarget(facts, handle, { memory, readBack, direct }, release);
    } catch (cause) {
      await readBack.close();
      throw failure('SLOT_OPEN_FAILED', path, 'could not be opened for writing past the page cache', cause);
    }
  }

  #path(slot: SlotName, slotClass: string): string {
    const classes = this.#options.partitions[slot];
    const path = Object.hasOwn(classes, slotClass) ? classes[slotClass] : undefined;
    if (path !== undefined) return path;
    throw new AgentError(
      'SLOT_OPEN_FAILED',
      `Slot ${slot} has no partition of class ${slotClass}; the configuration names ${Object.keys(classes).join(', ')}.`,
      { facts: { slot, slotClass } },
    );
  }

  /** Afresh at every opening: loop devices and mounts change. One that cannot be told is an error (rule 2). */
  async #bootedIdentities(): Promise<ReadonlySet<string>> {
    const { partitions, booted, bootedPaths = [] } = this.#options;
    const identities = new Set<string>();
    for (const path of [...Object.values(partitions[booted]), ...bootedPaths]) {
      const facts = await statPath(path);
      const identity = facts.isDirectory() ? blockIdentity(facts.dev) : identityOf(facts);
      if (identity === undefined) {
        throw failure(
          'SLOT_OPEN_FAILED',
          path,
          'is part of the booted slot and neither file nor block device',
        );
      }
      identities.add(identity);
    }
    return identities;
  }

  /** Named by the file's own number, so that two paths to one file meet. */
  #lockFile(path: string, identity: string): ExclusiveFile {
    let lock: ExclusiveFile | undefined;
    try {
      lock = holdExclusively(
        join(this.#options.lockFolder, `slot-${identity.replaceAll(/[^0-9]+/g, '-')}.lock`),
      );
    } catch (cause) {
      throw failure('SLOT_OPEN_FAILED', path, 'could not be locked', cause);
    }
    if (lock === undefined) throw failure('SLOT_BUSY', path, 'is open for an update already');
    return lock;
  }
}

async function openPartition(path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (cause) {
    const busy = cause instanceof Error && 'code' in cause && cause.code === 'EBUSY';
    if (busy) throw failure('SLOT_BUSY', path, 'is mounted or opened exclusively by something else', cause);
    throw failure('SLOT_OPEN_FAILED', path, 'could not be opened', cause);
  }
}

async function statPath(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true });
  } catch (cause) {
    throw failure('SLOT_OPEN_FAILED', path, 'could not be looked at', cause);
  }
}

async function describe(path: string, handle: FileHandle): Promise<{ identity: string; capacity: number }> {
  const facts = await handle.stat({ bigint: true });
  const identity = identityOf(facts);
  if (identity === undefined) throw failure('SLOT_OPEN_FAILED', path, 'is neither a file nor a block device');
  try {
    return { identity, capacity: facts.isFile() ? Number(facts.size) : await deviceBytes(handle) };
  } catch (cause) {
    throw failure('SLOT_OPEN_FAILED', path, 'does not tell its size', cause);
  }
}

function refuseBooted(path: string, facts: BigIntStats, booted: ReadonlySet<string>): { isBlock: boolean } {
  const identity = identityOf(facts);
  if (identity !== undefined && booted.has(identity)) {
    throw failure('SLOT_IS_BOOTED', path, `is part of the booted slot (${identity}) and is never written`);
  }
  return { isBlock: facts.isBlockDevice() };
}

/** What a name stands for, whatever the name: the device number of a block device, the inode of a file. */
function identityOf(facts: BigIntStats): string | undefined {
  if (facts.isBlockDevice()) return blockIdentity(facts.rdev);
  return facts.isFile() ? `file ${facts.dev}:${facts.ino}` : undefined;
}

function blockIdentity(device: bigint): string {
  return `device ${device}`;
}

/**
 * Node cannot ask a block device for its size (fstat says 0) and /sys may be hidden from a service, but a read
 * past the end gives nothing: about 50 reads of one byte find it.
 */
async function deviceBytes(handle: FileHandle): Promise<number> {
  const probe = new Uint8Array(1);
  let inside = 0;
  let outside = MOST_DEVICE_BYTES;
  while (inside < outside) {
    const middle = inside + Math.floor((outside - inside) / 2);
    const { bytesRead } = await handle.read(probe, 0, 1, middle);
    if (bytesRead === 1) inside = middle + 1;
    else outside = middle;
  }
  return inside;
}

function failure(code: AgentErrorCode, path: string, what: string, cause?: unknown): AgentError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new AgentError(code, `The partition ${path} ${what}${why}.`, { facts: { path }, cause });
}
