/** What a slot holds before an install: its blocks are there, and nothing in them helps. */
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';

const NOISE_PIECE = 16 * 2 ** 20;

/** The same random piece again and again: no chunk of any release, and quick to write. */
export async function fillWithNoise(path: string, bytes: number): Promise<void> {
  const piece = randomBytes(NOISE_PIECE);
  const partition = await open(path, 'r+');
  try {
    for (let at = 0; at < bytes; at += piece.length) {
      await partition.write(piece, 0, Math.min(piece.length, bytes - at), at);
    }
    await partition.sync();
  } finally {
    await partition.close();
  }
}
