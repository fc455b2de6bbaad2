/** A vendor's command as a real program: its answers, its faults, its time limit. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBackend, VendorProcess } from '../../bootctl/index.ts';
import { expectedError } from './misc-image.ts';

const run = promisify(execFile);
const PROBE = fileURLToPath(new URL('../../systemd/trial-deadline-script.sh', import.meta.url));

/** State in files of one word, as a board's own command might keep it. */
const VENDOR = `#!/bin/sh
cd "\${0%/*}" || exit 1
echo "$*" >>calls
case $1 in
  get-primary) cat primary ;;
  set-primary) echo "$2" >primary ;;
  get-state) cat "state-$2" ;;
  set-state) echo "$3" >"state-$2" ;;
  get-current) echo A ;;
  *) exit 64 ;;
esac
`;

let folder: string;
const file = (name: string): string => join(folder, name);
const open = () => openBackend('script', { path: file('vendor'), trialMark: file('trial-mark') });

async function program(name: string, text: string): Promise<string> {
  await writeFile(file(name), text);
  await chmod(file(name), 0o755);
  return file(name);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-script-'));
  await program('vendor', VENDOR);
  await writeFile(file('primary'), 'A\n');
  await writeFile(file('state-A'), 'good\n');
  await writeFile(file('state-B'), 'bad\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a trial through a real command', () => {
  it('mark, then state, then primary; and back in the reverse order', async () => {
    const backend = await open();
    await backend.activate('b', 1);
    expect(await readFile(file('trial-mark'), 'utf8')).toBe('B\n');
    expect((await backend.read()).active).toBe('b');
    expect((await backend.read()).slots.b).toMatchObject({ ranked: true, successful: false });
    await backend.markGood('b');
    expect(await readdir(folder)).not.toContain('trial-mark');
    expect((await backend.read()).slots.b.successful).toBe(true);
    const calls = (await readFile(file('calls'), 'utf8'))
      .split('\n')
      .filter((call) => call.startsWith('set'));
    expect(calls).toEqual(['set-state B good', 'set-primary B', 'set-primary B', 'set-state B good']);
  });

  it('the scrub asks and says that the command answers', async () => {
    const report = await (await open()).scrub({ repair: true });
    expect(report.copies.map(({ health }) => health)).toEqual(['good']);
  });

  it('no mark file is named', async () => {
    expect(await expectedError(openBackend('script', { path: file('vendor') }))).toBe('BOOT_CONTROL_OPTION');
  });

  it.each([
    ['strange state', 'state-B', 'perhaps\n', 'COMMAND_FAILED'],
    ['strange slot', 'primary', 'rescue\n', 'BOOT_CONTROL_NOT_TWO_SLOTS'],
    ['strange mark', 'trial-mark', 'rescue\n', 'BOOT_CONTROL_NOT_TWO_SLOTS'],
    ['a mark without end', 'trial-mark', 'B '.repeat(100), 'REGION_READ_FAILED'],
  ])('%s: refused, and nothing is set', async (_, name, text, code) => {
    await writeFile(file(name), text);
    expect(await expectedError((await open()).activate('b', 1))).toBe(code);
    expect(await readFile(file('calls'), 'utf8')).not.toContain('set-');
  });

  it('a command that accepts and forgets is found out', async () => {
    await program('vendor', VENDOR.replace('echo "$3" >"state-$2"', ':'));
    expect(await expectedError((await open()).activate('b', 1))).toBe('BOOT_CONTROL_READ_BACK');
  });
});

describe("the trial deadline's reader", () => {
  const probe = async (cmdline: string): Promise<string> => {
    await writeFile(file('cmdline'), cmdline);
    const env = {
      PATH: process.env['PATH'],
      DONABE_SCRIPT: file('vendor'),
      DONABE_TRIAL_MARK: file('trial-mark'),
      DONABE_CMDLINE: file('cmdline'),
    };
    return (await run('sh', [PROBE], { env })).stdout.trim();
  };
  const STATES = ['good', 'bad'];

  it('says what the library says, in every state', async () => {
    for (const a of STATES) {
      for (const b of STATES) {
        for (const mark of ['', 'A', 'B', 'A B']) {
          await writeFile(file('state-A'), a);
          await writeFile(file('state-B'), b);
          await writeFile(file('trial-mark'), mark);
          for (const booted of ['a', 'b'] as const) {
            const { slots } = await (await open()).read();
            const fallback = slots[booted === 'a' ? 'b' : 'a'].bootable ? 'trial' : 'no-fallback';
            expect(await probe(`donabe.slot=${booted}`)).toBe(slots[booted].successful ? 'good' : fallback);
          }
        }
      }
    }
  });

  it('without a slot on the command line it asks get-current', async () => {
    expect(await probe('quiet')).toBe('good');
    await writeFile(file('trial-mark'), 'A');
    expect(await probe('quiet')).toBe('no-fallback');
  });

  it.each([
    ['strange state', 'state-A', 'perhaps'],
    ['strange mark', 'trial-mark', 'rescue'],
  ])('%s: it cannot tell', async (_, name, text) => {
    await writeFile(file(name), text);
    expect(await probe('donabe.slot=a')).toBe('unknown');
  });
});

describe('a command that misbehaves', () => {
  it.each([
    ['exit status', 'echo "flash is locked" >&2; exit 3', 'COMMAND_FAILED', 'status 3 (flash is locked)'],
    ['a signal', 'kill -9 $$', 'COMMAND_FAILED', 'SIGKILL'],
    ['a flood', 'yes', 'COMMAND_FAILED', 'more than 4096 bytes'],
  ])('%s', async (_, body, code, words) => {
    const path = await program('bad', `#!/bin/sh\n${body}\n`);
    const failed = new VendorProcess(path).run(['get-primary']);
    await expect(failed).rejects.toMatchObject({ code, facts: { path, verb: 'get-primary' } });
    await expect(failed).rejects.toThrow(words);
  });

  it('not there', async () => {
    expect(await expectedError(new VendorProcess(file('nowhere')).run([]))).toBe('COMMAND_FAILED');
  });

  it('never ends: it is killed, and what it started as well', async () => {
    const path = await program('bad', '#!/bin/sh\nsleep 1000 &\necho $! >"$(dirname "$0")/child"\nwait\n');
    expect(await expectedError(new VendorProcess(path, 300).run(['get-state', 'A']))).toBe('COMMAND_TIMEOUT');
    const child = Number(await readFile(file('child'), 'utf8'));
    // Killed; until its parent collects it, only a zombie may be left.
    const state = () => readFile(`/proc/${child}/stat`, 'utf8').catch(() => 'gone');
    await expect.poll(state, { timeout: 10_000 }).toMatch(/gone|\) Z /);
  });
});
