/** What goes into a package, without making one: `npm run package` does, and `.ci/run` tries it. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandFor } from '../../packaging/command.ts';
import { controlText } from '../../packaging/deb.ts';
import { elfMachine } from '../../packaging/elf.ts';
import { requireMachine } from '../../packaging/natives.ts';
import { TARGETS, targetNamed } from '../../packaging/target.ts';
import { placeOf } from '../../packaging/tree.ts';
import { ROOT } from '../00-house/sources.ts';

describe('a package', () => {
  it('has a place for every file of systemd/, each its own', async () => {
    const places = (await readdir(join(ROOT, 'systemd'))).map(placeOf);
    expect(new Set(places).size).toBe(places.length);
    expect(places).toContain('usr/lib/systemd/system/donabe.service');
    expect(() => placeOf('stray.txt')).toThrowError(/stray.txt has no place/);
  });

  it('depends on the one major release of Node that its addons are for', () => {
    expect(controlText('1.2.3', targetNamed('arm64'), 20, 5000)).toMatch(
      /^Architecture: arm64\n(?:.*\n)*Depends: nodejs \(>= 20\.19\), nodejs \(<< 21~\), /m,
    );
    expect(controlText('1.2.3', targetNamed('amd64'), 22, 1)).toMatch(/nodejs \(>= 22\), nodejs \(<< 23~\)/);
  });

  it('starts Node with options that it knows, or no command would start', async () => {
    const script = await readFile(join(ROOT, 'packaging/debian/donabe.sh'), 'utf8');
    const start = 'set -- /usr/bin/node --interrupt-budget=1048576 /usr/lib';
    expect(script).toContain(start);
    const line = /^set -- \/usr\/bin\/node(.*) \/usr\/lib/m.exec(commandFor(script, process.execPath));
    const options = line?.[1]?.match(/\S+/g) ?? [];
    const started = spawnSync(process.execPath, [...options, '-p', '1'], { encoding: 'utf8' });
    expect(started).toMatchObject({ status: 0, stdout: '1\n', stderr: '' });
    expect(commandFor(script, '/bin/true')).toBe(script);
    expect(commandFor(script, '/bin/false')).toBe(script.replace(start, 'set -- /usr/bin/node /usr/lib'));
  });

  it('has a loader for the serial port of every target', async () => {
    for (const target of TARGETS) {
      const folder = join(ROOT, 'node_modules/@serialport/bindings-cpp/prebuilds');
      await requireMachine(join(folder, target.serialPrebuild), target);
    }
    expect(() => targetNamed('sparc')).toThrowError(/amd64, arm64, armhf/);
  });
});

describe('an addon', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'donabe-elf-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('of another machine does not get into a package', async () => {
    const own = TARGETS.find(({ node }) => node === process.arch);
    if (own === undefined) throw new Error(`there is no target for ${process.arch}`);
    const addon = join(ROOT, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node');
    await requireMachine(addon, own);
    for (const other of TARGETS.filter((target) => target !== own)) {
      await expect(requireMachine(addon, other)).rejects.toThrowError(/better_sqlite3.node is for machine/);
    }
    const text = join(folder, 'addon.node');
    await writeFile(text, 'no program');
    await expect(requireMachine(text, own)).rejects.toThrowError(/is no ELF file/);
  });

  it('is read by its header, whatever the bytes are', async () => {
    const header = (await readFile(process.execPath)).subarray(0, 64);
    expect(elfMachine(header)?.bits).toBe(64);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => elfMachine(bytes) === undefined));
    for (let length = 0; length < 20; length += 1) {
      expect(elfMachine(header.subarray(0, length))).toBeUndefined();
    }
  });
});
