/**
 * Snapshots of the vendor's data in a folder of the data partition, one generation: the newest number counts.
 *
 *   <data>/data-snapshot/new       under construction
 *   <data>/data-snapshot/7/record  what was where, with digests
 *   <data>/data-snapshot/7/0 ...   contents, by number
 *
 * A generation gets its number by rename when all of it is flushed; the one before is removed only after that.
 */
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AgentError, type AgentErrorCode } from '../errors.ts';
import {
  decodeSnapshotRecord,
  encodeSnapshotRecord,
  filesOf,
  MOST_RECORD_BYTES,
  type SnapshotRecord,
} from '../model/data-snapshot.ts';
import type { DataRestored, DataSnapshots, DataTaken } from '../ports.ts';
import { type DataFiles, digestOfFile, withFile } from './data-files.ts';
import { clearRoot, restoreRoot } from './data-restore.ts';
import { inFolderOf, lookAt, readRoot, tooLarge, type VisitFile } from './data-tree.ts';

/** What a vendor has listed, and where snapshots of it are kept. */
export interface DataPlaces {
  /** Folder of the agent's own on the same partition. */
  readonly home: string;
  readonly paths: readonly string[];
  readonly budgetBytes: number;
}

const FOLDER_MODE = 0o700;
const NEW = 'new';
const RECORD = 'record';
/** Somebody who writes all the time must not be listed; who writes now and then has a pause soon. */
const MOST_ATTEMPTS = 3;
/** What a look at a moving target may answer. */
const MOVED: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/** For a look that only measures. */
const NO_CONTENT: VisitFile = async () => ({ file: 0, size: 0, sha256: '' });

export class FolderSnapshots implements DataSnapshots {
  readonly #places: DataPlaces;
  readonly #files: DataFiles;

  constructor(places: DataPlaces, files: DataFiles) {
    this.#places = places;
    this.#files = files;
  }

