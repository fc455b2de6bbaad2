/**
 * The one door through which a release becomes trusted: signature first, then every rule that judges a
 * manifest against this device (rules 9, 11, 12, 17). Pure; made afresh at every start, never deserialised.
 */
import { compare, prerelease, satisfies } from 'semver';
import {
  decodeManifest,
  FormatError,
  type KeyRing,
  MANIFEST_PAYLOAD_TYPE,
  type Manifest,
  openEnvelope,
  type Requirements,
  releaseIdentity,
} from '../../format/index.ts';
import { PROTOCOL_VERSION } from '../../mcu-bridge/index.ts';
import { AgentError } from '../errors.ts';
import type { FailureCounts } from './deployment.ts';
import { refusalOf } from './failures.ts';
import { judgeExpiry } from './floors.ts';
import { speaksCoreSet } from './mcu-pair.ts';
import type { Floors } from './vault-rows.ts';

declare const verified: unique symbol;

/** Only `verifyManifest` makes one; plan and everything after it accept nothing else. */
export interface VerifiedManifest {
  readonly [verified]: true;
  readonly manifest: Manifest;
  readonly identity: string;
  readonly keyIds: readonly string[];
  /** Unknown when the clock is not synchronised: expiry was judged against the time floor. */
  readonly freshness: 'fresh' | 'unknown';
}

/** What the device is and runs, as far as a manifest is judged by it. */
export interface DeviceProfile {
  readonly compatible: string;
  readonly channel: string;
  readonly slotClasses: readonly string[];
  readonly agentVersion: string;
  readonly bootedVersion: string;
  /** Of the vendor's data, as release-info names it; undefined when it does not. */
  readonly dataSchema: string | undefined;
  /** Undefined for a product without an MCU. */
  readonly mcu: McuProfile | undefined;
  /** Undefined when the vault knows no seal of the booted slot. */
  readonly bootedIdentity: string | undefined;
}

export interface McuProfile {
  /** Does the booted image carry a firmware for it? */
  readonly carriesFirmware: boolean;
  /** The highest protocol version that the MCU last said it speaks; undefined when it was not heard yet. */
  readonly protocol: number | undefined;
}

export interface TrustedKeys {
  readonly ring: KeyRing;
  readonly threshold: number;
}

export interface JudgedTime {
  readonly now: number;
  readonly synchronised: boolean;
}

/** What a technician may waive (rule 12): version, sequence and expiry, nothing else. */
export interface Waivers {
  readonly forced: boolean;
  /** `--retry`: what failed here before may be tried again (rule 17). */
  readonly retried: boolean;
}

/**
 * Opens the envelope and judges the release.
 * Errors: AgentError with policy `refuse`; nothing was written when it is thrown.
 */
export function verifyManifest(
  envelope: Uint8Array,
  keys: TrustedKeys,
  device: DeviceProfile,
  floors: Floors,
  time: JudgedTime,
  failuresOf: (identity: string) => FailureCounts | undefined,
  waivers: Waivers,
): VerifiedManifest {
  const { manifest, keyIds } = openManifest(envelope, keys);
  const identity = releaseIdentity(manifest);
  judgeDevice(manifest, device);
  const { expired, freshness } = judgeExpiry(manifest.expires, floors.time, time);
  if (identity !== device.bootedIdentity) {
    if (manifest.securityVersion < floors.securityVersion) {
      throw refuse(
        'SECURITY_VERSION_BELOW_FLOOR',
        manifest,
        `its securityVersion ${manifest.securityVersion} is below ${floors.securityVersion}`,
      );
    }
    if (!waivers.forced) judgeAge(manifest, device, floors, expired);
    const refusal = refusalOf(failuresOf(identity));
    if (refusal !== undefined && !waivers.retried) throw refuse('RELEASE_FAILED_BEFORE', manifest, refusal);
  }
  return { manifest, identity, keyIds, freshness } as unknown as VerifiedManifest;
}

/** Semver precedence; build metadata does not count. */
export function isGreater(version: string, than: string): boolean {
  return compare(version, than) > 0;
}

/** Does the envelope verify with these keys? Used alone by *can I update again?* (rule 13). */
export function openManifest(
  envelope: Uint8Array,
  keys: TrustedKeys,
): { readonly manifest: Manifest; readonly keyIds: readonly string[] } {
  try {
    const { payload, keyIds } = openEnvelope(envelope, {
      payloadType: MANIFEST_PAYLOAD_TYPE,
      ring: keys.ring,
      threshold: keys.threshold,
    });
    return { manifest: decodeManifest(payload), keyIds };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new AgentError('MANIFEST_REJECTED', `The release is refused: ${error.message}`, {
      cause: error,
      facts: { formatCode: error.code },
    });
  }
}

