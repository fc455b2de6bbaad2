/**
 * What a match has to bring, by what the base is made of. A byte that is not found costs what brotli leaves of it: a
 * part among plain files, all of it where files are packed already, as in a squashfs.
 * Must not know how matches are found.
 */
import { brotliCompressSync, constants } from 'node:zlib';

export interface Tuning {
  /** Bytes of a window of the base: two words or three. */
  readonly window: 8 | 12;
  /** Bytes of a chunk that a read of the base has to give; what a lesser one would give is sent in the frame. */
  readonly leastOfRead: number;
}

/**
 * Measured on root file systems: windows of 16 bytes make a large delta 1 % longer, windows of 8 make it 1.7 %, for most
 * of their matches are chance. Without the least for a read a large delta has 16 times as many reads and is 0.3 to
 * 0.6 % longer: naming a place costs more than brotli makes of the bytes. With 128 it has 2.5 times as many; with 2048
 * those of erofs get longer. A minor update of erofs, whose files move by little and in short pieces, pays: 5 % more bytes
 * for a fifth of the reads, with 128 it would be 1 % for a third.
 */
export const PLAIN: Tuning = { window: 12, leastOfRead: 512 };
/** Measured on a squashfs of zstd blocks: windows of 12 make a delta 0.1 % longer, 12 bytes for a read 0.02 %. */
export const PACKED: Tuning = { window: 8, leastOfRead: 8 };

/** Places that are looked at: enough that a kernel and an initrd among plain files do not decide. */
const SAMPLES = 64;
const SAMPLE_BYTES = 16 * 1024;
const SAMPLE_QUALITY = 1;
/** A base is packed when brotli leaves at least this share of its samples. */
const PACKED_SHARE = 0.9;

/** The row for a base; the same bytes give the same. */
export function tuningFor(base: Uint8Array): Tuning {
  const step = Math.max(SAMPLE_BYTES, Math.floor(base.length / SAMPLES));
  let looked = 0;
  let left = 0;
  for (let at = 0; at < base.length; at += step) {
    const sample = Buffer.from(base.subarray(at, at + SAMPLE_BYTES));
    looked += sample.length;
    left += brotliCompressSync(sample, {
      params: { [constants.BROTLI_PARAM_QUALITY]: SAMPLE_QUALITY },
    }).length;
  }
  return left >= PACKED_SHARE * looked ? PACKED : PLAIN;
}
