import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireLock, lockHolder } from '../../agent/adapters/lock.ts';
import { firstLine, freshFolders, killChild, startChild } from './workbench.ts';

const folder = freshFolders();

describe('the one lock', () => {
  it('refuses the second walker of the same process and names the first', () => {
    const run = folder();
    const lock = acquireLock(run, 'install');
    expect(() => acquireLock(run, 'rollback')).toThrow(
      expect.objectContaining({
        code: 'LOCKED',
        facts: expect.objectContaining({ pid: process.pid, verb: 'install' }),
        message: expect.stringContaining('donabe install'),
      }),
    );
    lock.release();
    expect(lockHolder(run)).toBeUndefined();
    const daemon = acquireLock(run, 'agent', 'agent');
    expect(() => acquireLock(run, 'agent', 'agent')).toThrow(expect.objectContaining({ code: 'LOCKED' }));
    const next = acquireLock(run, 'rollback');
    expect(lockHolder(run)).toEqual({ pid: process.pid, verb: 'rollback' });
    next.release();
    daemon.release();
  });

  it('refuses beside another process and is free as soon as that one is killed', async () => {
    const run = folder();
    const child = startChild('./hold-lock.ts', [run, 'agent']);
    try {
      expect(await firstLine(child)).toBe(`held ${child.pid}`);
      expect(() => acquireLock(run, 'install')).toThrow(
        expect.objectContaining({
          code: 'LOCKED',
          facts: expect.objectContaining({ pid: child.pid, verb: 'agent' }),
        }),
      );
    } finally {
      await killChild(child);
    }
    // The line of the dead holder is still there, and does not count.
    expect(lockHolder(run)?.pid).toBe(child.pid);
    const lock = acquireLock(run, 'install');
    expect(lockHolder(run)?.pid).toBe(process.pid);
    lock.release();
  });

  it.each([
    ['walker', 'agent', true],
    ['walker', 'install', true],
    ['walker', 'boot', false],
    ['walker', 'rollback', false],
    ['agent', 'agent', false],
  ] as const)('of the %s held by donabe %s names donabe cancel: %s', (name, verb, named) => {
    const run = folder();
    const lock = acquireLock(run, verb, name);
    const remedy = named ? 'or end its update with donabe cancel.' : 'wait for it or ask it to end.';
    expect(() => acquireLock(run, 'install', name)).toThrow(
      expect.objectContaining({ code: 'LOCKED', message: expect.stringContaining(remedy) }),
    );
    lock.release();
  });

  it('a holder without a readable line is another process', () => {
    const run = folder();
    const lock = acquireLock(run, 'agent');
    writeFileSync(join(run, 'walker.holder'), 'half a li');
    expect(() => acquireLock(run, 'install')).toThrow(
      expect.objectContaining({ code: 'LOCKED', message: expect.stringContaining('another process') }),
    );
    lock.release();
  });

  it('makes the run folder: a technician may come before the agent', () => {
    const run = join(folder(), 'not', 'yet');
    acquireLock(run, 'install').release();
    expect(lockHolder(run)).toBeUndefined();
  });

  it('a run folder that cannot be used is an error of its own', () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    expect(() => acquireLock(join(file, 'run'), 'agent')).toThrow(
      expect.objectContaining({ code: 'LOCK_FAILED' }),
    );
    const garbled = folder();
    writeFileSync(join(garbled, 'walker.lock'), 'x'.repeat(8_192));
    expect(() => acquireLock(garbled, 'agent')).toThrow(expect.objectContaining({ code: 'LOCK_FAILED' }));
    const blocked = folder();
    mkdirSync(join(blocked, 'walker.holder'));
    writeFileSync(join(blocked, 'walker.holder', 'x'), '');
    expect(() => acquireLock(blocked, 'agent')).toThrow(expect.objectContaining({ code: 'LOCK_FAILED' }));
  });
});