function judgeDevice(manifest: Manifest, device: DeviceProfile): void {
  if (manifest.compatible !== device.compatible) {
    throw refuse(
      'COMPATIBLE_MISMATCH',
      manifest,
      `it is for ${manifest.compatible}, this is a ${device.compatible}`,
    );
  }
  const offered = manifest.images.map((image) => image.class).sort();
  const wanted = [...device.slotClasses].sort();
  if (offered.join() !== wanted.join()) {
    throw refuse(
      'SLOT_CLASS_MISMATCH',
      manifest,
      `it has images for ${offered.join(', ')}, this device needs ${wanted.join(', ')}`,
    );
  }
  judgeMcuFirmware(manifest, device.mcu);
  judgeRequirements(manifest, device);
}

/** Rule 9: Linux and MCU belong together, and the Linux that is booted must be able to bring its own firmware back. */
function judgeMcuFirmware(manifest: Manifest, mcu: McuProfile | undefined): void {
  const { mcuFirmware } = manifest;
  if (mcuFirmware === undefined) {
    if (mcu?.carriesFirmware !== true) return;
    throw refuse(
      'MCU_FIRMWARE_MISSING',
      manifest,
      'it names no MCU firmware, and the booted image carries one',
    );
  }
  if (mcu === undefined) {
    throw refuse(
      'MCU_FIRMWARE_UNSUPPORTED',
      manifest,
      `it names MCU firmware ${mcuFirmware.version}, and no MCU is configured here`,
    );
  }
  if (speaksCoreSet(mcuFirmware.protocol)) return;
  const { lowest, highest } = mcuFirmware.protocol;
  throw refuse(
    'MCU_PROTOCOL_MISMATCH',
    manifest,
    `its MCU firmware speaks protocol ${lowest} to ${highest}, the booted Linux speaks ${PROTOCOL_VERSION}`,
  );
}

/** What each requirement asks about. Undefined: this agent does not know it of its device yet. */
const REQUIRED: readonly {
  readonly name: keyof Requirements;
  readonly what: string;
  readonly found: (device: DeviceProfile) => string | undefined;
}[] = [
  { name: 'from', what: 'the booted version', found: ({ bootedVersion }) => bootedVersion },
  { name: 'agent', what: 'the agent', found: ({ agentVersion }) => agentVersion },
  { name: 'bootLoader', what: 'the boot loader', found: () => undefined },
  {
    name: 'mcuProtocol',
    what: 'the MCU protocol',
    found: ({ mcu }) => (mcu?.protocol === undefined ? undefined : `${mcu.protocol}.0.0`),
  },
  { name: 'dataSchema', what: 'the data schema', found: ({ dataSchema }) => dataSchema },
];

/** A requirement that cannot be judged is not met: nobody can waive one (rule 12). */
function judgeRequirements(manifest: Manifest, device: DeviceProfile): void {
  for (const { name, what, found } of REQUIRED) {
    const range = manifest.requires[name];
    if (range === undefined) continue;
    const version = found(device);
    if (version !== undefined && satisfies(version, range, { includePrerelease: true })) continue;
    throw refuse(
      'REQUIREMENT_NOT_MET',
      manifest,
      `it needs ${what} ${range}, here it is ${version ?? 'not known'}`,
    );
  }
}

function judgeAge(manifest: Manifest, device: DeviceProfile, floors: Floors, expired: boolean): void {
  if (manifest.sequence < floors.sequence) {
    throw refuse(
      'SEQUENCE_BELOW_FLOOR',
      manifest,
      `its sequence ${manifest.sequence} is below ${floors.sequence}`,
    );
  }
  if (compare(manifest.version, device.bootedVersion) <= 0) {
    throw refuse('VERSION_NOT_GREATER', manifest, `the booted version is ${device.bootedVersion}`);
  }
  if (prerelease(manifest.version) !== null && manifest.channel !== device.channel) {
    throw refuse(
      'CHANNEL_MISMATCH',
      manifest,
      `it is a pre-release of channel ${manifest.channel}, this device follows ${device.channel}`,
    );
  }
  if (expired) {
    throw refuse('MANIFEST_EXPIRED', manifest, `it expired at ${manifest.expires ?? 'no date'}`);
  }
}

type Refusal =
  | 'COMPATIBLE_MISMATCH'
  | 'SLOT_CLASS_MISMATCH'
  | 'MCU_FIRMWARE_UNSUPPORTED'
  | 'MCU_FIRMWARE_MISSING'
  | 'MCU_PROTOCOL_MISMATCH'
  | 'REQUIREMENT_NOT_MET'
  | 'SEQUENCE_BELOW_FLOOR'
  | 'SECURITY_VERSION_BELOW_FLOOR'
  | 'VERSION_NOT_GREATER'
  | 'CHANNEL_MISMATCH'
  | 'MANIFEST_EXPIRED'
  | 'RELEASE_FAILED_BEFORE';

function refuse(code: Refusal, manifest: Manifest, because: string): AgentError {
  return new AgentError(code, `Release ${manifest.version} is refused: ${because}.`, {
    facts: { version: manifest.version, sequence: manifest.sequence },
  });
}
