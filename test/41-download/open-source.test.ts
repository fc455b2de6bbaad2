/** The address that a person gives: what a release is read from, and what is refused by its name. */
import { expect, it } from 'vitest';
import { openSource, parseConfig } from '../../agent/index.ts';

const config = parseConfig(`
  device.compatible = "cooker/imx7"
  paths.vault = ["/vault/0", "/vault/1"]
  boot-control.path = "/dev/misc"
  slots.a.rootfs = "/dev/a"
  slots.b.rootfs = "/dev/b"`);

it.each([
  ['/media/usb/release', '/media/usb/release'],
  ['release', 'release'],
  ['file:///media/usb/my%20release', '/media/usb/my release'],
  ['HTTPS://updates.example/cooker', 'https://updates.example/cooker/'],
])('%s is a source', async (text, name) => {
  const source = openSource(config, text);
  expect(source.name).toBe(name);
  await source.close();
});

it.each([
  ['ftp://me:secret@x/', 'ftp'],
  ['S3://bucket/cooker', 's3'],
  ['file://host/media/usb', 'file'],
])('%s is refused by its name, and without a log-in', (text, scheme) => {
  expect(() => openSource(config, text)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      facts: { scheme },
      message: expect.stringMatching(`^No release is read from this ${scheme}:// address; name `),
    }),
  );
});
