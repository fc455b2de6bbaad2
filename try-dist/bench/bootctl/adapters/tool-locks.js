/**
 * The locks that the field's tools take before they change the environment, held through flock(1), because Node
 * cannot. It knows files and a child process, nothing of what is done meanwhile.
 *
 * U-Boot's own tools and libubootenv lock different files and so do not exclude each other: both are taken, always
 * in the order of the list. When this process dies, the child's standard input ends, and the kernel drops the locks.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { BootControlError } from '../error.js';
/** `tools/env/fw_env_main.c` of U-Boot; `src/uboot_env.c` of libubootenv. */
export const TOOL_LOCKS = ['/run/fw_printenv.lock', '/var/lock/fw_printenv.lock'];
/** A tool holds its lock for one read and one write; who holds it longer hangs. In milliseconds. */
const WAIT_MS = 10_000;
/** Characters of what flock says that are shown. */
const MOST_COMPLAINT = 500;
/** Runs `work` under all locks. Error: BOOT_CONTROL_LOCKED, and then `work` has not run; those of `work`. */
export async function underLocks(paths, work, waitMs = WAIT_MS) {
    // Where a folder is missing, no tool can take its lock either: it would refuse to write.
    const files = paths.filter((path) => existsSync(dirname(path)));
    const holder = new LockHolder(files);
    try {
        await holder.held(waitMs);
        return await work();
    }
    finally {
        await holder.release();
    }
}
/** One child: flock of the first file runs flock of the second, and that one a shell which waits for our end. */
class LockHolder {
    #files;
    #child;
    #ended;
    #complaint = '';
    constructor(files) {
        this.#files = files;
        const shell = ['sh', '-c', 'echo held; exec cat >/dev/null'];
        // Short options only, which busybox knows as well.
        const [program = 'true', ...words] = [...files.flatMap((file) => ['flock', '-x', file]), ...shell];
        // A process group of its own: to give up waiting, all of the chain has to go.
        this.#child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
        this.#ended = new Promise((resolve) => {
            this.#child.on('error', (error) => {
                this.#complaint = error.message;
                resolve(error);
            });
            this.#child.on('close', resolve);
        });
        // The child may be gone when its input is closed; its end is told by `close`.
        this.#child.stdin.on('error', (error) => this.#complain(error.message));
        this.#child.stderr.setEncoding('utf8').on('data', (text) => this.#complain(text));
    }
    async held(waitMs) {
        const timer = setTimeout(() => this.#kill(), waitMs);
        const isHeld = await Promise.race([
            new Promise((resolve) => this.#child.stdout.once('data', () => resolve(true))),
            this.#ended.then(() => false),
        ]);
        clearTimeout(timer);
        if (isHeld)
            return;
        const files = this.#files.join(' and ');
        throw new BootControlError('BOOT_CONTROL_LOCKED', `the locks ${files} could not be had (${this.#complaint.trim() || `waited ${waitMs} ms`}); ` +
            'end the fw_printenv or fw_setenv that hangs, and see that flock is installed', { facts: { paths: files } });
    }
    async release() {
        this.#child.stdin.end();
        await this.#ended;
    }
    #kill() {
        const { pid } = this.#child;
        if (pid !== undefined)
            process.kill(-pid, 'SIGKILL');
    }
    #complain(text) {
        this.#complaint = `${this.#complaint}${text}`.slice(0, MOST_COMPLAINT);
    }
}
