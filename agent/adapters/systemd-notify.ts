/**
 * What systemd is told: that the agent is up, what it does, that it still moves. Node has no datagram sockets of the
 * Unix kind, so systemd's own small program says it: about 10 ms of CPU each time, a dozen times an hour when idle.
 * It must not know what a step or a phase is; it sends lines.
 */
import type { Reporter } from '../events.ts';
import { runChild } from './child.ts';

/** systemd answers within milliseconds; the program itself gives up waiting after 5 s. */
const PATIENCE_MS = 10_000;

/** What the service manager put into the environment. */
export interface NotifyEnvironment {
  readonly socket: string;
  /** Time without `WATCHDOG=1` after which the unit is killed, ms; undefined when it has no watchdog. */
  readonly watchdogMs: number | undefined;
}

/**
 * Reads the variables of sd_notify(3) and takes them out: a health check must not be able to speak in the agent's
 * name. Undefined where no service manager listens.
 */
export function takeNotifyEnvironment(env: NodeJS.ProcessEnv, pid: number): NotifyEnvironment | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: usec, WATCHDOG_PID: watched } = env;
  delete env['NOTIFY_SOCKET'];
  delete env['WATCHDOG_USEC'];
  delete env['WATCHDOG_PID'];
  if (socket === undefined || socket === '') return undefined;
  const mine = watched === undefined || watched === String(pid);
  const ms = mine && usec !== undefined && /^[0-9]{1,15}$/.test(usec) ? Number(usec) / 1000 : 0;
  return { socket, watchdogMs: ms > 0 ? ms : undefined };
}

/** Sends one message at a time; of those that come meanwhile each variable's last value counts. */
export class SystemdNotify {
  readonly #socket: string;
  readonly #reporter: Reporter;
  #waiting = new Map<string, string>();
  #sending: Promise<void> | undefined;
  #failed = false;

  constructor(socket: string, reporter: Reporter) {
    this.#socket = socket;
    this.#reporter = reporter;
  }

  /** `assignments`: variables of sd_notify(3). */
  send(assignments: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(assignments)) this.#waiting.set(name, oneLine(value));
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when everything so far was sent, or could not be. */
  async settled(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    try {
      while (this.#waiting.size > 0) {
        const lines = [...this.#waiting].map(([name, value]) => `${name}=${value}`);
        this.#waiting = new Map();
        await this.#sendOnce(lines);
      }
    } finally {
      this.#sending = undefined;
    }
  }

  /** A failure is said once, until a message gets through again. */
  async #sendOnce(lines: readonly string[]): Promise<void> {
    const command = ['env', `NOTIFY_SOCKET=${this.#socket}`, 'systemd-notify', ...lines];
    const { status, output } = await runChild(command, PATIENCE_MS, new AbortController().signal, 'kill');
    if (status !== 0 && !this.#failed) {
      const why = output || `exit status ${status}`;
      this.#reporter.happened('notify-failed', `systemd could not be told how the agent is: ${why}.`);
    }
    this.#failed = status !== 0;
  }
}

/** A line feed would begin another assignment. */
function oneLine(value: string): string {
  return value.replaceAll(/\s+/g, ' ').slice(0, 400);
}
