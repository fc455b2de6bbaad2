/** The scheme ecdsa-p256-sha256: one encoding of keys and signatures, and nothing verifies that its owner did not sign. */
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeKeys, makeMixedKeys } from '../../fixtures/index.ts';
import {
  addSignatures,
  decodePrivateKey,
  decodePublicKey,
  encodePrivateKey,
  encodePublicKey,
  generateKeyPair,
  keyRing,
  openEnvelope,
  signEnvelope,
} from '../../format/index.ts';
import { SCHEMES } from '../../format/scheme.ts';

const NAME = 'ecdsa-p256-sha256';
const ecdsa = SCHEMES[NAME];
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (raw: Uint8Array): string => Buffer.from(raw).toString('hex');
const wide = (value: bigint): string => value.toString(16).padStart(64, '0');

/** SEC 2: the field, b of the curve, and the order of the group. */
const FIELD = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** RFC 6979, A.2.5, SHA-256. */
const SCALAR = 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721';
const X = '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6';
const Y = '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299';
const R = 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716n;
const S = 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8n;
const PUBLIC = bytes(`04${X}${Y}`);
const MESSAGE = Buffer.from('sample');
const verify = (signature: string, message: Uint8Array = MESSAGE): boolean =>
  ecdsa.verify(bytes(signature), message, PUBLIC);

describe('signatures', () => {
  test('RFC 6979: key and signature', () => {
    expect(hex(ecdsa.publicKeyOf(bytes(SCALAR)) ?? bytes(''))).toBe(`04${X}${Y}`);
    expect(verify(wide(R) + wide(S))).toBe(true);
    expect(verify(wide(R) + wide(S), Buffer.from('sample.'))).toBe(false);
  });

  test('what is signed verifies, and nothing else does', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (message, other) => {
        const signature = ecdsa.sign(message, bytes(SCALAR));
        expect(signature).toHaveLength(64);
        expect(ecdsa.verify(signature, message, PUBLIC)).toBe(true);
        expect(ecdsa.verify(signature, other, PUBLIC)).toBe(Buffer.compare(message, other) === 0);
      }),
      { numRuns: 30 },
    );
  });

  test('the other one of the pair verifies as well: neither is refused, and it is one key', () => {
    const pair = generateKeyPair('module', NAME);
    const options = { payloadType: 'x', ring: keyRing([pair.publicKey]), threshold: 1 };
    const envelope = signEnvelope(Buffer.from('{}'), 'x', [pair.privateKey]);
    const json = JSON.parse(Buffer.from(envelope).toString('utf8')) as { signatures: { sig: string }[] };
    const raw = Buffer.from(json.signatures[0]?.sig ?? '', 'base64');
    const s = ORDER - BigInt(`0x${hex(raw.subarray(32))}`);
    const other = Buffer.concat([raw.subarray(0, 32), bytes(wide(s))]);
    json.signatures.push({ ...json.signatures[0], sig: other.toString('base64') });
    const both = Buffer.from(JSON.stringify(json));
    expect(openEnvelope(both, options).keyIds).toEqual([pair.publicKey.keyId]);
    expect(() => openEnvelope(both, { ...options, threshold: 2 })).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_THRESHOLD' }),
    );
  });

  const zero = wide(0n);
  test.each([
    ['empty', ''],
    ['one byte short', (wide(R) + wide(S)).slice(2)],
    ['one byte long', `${wide(R)}${wide(S)}00`],
    ['all zero', zero + zero],
    ['r zero', zero + wide(S)],
    ['s zero', wide(R) + zero],
    ['r and s one', wide(1n) + wide(1n)],
    ['r is the order', wide(ORDER) + wide(S)],
    ['s is the order', wide(R) + wide(ORDER)],
    ['both are the order', wide(ORDER) + wide(ORDER)],
    ['r is the field', wide(FIELD) + wide(S)],
    ['r below the order by one', wide(ORDER - 1n) + wide(S)],
    ['all ones', 'ff'.repeat(64)],
    ['r negated', wide(ORDER - R) + wide(S)],
    ['r and s exchanged', wide(S) + wide(R)],
    ['DER of the right r and s', `3046022100${wide(R)}022100${wide(S)}`],
    ['DER of zeros', '3006020100020100'],
    ['DER cut to 64 bytes', `3046022100${wide(R)}022100${wide(S)}`.slice(0, 128)],
  ])('refused: %s', (_, signature) => {
    expect(verify(signature)).toBe(false);
  });

  test('refused: r and s plus the order, where that still fits', () => {
    // r below 2^256 - n has a second spelling in 32 bytes.
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 256n - ORDER - 1n }), (small) => {
        expect(verify(wide(small + ORDER) + wide(S))).toBe(false);
        expect(verify(wide(R) + wide(small + ORDER))).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  test('refused: every flipped bit', () => {
    const good = bytes(wide(R) + wide(S));
    for (let bit = 0; bit < 512; bit += 3) {
      const bad = Uint8Array.from(good);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(ecdsa.verify(bad, MESSAGE, PUBLIC), String(bit)).toBe(false);
    }
  });

  test('refused: a signature over the digest, or by another hash', () => {
    const key = { format: 'jwk', key: jwk(SCALAR) } as const;
    const by = (hash: string, message: Uint8Array): Uint8Array =>
      sign(hash, message, { ...key, dsaEncoding: 'ieee-p1363' });
    expect(ecdsa.verify(by('sha256', MESSAGE), MESSAGE, PUBLIC)).toBe(true);
    expect(ecdsa.verify(by('sha512', MESSAGE), MESSAGE, PUBLIC)).toBe(false);
    const digest = createHash('sha256').update(MESSAGE).digest();
    expect(ecdsa.verify(by('sha256', digest), MESSAGE, PUBLIC)).toBe(false);
  });

  test('any bytes for signature and key: false, and never an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 80 }), (signature, key) => {
        expect(ecdsa.verify(signature, MESSAGE, key)).toBe(false);
        expect(ecdsa.verify(signature, MESSAGE, PUBLIC)).toBe(false);
      }),
    );
  });
});

