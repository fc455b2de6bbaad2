/**
 * Makes a listed file or folder what it was, from a snapshot whose digests were checked. Whatever a cut left, the
 * same call again comes to the same end. A file that is there is written in place, so that its owner and its
 * extended attributes stay; nothing is reached through a link, nor through a second name.
 */
import type { FileHandle } from 'node:fs/promises';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataEntry, DataFile, DataFolder } from '../model/data-snapshot.ts';
import { type DataFiles, digestOfFile } from './data-files.ts';
import { inside, lookAt, namesIn, openInside } from './data-tree.ts';

/** What a restore works with. */
export interface RestoreWork {
  readonly files: DataFiles;
  /** The snapshot's folder: contents by number. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Takes away what was not there. Before anything is written, in all roots: what a failed release added may fill the
 * partition, and a file that is half written is worse than one that is not.
 */
export async function clearRoot(
  work: RestoreWork,
  parent: FileHandle,
  name: string,
  entry: DataEntry | undefined,
): Promise<void> {
  work.signal.throwIfAborted();
  if (entry === undefined) return removeAll(work, parent, name);
  const there = await lookAt(parent, name);
  if (entry.kind !== 'folder' || there?.isDirectory() !== true) return;
  const folder = await openInside(parent, name);
  try {
    await requireSameDevice(parent, folder);
    const wanted = new Map(entry.entries.map((child) => [child.name, child.entry]));
    for await (const child of namesIn(folder)) await clearRoot(work, folder, child, wanted.get(child));
  } finally {
    await folder.close();
  }
}

/** After `clearRoot`. Returns how many entries have another owner or mode than before, because this user may not give files away. */
export async function restoreRoot(
  work: RestoreWork,
  parent: FileHandle,
  name: string,
  entry: DataEntry | undefined,
): Promise<number> {
  const strange = await put(work, parent, name, entry);
  await work.files.flush(folderPath(parent));
  return strange;
}

async function put(
  work: RestoreWork,
  parent: FileHandle,
  name: string,
  entry: DataEntry | undefined,
): Promise<number> {
  work.signal.throwIfAborted();
  if (entry === undefined) {
    await removeAll(work, parent, name);
    return 0;
  }
  switch (entry.kind) {
    case 'link':
      await putLink(work, parent, name, entry.target);
      return 0;
    case 'file':
      await putFile(work, parent, name, entry);
      return dress(work, parent, name, entry);
    case 'folder':
      return putFolder(work, parent, name, entry);
  }
}

async function putFolder(
  work: RestoreWork,
  parent: FileHandle,
  name: string,
  entry: DataFolder,
): Promise<number> {
  const there = await lookAt(parent, name);
  if (there !== undefined && !there.isDirectory()) await removeAll(work, parent, name);
  if (there === undefined || !there.isDirectory()) {
    await work.files.makeFolder(inside(parent, name), entry.mode);
    await work.files.flush(folderPath(parent));
  }
  const folder = await openInside(parent, name);
  try {
    await requireSameDevice(parent, folder);
    let strange = 0;
    for (const child of entry.entries) strange += await put(work, folder, child.name, child.entry);
    await work.files.flush(folderPath(folder));
    return strange + (await dress(work, parent, name, entry));
  } finally {
    await folder.close();
  }
}

async function putFile(work: RestoreWork, parent: FileHandle, name: string, entry: DataFile): Promise<void> {
  const path = inside(parent, name);
  const there = await lookAt(parent, name);
  const from = join(work.folder, String(entry.file));
  // Another name of the same file may lie outside of what is listed: the name is taken away, not the content.
  const inPlace = there?.isFile() === true && there.nlink === 1n;
  if (there !== undefined && !inPlace) await removeAll(work, parent, name);
  if (!inPlace) return work.files.copy(from, path);
  if (await holds(path, there.size, entry, work.signal)) return;
  try {
    await work.files.overwrite(from, path);
  } catch (error) {
    if (!isDenied(error)) throw error;
    // The folder is this user's to change, the file is not: better with another owner than not at all.
    await removeAll(work, parent, name);
    await work.files.copy(from, path);
  }
}

/** A file that nobody changed is not written. False for one that this user may not read. */
async function holds(path: string, size: bigint, entry: DataFile, signal: AbortSignal): Promise<boolean> {
  if (Number(size) !== entry.size) return false;
  try {
    return (await digestOfFile(path, signal)).sha256 === entry.sha256;
  } catch (error) {
    if (!isDenied(error)) throw error;
    return false;
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}

async function putLink(work: RestoreWork, parent: FileHandle, name: string, target: string): Promise<void> {
  const there = await lookAt(parent, name);
  if (there?.isSymbolicLink() === true && (await readlink(inside(parent, name))) === target) return;
  await removeAll(work, parent, name);
  await work.files.link(target, inside(parent, name));
}

/** Whatever is there, and nothing that a link points to. */
async function removeAll(work: RestoreWork, parent: FileHandle, name: string): Promise<void> {
  const there = await lookAt(parent, name);
  if (there === undefined) return;
  if (!there.isDirectory()) return work.files.unlink(inside(parent, name));
  const folder = await openInside(parent, name);
  try {
    await requireSameDevice(parent, folder);
    for await (const child of namesIn(folder)) await removeAll(work, folder, child);
  } finally {
    await folder.close();
  }
  await work.files.removeFolder(inside(parent, name));
}

async function dress(
  { files }: RestoreWork,
  parent: FileHandle,
  name: string,
  entry: DataFile | DataFolder,
): Promise<number> {
  return (await files.dress(inside(parent, name), entry)) ? 0 : 1;
}

/** What is mounted in a listed folder is no part of it. */
async function requireSameDevice(parent: FileHandle, folder: FileHandle): Promise<void> {
  const [outer, inner] = [await parent.stat(), await folder.stat()];
  if (outer.dev !== inner.dev) throw new RangeError('another file system is mounted inside');
}

function folderPath(folder: FileHandle): string {
  return `/proc/self/fd/${folder.fd}`;
}
