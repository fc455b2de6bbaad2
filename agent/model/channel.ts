/**
 * The one door through which a channel is believed: signature, product, age, and a sequence that no key has left
 * behind. Pure. A channel brings no bytes; the worst that a stolen channel key can do is to hold releases back.
 */
import {
  CHANNEL_PAYLOAD_TYPE,
  type Channel,
  decodeChannel,
  FormatError,
  openEnvelope,
} from '../../format/index.ts';
import { AgentError } from '../errors.ts';
import { judgeExpiry } from './floors.ts';
import type { Floors } from './vault-rows.ts';
import type { JudgedTime, TrustedKeys } from './verified-manifest.ts';

/** The highest sequence of a channel that a key has signed, as far as this device has seen. */
export interface ChannelFloor {
  readonly keyId: string;
  readonly sequence: number;
}

export interface BelievedChannel {
  readonly channel: Channel;
  /** The vault's record after this one was seen; the very same when nothing has risen. */
  readonly known: readonly ChannelFloor[];
}

/** Errors: CHANNEL_REJECTED, CHANNEL_REPLAYED. */
export function believeChannel(
  envelope: Uint8Array,
  keys: TrustedKeys,
  compatible: string,
  known: readonly ChannelFloor[],
  floors: Floors,
  time: JudgedTime,
): BelievedChannel {
  const { channel, keyIds } = openChannel(envelope, keys);
  const reject = (why: string): AgentError =>
    new AgentError('CHANNEL_REJECTED', `Channel ${channel.sequence} is refused: ${why}.`, {
      facts: { sequence: channel.sequence },
    });
  if (channel.compatible !== compatible) throw reject(`it is for ${channel.compatible}`);
  if (judgeExpiry(channel.expires, floors.time, time).expired) {
    throw reject(`it expired at ${channel.expires ?? 'no date'}`);
  }
  const highest = Math.max(
    0,
    ...known.filter(({ keyId }) => keyIds.includes(keyId)).map(({ sequence }) => sequence),
  );
  if (channel.sequence < highest) {
    throw new AgentError(
      'CHANNEL_REPLAYED',
      `Channel ${channel.sequence} is an old one: its keys have signed ${highest} already.`,
      { facts: { sequence: channel.sequence, highest } },
    );
  }
  return { channel, known: raised(known, keyIds, channel.sequence) };
}

/** Keys that are trusted no more go first when there are too many. */
function raised(
  known: readonly ChannelFloor[],
  keyIds: readonly string[],
  sequence: number,
): readonly ChannelFloor[] {
  const isRaised = keyIds.some((id) => !known.some((each) => each.keyId === id && each.sequence >= sequence));
  if (!isRaised) return known;
  const others = known.filter(({ keyId }) => !keyIds.includes(keyId));
  return [...others, ...keyIds.map((keyId) => ({ keyId, sequence }))].slice(-MOST_CHANNEL_KEYS);
}

/** As many keys as a ring holds. */
export const MOST_CHANNEL_KEYS = 16;

function openChannel(
  envelope: Uint8Array,
  { ring, threshold }: TrustedKeys,
): { readonly channel: Channel; readonly keyIds: readonly string[] } {
  try {
    const { payload, keyIds } = openEnvelope(envelope, {
      payloadType: CHANNEL_PAYLOAD_TYPE,
      ring,
      threshold,
    });
    return { channel: decodeChannel(payload), keyIds };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new AgentError('CHANNEL_REJECTED', `The channel is refused: ${error.message}`, {
      cause: error,
      facts: { formatCode: error.code },
    });
  }
}
