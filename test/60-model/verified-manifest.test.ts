/** The one door through which a release becomes trusted: each refusal, each waiver, and hostile bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentError, type AgentErrorCode } from '../../agent/errors.ts';
import type { FailureCounts } from '../../agent/model/deployment.ts';
import { countFailure } from '../../agent/model/failures.ts';
import { NO_FLOORS } from '../../agent/model/floors.ts';
import type { Floors } from '../../agent/model/vault-rows.ts';
import {
  type DeviceProfile,
  type JudgedTime,
  openManifest,
  type TrustedKeys,
  type VerifiedManifest,
  verifyManifest,
  type Waivers,
} from '../../agent/model/verified-manifest.ts';
import { makeKeys } from '../../fixtures/index.ts';
import {
  encodeManifest,
  MANIFEST_PAYLOAD_TYPE,
  type Manifest,
  type McuFirmware,
  type PrivateKey,
  releaseIdentity,
  signEnvelope,
} from '../../format/index.ts';
import { hostileBytes } from '../10-format/hostile-bytes.ts';

const KEYS = makeKeys('one', 'two');
const STRANGER = makeKeys('stranger');
const TRUSTED: TrustedKeys = { ring: KEYS.ring, threshold: 1 };

function imageOf(slotClass: string, digit: string): Manifest['images'][number] {
  const sha256 = digit.repeat(64);
  const file = (ending: string, size: number) => ({
    name: `${slotClass}-${sha256.slice(0, 16)}.${ending}`,
    size,
    sha256,
  });
  return {
    class: slotClass,
    size: 100_000,
    sha256,
    pack: file('pack', 5000),
    index: file('index', 240),
    deltas: [],
  };
}

const MANIFEST: Manifest = {
  format: 1,
  compatible: 'cooker/board-1',
  version: '2.0.0',
  sequence: 20,
  securityVersion: 2,
  channel: 'stable',
  severity: 'normal',
  fixes: [],
  created: '2026-01-01T00:00:00Z',
  requires: {},
  images: [imageOf('rootfs', '1'), imageOf('boot', '2')],
  apply: 'now',
  notes: '',
  critical: [],
};

const FIRMWARE: McuFirmware = {
  version: '1.0.0',
  size: 1,
  sha256: '3'.repeat(64),
  protocol: { lowest: 1, highest: 1 },
};

const DEVICE: DeviceProfile = {
  compatible: 'cooker/board-1',
  channel: 'stable',
  slotClasses: ['boot', 'rootfs'],
  agentVersion: '0.5.0',
  bootedVersion: '1.9.0',
  dataSchema: undefined,
  mcu: undefined,
  bootedIdentity: undefined,
};
const FLOORS: Floors = { securityVersion: 2, sequence: 20, time: Date.parse('2026-02-01T00:00:00Z') };
const NOW: JudgedTime = { now: Date.parse('2026-06-01T00:00:00Z'), synchronised: true };
const NOTHING_WAIVED: Waivers = { forced: false, retried: false };
const FORCED: Waivers = { forced: true, retried: false };
const RETRIED: Waivers = { forced: false, retried: true };
const FAILED = countFailure(undefined, 'failedTrials', {
  identity: releaseIdentity(MANIFEST),
  version: '2.0.0',
});

/** What a case changes: everything else suits the device. */
interface Situation {
  readonly manifest?: Partial<Manifest>;
  readonly signers?: readonly PrivateKey[];
  readonly threshold?: number;
  readonly device?: Partial<DeviceProfile>;
  readonly floors?: Partial<Floors>;
  readonly time?: Partial<JudgedTime>;
  readonly failures?: FailureCounts;
}

function signed(
  manifest: Partial<Manifest> = {},
  signers: readonly PrivateKey[] = KEYS.privateKeys,
): Uint8Array {
  return signEnvelope(encodeManifest({ ...MANIFEST, ...manifest }), MANIFEST_PAYLOAD_TYPE, signers);
}

function judge(situation: Situation, waivers: Waivers = NOTHING_WAIVED): VerifiedManifest {
  return verifyManifest(
    signed(situation.manifest, situation.signers),
    { ring: KEYS.ring, threshold: situation.threshold ?? 1 },
    { ...DEVICE, ...situation.device },
    { ...FLOORS, ...situation.floors },
    { ...NOW, ...situation.time },
    () => situation.failures,
    waivers,
  );
}

/** Code of the refusal; undefined when the release is accepted. */
function refusal(situation: Situation, waivers: Waivers = NOTHING_WAIVED): AgentErrorCode | undefined {
  try {
    judge(situation, waivers);
    return undefined;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    expect(error.policy).toBe('refuse');
    return error.code;
  }
}

