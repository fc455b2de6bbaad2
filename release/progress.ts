/**
 * Progress of the long verbs, as values: the command draws them, a test counts them.
 */
import { stat } from 'node:fs/promises';
import { orReleaseError } from './error.ts';

export interface ReleaseProgress {
  /** Slot class that is worked on. */
  readonly note: string;
  /** Image bytes over all images. */
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: ReleaseProgress) => void;

/** Sum of the sizes of image files, bytes. Error: IMAGE_UNREADABLE. */
export function sizesOf(paths: readonly string[]): Promise<number> {
  return orReleaseError('IMAGE_UNREADABLE', 'an image cannot be found', async () => {
    const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  });
}
