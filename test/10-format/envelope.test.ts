/** The signed envelope: distinct keys against the threshold, and nothing of the payload before they hold. */
import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  addSignatures,
  decodeEnvelope,
  generateKeyPair,
  keyRing,
  MANIFEST_PAYLOAD_TYPE,
  MAX_PAYLOAD_BYTES,
  openEnvelope,
  preAuthEncoding,
  signEnvelope,
} from '../../format/index.ts';
import { hostileBytes, onlyFormatError } from './hostile-bytes.ts';

const TYPE = MANIFEST_PAYLOAD_TYPE;
const payload = Buffer.from('{"rice":"done"}');
const [one, two, three] = [generateKeyPair('one'), generateKeyPair('two'), generateKeyPair('three')];
const ring = keyRing([one.publicKey, two.publicKey]);
const open = (bytes: Uint8Array, threshold = 1) =>
  openEnvelope(bytes, { payloadType: TYPE, ring, threshold });

interface Json {
  payload: string;
  payloadType: string;
  signatures: { keyid?: string; sig: string }[];
}
const edit = (bytes: Uint8Array, change: (json: Json) => void): Uint8Array => {
  const json: Json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  change(json);
  return Buffer.from(JSON.stringify(json));
};

let byOne: Uint8Array;
let byBoth: Uint8Array;
beforeAll(() => {
  byOne = signEnvelope(payload, TYPE, [one.privateKey]);
  byBoth = signEnvelope(payload, TYPE, [one.privateKey, two.privateKey]);
});

describe('what-is-signed', () => {
  test('pre-authentication-encoding-of-the-dsse-specification', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  test('lengths-are-bytes-and-not-characters', () => {
    expect(Buffer.from(preAuthEncoding('é', Buffer.from('飯'))).toString()).toBe('DSSEv1 2 é 3 飯');
  });

  test('another-implementation-agrees', () => {
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), one.publicKey.publicKey]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    const signature = decodeEnvelope(byOne).signatures[0]?.signature ?? new Uint8Array(0);
    expect(verify(null, preAuthEncoding(TYPE, payload), key, signature)).toBe(true);
  });
});

describe('threshold', () => {
  const code = 'SIGNATURE_THRESHOLD';

  test('one-of-one-and-two-of-two', () => {
    expect(open(byOne)).toEqual({ payload, keyIds: [one.publicKey.keyId] });
    expect(open(byBoth, 2).keyIds).toEqual([one.publicKey.keyId, two.publicKey.keyId].sort());
  });

  test('one-of-two-is-too-few', () => {
    expect(() => open(byOne, 2)).toThrow(expect.objectContaining({ code }));
  });

  test('the-same-signature-twice-counts-once', () => {
    const twice = edit(byOne, (json) => json.signatures.push(...json.signatures));
    expect(() => open(twice, 2)).toThrow(expect.objectContaining({ code }));
  });

  test('the-same-key-under-another-key-id-counts-once', () => {
    const renamed = edit(byOne, (json) => {
      json.signatures.push({ keyid: two.publicKey.keyId, sig: json.signatures[0]?.sig ?? '' });
    });
    expect(() => open(renamed, 2)).toThrow(expect.objectContaining({ code }));
  });

  test('a-key-outside-of-the-ring-counts-nothing', () => {
    const foreign = signEnvelope(payload, TYPE, [one.privateKey, three.privateKey]);
    expect(open(foreign, 1).keyIds).toEqual([one.publicKey.keyId]);
    expect(() => open(foreign, 2)).toThrow(expect.objectContaining({ code }));
  });

  test('a-stranger-who-names-our-key-id-counts-nothing', () => {
    const forged = edit(signEnvelope(payload, TYPE, [three.privateKey]), (json) => {
      json.signatures = [{ keyid: one.publicKey.keyId, sig: json.signatures[0]?.sig ?? '' }];
    });
    expect(() => open(forged)).toThrow(expect.objectContaining({ code }));
  });

  test('the-key-id-is-only-a-hint', () => {
    for (const keyid of ['', 'nonsense', two.publicKey.keyId]) {
      const hinted = edit(byOne, (json) => {
        json.signatures = json.signatures.map(({ sig }) => ({ keyid, sig }));
      });
      expect(open(hinted).keyIds).toEqual([one.publicKey.keyId]);
    }
    const without = edit(byOne, (json) => {
      json.signatures = json.signatures.map(({ sig }) => ({ sig }));
    });
    expect(open(without).keyIds).toEqual([one.publicKey.keyId]);
  });

  test.each([0, -1, 0.5, Number.NaN])('a threshold of %d opens nothing', (threshold) => {
    expect(() => open(byBoth, threshold)).toThrow(expect.objectContaining({ code }));
  });

  test('no-signature-at-all', () => {
    const bare = edit(byOne, (json) => {
      json.signatures = [];
    });
    expect(() => open(bare)).toThrow(expect.objectContaining({ code }));
  });

  test('a-changed-payload-or-type', () => {
    const changed = edit(byOne, (json) => {
      json.payload = Buffer.from('{"rice":"raw!"}').toString('base64');
    });
    expect(() => open(changed)).toThrow(expect.objectContaining({ code }));
    const retyped = edit(signEnvelope(payload, 'other/type', [one.privateKey]), (json) => {
      json.payloadType = TYPE;
    });
    expect(() => open(retyped)).toThrow(expect.objectContaining({ code }));
  });
});

