/** `donabe release ...` as a person or a script calls it: output, JSON, exit status. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { reportError } from '../../cli/exit.ts';
import { progressBar } from '../../cli/progress.ts';
import { releaseCommand } from '../../cli/release.ts';
import { KIB, noise, openWorkshop, type Workshop } from './release-maker.ts';

let shop: Workshop;
beforeEach(async () => {
  shop = await openWorkshop();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  await shop.remove();
});

async function donabeRelease(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
  process.exitCode = 0;
  try {
    await releaseCommand().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = reportError(error, args.includes('--json'));
  }
  const status = process.exitCode;
  vi.restoreAllMocks();
  process.exitCode = 0;
  return { status, out: out.join(''), err: err.join('') };
}

const facts = ['--compatible', 'donabe-cooker/emulated', '--release-version', '1.4.0', '--sequence', '14'];

describe('delta', () => {
  test('from-two-releases-to-a-delta-that-is-verified', async () => {
    const images = [noise(300 * KIB, 'rootfs'), noise(300 * KIB, 'rootfs')];
    images[1]?.fill('rice', 100 * KIB, 101 * KIB);
    const folders: string[] = [];
    const { privateKeyPath } = JSON.parse(
      (await donabeRelease('keygen', 'vendor', '--out', shop.path('keys'), '--json')).out,
    );
    for (const [at, bytes] of images.entries()) {
      const image = await shop.image(`rootfs-${at}.img`, bytes);
      const out = shop.path(`out-${at}`);
      folders.push(out);
      await donabeRelease(
        'build',
        '--out',
        out,
        '--image',
        `rootfs=${image}`,
        ...facts,
        '--key',
        privateKeyPath,
      );
    }
    const [before = '', after = ''] = folders;
    const made = await donabeRelease(
      ...['delta', '--base', before, '--new', after, '--workers', '0', '--key', privateKeyPath],
    );
    expect(made).toMatchObject({ status: 0, err: expect.stringContaining('delta 100 % rootfs') });
    expect(made.out).toMatch(/has 1 new deltas, signed by [0-9a-f]{16}/);
    expect(made.out).toMatch(/% of the full way \(0 zero, 0 raw, 0 brotli, 1 delta\)/);
    expect(made.out).toMatch(/ s, [0-9.]+ MiB of memory at most/);
    const image = shop.path('rootfs-0.img');
    const verified = await donabeRelease(
      ...['verify', after, '--keys', shop.path('keys'), '--base', `rootfs=${image}`],
    );
    expect(verified).toMatchObject({ status: 0, out: expect.stringContaining('applied to its base') });
    const inspected = await donabeRelease('inspect', after);
    expect(inspected.out).toMatch(/rootfs from [0-9a-f]{16}: 0\.0 MiB \(0 zero, 0 raw, 0 brotli, 1 delta\)/);
    const json = await donabeRelease('delta', after, '--base', before, '--workers', '0', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ seconds: expect.any(Number), keyIds: [] });
  });

  test('inspect-says-that-a-delta-is-not-signed-yet', async () => {
    const image = await shop.image('rootfs.img', noise(100 * KIB, 'rootfs'));
    const base = await shop.image('base.img', noise(100 * KIB, 'base'));
    const out = shop.path('out');
    await donabeRelease('keygen', 'vendor', '--out', shop.folder);
    const key = ['--key', shop.path('vendor.key')];
    await donabeRelease('build', '--out', out, '--image', `rootfs=${image}`, ...facts, ...key);
    expect((await donabeRelease('inspect', out)).out).not.toContain('not signed yet');
    await donabeRelease('delta', out, '--base', base, '--workers', '0');
    expect((await donabeRelease('inspect', out)).out).toContain(
      'manifest.json is another one: not signed yet',
    );
  });

  test('a-base-that-is-the-release-itself-asks-for-nothing', async () => {
    const image = await shop.image('rootfs.img', noise(100 * KIB, 'rootfs'));
    const out = shop.path('out');
    await donabeRelease('keygen', 'vendor', '--out', shop.folder);
    const key = ['--key', shop.path('vendor.key')];
    await donabeRelease('build', '--out', out, '--image', `rootfs=${image}`, ...facts, ...key);
    const before = await readFile(shop.path('out/release.json'));
    const made = await donabeRelease('delta', out, '--base', image, '--workers', '0');
    expect(made).toMatchObject({ status: 0, out: expect.stringContaining('has no new delta') });
    expect(made.out).not.toContain('sign');
    expect(before).toEqual(await readFile(shop.path('out/release.json')));
    const signed = await donabeRelease('delta', out, '--base', image, '--workers', '0', ...key);
    expect(signed.out).toMatch(/has no new delta.*, signed by [0-9a-f]{16}/);
    await rm(shop.path('out/release.json'));
    const unsigned = await donabeRelease('delta', out, '--base', image, '--workers', '0');
    expect(unsigned.out).toMatch(/has no new delta.*, not signed yet/);
  });

  test('a-release-that-is-named-not-at-all-or-twice-is-wrong-usage', async () => {
    expect((await donabeRelease('delta', '--base', 'x')).status).toBe(2);
    expect((await donabeRelease('delta', 'a', '--new', 'b', '--base', 'x')).status).toBe(2);
    expect((await donabeRelease('delta', 'a')).status).toBe(2);
  });

  test('a-base-that-is-missing-is-an-error-with-a-code', async () => {
    const image = await shop.image('rootfs.img', noise(100 * KIB, 'rootfs'));
    await donabeRelease('build', '--out', shop.path('out'), '--image', `rootfs=${image}`, ...facts);
    const refused = await donabeRelease('delta', shop.path('out'), '--base', shop.path('nowhere'));
    expect(refused).toMatchObject({ status: 1, err: expect.stringMatching(/^BASE_UNUSABLE: /) });
  });
});

describe('from-key-to-verified-release', () => {
  test.each(['ed25519', 'ecdsa-p256-sha256'])('keygen-build-sign-verify-inspect: %s', async (scheme) => {
    const image = await shop.image('rootfs.img', noise(200 * KIB, 'rootfs'));
    const keys = JSON.parse(
      (await donabeRelease('keygen', 'vendor', '--scheme', scheme, '--out', shop.path('keys'), '--json')).out,
    );
    const built = await donabeRelease(
      ...['build', '--out', shop.path('out'), '--image', `rootfs=${image}`, ...facts],
      ...['--requires', 'from=>=1.2.0', '--fix', 'CVE-2025-1', '--fix', 'CVE-2025-2', '--quality', 'fast'],
    );
    expect(built).toMatchObject({ status: 0, out: expect.stringContaining('not signed yet') });
    expect(built.err).toContain('pack 100 % rootfs');
    const signed = await donabeRelease('sign', shop.path('out'), '--key', keys.privateKeyPath);
    expect(signed).toMatchObject({ status: 0, out: expect.stringContaining(keys.keyId.slice(0, 16)) });

    const verified = await donabeRelease('verify', shop.path('out'), '--keys', shop.path('keys'), '--json');
    expect(verified.status).toBe(0);
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true, findings: [], keyIds: [keys.keyId] });
    const inspected = JSON.parse((await donabeRelease('inspect', shop.path('out'), '--json')).out);
    expect(inspected).toMatchObject({
      signaturesChecked: false,
      manifest: {
        requires: { from: '>=1.2.0' },
        fixes: ['CVE-2025-1', 'CVE-2025-2'],
        images: [{ class: 'rootfs' }],
      },
    });
    expect((await donabeRelease('inspect', shop.path('out'))).out).toContain('not checked');
  });

  test('build-signs-with-a-key-and-takes-time-from-the-environment', async () => {
    const image = await shop.image('rootfs.img', noise(10 * KIB, 'rootfs'));
    const { privateKeyPath } = JSON.parse(
      (await donabeRelease('keygen', 'vendor', '--out', shop.folder, '--json')).out,
    );
    vi.stubEnv('SOURCE_DATE_EPOCH', '1735689600');
    const args = ['build', '--out', shop.path('out'), '--image', `rootfs=${image}`, ...facts];
    const built = JSON.parse((await donabeRelease(...args, '--key', privateKeyPath, '--json')).out);
    vi.unstubAllEnvs();
    expect(built.manifest.created).toBe('2025-01-01T00:00:00Z');
    expect(built.keyIds).toHaveLength(1);
  });
});

describe('exit-status', () => {
  test('1-and-a-code-when-it-failed', async () => {
    const missing = await donabeRelease('inspect', shop.path('nothing'));
    expect(missing).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringMatching(/^RELEASE_UNREADABLE: /),
    });
  });

  test('1-when-verify-finds-something', async () => {
    const image = await shop.image('rootfs.img', noise(10 * KIB, 'rootfs'));
    await donabeRelease('keygen', 'vendor', '--out', shop.folder);
    await donabeRelease(
      ...['build', '--out', shop.path('out'), '--image', `rootfs=${image}`, ...facts],
      ...['--key', shop.path('vendor.key')],
    );
    const path = shop.path('out/release.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('manifest.v1', 'manifest.v2'));
    const { status, out } = await donabeRelease(
      'verify',
      shop.path('out'),
      '--keys',
      shop.path('vendor.pub'),
    );
    expect(status).toBe(1);
    expect(out).toContain('ENVELOPE_PAYLOAD_TYPE');
  });

  test.each([
    [['build', '--out', 'x']],
    [['build', '--out', 'x', '--image', 'rootfs', ...facts]],
    [['build', '--out', 'x', '--image', 'rootfs=x', ...facts, '--requires', 'bootloader=>=1']],
    [['build', '--out', 'x', '--image', 'rootfs=x', ...facts, '--mcu-protocol', '2']],
    [['verify', 'x', '--keys', 'y', '--threshold', 'two']],
    [['polish']],
  ])('2-when-the-usage-is-wrong %#', async (args) => {
    expect((await donabeRelease(...args)).status).toBe(2);
  });

  test.each(['abc', '', '1.5'])('2-when-SOURCE_DATE_EPOCH-is-no-number: "%s"', async (epoch) => {
    const image = await shop.image('rootfs.img', noise(10 * KIB, 'rootfs'));
    await donabeRelease('keygen', 'vendor', '--out', shop.folder);
    vi.stubEnv('SOURCE_DATE_EPOCH', epoch);
    const build = ['build', '--out', shop.path('out'), '--image', `rootfs=${image}`, ...facts];
    const pause = ['pause', shop.path('out'), '--key', shop.path('vendor.key')];
    for (const args of [build, pause]) {
      const { status, err } = await donabeRelease(...args);
      expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining('SOURCE_DATE_EPOCH') });
    }
  });

  test('0-when-help-was-asked-for', async () => {
    const { status, out } = await donabeRelease('build', '--help');
    expect(status).toBe(0);
    expect(out).toContain('Example:');
  });
});

describe('progress', () => {
  function stream(isTTY: boolean) {
    const texts: string[] = [];
    return { texts, isTTY, columns: 60, write: (text: string) => texts.push(text) };
  }

  test('terminal-draws-over-one-line-that-fits', () => {
    const terminal = stream(true);
    const bar = progressBar(terminal, 'pack');
    for (let done = 0; done <= 1000; done += 1)
      bar.update(done, 1000, 'a note that is longer than the line has room');
    bar.end();
    expect(terminal.texts.length).toBeLessThanOrEqual(102);
    expect(terminal.texts.at(-2)).toContain('100 %');
    expect(terminal.texts.at(-1)).toBe('\n');
    for (const text of terminal.texts) expect(text.replace('\r\x1b[2K', '').length).toBeLessThan(60);
  });

  test('elsewhere-a-plain-line-for-each-tenth', () => {
    const file = stream(false);
    const bar = progressBar(file, 'pack');
    for (let done = 0; done <= 1000; done += 1) bar.update(done, 1000);
    bar.end();
    expect(file.texts).toEqual(Array.from({ length: 11 }, (_, tenth) => `pack ${tenth * 10} %\n`));
  });

  test('nothing-to-do-is-done', () => {
    const file = stream(false);
    progressBar(file, 'pack').update(0, 0);
    expect(file.texts).toEqual(['pack 100 %\n']);
  });
});

describe('publish and roll out', () => {
  test('step-by-step-to-a-withdrawal', async () => {
    const image = await shop.image('rootfs.img', noise(200 * KIB, 'rollout'));
    const out = shop.path('out');
    const served = shop.path('served');
    const { privateKeyPath: key } = JSON.parse(
      (await donabeRelease('keygen', 'vendor', '--out', shop.path('keys'), '--json')).out,
    );
    await donabeRelease('build', '--out', out, '--image', `rootfs=${image}`, ...facts, '--key', key);
    const first = ['publish', out, served, '--percent', '5', '--label', 'pilot', '--id-suffix', '7'];
    expect(await donabeRelease(...first)).toMatchObject({ status: 1 });
    const published = await donabeRelease(...first, '--key', key);
    expect(published).toMatchObject({ status: 0 });
    expect(published.out).toMatch(/2 files copied.*\nchannel 1: .*offered to 5 %\n.*"idSuffixes":\["7"\]/s);
    const further = async (...args: string[]) => {
      const [verb = '', ...rest] = args;
      const { status, out: text } = await donabeRelease(verb, served, ...rest, '--key', key, '--json');
      expect(status).toBe(0);
      return JSON.parse(text);
    };
    expect(await further('rollout', '--percent', '25')).toMatchObject({ sequence: 2, percent: 25 });
    expect(await further('rollout', '--everybody')).toMatchObject({ percent: 25, cohorts: [] });
    expect(await further('pause')).toMatchObject({ paused: true });
    expect(await further('resume')).toMatchObject({ paused: false });
    const { offered } = await further('rollout', '--percent', '100');
    expect(await further('withdraw', offered, '--reason', 'burns rice')).toMatchObject({
      sequence: 7,
      withdrawn: [{ identity: offered, reason: 'burns rice' }],
    });
  });
});
