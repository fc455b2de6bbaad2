/** Key files, key rings and the one rule by which ed25519 signatures are judged (RFC 8032, strict). */
import { Point } from '@noble/ed25519';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodePrivateKey,
  decodePublicKey,
  encodePrivateKey,
  encodePublicKey,
  generateKeyPair,
  keyIdOf,
  keyRing,
  openEnvelope,
  preAuthEncoding,
  type TrustedKey,
} from '../../format/index.ts';
import { SCHEMES } from '../../format/scheme.ts';
import { hostileBytes, onlyFormatError } from './hostile-bytes.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (raw: Uint8Array) => Buffer.from(raw).toString('hex');
const { ed25519 } = SCHEMES;

/** RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature. */
const RFC_8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

/** All points whose order divides 8, and their spellings with y >= p. */
const SMALL_ORDER = [
  `01${'00'.repeat(31)}`,
  `${'00'.repeat(32)}`,
  `${'00'.repeat(31)}80`,
  `ec${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];
const NOT_CANONICAL = [
  `01${'00'.repeat(30)}80`,
  `ed${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(31)}`,
  `ee${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(31)}`,
  `ec${'ff'.repeat(31)}`,
  `f0${'ff'.repeat(30)}7f`,
  `ff${'ff'.repeat(31)}`,
];

describe('key-files', () => {
  test('public-and-private-come-back', () => {
    const { publicKey, privateKey } = generateKeyPair('vendor');
    expect(decodePublicKey(encodePublicKey(publicKey), 'vendor')).toEqual(publicKey);
    expect(decodePrivateKey(encodePrivateKey(privateKey))).toEqual(privateKey);
    expect(publicKey.keyId).toBe(keyIdOf(publicKey.publicKey));
    expect(publicKey.keyId).toMatch(/^[0-9a-f]{64}$/);
  });

  test('comments-blank-lines-and-carriage-returns-are-passed-over', () => {
    const text = `# one\r\n\r\n  ed25519 ${RFC_8032[0][1]}  \r\n# two`;
    expect(decodePublicKey(text, 'k').keyId).toBe(keyIdOf(bytes(RFC_8032[0][1])));
  });

  test('a-name-cannot-break-out-of-its-comment', () => {
    const { publicKey } = generateKeyPair('x\ned25519 00');
    expect(decodePublicKey(encodePublicKey(publicKey), 'k').keyId).toBe(publicKey.keyId);
  });

  const good = RFC_8032[0][1];
  test.each([
    ['nothing', ''],
    ['comments only', '# ed25519'],
    ['two keys', `ed25519 ${good}\ned25519 ${good}`],
    ['an unknown scheme', `rsa ${good}`],
    ['a name from the prototype', `constructor ${good}`],
    ['upper case', `ed25519 ${good.toUpperCase()}`],
    ['31 bytes', `ed25519 ${good.slice(2)}`],
    ['33 bytes', `ed25519 ${good}00`],
    ['an odd digit', `ed25519 ${good}0`],
    ['a third word', `ed25519 ${good} x`],
    ['a private key', `ed25519-private ${good}`],
    ['4097 characters', `#${' '.repeat(4096)}`],
    ['no point of the curve', `ed25519 ${'02'.repeat(32)}`],
  ])('refused: %s', (_name, text) => {
    expect(() => decodePublicKey(text, 'k')).toThrow(expect.objectContaining({ code: 'KEY_MALFORMED' }));
  });

  test('an-error-never-shows-a-private-key', () => {
    const seed = RFC_8032[0][0];
    for (const text of [`ed25519-private ${seed}00`, `ed25519-privat ${seed}`, `${seed} ed25519`]) {
      try {
        decodePrivateKey(text);
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain(seed.slice(0, 8));
      }
    }
  });

  test('hostile-texts-give-only-our-error', () => {
    const text = Buffer.from(encodePublicKey(generateKeyPair('k').publicKey));
    fc.assert(
      fc.property(hostileBytes(text), (raw) => {
        onlyFormatError(() => decodePublicKey(Buffer.from(raw).toString('latin1'), 'k'));
        onlyFormatError(() => decodePrivateKey(Buffer.from(raw).toString('latin1')));
      }),
      { numRuns: 500 },
    );
  });
});

