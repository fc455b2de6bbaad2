/**
 * Frames in, pack and chunk index out: durable, under names that tell their content. Frames are appended in
 * image order; nothing is there under its final name before `finish`.
 * Must not know how a frame was made.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { encodeChunkIndex, sha256Hex, } from '../format/index.js';
import { orReleaseError } from './error.js';
import { digestOfFile, TemporaryFile } from './files.js';
import { exists, payloadName } from './folder.js';
/** A pack as it grows. Error of all methods: WRITE_FAILED. */
export class PackWriter {
    #folder;
    #slotClass;
    #pack;
    #entries = [];
    #codecs = { zero: 0, raw: 0, brotli: 0, delta: 0 };
    #image = createHash('sha256');
    #imageSize = 0;
    constructor(folder, slotClass, pack) {
        this.#folder = folder;
        this.#slotClass = slotClass;
        this.#pack = pack;
    }
    static create(folder, slotClass) {
        return orReleaseError('WRITE_FAILED', `${folder} cannot be written`, async () => {
            const pack = await TemporaryFile.create(folder, `${slotClass}.pack`);
            return new PackWriter(folder, slotClass, pack);
        });
    }
    get codecs() {
        return { ...this.#codecs };
    }
    /** Frames so far. */
    get count() {
        return this.#entries.length;
    }
    /** The next chunk, its digest (lower-case hex), and its frame. */
    async append(chunk, digest, frame) {
        const { codec, bytes } = frame;
        this.#image.update(chunk);
        this.#imageSize += chunk.length;
        await orReleaseError('WRITE_FAILED', `the pack of ${this.#slotClass} cannot be written`, () => this.#pack.append(bytes));
        this.#entries.push({ digest, frameLength: bytes.length, frameDigest: sha256Hex(bytes), codec });
        this.#codecs[codec] += 1;
    }
    /** Publishes index and pack, the index first. */
    async finish(chunkSize, base) {
        const imageDigest = this.#image.digest('hex');
        const entries = this.#entries;
        const bytes = encodeChunkIndex({ imageSize: this.#imageSize, imageDigest, chunkSize, base, entries });
        const index = await orReleaseError('WRITE_FAILED', `the index of ${this.#slotClass} cannot be written`, async () => {
            const file = await TemporaryFile.create(this.#folder, `${this.#slotClass}.index`);
            try {
                await file.append(bytes);
                return await this.#publish(file, 'index');
            }
            finally {
                await file.discard();
            }
        });
        const pack = await orReleaseError('WRITE_FAILED', `the pack of ${this.#slotClass} cannot be published`, () => this.#publish(this.#pack, 'pack'));
        return { size: this.#imageSize, sha256: imageDigest, pack, index };
    }
    /** Removes what was not published; does nothing after `finish`. */
    discard() {
        return this.#pack.discard();
    }
    /** Gives the file its content's name, unless a file with this name and content is there already. */
    async #publish(file, kind) {
        const payload = { size: file.size, sha256: file.digest() };
        const name = payloadName(this.#slotClass, payload.sha256, kind);
        const path = join(this.#folder, name);
        // A published payload stays untouched: a new file of equal bytes would get another validator from a server,
        // and devices in the middle of a download would take it for a change.
        const isThere = (await exists(path)) && (await digestOfFile(path)).sha256 === payload.sha256;
        if (!isThere)
            await file.publish(name);
        return { name, ...payload };
    }
}
