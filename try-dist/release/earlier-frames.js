/**
 * The frames of an earlier release, found by the digest of their chunk: what did not change between two
 * releases need not be compressed again. Each frame's digest is checked before it is taken, so a damaged
 * earlier release is an error and not a damaged new one. Signatures are not looked at: a frame is judged by
 * its digest, and `verify` decodes every frame of the result.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeChunkIndex, sha256Hex } from '../format/index.js';
import { ReleaseError } from './error.js';
import { readBounded, readFully } from './files.js';
import { readUnchecked } from './folder.js';
export class EarlierFrames {
    #folder;
    #places = new Map();
    #packs = [];
    constructor(folder) {
        this.#folder = folder;
    }
    /** Opens the release in `folder`. Error: PREVIOUS_UNUSABLE, with the reason as its cause. */
    static async open(folder) {
        const earlier = new EarlierFrames(folder);
        try {
            await earlier.#load();
            return earlier;
        }
        catch (cause) {
            await earlier.close();
            const reason = cause instanceof Error ? cause.message : String(cause);
            throw new ReleaseError('PREVIOUS_UNUSABLE', `the earlier release in ${folder} cannot be used: ${reason}`, { cause });
        }
    }
    /** The frame of a chunk with this digest and length, or undefined. Error: PREVIOUS_UNUSABLE when damaged. */
    async find(digest, length) {
        const place = this.#places.get(digest);
        if (place === undefined)
            return undefined;
        const entry = place.index.entry(place.chunk);
        if (entry.length !== length)
            return undefined;
        const bytes = await readFully(place.pack, Buffer.allocUnsafe(entry.frameLength), entry.frameOffset);
        if (sha256Hex(bytes) !== entry.frameDigest) {
            throw new ReleaseError('PREVIOUS_UNUSABLE', `the earlier release in ${this.#folder} is damaged at frame ${place.chunk}; build without it`);
        }
        return { codec: entry.codec, bytes, digest: entry.frameDigest };
    }
    async close() {
        for (const pack of this.#packs.splice(0))
            await pack.close();
        this.#places.clear();
    }
    async #load() {
        const { manifest } = await readUnchecked(this.#folder);
        for (const image of manifest.images) {
            const bytes = await readBounded(join(this.#folder, image.index.name), image.index.size);
            if (sha256Hex(bytes) !== image.index.sha256) {
                throw new ReleaseError('PREVIOUS_UNUSABLE', `${image.index.name} does not match its manifest`);
            }
            const index = decodeChunkIndex(bytes);
            const pack = await open(join(this.#folder, image.pack.name), 'r');
            this.#packs.push(pack);
            let chunk = 0;
            for (const { digest } of index.entries()) {
                this.#places.set(digest, { pack, index, chunk });
                chunk += 1;
            }
        }
    }
}
