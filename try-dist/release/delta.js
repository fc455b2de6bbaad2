/**
 * Delta: a release directory gets delta packs for devices that run an earlier release. The order is that of a
 * build: payloads first, then `manifest.json`, and `release.json` last. The release identity stays what it was,
 * since packs have no part in it; the signatures do not, so the release is signed again.
 * The same releases, options and Node version give the same bytes, whatever the number of worker threads.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { decodeManifest, encodeManifest, releaseIdentity, } from '../format/index.js';
import { findBases } from './base.js';
import { makeDelta } from './delta-pack.js';
import { WORKER_PROGRAM } from './delta-workers.js';
import { orReleaseError, ReleaseError } from './error.js';
import { writeDurably } from './files.js';
import { MANIFEST_FILE } from './folder.js';
import { payloadToSign, signRelease } from './sign.js';
/**
 * How hard it is tried: brotli's quality, and bytes between the base's windows that are looked up. The finer
 * stride costs as much memory again as the base has, and about 1.5 % fewer bytes are sent.
 */
export const DELTA_SETTINGS = {
    fast: { quality: 5, stride: 8 },
    default: { quality: 9, stride: 4 },
    release: { quality: 11, stride: 4 },
};
/** More threads than this are starved by the one that reads and writes. */
const MOST_WORKERS = 8;
/** Errors: ReleaseError, and FormatError when a release is malformed. */
export async function buildDeltas(options, onProgress = () => { }) {
    const { folder } = options;
    if (options.bases.length === 0)
        throw new ReleaseError('OPTIONS_INVALID', 'a delta needs a base');
    const before = decodeManifest(await payloadToSign(folder));
    const { deltas, unchanged } = await deltasOf(before, options, onProgress);
    const images = before.images.map((image) => withDeltas(image, deltas));
    const manifest = { ...before, images };
    await orReleaseError('WRITE_FAILED', `${MANIFEST_FILE} cannot be written`, () => writeDurably(join(folder, MANIFEST_FILE), encodeManifest(manifest)));
    const keys = options.keys ?? [];
    const keyIds = keys.length === 0 ? [] : (await signRelease(folder, keys)).keyIds;
    return { folder, identity: releaseIdentity(manifest), manifest, deltas, unchanged, keyIds };
}
async function deltasOf(manifest, options, onProgress) {
    const classes = manifest.images.map((image) => image.class);
    // All bases are looked for before an hour of matching, not after it.
    const found = (await Promise.all(options.bases.map((base) => findBases(base, classes)))).flat();
    const pairs = found.flatMap(({ slotClass, load }) => manifest.images.filter((image) => image.class === slotClass).map((image) => ({ image, load })));
    const total = pairs.reduce((sum, { image }) => sum + image.size, 0);
    const { quality, stride } = DELTA_SETTINGS[options.setting ?? 'default'];
    const workers = options.workers ?? Math.min(availableParallelism(), MOST_WORKERS);
    const program = options.workerProgram ?? WORKER_PROGRAM;
    const deltas = [];
    const unchanged = [];
    let done = 0;
    for (const { image, load } of pairs) {
        onProgress({ note: `${image.class}: reading the base`, done, total });
        const base = await load();
        if (base.sha256 === image.sha256) {
            unchanged.push({ slotClass: image.class, base: base.sha256 });
        }
        else {
            const from = done;
            const onBytes = (bytes) => onProgress({ note: image.class, done: from + bytes, total });
            const { folder } = options;
            deltas.push(await makeDelta({ folder, image, base, quality, stride, workers, program, onBytes }));
        }
        done += image.size;
    }
    return { deltas, unchanged };
}
/** The image with its new deltas; an earlier one against the same base is replaced. */
function withDeltas(image, made) {
    const byBase = new Map(image.deltas.map((delta) => [delta.base.sha256, delta]));
    for (const { delta, slotClass } of made) {
        if (slotClass === image.class)
            byBase.set(delta.base.sha256, delta);
    }
    return { ...image, deltas: [...byBase.values()] };
}
