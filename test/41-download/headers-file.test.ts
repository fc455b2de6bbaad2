/** `server.headers-file`: secret headers reach the configured server, and a file that cannot be used is named. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSource, parseConfig } from '../../agent/index.ts';
import { startReleaseServer } from '../../fixtures/index.ts';

it('are sent with each request to the configured server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'donabe-headers-'));
  const server = await startReleaseServer(folder);
  try {
    const path = join(folder, 'headers');
    const config = parseConfig(`
      [device]
      compatible = "cooker/imx7"
      [paths]
      vault = ["/vault/0", "/vault/1"]
      [boot-control]
      path = "/dev/misc"
      [slots]
      a.rootfs = "/dev/a"
      b.rootfs = "/dev/b"
      [server]
      headers-file = "${path}"`);
    expect(() => openSource(config, server.url)).toThrow('headers');
    await writeFile(path, 'Authorization: Bearer abc\n');
    await writeFile(join(folder, 'release.json'), '{}');
    const source = openSource(config, server.url);
    await source.offer(undefined, new AbortController().signal);
    await source.channel?.(undefined, new AbortController().signal);
    await source.close();
    expect(server.log.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer abc',
      'Bearer abc',
    ]);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});
