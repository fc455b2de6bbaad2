/**
 * The one function that takes secrets out of whatever leaves the device as evidence: those that are known by their
 * value, and those that are told by the words around them. Pure, over bytes, so that text, JSON and a database are
 * treated alike. It must not know where secrets are kept (adapters/secrets.ts).
 *
 * It errs on the side of too much: a word that only looks like a secret is lost to the reader.
 */

/** Shorter values are left to the words around them: they would stand in every second word of a log. */
export const LEAST_SECRET = 4;
export const REDACTED = '[redacted]';

export interface RedactHow {
  /** A layout of bytes stays as it is: what is taken out is filled with `*`. */
  readonly sameLength: boolean;
}
export type Redact = (bytes: Uint8Array, how: RedactHow) => Uint8Array;

/** A quote, or none; escaped where the text stands in a JSON string, more than once where that stands in another. */
const QUOTE = String.raw`\\*["']?`;
/** Between a name and its value. */
const IS = String.raw`${QUOTE}\s*[:=]\s*`;
/** To the end of the line, or of the string that it stands in: an escape of JSON is an end as well. */
const LINE = String.raw`(?:[^\r\n"'\\\0]|\\(?![nrt"'u\\]))+`;
/** The rest of a name around such a word: limited, since a file may hold a megabyte without a blank. */
const WORD = '[a-z0-9_.-]{0,40}';
const SECRET_WORD =
  '(?:pass(?:word|wd|phrase|code)|pwd|secret|token|jwt|api[_-]?key|access[_-]?key|private[_-]?key|psk|credential)';
/** Also in the plural, misspelt, or as `token-value`; where its file lies is no secret. */
const NAME = `${SECRET_WORD}(?![a-z]?[-_.](?:file|path))[a-z0-9_.-]{0,30}`;
const HEADER = `(?:(?:proxy-)?authorization|(?:set-)?cookie|x-${WORD}(?:token|key|secret|auth)${WORD})`;

/** First what comes before a secret, then the secret; over Latin-1 text. */
const PATTERNS: readonly RegExp[] = [
  // PEM private keys, also with their line feeds escaped, also cut off.
  String.raw`(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)((?:(?!-----END )[A-Za-z0-9+/=\s\\:,.-])+)`,
  // The log-in of a URL.
  String.raw`(\b[a-z][a-z0-9+.-]{1,20}:\\*/\\*/)([^\s/"'<>?#\\\0]+)(?=@)`,
  // Parameters of a URL that let somebody in.
  String.raw`([?&;]${WORD}(?:token|key|secret|sig|signature|password|auth|credential|code|jwt)${WORD}=)([^\s&"'#<>\\\0]+)`,
  // Headers.
  String.raw`(\b${HEADER}${IS}${QUOTE})(${LINE})`,
  String.raw`(\bbearer\s+)([a-z0-9._~+/=-]{4,})`,
  String.raw`(\bbasic\s+)([a-z0-9+/]{4,}=*)`,
  // A signed token of the web (JWT), wherever it stands: its first part is always JSON.
  String.raw`(\beyJ)([a-z0-9_-]{8,}\.[a-z0-9_-]+\.[a-z0-9_-]*)`,
  // The next word of a command, or the next member of a list of names and values.
  String.raw`((?:${NAME}|\b${HEADER})\\*["']\s*,\s*\\*["'])((?:[^"'\\\r\n]|\\(?!\\*["']))+)`,
  // Texts over several lines and lists, of TOML.
  String.raw`(${NAME}${IS}(?:"""|'''))((?:(?!"""|''')[^\0])+)`,
  String.raw`(${NAME}${IS}\[)([^\]\0]+)`,
  // Names that say what follows, in TOML, JSON and plain text: quoted, quoted within a string, bare.
  String.raw`(${NAME}${IS}")((?:[^"\\\r\n]|\\.)+)(?=")`,
  String.raw`(${NAME}${IS}\\+")((?:[^"\\\r\n]|\\(?!\\*"))+)`,
  String.raw`(${NAME}${IS}')([^'\r\n]+)`,
  String.raw`(${NAME}${IS})([^\s"'&,;}\]\\\0]+)`,
].map((pattern) => new RegExp(pattern, 'gi'));

/** `secrets`: values that are known; each is taken out in every spelling that a log or a file has for it. */
export function redaction(secrets: readonly string[]): Redact {
  const spelled = [...new Set(secrets.filter((secret) => secret.length >= LEAST_SECRET).flatMap(spellings))];
  // The longest first: what is a part of another one must not break it.
  const known = spelled.sort((left, right) => right.length - left.length);
  return (bytes, { sameLength }) => {
    const blank = (secret: string): string => (sameLength ? '*'.repeat(secret.length) : REDACTED);
    let text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    for (const secret of known) text = text.replaceAll(secret, () => blank(secret));
    for (const pattern of PATTERNS) {
      text = text.replace(pattern, (_whole, before: string, secret: string) => before + blank(secret));
    }
    return Buffer.from(text, 'latin1');
  };
}

/** As Latin-1 text of the bytes that a file would hold. */
function spellings(secret: string): readonly string[] {
  const utf8 = Buffer.from(secret, 'utf8');
  const hex = utf8.toString('hex');
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    utf8.toString('base64').replace(/=+$/, ''),
    utf8.toString('base64url'),
    hex,
    hex.toUpperCase(),
  ].map((spelling) => Buffer.from(spelling, 'utf8').toString('latin1'));
}