/** One situation for each reason to refuse, and whether `--force` and `--retry` pass it (rule 12). */
const REFUSALS: readonly {
  readonly name: string;
  readonly code: AgentErrorCode;
  readonly situation: Situation;
  readonly waivedBy?: 'force' | 'retry';
}[] = [
  { name: 'not signed', code: 'MANIFEST_REJECTED', situation: { signers: [] } },
  { name: 'signed by a stranger', code: 'MANIFEST_REJECTED', situation: { signers: STRANGER.privateKeys } },
  {
    name: 'signed by too few',
    code: 'MANIFEST_REJECTED',
    situation: { threshold: 2, signers: KEYS.privateKeys.slice(0, 1) },
  },
  {
    name: 'for another product',
    code: 'COMPATIBLE_MISMATCH',
    situation: { manifest: { compatible: 'cooker/board-2' } },
  },
  {
    name: 'without the image of a slot class',
    code: 'SLOT_CLASS_MISMATCH',
    situation: { manifest: { images: [imageOf('rootfs', '1')] } },
  },
  {
    name: 'with an image of no slot class here',
    code: 'SLOT_CLASS_MISMATCH',
    situation: { device: { slotClasses: ['rootfs'] } },
  },
  {
    name: 'with an MCU firmware for a board without an MCU',
    code: 'MCU_FIRMWARE_UNSUPPORTED',
    situation: { manifest: { mcuFirmware: FIRMWARE } },
  },
  {
    name: 'without an MCU firmware where the booted image carries one',
    code: 'MCU_FIRMWARE_MISSING',
    situation: { device: { mcu: { carriesFirmware: true, protocol: 1 } } },
  },
  {
    name: 'with an MCU firmware that does not speak the core set of the booted Linux',
    code: 'MCU_PROTOCOL_MISMATCH',
    situation: {
      manifest: { mcuFirmware: { ...FIRMWARE, protocol: { lowest: 2, highest: 3 } } },
      device: { mcu: { carriesFirmware: true, protocol: 1 } },
    },
  },
  {
    name: 'that needs an MCU protocol which the MCU does not speak',
    code: 'REQUIREMENT_NOT_MET',
    situation: {
      manifest: { requires: { mcuProtocol: '>=2' } },
      device: { mcu: { carriesFirmware: false, protocol: 1 } },
    },
  },
  {
    name: 'that needs an MCU protocol and the MCU was never heard',
    code: 'REQUIREMENT_NOT_MET',
    situation: {
      manifest: { requires: { mcuProtocol: '>=1' } },
      device: { mcu: { carriesFirmware: false, protocol: undefined } },
    },
  },
  {
    name: 'from another starting version',
    code: 'REQUIREMENT_NOT_MET',
    situation: { manifest: { requires: { from: '>=1.9.1' } } },
  },
  {
    name: 'for a newer agent',
    code: 'REQUIREMENT_NOT_MET',
    situation: { manifest: { requires: { agent: '>=0.6.0' } } },
  },
  {
    name: 'for a boot loader that nobody can judge',
    code: 'REQUIREMENT_NOT_MET',
    situation: { manifest: { requires: { bootLoader: '>=2024.1.0' } } },
  },
  {
    name: 'for an MCU protocol that nobody can judge',
    code: 'REQUIREMENT_NOT_MET',
    situation: { manifest: { requires: { mcuProtocol: '^1.0.0' } } },
  },
  {
    name: 'for another data schema',
    code: 'REQUIREMENT_NOT_MET',
    situation: { manifest: { requires: { dataSchema: '>=2 <4' } }, device: { dataSchema: '1.9.0' } },
  },
  {
    name: 'for a data schema that nobody can judge',
    code: 'REQUIREMENT_NOT_MET',
    situation: { manifest: { requires: { dataSchema: '^1.0.0' } } },
  },
  {
    name: 'with a lower securityVersion',
    code: 'SECURITY_VERSION_BELOW_FLOOR',
    situation: { floors: { securityVersion: 3 } },
  },
  {
    name: 'with a lower sequence',
    code: 'SEQUENCE_BELOW_FLOOR',
    situation: { floors: { sequence: 21 } },
    waivedBy: 'force',
  },
  {
    name: 'of a lower version',
    code: 'VERSION_NOT_GREATER',
    situation: { device: { bootedVersion: '2.0.1' } },
    waivedBy: 'force',
  },
  {
    name: 'of the same version with another identity',
    code: 'VERSION_NOT_GREATER',
    situation: { device: { bootedVersion: '2.0.0', bootedIdentity: '9'.repeat(64) } },
    waivedBy: 'force',
  },
  {
    name: 'of the same version but for build metadata',
    code: 'VERSION_NOT_GREATER',
    situation: { manifest: { version: '2.0.0+new' }, device: { bootedVersion: '2.0.0+old' } },
    waivedBy: 'force',
  },
  {
    name: 'past its date',
    code: 'MANIFEST_EXPIRED',
    situation: { manifest: { expires: '2026-05-31T00:00:00Z' } },
    waivedBy: 'force',
  },
  {
    name: 'past its date by the time floor, the clock unknown',
    code: 'MANIFEST_EXPIRED',
    situation: {
      manifest: { expires: '2026-01-31T00:00:00Z' },
      time: { synchronised: false, now: 0 },
    },
    waivedBy: 'force',
  },
  {
    name: 'that failed here before',
    code: 'RELEASE_FAILED_BEFORE',
    situation: { failures: FAILED },
    waivedBy: 'retry',
  },
];

