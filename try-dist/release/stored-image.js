/**
 * An image of a release directory, chunk by chunk, out of its full pack: what a build host holds of a release
 * once the image file is gone. Every frame and every chunk is checked against the index, and the index against
 * the manifest. Signatures are not looked at: all that is taken from here is judged by its digest.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeChunkIndex, decodeFrameInPool, sha256Hex, } from '../format/index.js';
import { orReleaseError, ReleaseError } from './error.js';
import { readBounded, readFully } from './files.js';
/** Errors of all methods: RELEASE_UNREADABLE, PAYLOAD_MISMATCH, FormatError. */
export class StoredImage {
    index;
    #name;
    #pack;
    constructor(name, index, pack) {
        this.#name = name;
        this.index = index;
        this.#pack = pack;
    }
    static async open(folder, image) {
        const { index: file, pack } = image;
        const bytes = await orReleaseError('RELEASE_UNREADABLE', `${file.name} cannot be read`, () => readBounded(join(folder, file.name), file.size));
        if (sha256Hex(bytes) !== file.sha256)
            throw mismatch(file.name, 'its digest in the manifest');
        const index = decodeChunkIndex(bytes);
        const fits = index.imageDigest === image.sha256 && index.imageSize === image.size && !index.base;
        if (!fits)
            throw mismatch(file.name, 'the image that the manifest names');
        const handle = await orReleaseError('RELEASE_UNREADABLE', `${pack.name} cannot be opened`, () => open(join(folder, pack.name), 'r'));
        return new StoredImage(pack.name, index, handle);
    }
    async read(chunk) {
        const { offset, length, digest, codec, ...entry } = this.index.entry(chunk);
        const frame = await orReleaseError('RELEASE_UNREADABLE', `${this.#name} cannot be read`, () => readFully(this.#pack, Buffer.allocUnsafe(entry.frameLength), entry.frameOffset));
        if (sha256Hex(frame) !== entry.frameDigest)
            throw mismatch(this.#name, `its index at frame ${chunk}`);
        const bytes = await decodeFrameInPool(codec, frame, length);
        if (sha256Hex(bytes) !== digest)
            throw mismatch(this.#name, `its index at chunk ${chunk}`);
        return { offset, bytes, digest, frame: { codec, bytes: frame } };
    }
    close() {
        return this.#pack.close();
    }
}
function mismatch(name, what) {
    return new ReleaseError('PAYLOAD_MISMATCH', `${name} does not match ${what}`);
}
