/**
 * Sign: `manifest.json` becomes `release.json`, or `release.json` gets further signatures (a second person's
 * key, on another machine). Nothing is signed whose payloads are missing, so `release.json` is always last.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  addSignatures,
  decodeEnvelope,
  decodeManifest,
  MANIFEST_PAYLOAD_TYPE,
  type Manifest,
  type PrivateKey,
  releaseIdentity,
  signEnvelope,
} from '../format/index.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { writeDurably } from './files.ts';
import {
  decodedFrom,
  ENVELOPE_FILE,
  exists,
  MANIFEST_FILE,
  readEnvelopeFile,
  readManifestFile,
  readUncheckedEnvelope,
} from './folder.ts';

export interface SignedRelease {
  readonly identity: string;
  readonly version: string;
  /** Key ids that the envelope names now, those of earlier signatures included. */
  readonly keyIds: readonly string[];
}

/** Errors: OPTIONS_INVALID without keys, RELEASE_UNREADABLE, PAYLOAD_MISMATCH, WRITE_FAILED, FormatError. */
export async function signRelease(folder: string, keys: readonly PrivateKey[]): Promise<SignedRelease> {
  if (keys.length === 0) throw new ReleaseError('OPTIONS_INVALID', 'signing needs at least one private key');
  const { payload, manifest } = await manifestToSign(folder);
  await checkPayloadSizes(folder, manifest);
  const present = await envelopeOf(folder, payload);
  const envelope =
    present === undefined ? signEnvelope(payload, MANIFEST_PAYLOAD_TYPE, keys) : addSignatures(present, keys);
  await orReleaseError('WRITE_FAILED', `${ENVELOPE_FILE} cannot be written`, () =>
    writeDurably(join(folder, ENVELOPE_FILE), envelope),
  );
  return {
    identity: releaseIdentity(manifest),
    version: manifest.version,
    keyIds: decodeEnvelope(envelope).signatures.map(({ keyid }) => keyid),
  };
}

/** The manifest and its bytes: `manifest.json` decides; a directory that was only copied with its `release.json` is signed again from it. */
export async function manifestToSign(
  folder: string,
): Promise<{ readonly payload: Uint8Array; readonly manifest: Manifest }> {
  const name = (await exists(join(folder, MANIFEST_FILE))) ? MANIFEST_FILE : ENVELOPE_FILE;
  const payload =
    name === MANIFEST_FILE ? await readManifestFile(folder) : (await readUncheckedEnvelope(folder)).payload;
  return { payload, manifest: decodedFrom(join(folder, name), () => decodeManifest(payload)) };
}

/** The envelope that is there, if it holds this very payload; an earlier release's is replaced. */
async function envelopeOf(folder: string, payload: Uint8Array): Promise<Uint8Array | undefined> {
  if (!(await exists(join(folder, ENVELOPE_FILE)))) return undefined;
  const bytes = await readEnvelopeFile(folder);
  const envelope = decodedFrom(join(folder, ENVELOPE_FILE), () => decodeEnvelope(bytes));
  const same =
    envelope.payloadType === MANIFEST_PAYLOAD_TYPE && Buffer.compare(envelope.payload, payload) === 0;
  return same ? bytes : undefined;
}

async function checkPayloadSizes(folder: string, manifest: Manifest): Promise<void> {
  const files = manifest.images.flatMap((image) =>
    [image, ...image.deltas].flatMap(({ pack, index }) => [pack, index]),
  );
  for (const { name, size } of files) {
    const { size: found } = await orReleaseError('PAYLOAD_MISMATCH', `the payload ${name} is missing`, () =>
      stat(join(folder, name)),
    );
    if (found !== size) {
      throw new ReleaseError('PAYLOAD_MISMATCH', `${name} has ${found} bytes, the manifest says ${size}`);
    }
  }
}
