/** Two versions of an image out of seeded bytes, half of them compressible. It must not know what they are for. */
import { open } from 'node:fs/promises';
import { seededBytes } from '../../fixtures/index.ts';

/** One piece is drawn at once: noise, and the same length of hexadecimal digits that compress to a half. */
const PIECE_BYTES = 256 * 1024;
/** Of the new version one piece of so many is another. */
const CHANGED_EACH = 8;

/** Writes `bytes` of version 1 or 2 to `path`. */
export async function seededImage(path: string, version: 1 | 2, bytes: number): Promise<string> {
  const file = await open(path, 'w');
  try {
    for (let at = 0; at < bytes; at += PIECE_BYTES) {
      const changed = (at / PIECE_BYTES) % CHANGED_EACH === 0;
      await file.write(pieceOf(`${changed ? version : 0} ${at}`), 0, Math.min(PIECE_BYTES, bytes - at));
    }
  } finally {
    await file.close();
  }
  return path;
}

function pieceOf(seed: string): Buffer {
  const noise = seededBytes(`noise ${seed}`, PIECE_BYTES / 2);
  const digits = seededBytes(`digits ${seed}`, PIECE_BYTES / 4).toString('hex');
  return Buffer.concat([noise, Buffer.from(digits, 'ascii')]);
}
