/**
 * The one door through which a release becomes trusted: signature first, then every rule that judges a
 * manifest against this device (rules 9, 11, 12, 17). Pure; made afresh at every start, never deserialised.
 */
import { compare, prerelease, satisfies } from 'semver';
import { decodeManifest, FormatError, MANIFEST_PAYLOAD_TYPE, openEnvelope, releaseIdentity, } from '../../format/index.js';
import { AgentError } from '../errors.js';
import { refusalOf } from './failures.js';
import { judgeExpiry } from './floors.js';
/**
 * Opens the envelope and judges the release.
 * Errors: AgentError with policy `refuse`; nothing was written when it is thrown.
 */
export function verifyManifest(envelope, keys, device, floors, time, failuresOf, waivers) {
    const { manifest, keyIds } = openManifest(envelope, keys);
    const identity = releaseIdentity(manifest);
    judgeDevice(manifest, device);
    const { expired, freshness } = judgeExpiry(manifest.expires, floors.time, time);
    if (identity !== device.bootedIdentity) {
        if (manifest.securityVersion < floors.securityVersion) {
            throw refuse('SECURITY_VERSION_BELOW_FLOOR', manifest, `its securityVersion ${manifest.securityVersion} is below ${floors.securityVersion}`);
        }
        if (!waivers.forced)
            judgeAge(manifest, device, floors, expired);
        const refusal = refusalOf(failuresOf(identity));
        if (refusal !== undefined && !waivers.retried)
            throw refuse('RELEASE_FAILED_BEFORE', manifest, refusal);
    }
    return { manifest, identity, keyIds, freshness };
}
/** Does the envelope verify with these keys? Used alone by *can I update again?* (rule 13). */
export function openManifest(envelope, keys) {
    try {
        const { payload, keyIds } = openEnvelope(envelope, {
            payloadType: MANIFEST_PAYLOAD_TYPE,
            ring: keys.ring,
            threshold: keys.threshold,
        });
        return { manifest: decodeManifest(payload), keyIds };
    }
    catch (error) {
        if (!(error instanceof FormatError))
            throw error;
        throw new AgentError('MANIFEST_REJECTED', `The release is refused: ${error.message}`, {
            cause: error,
            facts: { formatCode: error.code },
        });
    }
}
function judgeDevice(manifest, device) {
    if (manifest.compatible !== device.compatible) {
        throw refuse('COMPATIBLE_MISMATCH', manifest, `it is for ${manifest.compatible}, this is a ${device.compatible}`);
    }
    const offered = manifest.images.map((image) => image.class).sort();
    const wanted = [...device.slotClasses].sort();
    if (offered.join() !== wanted.join()) {
        throw refuse('SLOT_CLASS_MISMATCH', manifest, `it has images for ${offered.join(', ')}, this device needs ${wanted.join(', ')}`);
    }
    if (manifest.mcuFirmware !== undefined) {
        throw refuse('MCU_FIRMWARE_UNSUPPORTED', manifest, `it names MCU firmware ${manifest.mcuFirmware.version}`);
    }
    judgeRequirements(manifest, device);
}
/** What each requirement asks about. Undefined: this agent does not know it of its device yet. */
const REQUIRED = [
    { name: 'from', what: 'the booted version', found: ({ bootedVersion }) => bootedVersion },
    { name: 'agent', what: 'the agent', found: ({ agentVersion }) => agentVersion },
    { name: 'bootLoader', what: 'the boot loader', found: () => undefined },
    { name: 'mcuProtocol', what: 'the MCU protocol', found: () => undefined },
    { name: 'dataSchema', what: 'the data schema', found: () => undefined },
];
/** A requirement that cannot be judged is not met: nobody can waive one (rule 12). */
function judgeRequirements(manifest, device) {
    for (const { name, what, found } of REQUIRED) {
        const range = manifest.requires[name];
        if (range === undefined)
            continue;
        const version = found(device);
        if (version !== undefined && satisfies(version, range, { includePrerelease: true }))
            continue;
        throw refuse('REQUIREMENT_NOT_MET', manifest, `it needs ${what} ${range}, here it is ${version ?? 'not known to this agent'}`);
    }
}
function judgeAge(manifest, device, floors, expired) {
    if (manifest.sequence < floors.sequence) {
        throw refuse('SEQUENCE_BELOW_FLOOR', manifest, `its sequence ${manifest.sequence} is below ${floors.sequence}`);
    }
    if (compare(manifest.version, device.bootedVersion) <= 0) {
        throw refuse('VERSION_NOT_GREATER', manifest, `the booted version is ${device.bootedVersion}`);
    }
    if (prerelease(manifest.version) !== null && manifest.channel !== device.channel) {
        throw refuse('CHANNEL_MISMATCH', manifest, `it is a pre-release of channel ${manifest.channel}, this device follows ${device.channel}`);
    }
    if (expired) {
        throw refuse('MANIFEST_EXPIRED', manifest, `it expired at ${manifest.expires ?? 'no date'}`);
    }
}
function refuse(code, manifest, because) {
    return new AgentError(code, `Release ${manifest.version} is refused: ${because}.`, {
        facts: { version: manifest.version, sequence: manifest.sequence },
    });
}
