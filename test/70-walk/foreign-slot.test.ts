/** A slot that holds nothing of an image is told by a few chunks; one that holds some of it is looked at whole. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ImageReader } from '../../agent/index.ts';
import { seemsForeign } from '../../agent/walk/slot-chunks.ts';
import { type ChunkIndex, decodeChunkIndex, encodeChunkIndex, sha256Hex } from '../../format/index.ts';

const CHUNK = 64 * 1024;
const never = new AbortController().signal;

const chunkOf = (chunk: number): Uint8Array => new Uint8Array(CHUNK).fill(1 + (chunk % 250));

function indexOf(count: number): ChunkIndex {
  const whole = createHash('sha256');
  const entries = Array.from({ length: count }, (_, chunk) => {
    whole.update(chunkOf(chunk));
    const digest = sha256Hex(chunkOf(chunk));
    return { digest, frameDigest: digest, frameLength: CHUNK, codec: 'raw' as const };
  });
  const imageDigest = whole.digest('hex');
  return decodeChunkIndex(
    encodeChunkIndex({ imageSize: count * CHUNK, imageDigest, chunkSize: CHUNK, base: undefined, entries }),
  );
}

/** A slot that holds the image where `holds` says so, and noise of one kind elsewhere. */
function slot(count: number, holds: (chunk: number) => boolean) {
  const seen = { reads: 0 };
  const reader: ImageReader = {
    slot: 'b',
    slotClass: 'rootfs',
    capacity: count * CHUNK,
    read: async () => chunkOf(0),
    readInto: async (offset, memory) => {
      seen.reads += 1;
      const chunk = offset / CHUNK;
      memory.set(holds(chunk) ? chunkOf(chunk) : new Uint8Array(memory.length).fill(255));
    },
    close: async () => undefined,
  };
  return { reader, seen };
}

describe('looking whether a slot holds anything of an image', () => {
  it('reads a few chunks of one that does not', async () => {
    const { reader, seen } = slot(200, () => false);
    expect(await seemsForeign(reader, indexOf(200), never)).toBe(true);
    expect(seen.reads).toBeGreaterThan(16);
    expect(seen.reads).toBeLessThanOrEqual(32);
  });

  it('finds one of which a tenth is there at one place', async () => {
    const { reader } = slot(200, (chunk) => chunk >= 90 && chunk < 110);
    expect(await seemsForeign(reader, indexOf(200), never)).toBe(false);
  });

  it('says nothing of an image of few chunks', async () => {
    const { reader, seen } = slot(32, () => false);
    expect(await seemsForeign(reader, indexOf(32), never)).toBe(false);
    expect(seen.reads).toBe(0);
  });

  it('does not count the first chunk, which is never reused', async () => {
    const { reader } = slot(200, (chunk) => chunk === 0);
    expect(await seemsForeign(reader, indexOf(200), never)).toBe(true);
  });
});
