/**
 * Signature schemes, one row each. The scheme belongs to the key, never to the message: an envelope cannot
 * choose how it is checked. A further scheme is a further row here and nothing elsewhere.
 * Knows neither files nor envelopes.
 */
import { createHash } from 'node:crypto';
import { getPublicKey, hashes, Point, sign, utils, verify } from '@noble/ed25519';
import { ecdsaP256 } from './ecdsa-p256.ts';

// noble's synchronous functions take SHA-512 from whoever imports them.
hashes.sha512 = (message) => new Uint8Array(createHash('sha512').update(message).digest());

export type SchemeName = 'ed25519' | 'ecdsa-p256-sha256';

export interface SignatureScheme {
  /** Bytes of a raw public key. */
  readonly publicKeyBytes: number;
  /** Bytes of a raw private key; for ed25519 the seed of RFC 8032 section 5.1.5, else the scalar. */
  readonly privateKeyBytes: number;
  /** False for bytes that encode no key, or one under which signatures can be made without the private key. */
  isUsable(publicKey: Uint8Array): boolean;
  newPrivateKey(): Uint8Array;
  /** Undefined for bytes that are no private key. */
  publicKeyOf(privateKey: Uint8Array): Uint8Array | undefined;
  sign(message: Uint8Array, privateKey: Uint8Array): Uint8Array;
  /** False for every signature that is not exactly right, whatever its length; never throws. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** R and s of RFC 8032, 32 bytes each. */
const ED25519_SIGNATURE_BYTES = 64;

const ed25519: SignatureScheme = {
  publicKeyBytes: 32,
  privateKeyBytes: 32,
  isUsable(publicKey) {
    try {
      // Strict decoding (RFC 8032 section 5.1.3) refuses y >= p. A point of small order, or with a part of
      // small order, verifies signatures that its owner never made.
      const point = Point.fromBytes(publicKey, false);
      return !point.isSmallOrder() && point.isTorsionFree();
    } catch (notAPoint) {
      if (notAPoint instanceof Error) return false;
      throw notAPoint;
    }
  },
  newPrivateKey: () => utils.randomSecretKey(),
  publicKeyOf: (privateKey) => getPublicKey(privateKey),
  sign: (message, privateKey) => sign(message, privateKey),
  verify(signature, message, publicKey) {
    if (signature.length !== ED25519_SIGNATURE_BYTES) return false;
    // zip215: false is RFC 8032's own rule: canonical R and s below the group order, so one signature per
    // message and key.
    return verify(signature, message, publicKey, { zip215: false });
  },
};

/** All schemes by the name that key files use. */
export const SCHEMES: Readonly<Record<SchemeName, SignatureScheme>> = {
  ed25519,
  'ecdsa-p256-sha256': ecdsaP256,
};

export const SCHEME_NAMES = Object.keys(SCHEMES) as readonly SchemeName[];

/** True for a name that has a row in SCHEMES. */
export function isSchemeName(name: string): name is SchemeName {
  return Object.hasOwn(SCHEMES, name);
}
