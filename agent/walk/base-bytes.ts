/**
 * What a delta frame needs of its base, read with several reads under way at a time: one after the other each
 * would wait for a thread to wake up, which costs more than the bytes. It knows neither frames nor digests.
 */
import type { DeltaPlan } from '../../format/index.ts';
import type { ImageReader } from '../ports.ts';

/** Reads under way at a time; a frame may ask for a hundred thousand, and each holds some memory of its own. */
const MOST_UNDER_WAY = 32;

type Wanted = Pick<DeltaPlan, 'direct' | 'reads'>;

/**
 * Fills `base` with the bytes of the `reads`, one after the other, and the places of `chunk` with the `direct` ones.
 * Returns or throws when no read is under way any more, so the memory is the caller's again. Errors: those of the
 * reader.
 */
export async function readBase(
  reader: ImageReader,
  wanted: Wanted,
  base: Uint8Array,
  chunk: Uint8Array,
): Promise<void> {
  const reads = readsOf(wanted, base, chunk);
  async function takeTurns(): Promise<void> {
    // One that fails ends the generator, and the others end with the read that they are at.
    for (const { offset, memory } of reads) await reader.readInto(offset, memory);
  }
  const most = Math.min(MOST_UNDER_WAY, wanted.direct.length + wanted.reads.length);
  const turns = await Promise.allSettled(Array.from({ length: most }, takeTurns));
  const failed = turns.find((turn) => turn.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function* readsOf({ direct, reads }: Wanted, base: Uint8Array, chunk: Uint8Array) {
  for (const { offset, place, length } of direct) {
    yield { offset, memory: chunk.subarray(place, place + length) };
  }
  let filled = 0;
  for (const { offset, length } of reads) {
    yield { offset, memory: base.subarray(filled, filled + length) };
    filled += length;
  }
}
