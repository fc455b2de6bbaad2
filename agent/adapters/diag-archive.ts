/**
 * A diagnostics archive as a file: packed within its limit, whole or absent, and so many in a folder. It must not know
 * what its parts say, nor when one is made.
 */
import { chmod, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Collected } from '../diagnostics.ts';
import { AgentError } from '../errors.ts';
import { type TarFile, tarOf } from '../model/tar.ts';

/** Owner and group; what is in it was redacted, and is still nobody else's. */
const MODE = 0o640;
/** What an archive leaves free for the store of an update, bytes. */
const LEFT_FREE_BYTES = 8 * 1_048_576;
const NAME = /^diag-([0-9]{4,9})-[a-z-]+\.tar\.gz$/;

export interface Packed {
  readonly bytes: Uint8Array;
  /** `contents.json`, the first file in it. */
  readonly contents: Contents;
}
export interface Contents {
  /** Wall clock, ISO 8601; it may be wrong. */
  readonly made: string;
  readonly device: string;
  readonly agent: string;
  readonly why: string;
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
  readonly missing: Collected['missing'];
}

/** What stands in `contents.json` beside the parts. */
export type About = Pick<Contents, 'device' | 'agent' | 'why'>;

/** Leaves parts out, the largest first, until the rest has at most `mostBytes`. `now`: epoch ms. */
export async function pack(
  { parts, missing }: Collected,
  about: About,
  mostBytes: number,
  now: number,
): Promise<Packed> {
  const kept = parts.toSorted((left, right) => left.bytes.length - right.bytes.length);
  const left = [...missing];
  for (;;) {
    const contents = {
      made: new Date(now).toISOString(),
      ...about,
      parts: kept.map(({ name, bytes }) => ({ name, bytes: bytes.length })),
      missing: left,
    };
    const bytes = await zipped([fileOf(contents), ...kept], now);
    const largest = bytes.length > mostBytes ? kept.pop() : undefined;
    if (largest === undefined) return { bytes, contents };
    left.push({ name: largest.name, reason: `no room: the archive has at most ${mostBytes} bytes` });
  }
}

function fileOf(contents: Contents): TarFile {
  return { name: 'contents.json', bytes: Buffer.from(`${JSON.stringify(contents, undefined, 2)}\n`) };
}

/** On the thread pool: a board takes a while for some megabytes. */
function zipped(files: readonly TarFile[], now: number): Promise<Uint8Array> {
  return promisify(gzip)(tarOf(files, now));
}

/** Whole or absent, durable on return. Error: DIAG_FAILED; nothing is left behind. */
export async function writeArchive(path: string, bytes: Uint8Array): Promise<void> {
  const fresh = join(dirname(path), `.${basename(path)}.new`);
  try {
    try {
      // In a folder of everybody a link may lie in wait at this name, and root would write where it leads.
      await rm(fresh, { force: true });
      const file = await open(fresh, 'wx', MODE);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      // The agent's own mask is strict.
      await chmod(fresh, MODE);
      await rename(fresh, path);
    } finally {
      await rm(fresh, { force: true });
    }
    await syncFolder(dirname(path));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AgentError('DIAG_FAILED', `The archive ${path} could not be written: ${why}.`, {
      facts: { path },
      cause,
    });
  }
}

/** Name of the next archive in this folder: numbers rise, whatever the clock says. */
export async function nextName(folder: string, why: string): Promise<string> {
  const newest = (await numbered(folder)).at(-1)?.number ?? 0;
  return `diag-${String(newest + 1).padStart(4, '0')}-${why}.tar.gz`;
}

/** After a new one was written: the oldest go, and what a power cut left half written. */
export async function keepNewest(folder: string, most: number): Promise<void> {
  const names = await numbered(folder);
  for (const { name } of names.slice(0, -most)) await rm(join(folder, name));
  for (const name of await readdir(folder)) {
    if (name.startsWith('.diag-') && name.endsWith('.new')) await rm(join(folder, name), { force: true });
  }
}

/** Error: DIAG_FAILED where `bytes` more would leave the store too little. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes + LEFT_FREE_BYTES) return;
  throw new AgentError('DIAG_FAILED', `No archive is made: ${folder} has ${bavail * bsize} bytes left.`, {
    facts: { folder, free: bavail * bsize, wanted: bytes + LEFT_FREE_BYTES },
  });
}

/** Oldest first. */
async function numbered(folder: string): Promise<{ readonly name: string; readonly number: number }[]> {
  return (await readdir(folder))
    .flatMap((name) => {
      const number = NAME.exec(name)?.[1];
      return number === undefined ? [] : [{ name, number: Number(number) }];
    })
    .sort((left, right) => left.number - right.number);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