describe('keys', () => {
  test('go into their files and come back, in one ring with those of the other scheme', () => {
    for (let round = 0; round < 20; round += 1) {
      const { publicKey, privateKey } = generateKeyPair('module', NAME);
      expect(privateKey.privateKey).toHaveLength(32);
      expect(decodePublicKey(encodePublicKey(publicKey), 'module')).toEqual(publicKey);
      expect(decodePrivateKey(encodePrivateKey(privateKey))).toEqual(privateKey);
    }
    expect(keyRing(makeMixedKeys().trustedKeys).keys.map(({ scheme }) => scheme)).toEqual(['ed25519', NAME]);
  });

  test('the one that a module of OpenSSL has made is the last 65 bytes of its usual form', () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const raw = new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-65));
    const key = decodePublicKey(`${NAME} ${hex(raw)}`, 'module');
    const signature = sign('sha256', MESSAGE, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
    expect(ecdsa.verify(signature, MESSAGE, key.publicKey)).toBe(true);
    expect(createPublicKey(pair.privateKey).asymmetricKeyType).toBe('ec');
  });

  const xPlusField = BigInt(`0x${wide(5n)}`) + FIELD;
  test.each([
    ['the compressed point', `02${X}`],
    ['the hybrid form', `07${X}${Y}`],
    ['without its first byte', `${X}${Y}`],
    ['infinity', '00'],
    ['infinity, filled up', '00'.repeat(65)],
    ['(0, 0)', `04${wide(0n)}${wide(0n)}`],
    ['another y', `04${X}${wide(BigInt(`0x${Y}`) ^ 1n)}`],
    ['a point of a curve with another b', `04${wide(1n)}${wide(1n)}`],
    ['x that is no number of the field', `04${wide(xPlusField % 2n ** 256n)}${Y}`],
    ['y plus the field', `04${X}${wide((BigInt(`0x${Y}`) + FIELD) % 2n ** 256n)}`],
    ['all ones', `04${'ff'.repeat(64)}`],
    ['a key of Ed25519', '11'.repeat(32)],
  ])('refused: %s', (_, key) => {
    expect(() => decodePublicKey(`${NAME} ${key}`, 'k')).toThrow(
      expect.objectContaining({ code: 'KEY_MALFORMED' }),
    );
  });

  test('refused: x of a point plus the field, where that still fits into 32 bytes', () => {
    // Small x have a second spelling; some of them lie on the curve.
    const point = smallPoint();
    expect(() => decodePublicKey(`${NAME} 04${wide(point.x)}${wide(point.y)}`, 'k')).not.toThrow();
    expect(() => decodePublicKey(`${NAME} 04${wide(point.x + FIELD)}${wide(point.y)}`, 'k')).toThrow(
      expect.objectContaining({ code: 'KEY_MALFORMED' }),
    );
  });

  test.each([
    ['zero', wide(0n)],
    ['the order', wide(ORDER)],
    ['above the order', 'ff'.repeat(32)],
    ['31 bytes', '11'.repeat(31)],
  ])('refused as private key: %s', (_, scalar) => {
    expect(() => decodePrivateKey(`${NAME}-private ${scalar}`)).toThrow(
      expect.objectContaining({ code: 'KEY_MALFORMED' }),
    );
  });
});

describe('an envelope', () => {
  const mixed = makeMixedKeys();
  const payload = Buffer.from('{"release":1}');

  test('may carry signatures of both schemes, and each key counts once', () => {
    const [one, two] = mixed.privateKeys;
    if (one === undefined || two === undefined) throw new Error('there are two schemes');
    const both = addSignatures(signEnvelope(payload, 'x', [one]), [two]);
    const options = { payloadType: 'x', ring: mixed.ring, threshold: 2 };
    expect(openEnvelope(both, options).keyIds).toHaveLength(2);
    expect(() => openEnvelope(signEnvelope(payload, 'x', [two]), options)).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_THRESHOLD' }),
    );
  });

  test('cannot choose the scheme: a key of one verifies no signature of the other', () => {
    const strangers = makeKeys('stranger');
    const signed = signEnvelope(payload, 'x', mixed.privateKeys);
    expect(() => openEnvelope(signed, { payloadType: 'x', ring: strangers.ring, threshold: 1 })).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_THRESHOLD' }),
    );
  });
});

function jwk(scalar: string): Record<'kty' | 'crv' | 'x' | 'y' | 'd', string> {
  const part = (digits: string): string => Buffer.from(digits, 'hex').toString('base64url');
  return { kty: 'EC', crv: 'P-256', x: part(X), y: part(Y), d: part(scalar) };
}

/** The first x from 1 with a y: the field is 3 modulo 4, so a root is a power. */
function smallPoint(): { readonly x: bigint; readonly y: bigint } {
  for (let x = 1n; ; x += 1n) {
    const square = (x ** 3n - 3n * x + B) % FIELD;
    const y = power(square, (FIELD + 1n) / 4n);
    if ((y * y) % FIELD === square) return { x, y };
  }
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = (result * square) % FIELD;
    square = (square * square) % FIELD;
  }
  return result;
}
