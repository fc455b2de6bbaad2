/** `donabe ... | head -1`: the command as a process whose reader goes away. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const DONABE = join(import.meta.dirname, '../../dist/cli/main.js');

interface End {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command with one of its pipes closed before it has written a word. */
async function unread(closed: 'stdout' | 'stderr', ...words: string[]): Promise<End> {
  const child = spawn(process.execPath, [DONABE, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (bytes: Buffer) => {
    said.out += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    said.err += bytes.toString();
  });
  child[closed].destroy();
  const [status] = await once(child, 'close');
  return { status, ...said };
}

describe('a reader that goes away', () => {
  it.each([
    ['help', ['release', '--help']],
    ['a result', ['completion', 'bash']],
  ])('ends %s quietly', async (_, words) => {
    expect(await unread('stdout', ...words)).toEqual({ status: 141, out: '', err: '' });
  });

  it('ends an error quietly, too', async () => {
    const words = ['--config', '/nowhere/donabe.toml', 'history', '--json'];
    expect(await unread('stderr', ...words)).toEqual({ status: 141, out: '', err: '' });
  });

  it('ends nothing where somebody reads the rest', async () => {
    const { status, out } = await unread('stderr', 'release', '--help');
    expect(status).toBe(0);
    expect(out).toContain('Usage: donabe release');
  });
});

it('another fault of the output stays an error', async () => {
  const child = spawn('sh', ['-c', '"$@" >/dev/full', 'sh', process.execPath, DONABE, 'release', '--help'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes.toString();
  });
  const [status] = await once(child, 'close');
  expect({ status, err }).toMatchObject({ status: 1, err: expect.stringContaining('ENOSPC') });
});
