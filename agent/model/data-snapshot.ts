/**
 * The record of a snapshot of the vendor's data: what was there, under which digest, and for which release it was
 * made. Its names are single path segments, so that no record leads out of the listed roots. Pure: knows no file.
 *
 * The file: 64 hex digits (SHA-256 of everything after the line feed), a line feed, JSON in UTF-8.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';

/** Files, folders and links of one snapshot: vendors list settings and a database, not a photo album. */
export const MOST_DATA_ENTRIES = 10_000;
/** Folders in folders. */
export const MOST_DATA_DEPTH = 32;
/** An entry takes some 200 bytes, and a name 255 at most. */
export const MOST_RECORD_BYTES = 8 * 1024 * 1024;

const FORMAT = 1;
const DIGEST_DIGITS = 64;

/** Permission bits, and who owns it. */
export interface DataOwner {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Content `file` of the snapshot, by number. Names of one file are files of their own. */
export interface DataFile extends DataOwner {
  readonly kind: 'file';
  readonly file: number;
  readonly size: number;
  readonly sha256: string;
}

export interface DataFolder extends DataOwner {
  readonly kind: 'folder';
  readonly entries: readonly { readonly name: string; readonly entry: DataEntry }[];
}

/** A symbolic link, kept as its text and never followed. */
export interface DataLink {
  readonly kind: 'link';
  readonly target: string;
}

export type DataEntry = DataFile | DataFolder | DataLink;

export interface SnapshotRecord {
  /** Release identity after whose failure it is wanted back. */
  readonly identity: string;
  /** The release's manifest has a data-schema range: it may leave data that the booted one cannot read. */
  readonly restores: boolean;
  readonly bytes: number;
  /** A root without an entry did not exist. */
  readonly roots: readonly { readonly path: string; readonly entry?: DataEntry }[];
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const owner = { mode: v.pipe(count, v.maxValue(0o7777)), uid: count, gid: count };
const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const segment = v.pipe(
  v.string(),
  v.regex(/^[^/\0]{1,255}$/),
  v.check((name) => name !== '.' && name !== '..'),
);

const entrySchema: v.GenericSchema<DataEntry> = v.lazy(() =>
  v.variant('kind', [
    v.object({ kind: v.literal('file'), ...owner, file: count, size: count, sha256: digest }),
    v.object({
      kind: v.literal('folder'),
      ...owner,
      entries: v.pipe(
        v.array(v.object({ name: segment, entry: entrySchema })),
        v.maxLength(MOST_DATA_ENTRIES),
      ),
    }),
    v.object({ kind: v.literal('link'), target: v.pipe(v.string(), v.maxLength(4096)) }),
  ]),
);

const recordSchema = v.object({
  format: v.literal(FORMAT),
  identity: v.string(),
  restores: v.boolean(),
  bytes: count,
  roots: v.array(v.object({ path: v.string(), entry: v.exactOptional(entrySchema) })),
});

/** The file's bytes. */
export function encodeSnapshotRecord(record: SnapshotRecord): Uint8Array {
  const body = Buffer.from(JSON.stringify({ format: FORMAT, ...record }), 'utf8');
  return Buffer.concat([Buffer.from(`${digestOf(body)}\n`, 'ascii'), body]);
}

/** Total: undefined for everything that `encodeSnapshotRecord` did not write. */
export function decodeSnapshotRecord(bytes: Uint8Array): SnapshotRecord | undefined {
  if (bytes.length > MOST_RECORD_BYTES) return undefined;
  const body = Buffer.from(bytes.subarray(DIGEST_DIGITS + 1));
  const named = Buffer.from(bytes.subarray(0, DIGEST_DIGITS + 1)).toString('latin1');
  if (named !== `${digestOf(body)}\n`) return undefined;
  const parsed = v.safeParse(recordSchema, parseJson(body.toString('utf8')));
  if (!parsed.success) return undefined;
  const { format: _, ...record } = parsed.output;
  return record;
}

/** Every file of the tree. */
export function filesOf(entry: DataEntry | undefined): readonly DataFile[] {
  if (entry === undefined || entry.kind === 'link') return [];
  return entry.kind === 'file' ? [entry] : entry.entries.flatMap((child) => filesOf(child.entry));
}

/** Of a release: may it leave the data in a schema that the booted one cannot read? */
export function changesData(requires: { readonly dataSchema?: string }): boolean {
  return requires.dataSchema !== undefined;
}

/** Undefined for what is no JSON, or is nested beyond the parser's own depth. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}
