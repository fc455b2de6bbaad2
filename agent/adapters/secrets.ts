/**
 * Which values on this device are secret: what the configuration says itself, and what stands in the files that it
 * names. It reads small files and must not know where the values are taken out (model/redaction.ts).
 */
import { readFileSync, statSync } from 'node:fs';
import type { ConfigValues } from '../config-table.ts';

/** Keys whose value, or whose file, lets somebody in; also of keys that a later version has. */
const SECRET_KEY = /token|secret|password|passphrase|headers|client-key|credential/;
/** A key, a token or a handful of headers; bytes. */
const MOST_FILE_BYTES = 65_536;
/** Log-in of a URL, as in the redaction. */
const LOG_IN = /\b[a-z][a-z0-9+.-]*:\/\/([^\s/"'<>?#]+)@/gi;

/** Every value that must not leave the device. A file that cannot be read by us has not gone into our logs either. */
export function secretsOf(values: ConfigValues): readonly string[] {
  const secrets: string[] = [];
  for (const [key, value] of Object.entries(values)) {
    for (const text of [value].flat()) {
      if (typeof text !== 'string' || text === '') continue;
      for (const [, logIn = ''] of text.matchAll(LOG_IN)) secrets.push(...logInSecrets(logIn));
      if (SECRET_KEY.test(key)) secrets.push(...(text.startsWith('/') ? fileSecrets(text) : [text]));
    }
  }
  return secrets;
}

/** `user:password`, as it stands, decoded, and each half; the user's name may be no secret, and is not worth a risk. */
function logInSecrets(logIn: string): readonly string[] {
  return [logIn, decoded(logIn)].flatMap((text) => {
    const [user = '', ...password] = text.split(':');
    return [text, password.join(':'), ...(password.length === 0 ? [user] : [])];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** Each line, each value behind a colon, and each word of that: `Authorization: Bearer abc` has three. */
function fileSecrets(path: string): readonly string[] {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined || !facts.isFile() || facts.size > MOST_FILE_BYTES) return [];
  return textOf(path)
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('-----'))
    .flatMap((line) => {
      const whole = line.trim();
      const value = whole.replace(/^[^:]{1,64}:\s*/, '');
      return [whole, value, value.replace(/^[A-Za-z]+\s+/, '')];
    });
}

/** Empty where we may not read it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}
