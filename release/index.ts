/**
 * release: the build host. Makes, signs and checks release directories; never runs on a device and is left out
 * of the package for devices. Imports the format room only. It reads no clock and prints nothing.
 */

export type { BaseSource } from './base.ts';
export {
  type BuildOptions,
  type BuiltRelease,
  buildRelease,
  QUALITIES,
  type Quality,
} from './build.ts';
export {
  CHANNEL_FILE,
  type ChannelChange,
  type ChannelSigning,
  changeChannel,
  readChannel,
} from './channel.ts';
export {
  type BuiltDeltas,
  buildDeltas,
  DELTA_SETTINGS,
  type DeltaOptions,
  type DeltaSetting,
} from './delta.ts';
export type { MadeDelta } from './delta-pack.ts';
export { RELEASE_ERROR_CODES, ReleaseError, type ReleaseErrorCode, type ReleaseFacts } from './error.ts';
export type { Finding, FindingCode } from './findings.ts';
export { ENVELOPE_FILE, MANIFEST_FILE, payloadName } from './folder.ts';
export {
  type InspectedDelta,
  type InspectedImage,
  type InspectedRelease,
  inspectRelease,
} from './inspect.ts';
export { type GeneratedKeys, generateKeys, readKeyRing, readPrivateKey } from './keys.ts';
export { BATCH_CHUNKS, type PackedImage } from './pack.ts';
export type { OnProgress, ReleaseProgress } from './progress.ts';
export { type PublishedRelease, type PublishOptions, publishRelease } from './publish.ts';
export { type SignedRelease, signRelease } from './sign.ts';
export { type VerifiedRelease, verifyRelease } from './verify.ts';
