/**
 * Pairs of images as an update leaves them: program-like bytes that moved, were patched here and there, were
 * replaced, and stayed. Knows no assertions.
 */
import { noise } from './release-maker.ts';

/** The image with `piece` put in at `at`: everything behind it moves. */
export function inserted(image: Buffer, at: number, piece: Uint8Array): Buffer {
  return Buffer.concat([image.subarray(0, at), piece, image.subarray(at)]);
}

/** The image with one byte in `every` changed, as relocated addresses are. */
export function patched(image: Buffer, every: number): Buffer {
  const copy = Buffer.from(image);
  for (let at = every - 1; at < copy.length; at += every) copy[at] = (copy[at] ?? 0) + 4;
  return copy;
}

/** The image with bytes that were never there, `length` of them at `at`. */
export function replaced(image: Buffer, at: number, length: number): Buffer {
  const copy = Buffer.from(image);
  noise(length, `replaced ${at}`).copy(copy, at);
  return copy;
}
