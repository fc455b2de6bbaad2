/**
 * A vendor's command as a child process: a time limit for the whole process group, a limit on what it may print.
 * It knows processes and nothing of boot control.
 */
import { spawn } from 'node:child_process';
import { BootControlError } from '../error.js';
/** Slow flash and an environment tool take a second or two. */
export const COMMAND_LIMIT_MS = 30_000;
/** A boot name or a state is one word; what is longer is a mistake. */
const MOST_OUTPUT_BYTES = 4096;
export class VendorProcess {
    path;
    #limitMs;
    /** `path`: an executable; it is never run by a shell. */
    constructor(path, limitMs = COMMAND_LIMIT_MS) {
        this.path = path;
        this.#limitMs = limitMs;
    }
    run(words) {
        return new Promise((resolve, reject) => {
            const fail = (code, what, cause) => reject(new BootControlError(code, `${this.path} ${words.join(' ')} ${what}; see what it says by hand`, {
                facts: { path: this.path, verb: words[0] },
                cause,
            }));
            // A group of its own: what the command started goes with it.
            const child = spawn(this.path, words, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
            // The pipes as well: whoever left the group may still hold them open.
            const kill = () => {
                killGroup(child.pid);
                child.stdout.destroy();
                child.stderr.destroy();
            };
            let late = false;
            const output = { out: '', err: '' };
            const collect = (name) => (data) => {
                output[name] += data.toString('latin1');
                if (output[name].length > MOST_OUTPUT_BYTES)
                    kill();
            };
            child.stdout.on('data', collect('out'));
            child.stderr.on('data', collect('err'));
            const timer = setTimeout(() => {
                late = true;
                kill();
            }, this.#limitMs);
            child.once('error', (cause) => {
                clearTimeout(timer);
                fail('COMMAND_FAILED', 'could not be started', cause);
            });
            child.once('close', (status, signal) => {
                clearTimeout(timer);
                const said = output.err.trim().slice(0, 200);
                if (late)
                    fail('COMMAND_TIMEOUT', `did not end within ${this.#limitMs} ms and was killed`);
                else if (Math.max(output.out.length, output.err.length) > MOST_OUTPUT_BYTES) {
                    fail('COMMAND_FAILED', `printed more than ${MOST_OUTPUT_BYTES} bytes and was killed`);
                }
                else if (status !== 0) {
                    const end = status === null ? `was ended by ${signal}` : `ended with status ${status}`;
                    fail('COMMAND_FAILED', said === '' ? end : `${end} (${said})`);
                }
                else
                    resolve(output.out.trimEnd());
            });
        });
    }
}
function killGroup(pid) {
    if (pid === undefined)
        return;
    try {
        process.kill(-pid, 'SIGKILL');
    }
    catch (error) {
        // Already gone: what was wanted.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH'))
            throw error;
    }
}
