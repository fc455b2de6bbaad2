/**
 * Signature schemes, one row each. The scheme belongs to the key, never to the message: an envelope cannot
 * choose how it is checked. A second scheme (ecdsa-p256-sha256) is a second row here and nothing elsewhere.
 * Knows neither files nor envelopes.
 */
import { createHash } from 'node:crypto';
import { getPublicKey, hashes, Point, sign, utils, verify } from '@noble/ed25519';
// noble's synchronous functions take SHA-512 from whoever imports them.
hashes.sha512 = (message) => new Uint8Array(createHash('sha512').update(message).digest());
/** R and s of RFC 8032, 32 bytes each. */
const ED25519_SIGNATURE_BYTES = 64;
const ed25519 = {
    publicKeyBytes: 32,
    privateKeyBytes: 32,
    isUsable(publicKey) {
        try {
            // Strict decoding (RFC 8032 section 5.1.3) refuses y >= p. A point of small order, or with a part of
            // small order, verifies signatures that its owner never made.
            const point = Point.fromBytes(publicKey, false);
            return !point.isSmallOrder() && point.isTorsionFree();
        }
        catch (notAPoint) {
            if (notAPoint instanceof Error)
                return false;
            throw notAPoint;
        }
    },
    newPrivateKey: () => utils.randomSecretKey(),
    publicKeyOf: (privateKey) => getPublicKey(privateKey),
    sign: (message, privateKey) => sign(message, privateKey),
    verify(signature, message, publicKey) {
        if (signature.length !== ED25519_SIGNATURE_BYTES)
            return false;
        // zip215: false is RFC 8032's own rule: canonical R and s below the group order, so one signature per
        // message and key.
        return verify(signature, message, publicKey, { zip215: false });
    },
};
/** All schemes by the name that key files use. */
export const SCHEMES = { ed25519 };
/** True for a name that has a row in SCHEMES. */
export function isSchemeName(name) {
    return Object.hasOwn(SCHEMES, name);
}
