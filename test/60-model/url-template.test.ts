/** Base URLs with places: every fact is one segment, and none is a way out of the folder. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { configuredSource } from '../../agent/adapters/configured-source.ts';
import { AgentError } from '../../agent/errors.ts';
import { parseConfig } from '../../agent/index.ts';
import { expandUrl, isPlace, placesOf, URL_PLACES, type UrlFacts } from '../../agent/model/url-template.ts';
import { generateKeyPair, keyRing } from '../../format/index.ts';

const FACTS: UrlFacts = {
  product: 'cooker',
  board: 'imx7',
  version: '1.4.0+a',
  build: '14',
  device: 'kitchen 17',
  key: 'ab',
  group: 'pilot',
  region: 'jp',
};

it('fills each place', () => {
  const all = Object.keys(URL_PLACES)
    .map((name) => `{${name}}`)
    .join('/');
  expect(expandUrl(`https://a.example/${all}/`, FACTS)).toBe(
    'https://a.example/cooker/imx7/1.4.0%2Ba/14/kitchen%2017/ab/pilot/jp/',
  );
  expect(placesOf([`x${all}`])).toEqual(Object.keys(URL_PLACES));
  expect(expandUrl('https://a.example/plain/', FACTS)).toBe('https://a.example/plain/');
  expect(['constructor', '', 'Product'].filter(isPlace)).toEqual([]);
});

it('a fact is one segment, whatever it holds', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constantFrom('.', '..', '../..', '/', '?', '#', '{device}')),
      (device) => {
        const { pathname, search, hash } = new URL(
          expandUrl('https://a.example/{device}/end/', { ...FACTS, device }),
        );
        expect(pathname.split('/').slice(-2)).toEqual(['end', '']);
        expect(pathname.split('/')).toHaveLength(4);
        expect(search + hash).toBe('');
      },
    ),
  );
});

it('come from the configuration and the booted release', async () => {
  const config = parseConfig(`
    [device]
    compatible = "cooker/imx7"
    labels = ["pilot", "tall"]
    [paths]
    vault = ["/vault/0", "/vault/1"]
    [boot-control]
    path = "/dev/misc"
    [slots]
    a.rootfs = "/dev/a"
    b.rootfs = "/dev/b"
    [server]
    base-urls = ["https://a.example/{product}/{board}/{build}/{group}/{region}/{key}/"]`);
  const { publicKey } = generateKeyPair('vendor');
  const release = {
    compatible: 'cooker/imx7',
    version: '1.4.0',
    sequence: 14,
    securityVersion: 0,
    channel: 'stable',
    created: '2026-01-01T00:00:00Z',
  };
  const keys = async () => ({ ring: keyRing([publicKey]), threshold: 1 });
  const source = await configuredSource(config, { id: 'kitchen', release, keys });
  expect(source?.name).toBe(`https://a.example/cooker/imx7/14/pilot/default/${publicKey.keyId}/`);
  await source?.close();
  const broken = async (): Promise<never> => {
    throw new AgentError('CONFIG_INVALID', 'no keys');
  };
  const without = await configuredSource(config, { id: 'kitchen', release, keys: broken });
  expect(without?.name).toContain('/default/default/');
  await without?.close();
});
