/** Runs a program of the host to its end. It must not know what for, and measures nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
/** The end of what a failed program said, characters. */
const MAX_COMPLAINT = 2000;
/** Its stdout goes nowhere. A status other than 0 is an error that shows the end of its stderr. */
export async function runTool(program, args, environment = {}) {
    await outputOf(program, args, environment);
}
/** What it wrote to stdout. */
export async function outputOf(program, args, environment = {}) {
    const child = spawn(program, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...environment, LC_ALL: 'C' },
    });
    const output = [];
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text) => output.push(text));
    child.stderr.setEncoding('utf8').on('data', (text) => {
        complaint = (complaint + text).slice(-MAX_COMPLAINT);
    });
    const [status, signal] = (await once(child, 'close'));
    if (status !== 0)
        throw new Error(`${program} ended with ${status ?? signal}: ${complaint.trim()}`);
    return output.join('');
}
/** False when no such program is in PATH. */
export async function isInstalled(program) {
    return await runTool('sh', ['-c', `command -v ${program}`]).then(() => true, () => false);
}
