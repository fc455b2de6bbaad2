/**
 * What a delta frame needs of its base, read with several reads under way at a time: one after the other each
 * would wait for a thread to wake up, which costs more than the bytes. It knows neither frames nor digests.
 */
import type { DeltaPlan } from '../../format/index.ts';
import type { ImageReader } from '../ports.ts';

/** Reads under way at a time; a frame may ask for a hundred thousand, and each holds some memory of its own. */
const MOST_UNDER_WAY = 32;

/**
 * Fills `memory` with the bytes of all `reads`, one after the other. Returns or throws when no read is under way
 * any more, so the memory is the caller's again. Errors: those of the reader.
 */
export async function readExtents(
  reader: ImageReader,
  reads: DeltaPlan['reads'],
  memory: Uint8Array,
): Promise<void> {
  let next = 0;
  let filled = 0;
  async function takeTurns(): Promise<void> {
    for (let read = reads[next]; read !== undefined; read = reads[next]) {
      const part = memory.subarray(filled, filled + read.length);
      next += 1;
      filled += read.length;
      try {
        await reader.readInto(read.offset, part);
      } catch (error) {
        next = reads.length; // the others end with the read that they are at
        throw error;
      }
    }
  }
  const turns = Array.from({ length: Math.min(MOST_UNDER_WAY, reads.length) }, takeTurns);
  const failed = (await Promise.allSettled(turns)).find((turn) => turn.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
