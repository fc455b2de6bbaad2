/** `donabe release delta` as a build host runs it: compiled, with real worker threads, and that it ends. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const DONABE = join(import.meta.dirname, '../../dist/cli/main.js');
const KIB = 1024;
const run = promisify(execFile);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-delta-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const donabe = (...words: string[]) => run(process.execPath, [DONABE, 'release', ...words], { cwd: folder });

/** Bytes that do not compress, the same at each run. */
function noise(length: number): Buffer {
  const blocks = Array.from({ length: length / 32 }, (_, at) =>
    createHash('sha256').update(`${at}`).digest(),
  );
  return Buffer.concat(blocks);
}

/** Signed by `keys/vendor`, in chunks of 64 KiB. */
async function release(name: string, image: Uint8Array, sequence: number): Promise<void> {
  await writeFile(join(folder, `${name}.img`), image);
  await donabe(
    ...['build', '--out', name, '--image', `rootfs=${name}.img`, '--compatible', 'cooker/board'],
    ...['--release-version', `1.${sequence}.0`, '--sequence', String(sequence), '--chunk-size', '65536'],
    ...['--created', '2025-03-01T12:00:00Z', '--key', 'keys/vendor.key'],
  );
}

test('worker-threads-make-the-bytes-that-one-thread-makes', async () => {
  const old = noise(2048 * KIB);
  const changed = Buffer.concat([Buffer.from('rice first, '), old.subarray(0, -100 * KIB), noise(50 * KIB)]);
  await donabe('keygen', 'vendor', '--out', 'keys');
  await release('old', old, 1);
  await release('new', changed, 2);
  const bytes: unknown[] = [];
  for (const workers of ['0', '1', '3']) {
    const made = await donabe(
      ...[
        'delta',
        '--base',
        'old',
        '--new',
        'new',
        '--workers',
        workers,
        '--key',
        'keys/vendor.key',
        '--json',
      ],
    );
    const { manifest, deltas, peakBytes } = JSON.parse(made.stdout);
    expect(deltas).toMatchObject([{ slotClass: 'rootfs', codecs: { delta: 32 } }]);
    expect(peakBytes).toBeGreaterThan(old.length);
    expect(manifest.images[0].deltas[0].pack.size).toBeLessThan(60 * KIB);
    bytes.push(manifest);
  }
  expect(bytes[1]).toEqual(bytes[0]);
  expect(bytes[2]).toEqual(bytes[0]);
  const verified = await donabe('verify', 'new', '--keys', 'keys/vendor.pub', '--base', 'old');
  expect(verified.stdout).toContain('applied to its base');
});