  async take(
    of: { readonly identity: string; readonly restores: boolean },
    signal: AbortSignal,
  ): Promise<DataTaken | undefined> {
    if (this.#places.paths.length === 0) return undefined;
    return this.#orElse('DATA_SNAPSHOT_FAILED', 'kept', signal, async () => {
      try {
        for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
          const taken = await unlessMoved(() => this.#tryToTake(of, signal));
          if (taken !== undefined) return taken;
        }
      } finally {
        // Half a snapshot is worth nothing, and may have taken the last room that the vendor's services had.
        await this.#clear(NEW);
      }
      throw new AgentError(
        'DATA_CHANGING',
        `The vendor's data changed during each of ${MOST_ATTEMPTS} attempts to keep them; nothing is activated yet.`,
      );
    });
  }

  async measure(signal: AbortSignal): Promise<DataTaken> {
    return this.#orElse('DATA_SNAPSHOT_FAILED', 'looked at', signal, async () => {
      const { bytes, entries } = await this.#look(this.#places.budgetBytes, NO_CONTENT, signal);
      return { bytes, entries };
    });
  }

  async restore(identity: string, signal: AbortSignal): Promise<DataRestored> {
    return this.#orElse('DATA_RESTORE_FAILED', 'brought back', signal, async () => {
      const newest = (await this.#generations()).at(-1);
      if (newest === undefined) return { kind: 'none' };
      const folder = join(this.#places.home, newest);
      const record = await recordOf(folder);
      // A path that the booted image does not list any more is none of the agent's business.
      const roots = record.roots.filter(({ path }) => this.#places.paths.includes(path));
      if (record.identity !== identity || roots.length === 0) return { kind: 'none' };
      if (!record.restores) return { kind: 'not-wanted' };
      await requireWhole(folder, record, signal);
      const work = { files: this.#files, folder, signal };
      for (const { path, entry } of roots) {
        await inFolderOf(path, (parent, name) => clearRoot(work, parent, name, entry));
      }
      let strange = 0;
      for (const { path, entry } of roots) {
        const known = await inFolderOf(path, async (parent, name) => {
          strange += await restoreRoot(work, parent, name, entry);
          return true;
        });
        if (known !== true && entry !== undefined) throw new RangeError(`${dirname(path)} does not exist`);
      }
      return { kind: 'restored', bytes: record.bytes, strange };
    });
  }

  async discard(): Promise<void> {
    await this.#orElse('DATA_SNAPSHOT_FAILED', 'forgotten', undefined, async () => {
      const generations = await this.#generations();
      // In one step for whoever looks next: half a generation would read as a damaged one.
      for (const number of generations) await this.#remove(number);
      await this.#clear(NEW);
    });
  }

  /** Undefined when something changed meanwhile. */
  async #tryToTake(
    of: { readonly identity: string; readonly restores: boolean },
    signal: AbortSignal,
  ): Promise<DataTaken | undefined> {
    const { home, budgetBytes } = this.#places;
    const before = await this.#look(budgetBytes, NO_CONTENT, signal);
    await this.#makeHome();
    await this.#clear(NEW);
    const folder = join(home, NEW);
    await this.#files.makeFolder(folder, FOLDER_MODE);
    let number = -1;
    const copied = await this.#look(
      budgetBytes,
      async (path, found) => {
        number += 1;
        return { file: number, ...(await this.#keep(path, found, join(folder, String(number)), signal)) };
      },
      signal,
    );
    const after = await this.#look(budgetBytes, NO_CONTENT, signal);
    if (before.stamps !== copied.stamps || before.stamps !== after.stamps) return undefined;
    const { bytes, entries } = copied;
    const record = encodeSnapshotRecord({ ...of, bytes, roots: copied.roots });
    if (record.length > MOST_RECORD_BYTES) throw tooLarge('their names fill the record');
    await this.#files.create(join(folder, RECORD), record);
    await this.#files.flush(folder);
    const generations = await this.#generations();
    await this.#files.rename(folder, join(home, String(Number(generations.at(-1) ?? 0) + 1)));
    await this.#files.flush(home);
    for (const old of generations) await this.#remove(old);
    return { bytes, entries };
  }

  async #look(
    budgetBytes: number,
    visit: VisitFile,
    signal: AbortSignal,
  ): Promise<{
    readonly roots: SnapshotRecord['roots'];
    readonly stamps: string;
    readonly entries: number;
    readonly bytes: number;
  }> {
    const { device } = await this.#device();
    const stamps: string[] = [];
    let bytes = 0;
    const counting: VisitFile = (path, found) => {
      bytes += Number(found.size);
      if (bytes > budgetBytes)
        throw tooLarge(`they have more than the ${budgetBytes} bytes of data.byte-budget`);
      return visit(path, found);
    };
    const roots = [];
    for (const path of this.#places.paths) {
      const entry = await readRoot(path, { device, visit: counting, signal, stamps });
      roots.push({ path, ...(entry && { entry }) });
    }
    return { roots, stamps: stamps.join('\n'), entries: stamps.length, bytes };
  }

  /** One file, by an open handle: what its name means may change, what was opened does not. */
  async #keep(
    path: string,
    found: BigIntStats,
    to: string,
    signal: AbortSignal,
  ): Promise<{ readonly size: number; readonly sha256: string }> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const opened = await file.stat({ bigint: true });
      if (opened.ino !== found.ino || !opened.isFile()) throw moved();
      await this.#files.copy(`/proc/self/fd/${file.fd}`, to);
    } finally {
      await file.close();
    }
    return digestOfFile(to, signal);
  }

  async #makeHome(): Promise<void> {
    const { home } = this.#places;
    const there = await inFolderOf(home, lookAt);
    if (there !== undefined) return;
    await this.#files.makeFolder(home, FOLDER_MODE);
    await this.#files.flush(dirname(home));
  }

  /** Numbers, oldest first. */
  async #generations(): Promise<readonly string[]> {
    const names = await unlessMoved(() => readdir(this.#places.home));
    return (names ?? [])
      .filter((name) => /^[1-9]\d{0,14}$/.test(name))
      .sort((left, right) => Number(left) - Number(right));
  }

  async #device(): Promise<{ readonly device: bigint }> {
    const { dev } = await lstat(dirname(this.#places.home), { bigint: true });
    return { device: dev };
  }

  /** Away by one rename, then piece by piece. */
  async #remove(number: string): Promise<void> {
    const { home } = this.#places;
    await this.#clear(NEW);
    await this.#files.rename(join(home, number), join(home, NEW));
    await this.#files.flush(home);
    await this.#clear(NEW);
  }

  /** A generation is one flat folder. */
  async #clear(name: string): Promise<void> {
    const folder = join(this.#places.home, name);
    const names = await unlessMoved(() => readdir(folder));
    if (names === undefined) return;
    for (const child of names) await this.#files.unlink(join(folder, child));
    await this.#files.removeFolder(folder);
  }

  /** The system's own errors become this step's; the signal's reason stays what it is. */
  async #orElse<T>(
    code: AgentErrorCode,
    what: string,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof AgentError) throw error;
      if (!(error instanceof RangeError || (error instanceof Error && 'code' in error))) throw error;
      throw new AgentError(code, `The vendor's data could not be ${what}: ${error.message}`, {
        cause: error,
      });
    }
  }
}

/** Error: DATA_SNAPSHOT_DAMAGED. */
async function recordOf(folder: string): Promise<SnapshotRecord> {
  const record = decodeSnapshotRecord(await readRecord(join(folder, RECORD)));
  if (record === undefined) throw damaged('its record is not what was written');
  return record;
}

/** Error: DATA_SNAPSHOT_DAMAGED unless every byte of it is what was kept. */
async function requireWhole(folder: string, record: SnapshotRecord, signal: AbortSignal): Promise<void> {
  for (const { file, size, sha256 } of record.roots.flatMap(({ entry }) => filesOf(entry))) {
    const held = await unlessMoved(() => digestOfFile(join(folder, String(file)), signal));
    if (held?.size !== size || held.sha256 !== sha256) throw damaged(`content ${file} is not what was kept`);
  }
}

async function readRecord(path: string): Promise<Uint8Array> {
  const bytes = await unlessMoved(() => withFile(path, (file) => readUpTo(file, MOST_RECORD_BYTES + 1)));
  return bytes ?? new Uint8Array(0);
}

async function readUpTo(file: FileHandle, most: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  const bytes = Buffer.alloc(Math.min(size, most));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
  return bytes.subarray(0, bytesRead);
}

/** Undefined when what was looked for is not there any more. */
async function unlessMoved<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && MOVED.has(error.code)) return undefined;
    throw error;
  }
}

function moved(): Error {
  return Object.assign(new Error('the file was replaced'), { code: 'ENOENT' });
}

function damaged(why: string): AgentError {
  return new AgentError(
    'DATA_SNAPSHOT_DAMAGED',
    `The snapshot of the vendor's data is damaged: ${why}; the data stay as the failed release left them.`,
  );
}
