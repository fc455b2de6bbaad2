/** A vendor's health check: a command with a time limit and retries (DESIGN 5). */
import type { HealthCommand } from '../config.ts';
import type { Clock, HealthCheck } from '../ports.ts';
import { runChild } from './child.ts';

export class CommandHealthCheck implements HealthCheck {
  readonly name: string;
  readonly #how: HealthCommand;
  readonly #clock: Clock;

  constructor(how: HealthCommand, clock: Clock) {
    this.name = how.name;
    this.#how = how;
    this.#clock = clock;
  }

  async run(signal: AbortSignal): Promise<{ readonly healthy: boolean; readonly detail: string }> {
    const { command, timeoutMs, retries, retryPauseMs } = this.#how;
    for (let left = retries; ; left -= 1) {
      const { status, output } = await runChild(command, timeoutMs, signal, 'kill');
      if (status === 0) return { healthy: true, detail: '' };
      if (left === 0) return { healthy: false, detail: `${output || 'no output'} (${exitWords(status)})` };
      await this.#clock.sleep(retryPauseMs, signal);
      signal.throwIfAborted();
    }
  }
}

function exitWords(status: number | undefined): string {
  return status === undefined ? 'no exit status' : `exit status ${status}`;
}
