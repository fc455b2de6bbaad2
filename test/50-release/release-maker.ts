/**
 * Small releases for the tests of this folder: images that hold zeros, text and noise, a key pair, a temporary
 * folder that is removed afterwards. Knows no assertions.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair, keyRing } from '../../format/index.ts';
import type { BuildOptions } from '../../release/index.ts';

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** Bytes that do not compress, the same for the same seed. */
export function noise(length: number, seed: string): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0, n = 0; at < length; at += 32, n += 1) {
    blocks.push(createHash('sha256').update(`${seed} ${n}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** A megabyte of each kind, and an odd remainder: 5 MiB and 1234 bytes. */
export function mixedImage(seed = 'mixed'): Buffer {
  return Buffer.concat([
    Buffer.alloc(MIB, `rice ${seed} `),
    Buffer.alloc(2 * MIB),
    noise(2 * MIB, seed),
    Buffer.alloc(1234, 'remainder'),
  ]);
}

export interface Workshop {
  readonly folder: string;
  readonly keys: ReturnType<typeof generateKeyPair>;
  readonly ring: ReturnType<typeof keyRing>;
  path(name: string): string;
  image(name: string, bytes: Uint8Array): Promise<string>;
  /** Options of a release of the images, built into `<folder>/<out>`, signed and with a fast setting. */
  options(out: string, images: Readonly<Record<string, string>>): BuildOptions;
  remove(): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'donabe-release-'));
  const keys = generateKeyPair('test');
  const path = (name: string) => join(folder, name);
  return {
    folder,
    keys,
    ring: keyRing([keys.publicKey]),
    path,
    async image(name, bytes) {
      await writeFile(path(name), bytes);
      return path(name);
    },
    options: (out, images) => ({
      folder: path(out),
      images: Object.entries(images).map(([slotClass, file]) => ({ class: slotClass, path: file })),
      compatible: 'donabe-cooker/emulated',
      version: '1.4.0',
      sequence: 14,
      created: '2025-03-01T12:00:00Z',
      quality: 'fast',
      keys: [keys.privateKey],
    }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
