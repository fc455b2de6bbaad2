/** The manifest: each field's form, what a newer one may add, and the release identity. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeManifest, encodeManifest, type Manifest, releaseIdentity } from '../../format/index.ts';
import { hostileBytes, onlyFormatError } from './hostile-bytes.ts';

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const file = (name: string, size = 1000) => ({
  name: `${name}-${digest(name).slice(0, 16)}`,
  size,
  sha256: digest(name),
});
const rootfs = {
  class: 'rootfs',
  size: 5000,
  sha256: digest('rootfs'),
  pack: file('rp'),
  index: file('ri'),
  deltas: [],
};
const boot = {
  class: 'boot',
  size: 300,
  sha256: digest('boot'),
  pack: file('bp'),
  index: file('bi'),
  deltas: [],
};

const plain: Manifest = {
  format: 1,
  compatible: 'donabe-cooker/emulated',
  version: '1.4.0',
  sequence: 14,
  securityVersion: 2,
  channel: 'stable',
  severity: 'security',
  fixes: ['CVE-2025-1'],
  created: '2025-03-01T12:00:00Z',
  requires: {},
  images: [rootfs, boot],
  apply: 'now',
  notes: 'Rice is better.\nBeans too.',
  critical: [],
};
const full: Manifest = {
  ...plain,
  expires: '2026-03-01T12:00:00.500Z',
  requires: { from: '>=1.2.0', agent: '^0.1.0', bootLoader: '*', mcuProtocol: '1.x', dataSchema: '>=1 <3' },
  images: [
    {
      ...rootfs,
      deltas: [{ base: { size: 4000, sha256: digest('base') }, pack: file('dp'), index: file('di') }],
      verity: { rootHash: 'ab'.repeat(32), hashOffset: 4096, salt: '' },
    },
    boot,
  ],
  mcuFirmware: { version: '2.0.1', size: 60_000, sha256: digest('mcu'), protocol: { lowest: 1, highest: 1 } },
  critical: ['images', 'verity', 'mcuFirmware'],
};

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const withImage = (change: object) => ({ ...plain, images: [{ ...rootfs, ...change }] });
const withPack = (change: object) => withImage({ pack: { ...rootfs.pack, ...change } });

describe('round-trip', () => {
  test.each([
    ['plain', plain],
    ['full', full],
  ])('%s', (_name, manifest) => {
    expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
  });

  test('fields-of-a-newer-build-host-are-kept-at-every-level', () => {
    const newer = {
      ...full,
      rollout: { percent: 5 },
      requires: { ...full.requires, battery: '>=1' },
      images: [{ ...rootfs, compression: ['zstd'], pack: { ...rootfs.pack, mirror: 'eu' } }],
    };
    const decoded = decodeManifest(json(newer));
    expect(decoded).toEqual(newer);
    expect(decodeManifest(encodeManifest(decoded))).toEqual(newer);
  });

  test('any-facts-come-back', () => {
    const whole = fc.maxSafeNat();
    fc.assert(
      fc.property(
        whole,
        whole,
        fc.string(),
        fc.array(fc.stringMatching(/^[ -~]{1,40}$/)),
        (a, b, notes, fixes) => {
          const manifest = { ...plain, sequence: a, securityVersion: b, notes, fixes };
          expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
        },
      ),
    );
  });
});

describe('too-new', () => {
  const code = 'FORMAT_TOO_NEW';

  test('an-unknown-critical-name-is-told-with-the-agent-that-is-needed', () => {
    const encrypted = { ...plain, requires: { agent: '>=2.1.0' }, critical: ['images', 'encryption'] };
    expect(() => decodeManifest(json(encrypted))).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(/encryption.*>=2\.1\.0/) }),
    );
  });

  test('and-before-the-rest-is-judged', () => {
    const strange = { format: 1, critical: ['encryption'], requires: {}, images: 'in another form' };
    expect(() => decodeManifest(json(strange))).toThrow(expect.objectContaining({ code }));
    expect(() => decodeManifest(json({ ...strange, critical: [], format: 2 }))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test('names-of-the-prototype-are-not-known-names', () => {
    expect(() => decodeManifest(json({ ...plain, critical: ['constructor'] }))).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('refused', () => {
  test.each<[string, unknown]>([
    ['a list', []],
    ['null', null],
    ['format 0', { ...plain, format: 0 }],
    ['no critical', { ...plain, critical: undefined }],
    ['critical that is no list', { ...plain, critical: 'images' }],
    ['compatible without a board', { ...plain, compatible: 'cooker' }],
    ['compatible with a blank', { ...plain, compatible: 'rice cooker/rc1' }],
    ['version with a v', { ...plain, version: 'v1.4.0' }],
    ['version of two numbers', { ...plain, version: '1.4' }],
    ['version with a leading zero', { ...plain, version: '1.04.0' }],
    ['version with a blank', { ...plain, version: ' 1.4.0' }],
    ['sequence -1', { ...plain, sequence: -1 }],
    ['sequence as a text', { ...plain, sequence: '14' }],
    ['securityVersion missing', { ...plain, securityVersion: undefined }],
    ['channel in upper case', { ...plain, channel: 'Stable' }],
    ['severity that is none', { ...plain, severity: 'high' }],
    ['fixes with an empty text', { ...plain, fixes: [''] }],
    ['fixes with a control character', { ...plain, fixes: ['a\u001b[2J'] }],
    ['257 fixes', { ...plain, fixes: Array(257).fill('x') }],
    ['created in local time', { ...plain, created: '2025-03-01T12:00:00+01:00' }],
    ['created without a time', { ...plain, created: '2025-03-01' }],
    ['created on 30 February', { ...plain, created: '2025-02-30T12:00:00Z' }],
    ['created at 24 h', { ...plain, created: '2025-02-20T24:00:00Z' }],
    ['expires null', { ...plain, expires: null }],
    ['a requirement that is no range', { ...plain, requires: { from: 'newer' } }],
    ['an empty requirement', { ...plain, requires: { from: '' } }],
    ['no image', { ...plain, images: [] }],
    ['a slot class twice', { ...plain, images: [rootfs, rootfs] }],
    [
      '17 images',
      { ...plain, images: Array.from({ length: 17 }, (_, n) => ({ ...rootfs, class: `c${n}` })) },
    ],
    ['a slot class with a slash', withImage({ class: 'a/b' })],
    ['an image of no bytes', withImage({ size: 0 })],
    ['an image over 4 TiB', withImage({ size: 2 ** 42 + 1 })],
    ['a digest in upper case', withImage({ sha256: 'AB'.repeat(32) })],
    ['a digest of 63 digits', withImage({ sha256: 'a'.repeat(63) })],
    ['deltas missing', withImage({ deltas: undefined })],
    ['an index of no bytes', withImage({ index: { ...rootfs.index, size: 0 } })],
    ['an index over 80 MiB', withImage({ index: { ...rootfs.index, size: 80 * 2 ** 20 + 1 } })],
    ['a pack of negative size', withPack({ size: -1 })],
    ['a name with a slash', withPack({ name: `x/${rootfs.pack.name}` })],
    ['a name that climbs', withPack({ name: `../${rootfs.pack.name}` })],
    ['a name with a backslash', withPack({ name: `x\\${rootfs.pack.name}` })],
    ['a hidden name', withPack({ name: `.${rootfs.pack.name}` })],
    ['a name with a query', withPack({ name: `${rootfs.pack.name}?x` })],
    ['a name with a per cent escape', withPack({ name: `%2e${rootfs.pack.name}` })],
    ['a name with a line feed at its end', withPack({ name: `${rootfs.pack.name}\n` })],
    [
      'a name of 129 characters',
      withPack({ name: `${'x'.repeat(129 - rootfs.pack.name.length)}${rootfs.pack.name}` }),
    ],
    ['a name without its digest', withPack({ name: 'rootfs.pack' })],
    ['a name with another digest', withPack({ name: rootfs.index.name })],
    [
      'a firmware over 16 MiB',
      { ...plain, mcuFirmware: { version: '1', size: 2 ** 24 + 1, sha256: digest('m') } },
    ],
    ['a firmware without a digest', { ...plain, mcuFirmware: { version: '1', size: 1 } }],
    ['an apply policy that is none', { ...plain, apply: 'later' }],
    ['notes that are no text', { ...plain, notes: [] }],
    ['notes over 64 Ki characters', { ...plain, notes: 'x'.repeat(65_537) }],
  ])('%s', (_name, value) => {
    expect(() => decodeManifest(json(value))).toThrow(
      expect.objectContaining({ name: 'FormatError', code: 'MANIFEST_MALFORMED' }),
    );
  });

  test('the-error-names-the-field', () => {
    expect(() => decodeManifest(json(withPack({ size: -1 })))).toThrow(/images\.0\.pack\.size/);
  });

  test('a-payload-over-1-MiB', () => {
    expect(() => decodeManifest(Buffer.alloc(2 ** 20 + 1, ' '))).toThrow(/1048576/);
  });

  test('encode-refuses-what-a-device-would-refuse', () => {
    expect(() => encodeManifest({ ...plain, version: 'v1' })).toThrow(
      expect.objectContaining({ code: 'MANIFEST_MALFORMED' }),
    );
  });

  test('hostile-bytes-give-only-our-error', () => {
    fc.assert(
      fc.property(hostileBytes(encodeManifest(full)), (bytes) =>
        onlyFormatError(() => decodeManifest(bytes)),
      ),
      { numRuns: 1500 },
    );
  });
});

describe('accepted', () => {
  test.each(['0.0.0', '1.4.0-rc.1', '1.4.0+build.7', '1.4.0-rc.1+build.7'])('version %s', (version) => {
    expect(decodeManifest(json({ ...plain, version })).version).toBe(version);
  });

  test('a-pack-of-no-bytes', () => {
    expect(decodeManifest(json(withPack({ size: 0 }))).images[0]?.pack.size).toBe(0);
  });
});

describe('release-identity', () => {
  test('is-the-digest-of-exactly-these-bytes', () => {
    const text =
      `donabe-release-identity-v1\nimage boot ${boot.sha256}\nimage rootfs ${rootfs.sha256}\n` +
      `mcu ${digest('mcu')}\n`;
    expect(releaseIdentity(full)).toBe(digest(text));
  });

  test('does-not-look-at-order-version-or-packing', () => {
    const same = {
      ...full,
      images: [boot, { ...rootfs, pack: file('other') }],
      version: '9.9.9',
      sequence: 99,
    };
    expect(releaseIdentity(same)).toBe(releaseIdentity(full));
  });

  test('changes-with-image-class-and-firmware', () => {
    const identities = [
      plain,
      full,
      { ...plain, images: [rootfs] },
      { ...plain, images: [{ ...rootfs, class: 'boot' }] },
      { ...plain, images: [rootfs, { ...boot, sha256: digest('x') }] },
    ].map(releaseIdentity);
    expect(new Set(identities).size).toBe(identities.length);
  });
});
