/**
 * The channel: which release of a directory is offered, to whom, and what is withdrawn; as plain data, and its JSON
 * form. It travels in an envelope of its own, beside the release, and has a sequence of its own: a roll-out goes on
 * without signing the release again. Checks form only; who is meant is the agent's judgement.
 */
import * as v from 'valibot';
import { FormatError } from './error.ts';
import { checked, compatibleField, digestField, shortText, timeField, whole } from './fields.ts';
import { parseStrictJson } from './strict-json.ts';

/** payloadType of a channel; compared exactly. */
export const CHANNEL_PAYLOAD_TYPE = 'application/vnd.donabe.channel.v1+json';

/** The format that this code writes, and the newest that it reads. */
export const CHANNEL_FORMAT = 1;

/** Every kind of word that is given must fit a device; at least one is given. */
export interface Cohort {
  readonly labels?: readonly string[];
  readonly regions?: readonly string[];
  readonly idSuffixes?: readonly string[];
}

/** Fields that this version does not know stay on the object and survive `encodeChannel`. */
export interface Channel {
  readonly format: typeof CHANNEL_FORMAT;
  /** `<product>/<board>`, compared exactly. */
  readonly compatible: string;
  /** Strictly rising over the channels that a key signs. */
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly expires?: string;
  /** Release identity of the one that is offered. */
  readonly offered: string;
  /** Share of the fleet that gets it, 0 to 100. */
  readonly percent: number;
  readonly paused: boolean;
  /** A device that fits any of them is meant; none at all: everybody is. */
  readonly cohorts: readonly Cohort[];
  /** Release identities that nobody is to install, and that devices which run them are to leave. */
  readonly withdrawn: readonly { readonly identity: string; readonly reason: string }[];
  /** Names of fields that a reader must understand; an unknown one refuses the channel. */
  readonly critical: readonly string[];
}

/** 256 withdrawn releases and 64 cohorts of long lists. */
export const MAX_CHANNEL_BYTES = 256 * 1024;
const MAX_COHORTS = 64;
const MAX_WORDS = 256;
export const MAX_WITHDRAWN = 256;
const MAX_CRITICAL = 64;

const words = v.pipe(v.array(shortText(64)), v.minLength(1), v.maxLength(MAX_WORDS));

const cohortSchema = v.pipe(
  v.strictObject({
    labels: v.exactOptional(words),
    regions: v.exactOptional(words),
    idSuffixes: v.exactOptional(words),
  }),
  v.check((cohort) => Object.keys(cohort).length > 0, 'a cohort must say whom it means'),
);

const channelSchema = v.looseObject({
  format: v.literal(CHANNEL_FORMAT),
  compatible: compatibleField,
  sequence: whole(1),
  created: timeField,
  expires: v.exactOptional(timeField),
  offered: digestField,
  percent: whole(0, 100),
  paused: v.boolean(),
  cohorts: v.pipe(v.array(cohortSchema), v.maxLength(MAX_COHORTS)),
  withdrawn: v.pipe(
    v.array(v.looseObject({ identity: digestField, reason: shortText(256) })),
    v.maxLength(MAX_WITHDRAWN),
  ),
  critical: v.pipe(v.array(shortText(64)), v.maxLength(MAX_CRITICAL)),
});

/** Only what must be readable before anything else is judged. */
const preambleSchema = v.looseObject({ format: whole(1), critical: channelSchema.entries.critical });

/** Parses a payload that came out of `openEnvelope`. Errors: CHANNEL_MALFORMED, FORMAT_TOO_NEW. */
export function decodeChannel(payload: Uint8Array): Channel {
  const json = parseStrictJson(payload, { maxBytes: MAX_CHANNEL_BYTES, code: 'CHANNEL_MALFORMED' });
  const { format, critical } = checked(preambleSchema, json, 'CHANNEL_MALFORMED', 'channel');
  const unknown = critical.filter((name) => !(name in channelSchema.entries));
  if (format > CHANNEL_FORMAT || unknown.length > 0) {
    const what = unknown.length > 0 ? `asks for ${unknown.join(', ')}` : `has format ${format}`;
    throw new FormatError('FORMAT_TOO_NEW', `the channel ${what}, which this agent does not know`, {
      facts: { format, unknown: unknown.join() },
    });
  }
  return checked(channelSchema, json, 'CHANNEL_MALFORMED', 'channel');
}

/** The payload bytes: JSON, two blanks of indentation, a final newline. Refuses what a device would refuse. */
export function encodeChannel(channel: Channel): Uint8Array {
  const payload = Buffer.from(`${JSON.stringify(channel, null, 2)}\n`, 'utf8');
  decodeChannel(payload);
  return payload;
}
