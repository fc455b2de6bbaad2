/** A folder as a source that counts what is taken out of it, and lets a test spoil the pieces. */
import { createFolderSource, type Source } from '../../agent/index.ts';

export interface Counted extends Source {
  /** Bytes of bodies that were taken out, and names that were read whole. */
  bytes: number;
  readonly names: string[];
}

/** Pieces are small: a stop is seen between two of them. */
const PIECE_BYTES = 8192;

export function counted(
  published: string,
  spoil: (name: string, start: number, piece: Uint8Array) => Uint8Array = (_n, _s, p) => p,
): Counted {
  const inner = createFolderSource(published);
  const source: Counted = {
    name: inner.name,
    bytes: 0,
    names: [],
    offer: (etag, signal) => inner.offer(etag, signal),
    read: (name, size, signal) => {
      source.names.push(name);
      return inner.read(name, size, signal);
    },
    range: async (name, start, end, pin, signal) => {
      source.names.push(name);
      const answer = await inner.range(name, start, end, pin, signal);
      async function* body(): AsyncGenerator<Uint8Array> {
        let at = start;
        for await (const whole of answer.body) {
          for (let from = 0; from < whole.length; from += PIECE_BYTES) {
            const piece = whole.subarray(from, from + PIECE_BYTES);
            source.bytes += piece.length;
            yield spoil(name, at, piece);
            at += piece.length;
          }
        }
      }
      return { ...answer, body: body() };
    },
    close: () => inner.close(),
  };
  return source;
}
