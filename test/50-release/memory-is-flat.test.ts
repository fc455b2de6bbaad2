/**
 * The memory of build and verify does not grow with the image: the growth of external memory while a sparse
 * image of 1 GiB passes through stays far below the image.
 */
import { truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BATCH_CHUNKS, buildRelease, verifyRelease } from '../../release/index.ts';
import { MIB, openWorkshop, type Workshop } from './release-maker.ts';

let shop: Workshop;
beforeEach(async () => {
  shop = await openWorkshop();
});
afterEach(() => shop.remove());

test('a-gigabyte-passes-through-a-few-buffers', async () => {
  const image = shop.path('rootfs.img');
  await writeFile(image, 'begin');
  await truncate(image, 1024 * MIB);
  const start = process.memoryUsage().rss;
  let peak = start;
  const watch = () => {
    peak = Math.max(peak, process.memoryUsage().rss);
  };
  const built = await buildRelease(shop.options('out', { rootfs: image }), watch);
  expect(built.images[0]?.chunks).toBe(1024);
  expect((await verifyRelease(built.folder, shop.ring, 1, watch)).ok).toBe(true);
  // A batch of chunks, as much again for frames, the compressor's and the collector's room.
  expect(peak - start).toBeLessThan((2 * BATCH_CHUNKS + 240) * MIB);
});
