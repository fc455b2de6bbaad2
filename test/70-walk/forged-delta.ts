/** A published release again, with delta packs that lie and digests that fit: what a careless or evil vendor signs. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChunkEntry,
  decodeChunkIndex,
  decodeManifest,
  encodeChunkIndex,
  encodeManifest,
  type FrameCodec,
  type ManifestImage,
  type PayloadFile,
  sha256Hex,
} from '../../format/index.ts';
import { MANIFEST_FILE, payloadName, signRelease } from '../../release/index.ts';
import type { LabFolder } from '../80-power-cut/lab-releases.ts';
import type { Published } from './world.ts';

/** One chunk with its frame, as it is to be in the forged pack. */
export interface Forged {
  readonly entry: Pick<ChunkEntry, 'digest' | 'codec'>;
  readonly frame: Uint8Array;
}

export interface Forgery {
  /** Called for each chunk of each image. */
  readonly chunk?: (chunk: number, honest: Forged & { readonly length: number }) => Forged;
  /** The base that the index names; the manifest stays with the true one. */
  readonly base?: { readonly size: number; readonly digest: string };
  readonly pack?: 'delta' | 'full';
}

/** Changes the release in place and signs it again. */
export async function forge(folder: LabFolder, release: Published, forgery: Forgery): Promise<void> {
  const path = join(release.published, MANIFEST_FILE);
  const manifest = decodeManifest(await readFile(path));
  const images: ManifestImage[] = [];
  for (const image of manifest.images) images.push(await forgedImage(release, image, forgery));
  await writeFile(path, encodeManifest({ ...manifest, images }));
  await signRelease(release.published, folder.keys.privateKeys);
}

async function forgedImage(
  { published }: Published,
  image: ManifestImage,
  { chunk: change = (_chunk, honest) => honest, base, pack: which = 'delta' }: Forgery,
): Promise<ManifestImage> {
  const [delta] = image.deltas;
  const files = which === 'full' ? image : delta;
  if (files === undefined || delta === undefined) throw new Error('a forgery needs a release with deltas');
  const index = decodeChunkIndex(await readFile(join(published, files.index.name)));
  const pack = await readFile(join(published, files.pack.name));
  const frames: Uint8Array[] = [];
  const entries: { digest: string; frameLength: number; frameDigest: string; codec: FrameCodec }[] = [];
  let number = 0;
  for (const entry of index.entries()) {
    const honest = pack.subarray(entry.frameOffset, entry.frameOffset + entry.frameLength);
    const forged = change(number, { entry, frame: honest, length: entry.length });
    const { digest, codec } = forged.entry;
    const { length: frameLength } = forged.frame;
    entries.push({ digest, codec, frameLength, frameDigest: sha256Hex(forged.frame) });
    frames.push(forged.frame);
    number += 1;
  }
  const bytes = encodeChunkIndex({ ...index, base: base ?? index.base, entries });
  const publish = async (kind: 'pack' | 'index', content: Uint8Array): Promise<PayloadFile> => {
    const sha256 = sha256Hex(content);
    const name = payloadName(image.class, sha256, kind);
    await writeFile(join(published, name), content);
    return { name, size: content.length, sha256 };
  };
  const made = {
    pack: await publish('pack', Buffer.concat(frames)),
    index: await publish('index', bytes),
  };
  return which === 'full' ? { ...image, ...made } : { ...image, deltas: [{ ...delta, ...made }] };
}