describe('keys-that-anybody-could-sign-for', () => {
  test.each([...SMALL_ORDER, ...NOT_CANONICAL])('refused: %s', (key) => {
    expect(() => decodePublicKey(`ed25519 ${key}`, 'k')).toThrow(
      expect.objectContaining({ code: 'KEY_MALFORMED' }),
    );
  });

  test('refused: a good key with a part of small order', () => {
    const good = Point.fromHex(RFC_8032[0][1], false);
    const mixed = good.add(Point.fromHex(SMALL_ORDER[4] ?? '', false));
    expect(() => decodePublicKey(`ed25519 ${mixed.toHex()}`, 'k')).toThrow(/no usable/);
  });

  test('a-small-order-key-verifies-nothing-even-when-it-got-into-a-ring', () => {
    for (const key of [...SMALL_ORDER, ...NOT_CANONICAL]) {
      const publicKey = bytes(key);
      const signature = new Uint8Array(64);
      signature.set(bytes(SMALL_ORDER[0] ?? ''));
      expect(ed25519.verify(signature, Buffer.from('anything'), publicKey)).toBe(false);
    }
  });
});

describe('ed25519', () => {
  test.each(RFC_8032)('RFC 8032 seed %s', (seed, publicKey, message, signature) => {
    expect(hex(ed25519.publicKeyOf(bytes(seed)) ?? bytes(''))).toBe(publicKey);
    expect(hex(ed25519.sign(bytes(message), bytes(seed)))).toBe(signature);
    expect(ed25519.verify(bytes(signature), bytes(message), bytes(publicKey))).toBe(true);
  });

  test('s-plus-the-group-order-is-another-spelling-and-refused', () => {
    const [, publicKey, message, signature] = RFC_8032[2];
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(bytes(signature).slice(32)).reverse().toString('hex')}`);
    const other = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex').reverse();
    const malleated = Buffer.concat([bytes(signature).slice(0, 32), other]);
    expect(ed25519.verify(malleated, bytes(message), bytes(publicKey))).toBe(false);
  });

  test('any-flipped-bit-and-any-other-length-is-refused', () => {
    const [, publicKey, message, signature] = RFC_8032[2];
    const good = bytes(signature);
    for (let bit = 0; bit < 512; bit += 7) {
      const bad = Uint8Array.from(good);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(ed25519.verify(bad, bytes(message), bytes(publicKey))).toBe(false);
    }
    for (const length of [0, 63, 65, 128]) {
      const bad = new Uint8Array(length);
      bad.set(good.subarray(0, length));
      expect(ed25519.verify(bad, bytes(message), bytes(publicKey))).toBe(false);
    }
  });
});

describe('key-ring', () => {
  test('one-key-under-two-names-is-an-error', () => {
    const { publicKey } = generateKeyPair('one');
    const again: TrustedKey = { ...publicKey, name: 'two', keyId: 'forged' };
    expect(() => keyRing([publicKey, again])).toThrow(expect.objectContaining({ code: 'KEY_DUPLICATE' }));
  });

  test('seventeen-keys-are-too-many', () => {
    const keys = Array.from({ length: 17 }, (_, n) => generateKeyPair(`k${n}`).publicKey);
    expect(keyRing(keys.slice(1)).keys).toHaveLength(16);
    expect(() => keyRing(keys)).toThrow(expect.objectContaining({ code: 'KEY_MALFORMED' }));
  });

  test('an-empty-ring-opens-nothing', () => {
    const payload = preAuthEncoding('x', new Uint8Array(0));
    expect(() => openEnvelope(payload, { payloadType: 'x', ring: keyRing([]), threshold: 1 })).toThrow(
      expect.objectContaining({ code: 'ENVELOPE_MALFORMED' }),
    );
  });
});
