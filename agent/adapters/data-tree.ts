/**
 * Reads the vendor's files without ever following a link: each folder is opened by a handle, and what lies in it is
 * reached through that handle only. So whoever may write in these folders cannot lead the agent elsewhere, not even
 * in the middle of a read.
 */
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, opendir, readlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { AgentError } from '../errors.ts';
import {
  type DataEntry,
  type DataFile,
  type DataOwner,
  MOST_DATA_DEPTH,
  MOST_DATA_ENTRIES,
} from '../model/data-snapshot.ts';

/** Of a regular file that was found: its content's number and digest. */
export type VisitFile = (
  path: string,
  found: BigIntStats,
) => Promise<Pick<DataFile, 'file' | 'size' | 'sha256'>>;

/** What one look at all roots has in common. */
export interface Look {
  /** Device number of the data partition; anything else is not the vendor's data. */
  readonly device: bigint;
  readonly visit: VisitFile;
  readonly signal: AbortSignal;
  /** One line per entry, which changes whenever the entry does. */
  readonly stamps: string[];
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A path to `name` that goes through the open folder and nothing else. */
export function inside(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

/** One folder below another, never a link to one. */
export function openInside(folder: FileHandle, name: string): Promise<FileHandle> {
  return open(inside(folder, name), FOLDER);
}

/** One after the other: nobody says how many there are. What was taken may be removed before the next one. */
export async function* namesIn(folder: FileHandle): AsyncGenerator<string, void, undefined> {
  for await (const { name } of await opendir(`/proc/self/fd/${folder.fd}`)) yield name;
}

/** Undefined when nothing is there. */
export async function lookAt(folder: FileHandle, name: string): Promise<BigIntStats | undefined> {
  return unlessAbsent(() => lstat(inside(folder, name), { bigint: true }));
}

/** Runs `work` with the folder that holds `root`; undefined when that folder does not exist. Error: DATA_UNFIT. */
export async function inFolderOf<T>(
  root: string,
  work: (folder: FileHandle, name: string) => Promise<T>,
): Promise<T | undefined> {
  const folder = await unlessAbsent(() => openWhole(dirname(root)));
  if (folder === undefined) return undefined;
  try {
    return await work(folder, basename(root));
  } finally {
    await folder.close();
  }
}

/** A whole root; undefined when it does not exist. Errors: DATA_UNFIT, DATA_TOO_LARGE; the system's own. */
export async function readRoot(root: string, look: Look): Promise<DataEntry | undefined> {
  return inFolderOf(root, async (folder, name) => {
    const entry = await readEntry(folder, name, look, root, 0);
    if (entry?.kind === 'link') throw unfit(root, 'is a symbolic link');
    return entry;
  });
}

/** Sockets, FIFOs and devices have no content: they are no entry. */
async function readEntry(
  folder: FileHandle,
  name: string,
  look: Look,
  path: string,
  depth: number,
): Promise<DataEntry | undefined> {
  look.signal.throwIfAborted();
  if (name.includes('\ufffd')) throw unfit(path, 'has a name that is no UTF-8');
  if (depth > MOST_DATA_DEPTH) throw tooLarge(`${path} lies deeper than ${MOST_DATA_DEPTH} folders`);
  const found = await lookAt(folder, name);
  if (found === undefined) return undefined;
  if (found.dev !== look.device) throw unfit(path, 'is not on the data partition');
  look.stamps.push(`${path} ${found.ino} ${found.mode} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`);
  requireFew(look.stamps.length);
  if (found.isSymbolicLink()) return { kind: 'link', target: await readlink(inside(folder, name)) };
  if (found.isFile()) {
    return { kind: 'file', ...ownerOf(found), ...(await look.visit(inside(folder, name), found)) };
  }
  if (!found.isDirectory()) return undefined;
  const within = await openInside(folder, name);
  try {
    const entries: { name: string; entry: DataEntry }[] = [];
    for (const child of await sortedNames(within, look)) {
      const entry = await readEntry(within, child, look, `${path}/${child}`, depth + 1);
      if (entry !== undefined) entries.push({ name: child, entry });
    }
    return { kind: 'folder', ...ownerOf(found), entries };
  } finally {
    await within.close();
  }
}

/** Counted while they are read: a folder of millions must not fill the memory first. */
async function sortedNames(folder: FileHandle, { stamps, signal }: Look): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of namesIn(folder)) {
    signal.throwIfAborted();
    names.push(name);
    requireFew(stamps.length + names.length);
  }
  return names.sort();
}

function requireFew(entries: number): void {
  if (entries > MOST_DATA_ENTRIES) throw tooLarge(`there are more than ${MOST_DATA_ENTRIES} entries`);
}

/** Component by component from the root of the file system. */
async function openWhole(path: string): Promise<FileHandle> {
  let folder = await open('/', FOLDER);
  for (const name of path.split('/').filter((part) => part !== '')) {
    try {
      const next = await openInside(folder, name);
      await folder.close();
      folder = next;
    } catch (error) {
      await folder.close();
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ELOOP' || code === 'ENOTDIR') throw unfit(path, 'leads through a symbolic link');
      throw error;
    }
  }
  return folder;
}

function ownerOf({ mode, uid, gid }: BigIntStats): DataOwner {
  return { mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid) };
}

/** Undefined for ENOENT only. */
async function unlessAbsent<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function unfit(path: string, why: string): AgentError {
  return new AgentError('DATA_UNFIT', `The vendor's data cannot be kept: ${path} ${why}.`, {
    facts: { path },
  });
}

/** Shared with the byte budget. */
export function tooLarge(why: string): AgentError {
  return new AgentError('DATA_TOO_LARGE', `The vendor's data are not kept: ${why}; nothing is activated.`);
}
