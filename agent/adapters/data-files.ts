/**
 * Everything that snapshots of the vendor's data do to the file system, one durable step per call: contents are
 * flushed when a call returns, names after `flush` of their folder. It must not know what is kept where, or why.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, mkdir, open, rename, rmdir, symlink, unlink } from 'node:fs/promises';
import type { DataOwner } from '../model/data-snapshot.ts';

export interface DataFiles {
  makeFolder(path: string, mode: number): Promise<void>;
  /** A new file with this content. */
  create(path: string, content: Uint8Array): Promise<void>;
  /** A new file `to` with the content of `from`: by reference where the file system can, else a copy. */
  copy(from: string, to: string): Promise<void>;
  /** The content of `from` into the file that `to` names already, which keeps its owner and attributes. */
  overwrite(from: string, to: string): Promise<void>;
  link(target: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Mode, and owner where this process may give files away; false where it may not. */
  dress(path: string, owner: DataOwner): Promise<boolean>;
  /** What was made, renamed or removed in the folder is durable. */
  flush(folder: string): Promise<void>;
}

/** Nobody else reads a snapshot. */
const PRIVATE = 0o600;
/** What its maker needs of a folder until it has its own mode. */
const OPEN_TO_US = 0o700;
const PIECE_BYTES = 1024 * 1024;
/** Neither a symbolic link nor a FIFO without a writer. */
const CAREFULLY = constants.O_NOFOLLOW | constants.O_NONBLOCK;

export const REAL_FILES: DataFiles = {
  async makeFolder(path, mode) {
    await mkdir(path, { mode: mode | OPEN_TO_US });
    // By handle, here and below: whoever owns the folder around may give the name to a link in between.
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      await folder.chmod(mode);
    } finally {
      await folder.close();
    }
  },
  create: (path, content) => within(open(path, 'wx', PRIVATE), (file) => file.writeFile(content)),
  copy: (from, to) =>
    within(open(to, 'wx', PRIVATE), async (file) => {
      await copyFile(from, `/proc/self/fd/${file.fd}`, constants.COPYFILE_FICLONE);
      // The system gives a copy the mode of what it is of.
      await file.chmod(PRIVATE);
    }),
  overwrite: (from, to) =>
    within(open(to, constants.O_RDWR | CAREFULLY), async (file) => {
      // Looked at again after it was opened: whoever owns the folder may have changed it in between.
      const { nlink } = await file.stat();
      if (nlink !== 1) throw new RangeError(`${to} has other names`);
      await file.truncate(0);
      await pour(from, file);
    }),
  link: (target, path) => symlink(target, path),
  unlink: (path) => unlink(path),
  removeFolder: (path) => rmdir(path),
  rename: (from, to) => rename(from, to),
  dress: async (path, { mode, uid, gid }) => {
    const file = await open(path, constants.O_RDONLY | CAREFULLY);
    try {
      const found = await file.stat();
      const given = (found.uid === uid && found.gid === gid) || (await mayDo(() => file.chown(uid, gid)));
      // A change of owner takes the set-id bits away, so the mode comes last.
      const set = (found.mode & 0o7777) === mode || (await mayDo(() => file.chmod(mode)));
      return given && set;
    } finally {
      await file.close();
    }
  },
  flush: (folder) => within(open(folder, constants.O_RDONLY | constants.O_DIRECTORY), async () => undefined),
};

/** In pieces: memory does not grow with the file. */
export async function digestOfFile(
  path: string,
  signal: AbortSignal,
): Promise<{ readonly size: number; readonly sha256: string }> {
  return withFile(path, async (file) => {
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (let size = 0; ; ) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(piece);
      if (bytesRead === 0) return { size, sha256: hash.digest('hex') };
      hash.update(piece.subarray(0, bytesRead));
      size += bytesRead;
    }
  });
}

/** Opened for reading, never through a link. */
export async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, constants.O_RDONLY | CAREFULLY);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Does, flushes, closes. */
async function within(
  opening: Promise<FileHandle>,
  work: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await opening;
  try {
    await work(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function pour(from: string, to: FileHandle): Promise<void> {
  await withFile(from, async (file) => {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(piece);
      if (bytesRead === 0) return;
      await to.writeFile(piece.subarray(0, bytesRead));
    }
  });
}

/** False where the system does not let this user. */
async function mayDo(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EPERM') return false;
    throw error;
  }
}
