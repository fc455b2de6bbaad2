/**
 * Runs a program and says what it cost: wall time, processor time, memory. Of its children too.
 * GNU time accounts for the processor and for the largest process; /proc is sampled for the memory of all at once.
 * It must not know what the program does.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Between two looks at /proc, ms; each costs the watched process about one. */
const SAMPLE_MS = 50;
/** The end of what the program said, characters. */
const MAX_SAID = 4000;

export interface Cost {
  readonly wallS: number;
  /** User and system time of the program and the children that it waited for. */
  readonly cpuS: number;
  /** Peak of the largest process, bytes. */
  readonly rss: number;
  /** Peak of all processes together, shared pages split between them, bytes; sampled. */
  readonly pss: number;
}

export interface Run extends Cost {
  readonly status: number | null;
  readonly stdout: string;
}

export interface RunOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly folder?: string;
  /** Further processes whose memory and processor time belong to the run, such as a service that works for it. */
  readonly beside?: readonly number[];
  /** The program may fail: its status is part of the result. */
  readonly mayFail?: boolean;
  /** Called at each look with the ids of its processes, without those beside it. */
  readonly watch?: (processes: readonly number[]) => void;
}

/** Puts everything that was written before on the disk: a run must not pay for the one before it. */
function settleDisk(): void {
  const { error, status } = spawnSync('sync');
  if (error !== undefined || status !== 0) throw new Error('sync failed', { cause: error });
}

/** Runs the command to its end, with a settled disk. A status other than 0 is an error unless `mayFail`. */
export async function measured(command: readonly string[], options: RunOptions = {}): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'donabe-cost-'));
  const account = join(folder, 'account');
  const { beside = [] } = options;
  settleDisk();
  const before = beside.map(processorSeconds);
  const started = performance.now();
  const child = spawn('time', ['-q', '-o', account, '-f', '%U %S %M', '--', ...command], {
    cwd: options.folder,
    env: { ...process.env, ...options.environment, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = collect(child);
  const peaks = { pss: 0, rss: 0 };
  const timer = setInterval(() => {
    const processes = descendants(child.pid ?? 0);
    const sizes = [...processes, ...beside].map(memoryOf);
    peaks.pss = Math.max(
      peaks.pss,
      sizes.reduce((sum, { pss }) => sum + pss, 0),
    );
    peaks.rss = Math.max(peaks.rss, ...sizes.map(({ rss }) => rss));
    options.watch?.(processes);
  }, SAMPLE_MS);
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    const wallS = (performance.now() - started) / 1000;
    if (status !== 0 && options.mayFail !== true) {
      throw new Error(
        `${command.join(' ')} ended with ${status}: ${said.stderr.trim()} ${said.stdout.trim()}`,
      );
    }
    const [user = 0, system = 0, kilobytes = 0] = readFileSync(account, 'utf8').trim().split(' ').map(Number);
    const besideS = beside.reduce((sum, pid, at) => sum + processorSeconds(pid) - (before[at] ?? 0), 0);
    const rss = Math.max(peaks.rss, kilobytes * 1024);
    return { wallS, cpuS: user + system + besideS, rss, pss: peaks.pss, status, stdout: said.stdout };
  } finally {
    clearInterval(timer);
    rmSync(folder, { recursive: true, force: true });
  }
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] = (said[name] + text).slice(-MAX_SAID);
    });
  }
  return said;
}

/** Every process below `pid`, without itself. */
function descendants(pid: number): number[] {
  const children = (readProc(`/proc/${pid}/task/${pid}/children`) ?? '')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Bytes; zero for a process that has just ended. */
export interface Memory {
  /** Shared pages split between those that share them. */
  readonly pss: number;
  /** The peak since the program began. */
  readonly rss: number;
  readonly rssNow: number;
}

export function memoryOf(pid: number): Memory {
  const kilobytes = (text: string | undefined, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text ?? '')?.[1] ?? 0);
  const status = readProc(`/proc/${pid}/status`);
  return {
    pss: kilobytes(readProc(`/proc/${pid}/smaps_rollup`), 'Pss') * 1024,
    rss: kilobytes(status, 'VmHWM') * 1024,
    rssNow: kilobytes(status, 'VmRSS') * 1024,
  };
}

/** User and system time of a process and of the children that it waited for, s. */
function processorSeconds(pid: number): number {
  return secondsOf(pid, 11, 15);
}

/** Those of the children alone, s. */
export function childSeconds(pid: number): number {
  return secondsOf(pid, 13, 15);
}

/** Fields of /proc/PID/stat after the name, utime, stime, cutime, cstime from 11 on, in ticks of 10 ms. */
function secondsOf(pid: number, from: number, to: number): number {
  const fields = (readProc(`/proc/${pid}/stat`) ?? '').split(') ').at(-1)?.split(' ') ?? [];
  return fields.slice(from, to).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

/** Bytes that the process has handed to write calls so far. */
export function bytesWritten(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(readProc(`/proc/${pid}/io`) ?? '')?.[1] ?? 0);
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Processes end while they are looked at; ENOENT and ESRCH both mean that.
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code)))
      return undefined;
    throw error;
  }
}
