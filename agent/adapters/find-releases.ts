/**
 * Looks for release directories below the places where media are mounted. Whoever made the medium may be hostile:
 * how deep, how many folders and how many entries are looked at has an end, no link is followed, nothing is opened
 * but folders, and a medium that is pulled out meanwhile is only one that holds nothing.
 */
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { OFFER_NAME } from '../model/release-directory.ts';

export interface FoundRelease {
  readonly folder: string;
  /** Changes while files are copied into the folder. */
  readonly signature: string;
}

/** Folders below a place: /run/media, user, stick, folder on it. */
const DEEPEST = 3;
/** Folders and files of one folder that are looked at; a release has some ten. */
const MOST_ENTRIES = 256;
/** Folders that are looked at below each entry of a place: a large stick must not starve the one beside it. */
const MOST_FOLDERS = 64;
/** Media that are looked at in one place. */
const MOST_MEDIA = 32;
/** Release directories in one look. */
export const MOST_FOUND = 8;
/** Neither hidden, as a file manager's own are, nor able to break a line of the log; and UTF-8, or no call finds it again. */
const PLAIN_NAME = /^[^.\p{C}\ufffd][^\p{C}\ufffd]*$/u;

/** Release directories at or below `places`, those of less depth first for each medium. */
export async function findReleases(places: readonly string[]): Promise<readonly FoundRelease[]> {
  const found: FoundRelease[] = [];
  for (const place of places) {
    const { release, folders } = await lookInto(place);
    if (release !== undefined) found.push(release);
    for (const medium of folders.slice(0, MOST_MEDIA)) found.push(...(await searchMedium(medium)));
  }
  return found.slice(0, MOST_FOUND);
}

async function searchMedium(medium: string): Promise<readonly FoundRelease[]> {
  const found: FoundRelease[] = [];
  let left = MOST_FOLDERS;
  let level = [medium];
  for (let depth = 1; depth <= DEEPEST; depth += 1) {
    const below: string[] = [];
    for (const folder of level) {
      if (left === 0) return found;
      left -= 1;
      const { release, folders } = await lookInto(folder);
      if (release !== undefined) found.push(release);
      below.push(...folders);
    }
    level = below.slice(0, MOST_FOLDERS);
  }
  return found;
}

interface Contents {
  readonly release: FoundRelease | undefined;
  readonly folders: readonly string[];
}

const NOTHING: Contents = { release: undefined, folders: [] };

async function lookInto(folder: string): Promise<Contents> {
  try {
    const folders: string[] = [];
    const files: string[] = [];
    let seen = 0;
    for await (const entry of await opendir(folder)) {
      seen += 1;
      if (seen > MOST_ENTRIES) break;
      if (!PLAIN_NAME.test(entry.name)) continue;
      if (entry.isDirectory()) folders.push(join(folder, entry.name));
      else if (entry.isFile()) files.push(entry.name);
    }
    if (!files.includes(OFFER_NAME)) return { release: undefined, folders };
    return { release: { folder, signature: await signatureOf(folder, files) }, folders };
  } catch (error) {
    if (isGone(error)) return NOTHING;
    throw error;
  }
}

async function signatureOf(folder: string, files: readonly string[]): Promise<string> {
  let bytes = 0n;
  let newest = 0n;
  for (const file of files) {
    const { size, mtimeNs } = await lstat(join(folder, file), { bigint: true });
    bytes += size;
    if (mtimeNs > newest) newest = mtimeNs;
  }
  return `${folder} ${files.length} ${bytes} ${newest}`;
}

/** Everything that a medium, its file system or its owner can do to a folder shows as an error of the system. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
