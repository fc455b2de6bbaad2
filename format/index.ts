/**
 * format: what build host and device agree on. Pure codecs: bytes in, values out, FormatError otherwise.
 * No files, no clock, no network, and no other room. README.md has the tables.
 */
export {
  CHANNEL_FORMAT,
  CHANNEL_PAYLOAD_TYPE,
  type Channel,
  type Cohort,
  decodeChannel,
  encodeChannel,
  MAX_CHANNEL_BYTES,
} from './channel.ts';
export {
  type ChunkEntry,
  ChunkIndex,
  type ChunkIndexParts,
  DEFAULT_CHUNK_SIZE,
  decodeChunkIndex,
  encodeChunkIndex,
  MAX_CHUNK_SIZE,
  MAX_CHUNKS,
  MIN_CHUNK_SIZE,
} from './chunk-index.ts';
export type { DeltaOperation } from './delta-body.ts';
export { decodeDeltaFrame, decodeDeltaFrameInPool, encodeDeltaFrame } from './delta-frame.ts';
export { applyDelta, type DeltaPlan } from './delta-plan.ts';
export { type BaseRead, BaseReads, MAX_READ_SHARE } from './delta-reads.ts';
export { SHA256_BYTES, sha256Hex } from './digest.ts';
export {
  addSignatures,
  decodeEnvelope,
  MANIFEST_PAYLOAD_TYPE,
  MAX_ENVELOPE_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_SIGNATURES,
  type OpenedEnvelope,
  type OpenOptions,
  openEnvelope,
  preAuthEncoding,
  signEnvelope,
  type UnverifiedEnvelope,
} from './envelope.ts';
export { FORMAT_ERROR_CODES, FormatError, type FormatErrorCode, type FormatFacts } from './error.ts';
export {
  decodeFrame,
  decodeFrameInPool,
  type EncodedFrame,
  encodeFrame,
  encodeFrameInPool,
  FRAME_CODECS,
  type FrameCodec,
  isZero,
  MAX_FRAME_OVERHEAD,
} from './frame.ts';
export { giveBack } from './give-back.ts';
export {
  decodePrivateKey,
  decodePublicKey,
  encodePrivateKey,
  encodePublicKey,
  generateKeyPair,
  type KeyRing,
  keyIdOf,
  keyRing,
  type PrivateKey,
  type TrustedKey,
} from './keys.ts';
export {
  type ApplyPolicy,
  type DeltaPack,
  decodeManifest,
  encodeManifest,
  MANIFEST_FORMAT,
  type Manifest,
  type ManifestImage,
  type McuFirmware,
  NAME_DIGITS,
  type PayloadFile,
  type Requirements,
  releaseIdentity,
  type Severity,
} from './manifest.ts';
export { decodeReleaseInfo, encodeReleaseInfo, type ReleaseInfo } from './release-info.ts';
export { SCHEME_NAMES, type SchemeName } from './scheme.ts';
export {
  isJsonObject,
  type JsonLimits,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
} from './strict-json.ts';
