/** System images: the same tree gives the same bytes, two versions share their chunks, what is not whole is refused. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  buildRootTree,
  buildSystemRelease,
  checkBootImage,
  configurationTemplate,
  extractExt4,
  FixtureError,
  makeBootImage,
  makeExt4,
  makeFirmware,
  makeKeys,
  named,
  type RootTreeOptions,
  renderConfiguration,
  SMALL_SIZES,
  TREE_PLACES,
} from '../../fixtures/index.ts';
import { decodePublicKey, decodeReleaseInfo } from '../../format/index.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { standInDist } from './stand-in.ts';

const CHUNK = 64 * 1024;
const IMAGE = 2 * 1024 * 1024;
const DEPENDENCIES: readonly string[] = Object.keys(packageJson.dependencies);
const keys = makeKeys('factory');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-images-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function makeImage(
  name: string,
  version: string,
  more: Partial<RootTreeOptions> = {},
  size = IMAGE,
): Promise<Buffer> {
  const releaseInfo = {
    compatible: 'donabe-cooker/emulated',
    version,
    sequence: 1,
    securityVersion: 0,
    channel: 'stable',
    created: '2026-01-02T00:00:00.000Z',
  };
  const dist = await standInDist(join(folder, 'dist'), 'console.log("agent");');
  const tree = join(folder, `${name}-tree`);
  await buildRootTree({
    folder: tree,
    releaseInfo,
    trustedKeys: keys.trustedKeys,
    node: 'link',
    dist,
    ...more,
  });
  await makeExt4(tree, join(folder, `${name}.img`), size);
  return await readFile(join(folder, `${name}.img`));
}

function differentChunks(a: Buffer, b: Buffer): number {
  let count = 0;
  for (let at = 0; at < a.length; at += CHUNK) {
    if (!a.subarray(at, at + CHUNK).equals(b.subarray(at, at + CHUNK))) count += 1;
  }
  return count;
}

describe('a system image', () => {
  it('is the same, byte for byte, when it is built again later', async () => {
    const first = await makeImage('first', '1.0.0');
    // Another second: what the clock put into the image would differ now.
    await waitForNextSecond();
    expect((await makeImage('second', '1.0.0')).equals(first)).toBe(true);
  });

  it('differs from the next version in a few chunks only', async () => {
    const [one, two] = [await makeImage('one', '1.0.0'), await makeImage('two', '1.10.0', { broken: true })];
    expect(two.length).toBe(IMAGE);
    expect(differentChunks(one, two)).toBeGreaterThan(0);
    expect(differentChunks(one, two)).toBeLessThanOrEqual(3);
  });

  it('differs by as much as its assets when a release is to be large', async () => {
    const assets = (seed: string): Partial<RootTreeOptions> => ({ assets: { seed, bytes: 8 * CHUNK } });
    const [one, two] = [
      await makeImage('one', '1.0.0', assets('1')),
      await makeImage('two', '2.0.0', assets('2')),
    ];
    expect(differentChunks(one, two)).toBeGreaterThanOrEqual(8);
  });

  it('comes out of the image as it went in', async () => {
    await makeImage('one', '1.2.3');
    const root = join(folder, 'root');
    await mkdir(root);
    await extractExt4(join(folder, 'one.img'), root);
    expect(decodeReleaseInfo(await readFile(join(root, TREE_PLACES.releaseInfo))).version).toBe('1.2.3');
    const [keyFile = ''] = await readdir(join(root, TREE_PLACES.keys));
    const key = decodePublicKey(await readFile(join(root, TREE_PLACES.keys, keyFile), 'utf8'), keyFile);
    expect(key.keyId).toBe(keys.trustedKeys[0]?.keyId);
    expect((await stat(join(root, TREE_PLACES.node))).mode & 0o777).toBe(0o755);
    expect((await stat(join(root, TREE_PLACES.healthCheck))).mode & 0o777).toBe(0o755);
  });

  it('carries the MCU firmware that its release-info names', async () => {
    const firmware = makeFirmware({ version: '2.5.0', size: 10_000 });
    const release = await buildSystemRelease({
      folder: join(folder, 'release'),
      workFolder: join(folder, 'work'),
      version: '1.2.3',
      sequence: 1,
      ...keys,
      sizes: SMALL_SIZES,
      mcuFirmware: firmware,
      tree: { node: 'link', dist: await standInDist(join(folder, 'dist'), 'console.log("agent");') },
    });
    const root = join(folder, 'root');
    await mkdir(root);
    await extractExt4(release.imagePaths.rootfs, root);
    const info = decodeReleaseInfo(await readFile(join(root, TREE_PLACES.releaseInfo)));
    const carried = await readFile(join(root, TREE_PLACES.mcuFirmware));
    expect(carried.equals(firmware.bytes)).toBe(true);
    expect(info.mcuFirmware).toEqual(named(firmware));
    expect(release.manifest.mcuFirmware).toEqual(named(firmware));
  });

  it('is refused when its first chunk is zero, and when it is empty', async () => {
    const zeroed = (await makeImage('one', '1.0.0')).fill(0, 0, CHUNK);
    for (const content of [zeroed, Buffer.alloc(0)]) {
      await writeFile(join(folder, 'zeroed.img'), content);
      const root = await mkdtemp(join(folder, 'root-'));
      await expect(extractExt4(join(folder, 'zeroed.img'), root)).rejects.toMatchObject({
        code: 'IMAGE_INVALID',
      });
    }
  });
});

describe('a system image with everything in it', () => {
  it('runs from its own Node binary and modules, and carries no sources of native packages', async () => {
    await makeImage('one', '1.0.0', { node: 'copy' }, 160 * 1024 * 1024);
    const library = join(folder, 'one-tree', TREE_PLACES.library);
    const imports = DEPENDENCIES.map((name) => `await import('${name}');`).join('\n');
    const use = `import Database from 'better-sqlite3'; new Database(':memory:').close(); console.log(process.execPath);`;
    await writeFile(join(library, 'probe.mjs'), `${imports}\n${use}`);
    const node = join(folder, 'one-tree', TREE_PLACES.node);
    const { stdout } = await promisify(execFile)(node, [join(library, 'probe.mjs')], { cwd: '/' });
    expect(stdout.trim()).toBe(node);
    const files = await readdir(library, { recursive: true });
    const licence = /licen[cs]e\.md$/i;
    const found = files.filter((name) => !licence.test(name));
    expect(found.filter((name) => /\.(c|cc|cpp|h|o|gyp|ts|map|md)$/.test(name))).toEqual([]);
  });
});

describe('a boot image', () => {
  it('is deterministic and names its version', () => {
    const image = makeBootImage('1.2.3', 4 * CHUNK);
    expect(image.equals(makeBootImage('1.2.3', 4 * CHUNK))).toBe(true);
    expect(checkBootImage(Buffer.concat([image, Buffer.alloc(CHUNK)]))).toBe('1.2.3');
    expect(differentChunks(image, makeBootImage('1.2.4', 4 * CHUNK))).toBe(2);
  });

  it.each([
    ['zeroed first chunk', (image: Buffer) => image.fill(0, 0, CHUNK)],
    [
      'half of it from the version before',
      (image: Buffer) => makeBootImage('1', 4 * CHUNK).copy(image, 0, 0, 2 * CHUNK),
    ],
    ['one flipped bit', (image: Buffer) => image.writeUInt8(image.readUInt8(CHUNK) ^ 1, CHUNK)],
    ['a size beyond the partition', (image: Buffer) => image.writeUInt32LE(5 * CHUNK, 8)],
  ])('does not boot: %s', (_, damage) => {
    const image = makeBootImage('1.2.3', 4 * CHUNK);
    damage(image);
    expect(() => checkBootImage(image)).toThrow(FixtureError);
  });
});

describe('the configuration template', () => {
  it('has no token left once it is rendered', () => {
    const values = { APPLIANCE: '/x', ROOT: '/x/root', DEVICE: 'd', SERVER: 'http://127.0.0.1:1/' };
    const text = renderConfiguration(configurationTemplate(), values);
    expect(text).toContain('base-urls = ["http://127.0.0.1:1/"]');
    expect(text).not.toMatch(/@[A-Z]/);
  });

  it('names the token that has no value', () => {
    expect(() => renderConfiguration(configurationTemplate(), { APPLIANCE: '/x' })).toThrow(/@DEVICE@/);
  });
});

async function waitForNextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await expect.poll(() => Math.floor(Date.now() / 1000), { timeout: 5000 }).toBeGreaterThan(second);
}
