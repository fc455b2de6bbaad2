/**
 * Keys and key files. A key file is text: comment lines that start with `#`, blank lines, and exactly one line
 * `<scheme> <hex of the raw public key>`, or `<scheme>-private <hex of the raw private key>`.
 * Knows no folders: the caller reads the files.
 */

import { sha256Hex } from './digest.ts';
import { FormatError } from './error.ts';
import { isSchemeName, SCHEMES, type SchemeName } from './scheme.ts';

/** A public key that the configuration trusts. `name` is for people (the file's name). */
export interface TrustedKey {
  readonly scheme: SchemeName;
  /** Raw public key. */
  readonly publicKey: Uint8Array;
  /** `keyIdOf(publicKey)`. */
  readonly keyId: string;
  readonly name: string;
}

/** What signs. Never leaves the build host. */
export interface PrivateKey {
  readonly scheme: SchemeName;
  /** Raw private key. */
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly keyId: string;
}

/** Distinct trusted keys, in the order in which they were given; made by `keyRing` only. */
export interface KeyRing {
  readonly keys: readonly TrustedKey[];
}

/** A key file has one short line and perhaps a comment; more is not a key file. */
const MAX_KEY_FILE_CHARACTERS = 4096;
/** Bounds the signature checks of one envelope: signatures times keys. */
const MAX_KEYS = 16;
const PRIVATE_SUFFIX = '-private';
const HEX = /^(?:[0-9a-f]{2})*$/;

/** Key id: lower-case hex SHA-256 of the raw public key. */
export function keyIdOf(publicKey: Uint8Array): string {
  return sha256Hex(publicKey);
}

/** Reads a public key file. Error: KEY_MALFORMED, also for keys that anybody could sign for. */
export function decodePublicKey(text: string, name: string): TrustedKey {
  const { label, bytes } = keyLine(text, name);
  if (label.endsWith(PRIVATE_SUFFIX)) {
    throw new FormatError('KEY_MALFORMED', `${name} holds a private key; give the public one`);
  }
  return trustedKey(schemeOf(label, name), bytes, name);
}

/** Reads a private key file. Error: KEY_MALFORMED; the message never shows the key. */
export function decodePrivateKey(text: string, name = 'the private key file'): PrivateKey {
  const { label, bytes } = keyLine(text, name);
  if (!label.endsWith(PRIVATE_SUFFIX)) {
    throw new FormatError('KEY_MALFORMED', `${name} holds a public key; give the private one`);
  }
  return privateKeyFrom(schemeOf(label.slice(0, -PRIVATE_SUFFIX.length), name), bytes, name);
}

/** The text of a public key file. */
export function encodePublicKey(key: TrustedKey): string {
  return `# donabe public key ${oneLine(key.name)}\n# key id ${key.keyId}\n${key.scheme} ${hex(key.publicKey)}\n`;
}

/** The text of a private key file. */
export function encodePrivateKey(key: PrivateKey): string {
  return `# donabe private key: keep it secret\n# key id ${key.keyId}\n${key.scheme}${PRIVATE_SUFFIX} ${hex(key.privateKey)}\n`;
}

/** A fresh pair from the system's random source. */
export function generateKeyPair(
  name: string,
  scheme: SchemeName = 'ed25519',
): { readonly publicKey: TrustedKey; readonly privateKey: PrivateKey } {
  const privateKey = privateKeyFrom(scheme, SCHEMES[scheme].newPrivateKey(), name);
  return { publicKey: trustedKey(scheme, privateKey.publicKey, name), privateKey };
}

/** Errors: KEY_DUPLICATE when one key came twice (it would be counted once), KEY_MALFORMED above 16 keys. */
export function keyRing(keys: readonly TrustedKey[]): KeyRing {
  if (keys.length > MAX_KEYS) {
    throw new FormatError(
      'KEY_MALFORMED',
      `there are ${keys.length} trusted keys; at most ${MAX_KEYS} are used`,
    );
  }
  const names = new Map<string, string>();
  for (const key of keys) {
    const keyId = keyIdOf(key.publicKey);
    const earlier = names.get(keyId);
    if (earlier !== undefined) {
      throw new FormatError('KEY_DUPLICATE', `${key.name} and ${earlier} hold the same key; remove one`, {
        facts: { keyId },
      });
    }
    names.set(keyId, key.name);
  }
  return { keys: [...keys] };
}

function trustedKey(scheme: SchemeName, publicKey: Uint8Array, name: string): TrustedKey {
  if (publicKey.length !== SCHEMES[scheme].publicKeyBytes || !SCHEMES[scheme].isUsable(publicKey)) {
    throw new FormatError('KEY_MALFORMED', `${name} holds no usable ${scheme} public key`);
  }
  return { scheme, publicKey, keyId: keyIdOf(publicKey), name };
}

function privateKeyFrom(scheme: SchemeName, privateKey: Uint8Array, name: string): PrivateKey {
  const wanted = SCHEMES[scheme].privateKeyBytes;
  if (privateKey.length !== wanted) {
    throw new FormatError('KEY_MALFORMED', `${name} must hold ${wanted} bytes of ${scheme} private key`);
  }
  const publicKey = SCHEMES[scheme].publicKeyOf(privateKey);
  if (publicKey === undefined) {
    throw new FormatError('KEY_MALFORMED', `${name} holds no ${scheme} private key`);
  }
  return { scheme, privateKey, publicKey, keyId: keyIdOf(publicKey) };
}

function keyLine(text: string, name: string): { label: string; bytes: Uint8Array } {
  if (text.length > MAX_KEY_FILE_CHARACTERS) {
    throw new FormatError('KEY_MALFORMED', `${name} is longer than ${MAX_KEY_FILE_CHARACTERS} characters`);
  }
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [label, digits, ...rest] = lines[0]?.split(' ') ?? [];
  if (lines.length !== 1 || label === undefined || digits === undefined || rest.length > 0) {
    throw new FormatError(
      'KEY_MALFORMED',
      `${name} must hold one line "<scheme> <hex digits>" beside comments`,
    );
  }
  if (!HEX.test(digits)) {
    throw new FormatError('KEY_MALFORMED', `${name} holds a key that is not in lower-case hex digits`);
  }
  return { label, bytes: new Uint8Array(Buffer.from(digits, 'hex')) };
}

function schemeOf(label: string, name: string): SchemeName {
  if (isSchemeName(label)) return label;
  const known = Object.keys(SCHEMES).join(', ');
  throw new FormatError('KEY_MALFORMED', `${name} names a scheme that is not known here; known: ${known}`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A name goes into a comment line and must not end it. */
function oneLine(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?');
}
