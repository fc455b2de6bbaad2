/**
 * The bytes of a boot control as they lie there, for whoever looks into a failure: no decoding, no repair, nothing
 * written. It must not know what the bytes mean.
 */
import { open } from 'node:fs/promises';
import { openEnvMedium } from './adapters/env-places.ts';
import type { BackendName } from './backends.ts';

/** Both copies of Android's block with what a boot loader has around them; of other files all that counts. */
const MOST_BYTES = 16_384;

type Dump = (path: string) => Promise<readonly Uint8Array[]>;

/** Each copy that can be read by itself. A vendor's script has no bytes of ours. */
const DUMPS: Readonly<Record<BackendName, Dump>> = {
  'android-misc': async (path) => [await beginningOf(path)],
  'uboot-env': async (path) => {
    const medium = await openEnvMedium(path);
    try {
      const copies: Uint8Array[] = [];
      for (const copy of medium.copies) copies.push(await copy.read());
      return copies;
    } finally {
      await medium.close();
    }
  },
  'grub-env': async (path) => [await beginningOf(path)],
  script: async () => [],
};

/** `name`: as in the configuration; an unknown one has no bytes. Errors: those of the file system; REGION_OPEN_FAILED. */
export async function dumpBootControl(name: string, path: string): Promise<readonly Uint8Array[]> {
  return Object.hasOwn(DUMPS, name) ? DUMPS[name as BackendName](path) : [];
}

async function beginningOf(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
