/** `donabe release ...` as a person or a script calls it: output, JSON, exit status. */
import { readFile, writeFile } from 'node:fs/promises';
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

describe('from-key-to-verified-release', () => {
  test('keygen-build-sign-verify-inspect', async () => {
    const image = await shop.image('rootfs.img', noise(200 * KIB, 'rootfs'));
    const keys = JSON.parse(
      (await donabeRelease('keygen', 'vendor', '--out', shop.path('keys'), '--json')).out,
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
    [['verify', 'x', '--keys', 'y', '--threshold', 'two']],
    [['polish']],
  ])('2-when-the-usage-is-wrong %#', async (args) => {
    expect((await donabeRelease(...args)).status).toBe(2);
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
