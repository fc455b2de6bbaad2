/**
 * The one lock (rule 16): whoever walks holds it; commands that only read never take it. It knows the run
 * folder and the words of the holder, nothing of what a walker does.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '../errors.ts';
import { holdExclusively } from './exclusive-file.ts';

/** `walker`: whoever walks, for as long as the walk; `agent`: the one daemon, for as long as it runs. */
export type LockName = 'walker' | 'agent';
/** SQLite's exclusive lock is taken on this file. */
const lockFile = (name: LockName): string => `${name}.lock`;
/** One line, `PID VERB`: the lock itself cannot say whose it is. Its words count only while the lock is held. */
const holderFile = (name: LockName): string => `${name}.holder`;

/** Whoever holds the lock. `verb` is the command's own word: agent, install, rollback... */
export interface LockHolder {
  readonly pid: number;
  readonly verb: string;
}

/** Walkers whose update `donabe cancel` ends. */
const UPDATING_VERBS: readonly string[] = ['agent', 'install'];

/** Held until `release` or the end of the process. */
export interface Lock {
  release(): void;
}

/**
 * Takes the lock or says who has it. Errors: LOCKED with the facts `pid` and `verb` of the holder (undefined in
 * the instant between its lock and its line); LOCK_FAILED when the run folder cannot be used.
 */
export function acquireLock(runFolder: string, verb: string, name: LockName = 'walker'): Lock {
  const held = hold(runFolder, name);
  if (held === undefined) {
    const holder = lockHolder(runFolder, name);
    const who = holder === undefined ? 'another process' : `process ${holder.pid} (donabe ${holder.verb})`;
    const remedy = isCancelled(name, holder)
      ? 'wait for it, or end its update with donabe cancel'
      : 'wait for it or ask it to end';
    throw new AgentError('LOCKED', `The lock in ${runFolder} is held by ${who}; ${remedy}.`, {
      facts: { pid: holder?.pid, verb: holder?.verb, runFolder },
    });
  }
  try {
    nameHolder(runFolder, verb, name);
  } catch (cause) {
    held.release();
    throw lockFailed(runFolder, cause);
  }
  return {
    release: () => {
      // Removed while still held: afterwards the line may be the next holder's.
      rmSync(join(runFolder, holderFile(name)), { force: true });
      held.release();
    },
  };
}

/** A second daemon is told of the first one's whole life, which a cancel does not end. */
function isCancelled(name: LockName, holder: LockHolder | undefined): boolean {
  return name === 'walker' && holder !== undefined && UPDATING_VERBS.includes(holder.verb);
}

/** Who wrote its name last; undefined when nobody did or the line is not readable. */
export function lockHolder(runFolder: string, name: LockName = 'walker'): LockHolder | undefined {
  let line: string;
  try {
    line = readFileSync(join(runFolder, holderFile(name)), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw lockFailed(runFolder, error);
  }
  const [, pid, verb] = /^([0-9]{1,10}) ([ -~]{1,64})\n$/.exec(line) ?? [];
  return pid === undefined || verb === undefined ? undefined : { pid: Number(pid), verb };
}

/**
 * Is the lock really held? A line that a crash left behind says nothing. It takes the lock for an instant where it is
 * free, which a command may meet: to be asked once for a deed, not for every look.
 */
export function isLocked(runFolder: string): boolean {
  const held = hold(runFolder, 'walker');
  held?.release();
  return held === undefined;
}

/**
 * Tells a walker of another process that a request waits (SIGUSR2). Whoever may not signal it waits for the lock to
 * be free.
 */
export function signalWalker(runFolder: string): void {
  const pid = isLocked(runFolder) ? lockHolder(runFolder)?.pid : undefined;
  if (pid === undefined || pid === process.pid) return;
  try {
    process.kill(pid, 'SIGUSR2');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) {
      throw error;
    }
  }
}

function hold(runFolder: string, name: LockName): ReturnType<typeof holdExclusively> {
  try {
    // A technician may come before any agent has run in this boot.
    mkdirSync(runFolder, { recursive: true });
    return holdExclusively(join(runFolder, lockFile(name)));
  } catch (cause) {
    throw lockFailed(runFolder, cause);
  }
}

/** By rename, so that nobody reads half a line. */
function nameHolder(runFolder: string, verb: string, name: LockName): void {
  const fresh = join(runFolder, `${holderFile(name)}.new`);
  writeFileSync(fresh, `${process.pid} ${verb}\n`);
  renameSync(fresh, join(runFolder, holderFile(name)));
}

function lockFailed(runFolder: string, cause: unknown): AgentError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AgentError('LOCK_FAILED', `The lock in ${runFolder} cannot be used: ${why}.`, {
    facts: { runFolder },
    cause,
  });
}
