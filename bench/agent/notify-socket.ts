/**
 * The service manager's end of sd_notify(3), a real datagram socket held by Python: Node has none of that kind.
 * It must not know who speaks to it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectFolder } from '../../fixtures/index.ts';

/** The tests' listener; it is bound before it says so, so its own start is in no figure. */
const LISTENER = join(projectFolder(), 'test', '40-adapters', 'notify-socket.py');

export class NotifySocket {
  readonly path: string;
  readonly #listener: ChildProcess;
  #heard: string[] = [];
  #news: () => void = () => undefined;

  private constructor(path: string, listener: ChildProcess) {
    this.path = path;
    this.#listener = listener;
  }

  static async open(path: string): Promise<NotifySocket> {
    const listener = spawn('python3', [LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const socket = new NotifySocket(path, listener);
    createInterface(listener.stdout).on('line', (line) => {
      socket.#heard.push(...String(JSON.parse(line)).split('\n'));
      socket.#news();
    });
    await socket.until('bound');
    return socket;
  }

  /** Resolves when this assignment has come since the last call of `forget`. */
  async until(assignment: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#heard.includes(assignment)) resolve();
      };
      this.#news = look;
      look();
    });
  }

  forget(): void {
    this.#heard = [];
  }

  async close(): Promise<void> {
    const ended = once(this.#listener, 'exit');
    this.#listener.kill('SIGKILL');
    await ended;
  }
}
