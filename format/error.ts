/**
 * The one error of this room: bytes or text that are not what they should be.
 * Knows no policy (that is the agent's table) and never prints.
 */

/** Stable codes; what each means stands in the room's README. */
export const FORMAT_ERROR_CODES = [
  'JSON_MALFORMED',
  'ENVELOPE_MALFORMED',
  'ENVELOPE_PAYLOAD_TYPE',
  'SIGNATURE_THRESHOLD',
  'KEY_MALFORMED',
  'KEY_DUPLICATE',
  'MANIFEST_MALFORMED',
  'CHANNEL_MALFORMED',
  'FORMAT_TOO_NEW',
  'INDEX_MALFORMED',
  'FRAME_MALFORMED',
  'RELEASE_INFO_MALFORMED',
] as const;

export type FormatErrorCode = (typeof FORMAT_ERROR_CODES)[number];

/** Plain facts of an error, printed beside the sentence. */
export type FormatFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Everything that a codec of this room throws. */
export class FormatError extends Error {
  readonly code: FormatErrorCode;
  readonly facts: FormatFacts;

  constructor(code: FormatErrorCode, message: string, more: { facts?: FormatFacts; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'FormatError';
    this.code = code;
    this.facts = more.facts ?? {};
  }
}
