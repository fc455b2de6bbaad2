/**
 * Key files on the build host: made once, read often. A private key is readable by its owner only and is never
 * overwritten. Knows no releases.
 */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  decodePrivateKey,
  decodePublicKey,
  encodePrivateKey,
  encodePublicKey,
  generateKeyPair,
  type KeyRing,
  keyRing,
  type PrivateKey,
  type SchemeName,
} from '../format/index.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { readBounded } from './files.ts';

export interface GeneratedKeys {
  readonly keyId: string;
  /** Goes into the system image, `/etc/donabe/keys.d`. */
  readonly publicKeyPath: string;
  /** Stays on the build host. */
  readonly privateKeyPath: string;
}

const PUBLIC_SUFFIX = '.pub';
const PRIVATE_SUFFIX = '.key';
const KEY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** A key file is two comment lines and one line of hex. */
const MAX_KEY_FILE_BYTES = 4096;
const OWNER_ONLY = 0o600;
const READABLE = 0o644;

/** Writes `<name>.pub` and `<name>.key` into `folder`. Errors: OPTIONS_INVALID, KEY_EXISTS, WRITE_FAILED. */
export async function generateKeys(
  folder: string,
  name: string,
  scheme: SchemeName = 'ed25519',
): Promise<GeneratedKeys> {
  if (!KEY_NAME.test(name)) {
    throw new ReleaseError(
      'OPTIONS_INVALID',
      `the key name ${JSON.stringify(name)} is not letters, digits, . _ -`,
    );
  }
  const { publicKey, privateKey } = generateKeyPair(name, scheme);
  const publicKeyPath = join(folder, `${name}${PUBLIC_SUFFIX}`);
  const privateKeyPath = join(folder, `${name}${PRIVATE_SUFFIX}`);
  await orReleaseError('WRITE_FAILED', `${folder} cannot be made`, () => mkdir(folder, { recursive: true }));
  // The private key first: a public key without its private one would be trusted and useless.
  await writeNew(privateKeyPath, encodePrivateKey(privateKey), OWNER_ONLY);
  await writeNew(publicKeyPath, encodePublicKey(publicKey), READABLE);
  return { keyId: publicKey.keyId, publicKeyPath, privateKeyPath };
}

/** Error: KEY_UNREADABLE, FormatError KEY_MALFORMED. */
export async function readPrivateKey(path: string): Promise<PrivateKey> {
  return decodePrivateKey(await readKeyFile(path), basename(path));
}

/** Public keys from files and from folders (their `*.pub` files), as a ring. Errors as in `readPrivateKey`. */
export async function readKeyRing(paths: readonly string[]): Promise<KeyRing> {
  const files = await orReleaseError('KEY_UNREADABLE', 'the public keys cannot be found', async () =>
    (await Promise.all(paths.map(keyFilesOf))).flat(),
  );
  const keys = [];
  for (const file of files) keys.push(decodePublicKey(await readKeyFile(file), basename(file)));
  return keyRing(keys);
}

async function keyFilesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith(PUBLIC_SUFFIX)).sort();
  if (names.length === 0) {
    throw new ReleaseError(
      'KEY_UNREADABLE',
      `there is no *${PUBLIC_SUFFIX} in ${path}; name the folder of the public keys, or a key file`,
    );
  }
  return names.map((name) => join(path, name));
}

function readKeyFile(path: string): Promise<string> {
  return orReleaseError('KEY_UNREADABLE', `the key file ${path} cannot be read`, async () =>
    (await readBounded(path, MAX_KEY_FILE_BYTES)).toString('utf8'),
  );
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { mode, flag: 'wx', flush: true });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw new ReleaseError('KEY_EXISTS', `${path} exists already; a key is never overwritten`, { cause });
    }
    throw new ReleaseError('WRITE_FAILED', `${path} cannot be written`, { cause });
  }
}
