/**
 * format: what build host and device agree on. Pure codecs: bytes in, values out, FormatError otherwise.
 * No files, no clock, no network, and no other room. README.md has the tables.
 */
export { ChunkIndex, DEFAULT_CHUNK_SIZE, decodeChunkIndex, encodeChunkIndex, MAX_CHUNK_SIZE, MAX_CHUNKS, MIN_CHUNK_SIZE, } from './chunk-index.js';
export { decodeDeltaFrame, decodeDeltaFrameInPool, encodeDeltaFrame } from './delta-frame.js';
export { applyDelta } from './delta-plan.js';
export { MAX_READ_SHARE } from './delta-reads.js';
export { SHA256_BYTES, sha256Hex } from './digest.js';
export { addSignatures, decodeEnvelope, MANIFEST_PAYLOAD_TYPE, MAX_ENVELOPE_BYTES, MAX_PAYLOAD_BYTES, MAX_SIGNATURES, openEnvelope, preAuthEncoding, signEnvelope, } from './envelope.js';
export { FORMAT_ERROR_CODES, FormatError } from './error.js';
export { decodeFrame, decodeFrameInPool, encodeFrame, encodeFrameInPool, FRAME_CODECS, isZero, MAX_FRAME_OVERHEAD, } from './frame.js';
export { decodePrivateKey, decodePublicKey, encodePrivateKey, encodePublicKey, generateKeyPair, keyIdOf, keyRing, } from './keys.js';
export { decodeManifest, encodeManifest, MANIFEST_FORMAT, NAME_DIGITS, releaseIdentity, } from './manifest.js';
export { decodeReleaseInfo, encodeReleaseInfo } from './release-info.js';
export { isJsonObject, parseStrictJson, } from './strict-json.js';