describe('form', () => {
  test('another-payload-type-is-refused-before-signatures', () => {
    for (const type of ['other/type', `${TYPE} `, TYPE.toUpperCase()]) {
      const other = signEnvelope(payload, type, [one.privateKey]);
      expect(() => open(other)).toThrow(expect.objectContaining({ code: 'ENVELOPE_PAYLOAD_TYPE' }));
    }
  });

  test.each<[string, (json: Json) => void]>([
    ['seventeen signatures', (json) => (json.signatures = Array(17).fill(json.signatures[0]))],
    ['base64url', (json) => (json.payload = '-_-_')],
    ['base64 without padding', (json) => (json.payload = json.payload.replace(/=+$/, ''))],
    ['base64 with a line feed', (json) => (json.payload = `${json.payload}\n`)],
    ['base64 with bits behind the end', (json) => (json.payload = 'eB==')],
    ['a signature that is no base64', (json) => (json.signatures = [{ sig: '*' }])],
    ['signatures that are no list', (json) => Object.assign(json, { signatures: {} })],
    ['a signature that is no object', (json) => Object.assign(json, { signatures: [null] })],
    ['no payload', (json) => Object.assign(json, { payload: undefined })],
    ['a payload type that is no text', (json) => Object.assign(json, { payloadType: 1 })],
    [
      'a payload over 1 MiB',
      (json) => (json.payload = Buffer.alloc(MAX_PAYLOAD_BYTES + 1).toString('base64')),
    ],
  ])('refused: %s', (_name, change) => {
    const padded = signEnvelope(Buffer.from('{"rice":"done."}'), TYPE, [one.privateKey]);
    expect(() => open(edit(padded, change))).toThrow(expect.objectContaining({ code: 'ENVELOPE_MALFORMED' }));
  });

  test('names-that-occur-twice', () => {
    const text = Buffer.from(byOne).toString('utf8').replace('{', '{"payload":"eA==",');
    expect(() => open(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'ENVELOPE_MALFORMED' }));
  });

  test('fields-that-are-not-known-are-passed-over', () => {
    expect(open(edit(byOne, (json) => Object.assign(json, { later: [1] }))).payload).toEqual(payload);
  });

  test('what-would-be-refused-is-not-written', () => {
    const big = new Uint8Array(MAX_PAYLOAD_BYTES + 1);
    expect(() => signEnvelope(big, TYPE, [])).toThrow(
      expect.objectContaining({ code: 'ENVELOPE_MALFORMED' }),
    );
    expect(open(signEnvelope(big.subarray(1), TYPE, [one.privateKey])).payload).toHaveLength(
      MAX_PAYLOAD_BYTES,
    );
    expect(() => signEnvelope(payload, TYPE, [one.privateKey, one.privateKey])).toThrow(
      expect.objectContaining({ code: 'KEY_DUPLICATE' }),
    );
  });
});

describe('adding-signatures', () => {
  test('a-second-person-signs-later', () => {
    const added = addSignatures(byOne, [two.privateKey]);
    expect(open(added, 2).keyIds).toHaveLength(2);
    expect(Buffer.from(added).equals(Buffer.from(byBoth))).toBe(true);
  });

  test('signing-again-replaces-its-own', () => {
    expect(decodeEnvelope(addSignatures(byBoth, [one.privateKey])).signatures).toHaveLength(2);
  });
});

describe('hostile-bytes', () => {
  test('give-only-our-error-and-never-another-payload', () => {
    fc.assert(
      fc.property(hostileBytes(byBoth), (bytes) => {
        onlyFormatError(() => expect(open(bytes, 2).payload).toEqual(payload));
      }),
      { numRuns: 300 },
    );
  });
});
