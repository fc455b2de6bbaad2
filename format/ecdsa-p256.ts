/**
 * The scheme `ecdsa-p256-sha256`: for vendors whose signing keys live in a hardware module that has no Ed25519.
 * One encoding of everything: a public key is the 65 bytes of the uncompressed point (SEC 1, 2.3.3), a signature the
 * 64 bytes of r and s (IEEE P1363), never DER. Knows neither files nor envelopes.
 *
 * (r, n - s) verifies wherever (r, s) does; modules give either. That is harmless here: keys are counted and not
 * signatures, and neither the identity of a release nor anything that is kept depends on the envelope's bytes.
 */
import { createECDH, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { SignatureScheme } from './scheme.ts';

/** OpenSSL's name of P-256. */
const CURVE = 'prime256v1';
const SCALAR_BYTES = 32;
const UNCOMPRESSED = 0x04;
const POINT_BYTES = 1 + 2 * SCALAR_BYTES;
const SIGNATURE_BYTES = 2 * SCALAR_BYTES;

export const ecdsaP256: SignatureScheme = {
  publicKeyBytes: POINT_BYTES,
  privateKeyBytes: SCALAR_BYTES,
  // The group has prime order: every point of the curve is as good as another, and infinity has no such encoding.
  isUsable: (publicKey) => publicKeyObject(publicKey) !== undefined,
  newPrivateKey() {
    const ecdh = createECDH(CURVE);
    ecdh.generateKeys();
    // OpenSSL leaves leading zeros out.
    const scalar = new Uint8Array(SCALAR_BYTES);
    const found = ecdh.getPrivateKey();
    scalar.set(found, SCALAR_BYTES - found.length);
    return scalar;
  },
  publicKeyOf(privateKey) {
    const ecdh = createECDH(CURVE);
    try {
      ecdh.setPrivateKey(privateKey);
    } catch (outOfRange) {
      if (outOfRange instanceof Error) return undefined;
      throw outOfRange;
    }
    return new Uint8Array(ecdh.getPublicKey(null, 'uncompressed'));
  },
  sign(message, privateKey) {
    const publicKey = ecdsaP256.publicKeyOf(privateKey);
    if (publicKey === undefined) throw new RangeError('no private key of P-256');
    const d = Buffer.from(privateKey).toString('base64url');
    const key = createPrivateKey({ format: 'jwk', key: { ...jwkOf(publicKey), d } });
    return new Uint8Array(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }));
  },
  verify(signature, message, publicKey) {
    if (signature.length !== SIGNATURE_BYTES) return false;
    const key = publicKeyObject(publicKey);
    return key !== undefined && verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  },
};

/** Undefined for what is no point of the curve, or in another encoding. */
function publicKeyObject(publicKey: Uint8Array): KeyObject | undefined {
  if (publicKey.length !== POINT_BYTES || publicKey[0] !== UNCOMPRESSED) return undefined;
  try {
    return createPublicKey({ format: 'jwk', key: jwkOf(publicKey) });
  } catch (notAPoint) {
    if (notAPoint instanceof Error) return undefined;
    throw notAPoint;
  }
}

function jwkOf(publicKey: Uint8Array): Record<'kty' | 'crv' | 'x' | 'y', string> {
  const coordinate = (from: number): string =>
    Buffer.from(publicKey.subarray(from, from + SCALAR_BYTES)).toString('base64url');
  return { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(1 + SCALAR_BYTES) };
}
