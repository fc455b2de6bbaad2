/**
 * The signed envelope: DSSE (github.com/secure-systems-lab/dsse), protocol v1.0.2. Signatures are checked over
 * the pre-authentication encoding before anything looks into the payload.
 * Must not know what a payload means; the caller names the one payload type that it accepts.
 *
 *   { "payload": base64, "payloadType": text, "signatures": [ { "keyid": text, "sig": base64 }, ... ] }
 */
import { FormatError } from './error.js';
import { SCHEMES } from './scheme.js';
import { isJsonObject, parseStrictJson } from './strict-json.js';
/** payloadType of a manifest; compared exactly. */
export const MANIFEST_PAYLOAD_TYPE = 'application/vnd.donabe.manifest.v1+json';
/** A manifest is some KiB; 1 MiB holds notes and 64 deltas for each of 16 images with room to spare. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024;
/** Base64 of the largest payload (4/3) and 16 signatures, rounded up: the most that is read of `release.json`. */
export const MAX_ENVELOPE_BYTES = 2 * 1024 * 1024;
/** Bounds the work that an unsigned text can cause. */
export const MAX_SIGNATURES = 16;
/** DSSE's PAE: the exact bytes that are signed. Lengths are decimal byte counts. */
export function preAuthEncoding(payloadType, payload) {
    const type = Buffer.from(payloadType, 'utf8');
    return Buffer.concat([
        Buffer.from(`DSSEv1 ${type.length} `),
        type,
        Buffer.from(` ${payload.length} `),
        payload,
    ]);
}
/** Signs `payload` with each key. Errors: KEY_DUPLICATE, ENVELOPE_MALFORMED when it would break a limit. */
export function signEnvelope(payload, payloadType, privateKeys) {
    return encodeEnvelope({
        payload,
        payloadType,
        signatures: signaturesOf(payload, payloadType, privateKeys),
    });
}
/**
 * Adds signatures to an envelope, keeping its payload bytes and the signatures of other keys. A key that has
 * signed before replaces its own.
 */
export function addSignatures(envelope, privateKeys) {
    const { payload, payloadType, signatures } = decodeEnvelope(envelope);
    const own = new Set(privateKeys.map((key) => key.keyId));
    const others = signatures.filter(({ keyid }) => !own.has(keyid));
    const added = signaturesOf(payload, payloadType, privateKeys);
    return encodeEnvelope({ payload, payloadType, signatures: [...others, ...added] });
}
/**
 * Checks and opens. The envelope's `keyid` only says which key to try first: a signature counts for the key
 * of the ring that verifies it, and each key counts once. Errors: ENVELOPE_MALFORMED, ENVELOPE_PAYLOAD_TYPE,
 * SIGNATURE_THRESHOLD.
 */
export function openEnvelope(bytes, options) {
    const { ring, threshold } = options;
    if (!Number.isSafeInteger(threshold) || threshold < 1) {
        throw new FormatError('SIGNATURE_THRESHOLD', `the threshold is ${threshold}; it must be at least 1`);
    }
    const envelope = decodeEnvelope(bytes);
    if (envelope.payloadType !== options.payloadType) {
        throw new FormatError('ENVELOPE_PAYLOAD_TYPE', `the envelope does not hold ${options.payloadType}`, {
            facts: { found: envelope.payloadType.slice(0, 128) },
        });
    }
    const message = preAuthEncoding(envelope.payloadType, envelope.payload);
    const signers = new Set();
    for (const { keyid, signature } of envelope.signatures) {
        const hinted = ring.keys.filter((key) => key.keyId === keyid);
        const tried = [...hinted, ...ring.keys.filter((key) => key.keyId !== keyid)];
        const signer = tried.find((key) => SCHEMES[key.scheme].verify(signature, message, key.publicKey));
        if (signer !== undefined)
            signers.add(signer);
    }
    if (signers.size < threshold) {
        throw new FormatError('SIGNATURE_THRESHOLD', `the envelope carries valid signatures of ${signers.size} trusted keys; ${threshold} are needed`, { facts: { valid: signers.size, threshold, signatures: envelope.signatures.length } });
    }
    return { payload: envelope.payload, keyIds: [...signers].map((key) => key.keyId).sort() };
}
/** The envelope's parts without any check of signatures: for `inspect` and `addSignatures` only. */
export function decodeEnvelope(bytes) {
    const json = parseStrictJson(bytes, { maxBytes: MAX_ENVELOPE_BYTES, code: 'ENVELOPE_MALFORMED' });
    const signatures = member(json, 'signatures');
    if (!Array.isArray(signatures) || signatures.length > MAX_SIGNATURES) {
        throw malformed(`"signatures" must be a list of at most ${MAX_SIGNATURES}`);
    }
    const payload = base64(text(json, 'payload'), 'payload');
    if (payload.length > MAX_PAYLOAD_BYTES)
        throw malformed(`the payload exceeds ${MAX_PAYLOAD_BYTES} bytes`);
    return {
        payloadType: text(json, 'payloadType'),
        payload,
        signatures: signatures.map((entry) => ({
            keyid: member(entry, 'keyid') === undefined ? '' : text(entry, 'keyid'),
            signature: base64(text(entry, 'sig'), 'sig'),
        })),
    };
}
function encodeEnvelope({ payload, payloadType, signatures }) {
    if (payload.length > MAX_PAYLOAD_BYTES)
        throw malformed(`the payload exceeds ${MAX_PAYLOAD_BYTES} bytes`);
    if (signatures.length > MAX_SIGNATURES)
        throw malformed(`more than ${MAX_SIGNATURES} signatures`);
    const json = {
        payload: Buffer.from(payload).toString('base64'),
        payloadType,
        signatures: signatures.map(({ keyid, signature }) => ({
            keyid,
            sig: Buffer.from(signature).toString('base64'),
        })),
    };
    return Buffer.from(`${JSON.stringify(json)}\n`, 'utf8');
}
function signaturesOf(payload, payloadType, privateKeys) {
    if (new Set(privateKeys.map((key) => key.keyId)).size < privateKeys.length) {
        throw new FormatError('KEY_DUPLICATE', 'one key was given twice; it would count once');
    }
    const message = preAuthEncoding(payloadType, payload);
    return privateKeys.map((key) => ({
        keyid: key.keyId,
        signature: SCHEMES[key.scheme].sign(message, key.privateKey),
    }));
}
/** Standard alphabet with padding, in its one canonical spelling. */
function base64(value, name) {
    const bytes = Buffer.from(value, 'base64');
    if (bytes.toString('base64') !== value)
        throw malformed(`"${name}" is not canonical base64`);
    return bytes;
}
function member(value, name) {
    if (!isJsonObject(value))
        throw malformed('an object is missing');
    return Object.hasOwn(value, name) ? value[name] : undefined;
}
function text(value, name) {
    const found = member(value, name);
    if (typeof found !== 'string')
        throw malformed(`"${name}" must be a text`);
    return found;
}
function malformed(what) {
    return new FormatError('ENVELOPE_MALFORMED', `the envelope is malformed: ${what}`);
}
