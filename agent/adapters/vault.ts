/**
 * The vault over two regions: on devices raw sectors outside the data partition, in emulation a pair of files.
 * It chooses between the copies and writes the stale one; it knows nothing of what the record means.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { openFileRegion, type Region } from '../../bootctl/index.ts';
import { AgentError } from '../errors.ts';
import {
  type DecodedVault,
  decodeVaultRecord,
  EMPTY_VAULT,
  encodeVaultRecord,
  VAULT_COPY_BYTES,
} from '../model/vault-record.ts';
import type { VaultRecord } from '../model/vault-rows.ts';
import type { Vault } from '../ports.ts';

type CopyIndex = 0 | 1;

/**
 * Two areas of 16 KiB, each at offset 0 of its region. The newer valid copy is never written, so a cut at any
 * instant leaves the old record or the new one. One writer at a time: the holder of the lock.
 */
export class RegionVault implements Vault {
  readonly #regions: readonly [Region, Region];
  readonly #secret: Uint8Array | undefined;

  /** `secret` keys the digest: then a copy that was made without it is a bad one. */
  constructor(regions: readonly [Region, Region], secret?: Uint8Array) {
    this.#regions = regions;
    this.#secret = secret;
  }

  async read(): Promise<{ readonly record: VaultRecord; readonly lost: boolean }> {
    const copies = await this.copies();
    const newest = copies[newestOf(copies) ?? 0];
    return newest.ok ? { record: newest.record, lost: false } : { record: EMPTY_VAULT, lost: true };
  }

  async write(record: VaultRecord): Promise<void> {
    const copies = await this.copies();
    const newest = newestOf(copies);
    const newestCopy = copies[newest ?? 0];
    const counter = newestCopy.ok ? newestCopy.counter + 1n : 1n;
    const stale: CopyIndex = newest === 0 ? 1 : 0;
    const bytes = encodeVaultRecord(record, counter, this.#secret);
    const region = this.#regions[stale];
    try {
      await region.write(0, bytes);
      await region.flush();
    } catch (cause) {
      throw writeFailed(stale, 'could not be written', cause);
    }
    const found = await this.#readBack(stale);
    if (Buffer.compare(bytes, found) !== 0) throw writeFailed(stale, 'does not hold what was written');
  }

  /** Both copies as they are, for inspection. A copy that cannot be read is a bad one: the other may do. */
  async copies(): Promise<readonly [DecodedVault, DecodedVault]> {
    return [await this.#copy(0), await this.#copy(1)];
  }

  async close(): Promise<void> {
    for (const region of this.#regions) await region.close();
  }

  async #copy(index: CopyIndex): Promise<DecodedVault> {
    try {
      return decodeVaultRecord(await this.#regions[index].read(0, VAULT_COPY_BYTES), this.#secret);
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #readBack(index: CopyIndex): Promise<Uint8Array> {
    try {
      return await this.#regions[index].read(0, VAULT_COPY_BYTES);
    } catch (cause) {
      throw writeFailed(index, 'could not be read back', cause);
    }
  }
}

/** Opens the pair, and makes a file that is not there yet. Error: VAULT_WRITE_FAILED. */
export async function openFileVault(pathA: string, pathB: string, secret?: Uint8Array): Promise<RegionVault> {
  const regions: Region[] = [];
  try {
    for (const path of [pathA, pathB]) {
      await makeRoom(path);
      regions.push(await openFileRegion(path));
    }
    const [first, second] = regions;
    if (first === undefined || second === undefined) throw new RangeError('a vault has two copies');
    return new RegionVault([first, second], secret);
  } catch (cause) {
    for (const region of regions) await region.close();
    throw new AgentError('VAULT_WRITE_FAILED', `The vault at ${pathA} and ${pathB} could not be opened.`, {
      facts: { pathA, pathB },
      cause,
    });
  }
}

/** A regular file gets its full size once, so that later writes never need new blocks of a full disk. */
async function makeRoom(path: string): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const facts = await file.stat();
    if (!facts.isFile() || facts.size >= VAULT_COPY_BYTES) return;
    await file.write(
      new Uint8Array(VAULT_COPY_BYTES - facts.size),
      0,
      VAULT_COPY_BYTES - facts.size,
      facts.size,
    );
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Which copy counts; undefined when none is valid. Equal counters: the first. */
function newestOf([first, second]: readonly [DecodedVault, DecodedVault]): CopyIndex | undefined {
  if (!first.ok) return second.ok ? 1 : undefined;
  return second.ok && second.counter > first.counter ? 1 : 0;
}

function writeFailed(copy: CopyIndex, what: string, cause?: unknown): AgentError {
  return new AgentError('VAULT_WRITE_FAILED', `Copy ${copy} of the vault ${what}.`, {
    facts: { copy },
    cause,
  });
}
