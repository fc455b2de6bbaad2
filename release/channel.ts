/**
 * The channel of a release directory: to whom its release is offered. Each change is a channel of the next sequence,
 * signed and written whole; the release itself is not signed again. Reads no clock.
 */
import { join } from 'node:path';
import {
  CHANNEL_FORMAT,
  CHANNEL_PAYLOAD_TYPE,
  type Channel,
  type Cohort,
  decodeChannel,
  decodeEnvelope,
  encodeChannel,
  MAX_ENVELOPE_BYTES,
  type PrivateKey,
  releaseIdentity,
  signEnvelope,
} from '../format/index.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { checkExpiry } from './expiry.ts';
import { readBounded, writeDurably } from './files.ts';
import { decodedFrom, exists, readUnchecked } from './folder.ts';

/** Beside `release.json`. */
export const CHANNEL_FILE = 'channel.json';

/** What is left out stays as it was. */
export interface ChannelChange {
  /** Release identity, and whom it is for. */
  readonly offered?: { readonly identity: string; readonly compatible: string };
  readonly percent?: number;
  readonly paused?: boolean;
  readonly cohorts?: readonly Cohort[];
  readonly withdrawn?: { readonly identity: string; readonly reason: string };
}

export interface ChannelSigning {
  readonly keys: readonly PrivateKey[];
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly expires?: string;
}

/**
 * Writes the next channel of a directory. The first one offers the release that lies there, to everybody.
 * Errors: OPTIONS_INVALID without keys or when it is expired at once, RELEASE_UNREADABLE, WRITE_FAILED, FormatError.
 */
export async function changeChannel(
  folder: string,
  change: ChannelChange,
  { keys, created, expires }: ChannelSigning,
): Promise<Channel> {
  if (keys.length === 0)
    throw new ReleaseError('OPTIONS_INVALID', 'a channel needs at least one private key');
  const { expires: _past, ...before } = (await readChannel(folder)) ?? (await firstChannel(folder, change));
  const { withdrawn, offered, ...rest } = change;
  const channel: Channel = {
    ...before,
    ...rest,
    ...(offered === undefined ? {} : { offered: offered.identity, compatible: offered.compatible }),
    sequence: before.sequence + 1,
    created,
    ...(expires === undefined ? {} : { expires }),
    withdrawn:
      withdrawn === undefined
        ? before.withdrawn
        : [...before.withdrawn.filter(({ identity }) => identity !== withdrawn.identity), withdrawn],
  };
  const payload = encodeChannel(channel);
  checkExpiry('channel', channel);
  const envelope = signEnvelope(payload, CHANNEL_PAYLOAD_TYPE, keys);
  await orReleaseError('WRITE_FAILED', `${CHANNEL_FILE} cannot be written`, () =>
    writeDurably(join(folder, CHANNEL_FILE), envelope),
  );
  return channel;
}

/** As it stands, signatures NOT checked: it is signed anew. Undefined where there is none. Errors: RELEASE_UNREADABLE, FormatError. */
export async function readChannel(folder: string): Promise<Channel | undefined> {
  const path = join(folder, CHANNEL_FILE);
  if (!(await exists(path))) return undefined;
  const bytes = await orReleaseError('RELEASE_UNREADABLE', `${path} cannot be read`, () =>
    readBounded(path, MAX_ENVELOPE_BYTES),
  );
  const { payload, payloadType } = decodedFrom(path, () => decodeEnvelope(bytes));
  if (payloadType !== CHANNEL_PAYLOAD_TYPE) {
    throw new ReleaseError('RELEASE_UNREADABLE', `${path} holds an envelope of another kind than a channel`);
  }
  return decodedFrom(path, () => decodeChannel(payload));
}

async function firstChannel(folder: string, { offered }: ChannelChange): Promise<Channel> {
  const { identity, compatible } = offered ?? (await offerOf(folder));
  return {
    format: CHANNEL_FORMAT,
    offered: identity,
    compatible,
    sequence: 0,
    created: '',
    percent: 100,
    paused: false,
    cohorts: [],
    withdrawn: [],
    critical: [],
  };
}

async function offerOf(folder: string): Promise<NonNullable<ChannelChange['offered']>> {
  const { manifest } = await readUnchecked(folder);
  return { identity: releaseIdentity(manifest), compatible: manifest.compatible };
}
