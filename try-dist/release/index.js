/**
 * release: the build host. Makes, signs and checks release directories; never runs on a device and is left out
 * of the package for devices. Imports the format room only. It reads no clock and prints nothing.
 */
export { buildRelease, QUALITIES, } from './build.js';
export { buildDeltas, DELTA_SETTINGS, } from './delta.js';
export { RELEASE_ERROR_CODES, ReleaseError } from './error.js';
export { ENVELOPE_FILE, MANIFEST_FILE, payloadName } from './folder.js';
export { inspectRelease, } from './inspect.js';
export { generateKeys, readKeyRing, readPrivateKey } from './keys.js';
export { BATCH_CHUNKS } from './pack.js';
export { signRelease } from './sign.js';
export { verifyRelease } from './verify.js';
