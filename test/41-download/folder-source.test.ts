/** A folder as a source: the same promises as a server, from files that may be anything. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFolderSource } from '../../agent/adapters/folder-source.ts';
import type { Source } from '../../agent/ports.ts';

const content = randomBytes(700_000);
const pin = { size: content.length, etag: undefined };
let folder: string;
let source: Source;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-folder-'));
  await writeFile(join(folder, 'release.json'), '{"a":1}');
  await writeFile(join(folder, 'pack'), content);
  source = createFolderSource(folder);
});

afterEach(async () => {
  await source.close();
  await rm(folder, { recursive: true, force: true });
});

const never = () => new AbortController().signal;
const failsWith = (code: string) => expect.objectContaining({ name: 'AgentError', code });

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('offers a release once per content', async () => {
  const first = await source.offer(undefined, never());
  if (first.kind !== 'offer') throw new Error('the first offer is missing');
  expect(Buffer.from(first.envelope).toString()).toBe('{"a":1}');
  expect(await source.offer(first.etag, never())).toEqual({ kind: 'unchanged' });
  // Same length, perhaps the same second: times would not tell.
  await writeFile(join(folder, 'release.json'), '{"a":2}');
  expect(await source.offer(first.etag, never())).toMatchObject({ kind: 'offer' });
});

test('reads ranges and whole files', async () => {
  for (const [start, end] of [
    [0, 1],
    [1_000, 699_999],
    [0, content.length],
  ] as const) {
    const answer = await source.range('pack', start, end, pin, never());
    expect((await collect(answer.body)).equals(content.subarray(start, end))).toBe(true);
    expect([answer.etag, answer.discarded()]).toEqual([undefined, 0]);
  }
  expect(content.equals(await source.read('pack', content.length, never()))).toBe(true);
});

test('other lengths than the signed one are refused', async () => {
  for (const size of [content.length - 1, content.length + 1]) {
    await expect(source.read('pack', size, never())).rejects.toEqual(failsWith('PAYLOAD_LENGTH'));
    const range = source.range('pack', 0, 10, { size, etag: undefined }, never());
    await expect(range).rejects.toEqual(failsWith('PAYLOAD_LENGTH'));
  }
});

test('a file that shrinks while it is read ends short', async () => {
  const answer = await source.range('pack', 0, content.length, pin, never());
  const read = (async () => {
    for await (const _ of answer.body) await truncate(join(folder, 'pack'), 300_000);
  })();
  await expect(read).rejects.toEqual(failsWith('SHORT_BODY'));
});

test('a medium that was pulled out, a folder, a pipe and a device are unreadable', async () => {
  await mkdir(join(folder, 'directory'));
  await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
  for (const name of ['missing', 'directory', 'pipe']) {
    await expect(source.read(name, 1, never())).rejects.toEqual(failsWith('SOURCE_UNREADABLE'));
  }
  const pulledOut = createFolderSource(join(folder, 'missing'));
  await expect(pulledOut.offer(undefined, never())).rejects.toEqual(failsWith('SOURCE_UNREADABLE'));
  const devices = createFolderSource('/dev');
  await expect(devices.read('zero', 1, never())).rejects.toEqual(failsWith('SOURCE_UNREADABLE'));
});

test('names never leave the folder', async () => {
  for (const name of ['../pack', '/etc/passwd', '.', 'a/../pack', '']) {
    await expect(source.read(name, 1, never())).rejects.toEqual(failsWith('MANIFEST_REJECTED'));
  }
});

test('a huge release.json is refused unread', async () => {
  await truncate(join(folder, 'release.json'), 2 ** 40);
  await expect(source.offer(undefined, never())).rejects.toEqual(failsWith('OFFER_TOO_LARGE'));
});

test('abort ends a body at the next piece', async () => {
  const reason = new Error('the walker was told to stop');
  const stop = new AbortController();
  const answer = await source.range('pack', 0, content.length, pin, stop.signal);
  let received = 0;
  const read = (async () => {
    for await (const piece of answer.body) {
      received += piece.length;
      stop.abort(reason);
    }
  })();
  await expect(read).rejects.toBe(reason);
  expect(received).toBeLessThan(content.length);
});