describe('a release that suits the device', () => {
  it('is verified, with its identity and the keys that signed it', () => {
    const release = judge({});
    expect(release).toMatchObject({ identity: releaseIdentity(MANIFEST), freshness: 'fresh' });
    expect(release.manifest.version).toBe('2.0.0');
    expect(release.keyIds).toHaveLength(2);
  });

  it('may have both keys wanted', () => {
    expect(refusal({ threshold: 2 })).toBeUndefined();
  });

  it('is of unknown freshness while the clock is not synchronised, whatever that clock says', () => {
    const situation = { manifest: { expires: '2026-03-01T00:00:00Z' }, time: { synchronised: false } };
    expect(judge(situation).freshness).toBe('unknown');
    expect(refusal({ ...situation, time: { synchronised: true } })).toBe('MANIFEST_EXPIRED');
  });

  it('may come from a range of versions, pre-releases among them', () => {
    const manifest = { requires: { from: '>=1.8.0', agent: '^0.5.0' } };
    expect(refusal({ manifest })).toBeUndefined();
    expect(refusal({ manifest, device: { bootedVersion: '1.9.0-rc.1' } })).toBeUndefined();
  });
});

describe('a release is refused', () => {
  it.each(REFUSALS)('$name: $code', ({ code, situation }) => {
    expect(refusal(situation)).toBe(code);
  });

  it.each(REFUSALS)('$name, under --force unless rule 12 names it', ({ code, situation, waivedBy }) => {
    expect(refusal(situation, FORCED)).toBe(waivedBy === 'force' ? undefined : code);
  });

  it.each(REFUSALS)('$name, under --retry unless it failed before', ({ code, situation, waivedBy }) => {
    expect(refusal(situation, RETRIED)).toBe(waivedBy === 'retry' ? undefined : code);
  });
});

describe('a pre-release', () => {
  const beta = { version: '2.0.0-beta.1', channel: 'beta' };

  it('is taken from the configured channel only', () => {
    expect(refusal({ manifest: beta })).toBe('CHANNEL_MISMATCH');
    expect(refusal({ manifest: beta, device: { channel: 'beta' } })).toBeUndefined();
  });

  it('is below the release that it leads to', () => {
    const device = { channel: 'beta', bootedVersion: '2.0.0' };
    expect(refusal({ manifest: beta, device })).toBe('VERSION_NOT_GREATER');
  });

  it('is no question of the channel once the version is a full one', () => {
    expect(refusal({ manifest: { channel: 'beta' } })).toBeUndefined();
  });
});

describe('the release that runs already', () => {
  const running = {
    bootedIdentity: releaseIdentity(MANIFEST),
    bootedVersion: '2.0.0',
  };

  it('is no downgrade, expired or failed one: it is installed', () => {
    expect(refusal({ device: running })).toBeUndefined();
    expect(
      refusal({
        device: running,
        manifest: { expires: '2026-01-02T00:00:00Z' },
        floors: { sequence: 99, securityVersion: 99 },
        failures: FAILED,
      }),
    ).toBeUndefined();
  });

  it('must be signed and for this product all the same', () => {
    expect(refusal({ device: running, signers: STRANGER.privateKeys })).toBe('MANIFEST_REJECTED');
    expect(refusal({ device: running, manifest: { compatible: 'other/board' } })).toBe('COMPATIBLE_MISMATCH');
  });
});

describe('hostile bytes', () => {
  const envelope = signed();

  it('are refused with MANIFEST_REJECTED, or are still the signed release', () => {
    const intact = JSON.stringify(openManifest(envelope, TRUSTED).manifest);
    fc.assert(
      fc.property(hostileBytes(envelope), (bytes) => {
        try {
          const { manifest } = verifyManifest(
            bytes,
            TRUSTED,
            DEVICE,
            NO_FLOORS,
            NOW,
            () => undefined,
            NOTHING_WAIVED,
          );
          expect(JSON.stringify(manifest)).toBe(intact);
        } catch (error) {
          expect(error).toMatchObject({ name: 'AgentError', code: 'MANIFEST_REJECTED' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a signed payload that is no manifest is refused', () => {
    fc.assert(
      fc.property(hostileBytes(encodeManifest(MANIFEST)), (payload) => {
        const forged = signEnvelope(payload, MANIFEST_PAYLOAD_TYPE, KEYS.privateKeys.slice(0, 1));
        try {
          openManifest(forged, TRUSTED);
        } catch (error) {
          expect(error).toMatchObject({ name: 'AgentError', code: 'MANIFEST_REJECTED' });
        }
      }),
      { numRuns: 200 },
    );
  });
});
