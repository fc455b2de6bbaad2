/**
 * The last channel of a source, kept so that one that has not changed costs no body. It is believed no more than one
 * that has just come: whoever asks verifies it afresh.
 */
import { sha256Hex } from '../../format/index.ts';
import { AgentError } from '../errors.ts';
import type { Source, Store } from '../ports.ts';

/** The store's fact: source, ETag, digest of the envelope and the envelope in base64, one line each. */
const COPY = 'channel-copy';
/** A larger envelope is fetched each time, bytes: a channel has some KiB, and the store is small. */
const MOST_BYTES = 64 * 1024;

interface Copy {
  readonly etag: string;
  readonly envelope: Uint8Array;
}

/** What the source says. */
export interface HeardChannel {
  readonly envelope: Uint8Array;
  /** Keeps it, once it was believed: a copy of what was refused would be confirmed as unchanged from then on. */
  readonly keep: () => void;
}

/** The raw envelope of the source's channel; undefined when it has none. Errors: those of the source. */
export async function askChannel(
  { store }: { readonly store: Pick<Store, 'fact' | 'setFact'> },
  source: Source,
  signal: AbortSignal,
): Promise<HeardChannel | undefined> {
  const copy = readCopy(store.fact(COPY), source.name);
  const answer = await source.channel?.(copy?.etag, signal);
  if (answer === undefined) return undefined;
  if (answer.kind === 'offer') {
    const { envelope, etag } = answer;
    const keep = (): void => {
      const line = copyOf(source.name, etag, envelope);
      if (line !== (store.fact(COPY) ?? '')) store.setFact(COPY, line);
    };
    return { envelope, keep };
  }
  if (copy !== undefined) return { envelope: copy.envelope, keep: () => undefined };
  throw new AgentError('RANGE_ANSWER', `${source.name} says that the channel of nobody has not changed.`);
}

/** Empty: nothing is kept. */
function copyOf(source: string, etag: string | undefined, envelope: Uint8Array): string {
  if (etag === undefined || envelope.length > MOST_BYTES) return '';
  return [source, etag, sha256Hex(envelope), Buffer.from(envelope).toString('base64')].join('\n');
}

/** Undefined as well for another source's, and for one that has rotted: an unchanged answer would keep it for ever. */
function readCopy(fact: string | undefined, source: string): Copy | undefined {
  const [from, etag, digest, text] = (fact ?? '').split('\n');
  if (from !== source || etag === undefined || text === undefined) return undefined;
  const envelope = Buffer.from(text, 'base64');
  return sha256Hex(envelope) === digest ? { etag, envelope } : undefined;
}
