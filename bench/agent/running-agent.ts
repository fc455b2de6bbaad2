/**
 * The bundled `donabe agent` on an emulated board, started as its unit starts it: settings of Node, a socket to say
 * READY to, a watchdog to feed. It must not know what is measured.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BUNDLE } from '../install/ours.ts';
import { NODE, UNIT } from '../unit.ts';
import type { NotifySocket } from './notify-socket.ts';

/** `WatchdogSec=` of systemd/donabe.service, microseconds. */
const WATCHDOG_USEC = 300_000_000;
/** Between two looks at the status file, ms: the agent writes it four times a second at most. */
const LOOK_MS = 100;
/** The end of what the agent said, characters. */
const MAX_SAID = 4000;

export interface RunOn {
  /** The board's folder and the configuration in it. */
  readonly folder: string;
  readonly configuration: string;
  readonly socket: NotifySocket;
  /** Words before the command that end in `exec`, such as what puts it under a limit. */
  readonly under?: readonly string[];
}

export class RunningAgent {
  /** From spawn until READY=1 was heard, s. */
  readonly readyS: number;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #run: string;
  readonly #said: () => string;

  private constructor(child: ChildProcess, readyS: number, run: string, said: () => string) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.readyS = readyS;
    this.#run = run;
    this.#said = said;
  }

  /** Returns when it is ready. */
  static async start({ folder, configuration, socket, under = [] }: RunOn): Promise<RunningAgent> {
    // Of an earlier life.
    await rm(join(folder, 'run', 'status.json'), { force: true });
    socket.forget();
    const [program = '', ...args] = [...under, ...NODE, BUNDLE, '--config', configuration, 'agent'];
    const env = { ...process.env, ...UNIT, NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: String(WATCHDOG_USEC) };
    const started = performance.now();
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-MAX_SAID);
      });
    }
    const ended = new AbortController();
    const end = once(child, 'exit', { signal: ended.signal }).then(([status]) => {
      throw new Error(`the agent ended with ${String(status)} before it was ready: ${said}`);
    });
    await Promise.race([socket.until('READY=1'), end]);
    const readyS = (performance.now() - started) / 1000;
    ended.abort();
    await end.catch(() => undefined);
    return new RunningAgent(child, readyS, join(folder, 'run'), () => said);
  }

  /** Until it has looked at its server and sleeps. */
  async idle(): Promise<void> {
    await this.#until(({ phase }) => phase === 'idle');
  }

  /** Asks it by its API to install what its server offers; returns the seconds until that is activated. */
  async upgrade(): Promise<number> {
    const started = performance.now();
    const status = await post(join(this.#run, 'api.sock'), '/api/v1/upgrade');
    if (status !== 202) throw new Error(`the agent answered ${status} to an upgrade: ${this.#said()}`);
    await this.#until(({ reason }) => reason === 'awaits-next-boot');
    return (performance.now() - started) / 1000;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  /** Undefined before it has told anything. */
  async #status(): Promise<Event | undefined> {
    const path = join(this.#run, 'status.json');
    return existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as Event) : undefined;
  }

  async #until(wanted: (event: Event) => boolean): Promise<void> {
    for (;;) {
      const event = await this.#status();
      if (event !== undefined && wanted(event)) return;
      const { exitCode, signalCode } = this.#child;
      if (event?.status === 'failed' || exitCode !== null || signalCode !== null) {
        throw new Error(`the agent failed (${exitCode ?? signalCode}): ${this.#said()}`);
      }
      await pause(LOOK_MS);
    }
  }
}

/** Of the agent's progress event. */
interface Event {
  readonly phase: string;
  readonly status: string;
  readonly reason?: string;
}

async function post(socketPath: string, path: string): Promise<number> {
  const asked = request({ socketPath, path, method: 'POST', agent: false }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  await once(response, 'end');
  return Number(response.statusCode);
}
