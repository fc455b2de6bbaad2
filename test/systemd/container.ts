/**
 * A container that systemd itself boots, of a tree of a distribution, and commands in it. A reboot in it ends it. It
 * must not know what is tried in it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { attempt, until } from './host.ts';

/** systemd takes three seconds here; a busy machine takes longer. */
const BOOT_MS = 120_000;

/** systemd-nspawn's exit status when the container was asked to reboot. */
const REBOOT_STATUS = 133;
/**
 * Each container in a control group of its own: two in one group would share the groups of their units, and one that
 * stops a unit would kill the other's.
 */
const OWN_GROUP = `
  mount=$(findmnt --noheadings --output TARGET --types cgroup2 | head -n 1)
  mkdir "$mount/donabe-$$" && echo $$ >"$mount/donabe-$$/cgroup.procs" && exec "$0" "$@"
`;
const REMOVE_GROUP = `
  mount=$(findmnt --noheadings --output TARGET --types cgroup2 | head -n 1)
  find "$mount/donabe-$0" -depth -type d -exec rmdir {} +
`;
/** What a command inside sees of the host's environment: nothing. */
const ENVIRONMENT = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';

export class Container {
  readonly #nspawn: ChildProcess;

  private constructor(nspawn: ChildProcess) {
    this.#nspawn = nspawn;
  }

  /** Boots `tree`; resolves when systemd has come to rest: running, or degraded by a unit that failed. */
  static async boot(tree: string): Promise<Container> {
    const container = Container.start(tree);
    await container.rested();
    return container;
  }

  /** Begins to boot `tree`. */
  static start(tree: string): Container {
    const nspawn = spawn(
      'sh',
      [
        '-c',
        OWN_GROUP,
        'systemd-nspawn',
        `--directory=${tree}`,
        '--boot',
        '--register=no',
        '--keep-unit',
        '--private-network',
        '--console=pipe',
      ],
      {
        stdio: 'ignore',
        // Newer systemd boots on the unified hierarchy only, also where the host has the old ones.
        env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
      },
    );
    return new Container(nspawn);
  }

  async rested(): Promise<void> {
    await until('the end of the boot', BOOT_MS, async () => {
      if (this.#nspawn.exitCode !== null) {
        throw new Error(`systemd-nspawn ended with ${this.#nspawn.exitCode}`);
      }
      const { output } = await this.attempt('systemctl', 'is-system-running');
      return /^(running|degraded)/.test(output) ? true : undefined;
    });
  }

  /** Runs a command as root inside; status 255 while nothing is booted. */
  async attempt(
    ...command: readonly string[]
  ): Promise<{ readonly status: number; readonly output: string }> {
    const init = await this.#init();
    if (init === undefined) return { status: 255, output: '' };
    const enter = ['--target', init, '-m', '-p', '-u', '-i', '-n', '-C', 'env', '-i', ENVIRONMENT];
    return attempt('nsenter', ...enter, ...command);
  }

  /** What it printed, without the last line feed. Error: with its words when it failed. */
  async run(...command: readonly string[]): Promise<string> {
    const { status, output } = await this.attempt(...command);
    if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}: ${output}`);
    return output.trimEnd();
  }

  /** One property of a unit. */
  async show(unit: string, property: string): Promise<string> {
    return this.run('systemctl', 'show', '--value', `--property=${property}`, unit);
  }

  /** Resolves when the container was asked to reboot, which ends it. */
  async rebooted(): Promise<void> {
    await until('the reboot', BOOT_MS, async () => {
      const { exitCode } = this.#nspawn;
      if (exitCode !== null && exitCode !== REBOOT_STATUS) {
        throw new Error(`systemd-nspawn ended with ${exitCode}`);
      }
      return exitCode === REBOOT_STATUS ? true : undefined;
    });
  }

  async stop(): Promise<void> {
    if (this.#nspawn.exitCode === null && this.#nspawn.signalCode === null) {
      const ended = once(this.#nspawn, 'exit');
      this.#nspawn.kill('SIGTERM');
      const late = setTimeout(() => this.#nspawn.kill('SIGKILL'), 30_000);
      await ended;
      clearTimeout(late);
    }
    // Empty groups, the deepest first; one that is still ending stays, and harms nobody.
    await attempt('sh', '-c', REMOVE_GROUP, String(this.#nspawn.pid));
  }

  /** Process of the container's own init, as the host sees it. */
  async #init(): Promise<string | undefined> {
    const { pid } = this.#nspawn;
    if (pid === undefined) return undefined;
    try {
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
      return children.split(' ')[0] || undefined;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
