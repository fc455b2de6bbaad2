/**
 * The release directory: which files it has and how they are called. Reads the manifest with and without a
 * check of its signatures; those who skip the check (inspect, sign, reuse of frames) say why.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  decodeEnvelope,
  decodeManifest,
  FormatError,
  MANIFEST_PAYLOAD_TYPE,
  MAX_ENVELOPE_BYTES,
  MAX_PAYLOAD_BYTES,
  type Manifest,
  NAME_DIGITS,
  type UnverifiedEnvelope,
} from '../format/index.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { readBounded } from './files.ts';

/** The signed envelope; published last of all. */
export const ENVELOPE_FILE = 'release.json';
/** The envelope's payload before it is signed. */
export const MANIFEST_FILE = 'manifest.json';

/** Content-addressed name of a payload, such as `rootfs-0123456789abcdef.pack`. */
export function payloadName(slotClass: string, sha256: string, kind: 'pack' | 'index'): string {
  return `${slotClass}-${sha256.slice(0, NAME_DIGITS)}.${kind}`;
}

export interface UncheckedRelease {
  readonly manifest: Manifest;
  /** Key ids that the envelope claims; empty for an unsigned manifest. */
  readonly claimedKeyIds: readonly string[];
  readonly signed: boolean;
}

/** The manifest as it stands, signatures NOT checked: from `release.json`, else from `manifest.json`. */
export async function readUnchecked(folder: string): Promise<UncheckedRelease> {
  if (!(await exists(join(folder, ENVELOPE_FILE)))) {
    const bytes = await readManifestFile(folder);
    const manifest = decodedFrom(join(folder, MANIFEST_FILE), () => decodeManifest(bytes));
    return { manifest, claimedKeyIds: [], signed: false };
  }
  const envelope = await readUncheckedEnvelope(folder);
  if (envelope.payloadType !== MANIFEST_PAYLOAD_TYPE) {
    throw new ReleaseError(
      'RELEASE_UNREADABLE',
      `${folder} holds an envelope of another kind than a manifest`,
    );
  }
  return {
    manifest: decodedFrom(join(folder, ENVELOPE_FILE), () => decodeManifest(envelope.payload)),
    claimedKeyIds: envelope.signatures.map(({ keyid }) => keyid),
    signed: true,
  };
}

/** Whether `manifest.json` is there and not what `release.json` signs: it was made, or made anew, since. */
export async function awaitsSignature(folder: string): Promise<boolean> {
  if (!(await exists(join(folder, MANIFEST_FILE)))) return false;
  if (!(await exists(join(folder, ENVELOPE_FILE)))) return true;
  const { payload } = await readUncheckedEnvelope(folder);
  return Buffer.compare(payload, await readManifestFile(folder)) !== 0;
}

/** What `release.json` holds, signatures NOT checked. Errors: RELEASE_UNREADABLE, FormatError. */
export async function readUncheckedEnvelope(folder: string): Promise<UnverifiedEnvelope> {
  const bytes = await readEnvelopeFile(folder);
  return decodedFrom(join(folder, ENVELOPE_FILE), () => decodeEnvelope(bytes));
}

/** Runs a decoder; its FormatError keeps its code and names the file that the bytes came from. */
export function decodedFrom<T>(path: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const { code, message, facts } = cause;
    throw new FormatError(code, `${path} cannot be used: ${message}`, { facts, cause });
  }
}

/** Error: RELEASE_UNREADABLE. */
export function readEnvelopeFile(folder: string): Promise<Buffer> {
  return readReleaseFile(folder, ENVELOPE_FILE, MAX_ENVELOPE_BYTES);
}

/** Error: RELEASE_UNREADABLE. */
export function readManifestFile(folder: string): Promise<Buffer> {
  return readReleaseFile(folder, MANIFEST_FILE, MAX_PAYLOAD_BYTES);
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false;
    throw new ReleaseError('RELEASE_UNREADABLE', `${path} cannot be looked at`, { cause });
  }
}

function readReleaseFile(folder: string, name: string, most: number): Promise<Buffer> {
  return orReleaseError('RELEASE_UNREADABLE', `${name} of the release in ${folder} cannot be read`, () =>
    readBounded(join(folder, name), most),
  );
}
