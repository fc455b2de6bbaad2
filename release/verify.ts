/**
 * Verify: everything that a device will check, and every frame decoded, in the device's order: signatures,
 * manifest, index against manifest, frames, chunks, image. Wrong bytes are findings, so that one run tells all
 * of them; nothing of a payload is looked at before the signatures hold.
 */
import { join } from 'node:path';
import {
  decodeManifest,
  FormatError,
  type KeyRing,
  MANIFEST_PAYLOAD_TYPE,
  type Manifest,
  openEnvelope,
  releaseIdentity,
} from '../format/index.ts';
import { type BaseSource, type FoundBase, findBases } from './base.ts';
import { ReleaseError } from './error.ts';
import { type Finding, Findings } from './findings.ts';
import { awaitsSignature, ENVELOPE_FILE, exists, readEnvelopeFile } from './folder.ts';
import type { OnProgress } from './progress.ts';
import { type SignedPack, verifyPack } from './verify-pack.ts';

export interface VerifiedRelease {
  /** No findings. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** Undefined when the envelope was refused: then nothing in it is worth showing. */
  readonly manifest: Manifest | undefined;
  readonly identity: string | undefined;
  /** Keys of the ring that signed. */
  readonly keyIds: readonly string[];
  readonly frames: number;
  /** Delta packs; one that was not applied was decoded only, since its base was not given. */
  readonly deltas: readonly {
    readonly slotClass: string;
    readonly base: string;
    readonly applied: boolean;
  }[];
}

/**
 * `bases`: what delta packs are applied to; without them they are decoded only. Errors: RELEASE_UNREADABLE when
 * there is no `release.json`, BASE_UNUSABLE; all else is a finding.
 */
export async function verifyRelease(
  folder: string,
  ring: KeyRing,
  threshold: number,
  onProgress: OnProgress = () => {},
  bases: readonly BaseSource[] = [],
): Promise<VerifiedRelease> {
  const findings = new Findings();
  if (!(await exists(join(folder, ENVELOPE_FILE))) && (await awaitsSignature(folder))) {
    throw new ReleaseError(
      'RELEASE_UNREADABLE',
      `the release in ${folder} is not signed yet; sign it first: donabe release sign ${folder}`,
    );
  }
  const opened = openRelease(await readEnvelopeFile(folder), ring, threshold, findings);
  if (opened === undefined) {
    const refused = { manifest: undefined, identity: undefined, keyIds: [], frames: 0, deltas: [] };
    return { ok: false, findings: findings.all, ...refused };
  }
  const { manifest, keyIds } = opened;
  const classes = manifest.images.map((image) => image.class);
  const found = await Promise.all(bases.map((base) => findBases(base, classes)));
  const packs = packsOf(manifest);
  const total = packs.reduce((sum, { image }) => sum + image.size, 0);
  let done = 0;
  let frames = 0;
  const verifyOne = async (pack: SignedPack, base?: Uint8Array) => {
    const before = done;
    const onBytes = (bytes: number) => onProgress({ note: pack.slotClass, done: before + bytes, total });
    frames += await verifyPack(folder, pack, base, findings, onBytes);
    done += pack.image.size;
  };
  const applied = await verifyWithBases(packs, found, verifyOne);
  for (const pack of packs) if (!applied.has(pack)) await verifyOne(pack);
  const deltas = packs.flatMap((pack) =>
    pack.base === undefined
      ? []
      : [{ slotClass: pack.slotClass, base: pack.base.sha256, applied: applied.has(pack) }],
  );
  const identity = releaseIdentity(manifest);
  return {
    ok: findings.all.length === 0,
    findings: findings.all,
    manifest,
    identity,
    keyIds,
    frames,
    deltas,
  };
}

/** One base after the other, so that one at a time is in memory. Returns the packs that were looked at. */
async function verifyWithBases(
  packs: readonly SignedPack[],
  found: readonly (readonly FoundBase[])[],
  verifyOne: (pack: SignedPack, base: Uint8Array) => Promise<void>,
): Promise<ReadonlySet<SignedPack>> {
  const applied = new Set<SignedPack>();
  for (const images of found) {
    let isBase = false;
    for (const { slotClass, load } of images) {
      const base = await load();
      const fits = ({ base: named, ...pack }: SignedPack) =>
        pack.slotClass === slotClass && named?.sha256 === base.sha256;
      for (const pack of packs.filter(fits)) {
        isBase = true;
        // A base that is given twice is looked at once.
        if (applied.has(pack)) continue;
        await verifyOne(pack, base.bytes);
        applied.add(pack);
      }
    }
    if (isBase) continue;
    throw new ReleaseError('BASE_UNUSABLE', 'no delta of this release is made against a base that was given');
  }
  return applied;
}

function packsOf(manifest: Manifest): SignedPack[] {
  return manifest.images.flatMap((image) => {
    const { class: slotClass, deltas, pack, index } = image;
    const full = { slotClass, image, pack, index };
    return [full, ...deltas.map((delta) => ({ slotClass, image, ...delta }))];
  });
}

function openRelease(
  envelope: Uint8Array,
  ring: KeyRing,
  threshold: number,
  findings: Findings,
): { readonly manifest: Manifest; readonly keyIds: readonly string[] } | undefined {
  try {
    const opened = openEnvelope(envelope, { payloadType: MANIFEST_PAYLOAD_TYPE, ring, threshold });
    return { manifest: decodeManifest(opened.payload), keyIds: opened.keyIds };
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    findings.add('ENVELOPE_REFUSED', 'release.json', `${cause.code}: ${cause.message}`);
    return undefined;
  }
}
