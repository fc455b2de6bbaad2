/** Runs a program in a process group of its own, so that at its time limit everything it started ends with it. */
import { spawn } from 'node:child_process';
/** Output beyond this is dropped from the front: a check that floods its log must not grow the agent. */
const KEPT_OUTPUT = 4096;
/**
 * Never rejects for what the program does; rejects with the signal's reason when it aborts. `leftovers`: what it
 * left running in its group may go on (a reboot that was put into the background), or ends with it.
 */
export function runChild(command, timeoutMs, signal, leftovers = 'keep') {
    const [program = '', ...args] = command;
    return new Promise((resolve, reject) => {
        if (signal.aborted)
            return reject(signal.reason);
        const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        let ended;
        const keep = (piece) => {
            output = (output + piece.toString('utf8')).slice(-KEPT_OUTPUT);
        };
        const killGroup = () => {
            if (child.pid === undefined)
                return;
            try {
                process.kill(-child.pid, 'SIGKILL');
            }
            catch (error) {
                // The group is already gone; its exit is on its way to us.
                if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH'))
                    reject(error);
            }
        };
        const end = (why) => {
            ended = why;
            killGroup();
        };
        const limit = setTimeout(() => end(`killed after ${timeoutMs / 1000} s`), timeoutMs);
        const abort = () => end('aborted');
        signal.addEventListener('abort', abort, { once: true });
        child.stdout.on('data', keep);
        child.stderr.on('data', keep);
        const finish = (how) => {
            clearTimeout(limit);
            signal.removeEventListener('abort', abort);
            // A grandchild that outlives its parent may still hold the pipes.
            child.stdout.destroy();
            child.stderr.destroy();
            if (signal.aborted)
                reject(signal.reason);
            else
                resolve(how);
        };
        child.on('error', (error) => finish({ status: undefined, output: error.message }));
        child.on('exit', (status) => {
            if (leftovers === 'kill')
                killGroup();
            // One turn later what was written before the exit has been read.
            setImmediate(() => finish({
                status: ended === undefined ? (status ?? undefined) : undefined,
                output: ended ?? output.trim(),
            }));
        });
    });
}
