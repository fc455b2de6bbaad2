/**
 * The chunk index: the list of chunks of one image and of the frames that carry them. Little-endian.
 *
 *   offset size  header (96 bytes)
 *        0    8  magic "DONABEIX"
 *        8    2  version, 1
 *       10    2  header length, 96
 *       12    4  chunk size: a power of two, 64 KiB to 4 MiB
 *       16    8  image size, 1 to 2^42
 *       24   32  image SHA-256
 *       56    8  base size; 0 when no frame needs a base
 *       64   32  base SHA-256; zeros when there is no base
 *
 *   offset size  entry (72 bytes), one for each chunk in image order
 *        0   32  SHA-256 of the chunk
 *       32   32  SHA-256 of the frame
 *       64    4  frame length; 0 for zero frames, at most chunk length + 64 KiB
 *       68    1  codec: 0 zero, 1 raw, 2 brotli, 3 delta; delta only when the header names a base
 *       69    3  zero
 *
 * There are ceil(image size / chunk size) entries, at most 2^20, and nothing after them. Frame offsets are the
 * sums of the lengths before. The decoded index stays in its raw buffer: 2^20 entries cost 80 MiB, not a
 * million objects. Checks form only; that the index itself is the signed one is the caller's business.
 */
import { SHA256_BYTES } from './digest.js';
import { FormatError } from './error.js';
import { MAX_IMAGE_SIZE } from './fields.js';
import { FRAME_CODECS, MAX_FRAME_OVERHEAD } from './frame.js';
export const MIN_CHUNK_SIZE = 64 * 1024;
export const MAX_CHUNK_SIZE = 4 * 1024 * 1024;
export const DEFAULT_CHUNK_SIZE = 1024 * 1024;
export const MAX_CHUNKS = 2 ** 20;
const MAGIC = Buffer.from('DONABEIX', 'ascii');
const VERSION = 1;
const HEADER = {
    version: 8,
    length: 10,
    chunkSize: 12,
    imageSize: 16,
    image: 24,
    baseSize: 56,
    base: 64,
};
const HEADER_BYTES = 96;
const ENTRY = { digest: 0, frameDigest: 32, frameLength: 64, codec: 68, reserved: 69 };
const ENTRY_BYTES = 72;
const NO_DIGEST = '0'.repeat(2 * SHA256_BYTES);
const CODEC_NAMES = new Map([
    [FRAME_CODECS.zero, 'zero'],
    [FRAME_CODECS.raw, 'raw'],
    [FRAME_CODECS.brotli, 'brotli'],
    [FRAME_CODECS.delta, 'delta'],
]);
/** A checked index over its raw bytes; made by `decodeChunkIndex` only. */
export class ChunkIndex {
    imageSize;
    imageDigest;
    chunkSize;
    base;
    /** Number of chunks. */
    count;
    #bytes;
    /** Offset of each frame, and after the last one the pack's size. */
    #frameOffsets;
    constructor(bytes) {
        const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        checkHeader(raw);
        this.#bytes = raw;
        this.chunkSize = raw.readUInt32LE(HEADER.chunkSize);
        this.imageSize = Number(raw.readBigUInt64LE(HEADER.imageSize));
        this.imageDigest = digestAt(raw, HEADER.image);
        this.base = baseOf(raw);
        this.count = chunkCount(this.imageSize, this.chunkSize);
        if (raw.length !== HEADER_BYTES + this.count * ENTRY_BYTES) {
            throw malformed(`it has ${raw.length} bytes; ${this.count} chunks need ${HEADER_BYTES + this.count * ENTRY_BYTES}`);
        }
        this.#frameOffsets = new Float64Array(this.count + 1);
        for (let chunk = 0; chunk < this.count; chunk += 1) {
            const frameLength = checkEntry(raw, chunk, this.#lengthOf(chunk), this.base !== undefined);
            this.#frameOffsets[chunk + 1] = this.#frameOffset(chunk) + frameLength;
        }
    }
    /** Bytes of the pack that this index describes. */
    get packSize() {
        return this.#frameOffset(this.count);
    }
    /** The entry of chunk 0..count-1; RangeError outside of it. */
    entry(chunk) {
        if (!Number.isInteger(chunk) || chunk < 0 || chunk >= this.count) {
            throw new RangeError(`chunk ${chunk} of ${this.count} does not exist`);
        }
        const at = HEADER_BYTES + chunk * ENTRY_BYTES;
        return {
            offset: chunk * this.chunkSize,
            length: this.#lengthOf(chunk),
            digest: digestAt(this.#bytes, at + ENTRY.digest),
            frameOffset: this.#frameOffset(chunk),
            frameLength: this.#bytes.readUInt32LE(at + ENTRY.frameLength),
            frameDigest: digestAt(this.#bytes, at + ENTRY.frameDigest),
            codec: codecAt(this.#bytes, at, chunk),
        };
    }
    /** All entries in image order, one at a time. */
    *entries() {
        for (let chunk = 0; chunk < this.count; chunk += 1)
            yield this.entry(chunk);
    }
    #lengthOf(chunk) {
        return Math.min(this.chunkSize, this.imageSize - chunk * this.chunkSize);
    }
    #frameOffset(chunk) {
        return this.#frameOffsets[chunk] ?? 0;
    }
}
/** Reads an index; the bytes must not change afterwards. Errors: INDEX_MALFORMED, FORMAT_TOO_NEW. */
export function decodeChunkIndex(bytes) {
    return new ChunkIndex(bytes);
}
/** The index's bytes; refused like in `decodeChunkIndex`. */
export function encodeChunkIndex(parts) {
    checkSizes(parts.chunkSize, parts.imageSize);
    const count = chunkCount(parts.imageSize, parts.chunkSize);
    const bytes = Buffer.alloc(HEADER_BYTES + count * ENTRY_BYTES);
    MAGIC.copy(bytes);
    bytes.writeUInt16LE(VERSION, HEADER.version);
    bytes.writeUInt16LE(HEADER_BYTES, HEADER.length);
    bytes.writeUInt32LE(parts.chunkSize, HEADER.chunkSize);
    bytes.writeBigUInt64LE(BigInt(parts.imageSize), HEADER.imageSize);
    bytes.write(parts.imageDigest, HEADER.image, SHA256_BYTES, 'hex');
    bytes.writeBigUInt64LE(BigInt(parts.base?.size ?? 0), HEADER.baseSize);
    bytes.write(parts.base?.digest ?? NO_DIGEST, HEADER.base, SHA256_BYTES, 'hex');
    let at = HEADER_BYTES;
    for (const entry of parts.entries) {
        if (at === bytes.length)
            throw malformed(`more entries than the ${count} chunks of the image`);
        bytes.write(entry.digest, at + ENTRY.digest, SHA256_BYTES, 'hex');
        bytes.write(entry.frameDigest, at + ENTRY.frameDigest, SHA256_BYTES, 'hex');
        bytes.writeUInt32LE(entry.frameLength, at + ENTRY.frameLength);
        bytes.writeUInt8(FRAME_CODECS[entry.codec], at + ENTRY.codec);
        at += ENTRY_BYTES;
    }
    if (at !== bytes.length)
        throw malformed(`fewer entries than the ${count} chunks of the image`);
    decodeChunkIndex(bytes);
    return bytes;
}
function checkHeader(raw) {
    if (raw.length < HEADER_BYTES || !raw.subarray(0, MAGIC.length).equals(MAGIC)) {
        throw malformed('it does not begin with a header');
    }
    const version = raw.readUInt16LE(HEADER.version);
    if (version > VERSION) {
        throw new FormatError('FORMAT_TOO_NEW', `the chunk index has version ${version}; ${VERSION} is known here`);
    }
    if (version !== VERSION || raw.readUInt16LE(HEADER.length) !== HEADER_BYTES) {
        throw malformed('version and header length do not fit');
    }
    const imageSize = raw.readBigUInt64LE(HEADER.imageSize);
    if (imageSize > BigInt(MAX_IMAGE_SIZE))
        throw malformed(`the image size exceeds ${MAX_IMAGE_SIZE}`);
    checkSizes(raw.readUInt32LE(HEADER.chunkSize), Number(imageSize));
}
function checkSizes(chunkSize, imageSize) {
    const isPowerOfTwo = Number.isInteger(Math.log2(chunkSize));
    if (!isPowerOfTwo || chunkSize < MIN_CHUNK_SIZE || chunkSize > MAX_CHUNK_SIZE) {
        throw malformed(`chunk size ${chunkSize} is not a power of two from ${MIN_CHUNK_SIZE} to ${MAX_CHUNK_SIZE}`);
    }
    if (!Number.isSafeInteger(imageSize) || imageSize < 1 || chunkCount(imageSize, chunkSize) > MAX_CHUNKS) {
        throw malformed(`an image of ${imageSize} bytes does not make 1 to ${MAX_CHUNKS} chunks of ${chunkSize}`);
    }
}
function baseOf(raw) {
    const size = raw.readBigUInt64LE(HEADER.baseSize);
    const digest = digestAt(raw, HEADER.base);
    if (size === 0n && digest === NO_DIGEST)
        return undefined;
    if (size === 0n || size > BigInt(MAX_IMAGE_SIZE) || digest === NO_DIGEST) {
        throw malformed('base size and base digest do not fit');
    }
    return { size: Number(size), digest };
}
/** Checks one entry's form and gives its frame length. */
function checkEntry(raw, chunk, chunkLength, hasBase) {
    const at = HEADER_BYTES + chunk * ENTRY_BYTES;
    const codec = codecAt(raw, at, chunk);
    const frameLength = raw.readUInt32LE(at + ENTRY.frameLength);
    if (codec === 'delta' && !hasBase)
        throw malformed(`chunk ${chunk} needs a base and none is named`);
    if (raw.readUIntLE(at + ENTRY.reserved, 3) !== 0)
        throw malformed(`reserved bytes of chunk ${chunk} are set`);
    if (!frameLengthFits(codec, frameLength, chunkLength)) {
        throw malformed(`chunk ${chunk} of ${chunkLength} bytes cannot have a ${codec} frame of ${frameLength}`);
    }
    return frameLength;
}
function frameLengthFits(codec, frameLength, chunkLength) {
    if (codec === 'zero')
        return frameLength === 0;
    if (codec === 'raw')
        return frameLength === chunkLength;
    return frameLength > 0 && frameLength <= chunkLength + MAX_FRAME_OVERHEAD;
}
function codecAt(raw, at, chunk) {
    const number = raw.readUInt8(at + ENTRY.codec);
    const codec = CODEC_NAMES.get(number);
    if (codec !== undefined)
        return codec;
    throw new FormatError('FORMAT_TOO_NEW', `chunk ${chunk} has frame codec ${number}, which is not known here`);
}
function digestAt(raw, at) {
    return raw.toString('hex', at, at + SHA256_BYTES);
}
function chunkCount(imageSize, chunkSize) {
    return Math.ceil(imageSize / chunkSize);
}
function malformed(what) {
    return new FormatError('INDEX_MALFORMED', `the chunk index is malformed: ${what}`);
}
