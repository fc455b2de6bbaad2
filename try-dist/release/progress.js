/**
 * Progress of the long verbs, as values: the command draws them, a test counts them.
 */
import { stat } from 'node:fs/promises';
import { orReleaseError } from './error.js';
/** Sum of the sizes of image files, bytes. Error: IMAGE_UNREADABLE. */
export function sizesOf(paths) {
    return orReleaseError('IMAGE_UNREADABLE', 'an image cannot be found', async () => {
        const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
        return sizes.reduce((sum, size) => sum + size, 0);
    });
}
